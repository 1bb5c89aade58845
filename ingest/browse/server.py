"""Datasette in this process, with the plugin, on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm

from ingest.browse.plugin import Plugin
from ingest.browse.showing import DATABASE, Shown
from ingest.report.drawing import Plotter
from storage.reader import Reader

SETTINGS = {
    "allow_download": False,
    "num_sql_threads": 3,
    "sql_time_limit_ms": 5000,
    "default_cache_ttl": 0,  # the archive grows
}


@contextmanager
def browsing(archive: Path) -> Iterator[Datasette]:
    """Yield a Datasette that shows the archive. One at a time in a process: its plugins are the process's.

    Raises ArchiveError.
    """
    with Reader(archive):  # raises if there is no archive
        pass
    with Plotter() as plotter:
        plotter.start()
        plugin = Plugin(Shown(archive, plotter))
        pm.register(plugin, name="ingest")
        try:
            datasette = Datasette(settings=SETTINGS, static_mounts=[("ingest", str(files("ingest.browse") / "static"))])
            datasette.add_database(Database(datasette, path=str(archive), is_mutable=True), name=DATABASE)
            yield datasette
        finally:
            pm.unregister(plugin)


def serve(archive: Path, port: int) -> None:
    """Answer at http://127.0.0.1:PORT/ until the process is told to end. Raises ArchiveError."""
    import uvicorn

    with browsing(archive) as datasette:
        uvicorn.run(datasette.app(), host="127.0.0.1", port=port, log_level="warning", lifespan="on", workers=1)
