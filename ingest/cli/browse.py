import importlib.util
import logging
import os
import sys
import threading
import webbrowser
from contextlib import suppress

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output.text import as_json
from ingest.errors import IngestError

NEEDED = {"datasette": "datasette", "jinja2": "jinja2", "uvicorn": "uvicorn", "vl_convert": "vl-convert-python"}


@click.command(name="browse")
@click.option("--port", type=click.IntRange(0, 65535), help="0 takes a free one (default: 8001, or the next free one).")
@click.option("--no-open", is_flag=True, help="Do not open the browser.")
@global_options
@click.pass_obj
def command(options: Options, port: int | None, no_open: bool) -> None:
    """Show the archive in a browser, until it is interrupted.

    The archive is only read, also while it is being written. Only this machine is answered, at the address that is
    printed. The browser opens there, unless there is no terminal or no screen.
    """
    missing = [package for name, package in NEEDED.items() if importlib.util.find_spec(name) is None]
    if missing:
        raise IngestError(f"browse needs {', '.join(missing)}; `pip install 'ingest[browse]'` installs what is missing")
    logging.basicConfig(format="ingest: %(message)s", level=logging.DEBUG if options.verbose > 1 else logging.WARNING)
    for name in ("asyncio", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.ERROR)  # asyncio warns of each row that a reader did not wait for
    if options.verbose < 2:  # noqa: PLR2004 (-vv)
        logging.getLogger("uvicorn").setLevel(logging.CRITICAL)  # that it was interrupted, is known
    from ingest.report.drawing import Plotter

    with Plotter() as plotter:
        plotter.start()  # it is ready when Datasette is
        from ingest.browse.server import serving

        with serving(options.archive_path(), port, plotter) as server, suppress(KeyboardInterrupt):
            click.echo(as_json({"url": server.url}) if options.json else server.url)
            sys.stdout.flush()
            if not no_open and _has_screen():
                threading.Thread(target=webbrowser.open, args=(server.url,), daemon=True).start()
            options.note("Ctrl-C ends it.")
            server.wait()


def _has_screen() -> bool:
    """Return whether a browser would be seen by who has started this."""
    if not sys.stdout.isatty() or "SSH_CONNECTION" in os.environ:
        return False
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
