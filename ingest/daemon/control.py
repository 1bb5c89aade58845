"""How a command speaks to the daemon that is running: HTTP on a Unix socket, named in the archive's lock.

POST /now {"feeds": [URL, …] | null}   → the tally of that run, when it is done
POST /reload                           → 204, when it is done; the same as SIGHUP
POST /reload?emptied                   → likewise; the last feed has been taken off the list on purpose

What the daemon cannot do it answers with 409 and a sentence, or with 503 where that is its end. A request that is in
hand when other settings are read is answered by the daemon as it runs then; one that is in hand when the daemon ends is
not answered.
"""

import os
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from ingest.errors import IngestError
from storage.errors import ArchiveError
from storage.lock import holder_of

PATIENCE_S = 15.0  # a start takes a second beside a log of 256 MB, an end is promised within ten
ANSWER_S = 2.0
LONGEST_SOCKET_PATH_BYTES = 100  # 104 on macOS, 108 on Linux, with its end mark

Answer = dict[str, Any]


class DaemonEnded(IngestError):
    """The daemon went, or went to another archive, before it answered."""


def daemon_of(archive: Path) -> dict[str, str] | None:
    """What the daemon that is writing to the archive says of itself.

    One that is starting is waited for. So is one that is ending or was killed: it, or a process that it was just
    starting, may hold the lock a moment longer.
    """
    patient_until = time.monotonic() + PATIENCE_S
    while (holder := holder_of(archive)) and holder["command"] == "daemon":
        if "control" in holder and _answers(holder["control"]):
            return holder
        if time.monotonic() > patient_until:
            break
        time.sleep(0.05)
    return None


def _answers(path: str) -> bool:
    """Whether there is a daemon at the other end: a killed one's socket may outlive it for a moment too."""
    with socket.socket(socket.AF_UNIX) as end:
        end.settimeout(ANSWER_S)
        try:
            end.connect(path)
            end.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
            return end.recv(1) != b""
        except OSError:
            return False


async def ask_daemon(daemon: dict[str, str], what: str, body: Answer | None = None) -> Answer:
    """The daemon's answer, however long it takes; raises DaemonEnded when it ends before."""
    import aiohttp

    connector = aiohttp.UnixConnector(daemon["control"])
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout()) as session,
            session.post(f"http://daemon/{what}", json=body) as response,
        ):
            if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise DaemonEnded(f"the daemon (process {daemon['pid']}) ended: {await response.text()}")
            if not response.ok:
                raise IngestError(f"the daemon (process {daemon['pid']}) refused: {await response.text()}")
            return await response.json() if response.content_type == "application/json" else {}
    except (aiohttp.ClientError, OSError) as error:
        raise DaemonEnded(
            f"the daemon (process {daemon['pid']}) ended before it answered ({error}); look at its log"
        ) from error


def beside(archive: Path) -> Path:
    """Return where the socket lies, unless that path is too long for one."""
    return Path(f"{os.path.abspath(archive)}-control")  # noqa: PTH100 (links stay as they are)


@asynccontextmanager
async def listening(
    archive: Path, now: Callable[[list[str] | None], Awaitable[Answer]], reload: Callable[..., Awaitable[None]]
) -> AsyncIterator[Path]:
    """Serves these requests for its duration; yields the socket's path."""
    from aiohttp import web

    async def on_now(request: web.Request) -> web.Response:
        feeds = (await request.json() or {}).get("feeds")
        try:
            return web.json_response(await now(feeds))
        except IngestError as error:
            return web.Response(status=409, text=str(error))
        except ArchiveError as error:
            return web.Response(status=503, text=str(error))

    async def on_reload(request: web.Request) -> web.Response:
        try:
            await reload(empty_allowed="emptied" in request.query)
        except IngestError as error:
            return web.Response(status=409, text=str(error))
        except ArchiveError as error:
            return web.Response(status=503, text=str(error))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/now", on_now)
    app.router.add_post("/reload", on_reload)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    with ExitStack() as stack:
        path = beside(archive)
        if len(bytes(path)) > LONGEST_SOCKET_PATH_BYTES:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ingest-"))) / "control"
        path.unlink(missing_ok=True)  # a killed daemon's: this process holds the archive's lock
        try:
            await web.UnixSite(runner, path).start()
            path.chmod(0o600)
            yield path
        finally:
            await runner.cleanup()
            path.unlink(missing_ok=True)
