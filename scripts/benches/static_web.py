"""Serves the files of a web where there is no nginx: each host has a folder in `www`. One process, without validators.

.venv/bin/python scripts/benches/static_web.py WEB PORT
"""

import mimetypes
import sys
from pathlib import Path

from aiohttp import web


def main() -> None:
    root, port = Path(sys.argv[1]), int(sys.argv[2])

    async def answer(request: web.Request) -> web.Response:
        file = root / "www" / request.host.partition(":")[0] / request.path.lstrip("/")
        if not file.is_file():
            return web.Response(status=404)
        media_type = mimetypes.guess_type(file.name)[0]
        return web.Response(body=file.read_bytes(), content_type=media_type or "application/octet-stream")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    web.run_app(app, host="0.0.0.0", port=port, print=lambda *_: print("ready", flush=True), access_log=None)


if __name__ == "__main__":
    main()
