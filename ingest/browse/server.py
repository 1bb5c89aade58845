"""Datasette in this process, with the plugin, on loopback."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import uvicorn
from datasette.app import Datasette
from datasette.plugins import pm

from ingest.browse.catalogue import metadata
from ingest.browse.database import ArchiveDatabase, ArchiveDatasette
from ingest.browse.plugin import Plugin
from ingest.browse.showing import DATABASE, Shown
from ingest.errors import IngestError
from ingest.report.drawing import Plotter
from storage.reader import Reader

HOST = "127.0.0.1"
PORT = 8001  # Datasette's
PORTS_TRIED = 20
END_S = 1  # how long answers that are being sent may take once the server is told to end
SETTINGS = {
    "allow_download": False,
    "num_sql_threads": 3,
    "sql_time_limit_ms": 10_000,
    "facet_time_limit_ms": 1000,
    "suggest_facets": False,  # each of its tries may take 50 ms, and each column is tried thrice
    "default_page_size": 50,
    "default_facet_size": 10,
    "default_cache_ttl": 0,  # the archive grows
}
# The parts of Datasette that are used. Plugins that its user has installed could run scripts or write.
USED = (
    "datasette.facets",
    "datasette.filters",
    "datasette.sql_functions",
    "datasette.default_magic_parameters",
    "datasette.blob_renderer",
)


@contextmanager
def browsing(archive: Path, plotter: Plotter | None = None) -> Iterator[Datasette]:
    """Yield a Datasette that shows the archive. One at a time in a process: its plugins are the process's.

    Raises ArchiveError.
    """
    with Reader(archive):  # raises if there is no archive
        pass
    with plotter or Plotter() as drawing, _only(Plugin(Shown(archive, drawing))):
        datasette = ArchiveDatasette(
            settings=SETTINGS,
            metadata=metadata(DATABASE),
            static_mounts=[("ingest", str(files("ingest.browse") / "static"))],
        )
        database = ArchiveDatabase(datasette, archive)
        datasette.add_database(database, name=DATABASE)
        try:
            yield datasette
        finally:
            database.close()


@contextmanager
def _only(plugin: Plugin) -> Iterator[None]:
    """Register the plugin, and no other but those of Datasette that are used."""
    others = [(name, other) for name, other in pm.list_name_plugin() if other and name not in USED]
    for _, other in others:
        pm.unregister(other)
    pm.register(plugin, name="ingest")
    try:
        yield
    finally:
        pm.unregister(plugin)
        for name, other in others:
            pm.register(other, name=name)


class Serving:
    """A server that answers at `url`, in a thread of its own."""

    def __init__(self, app: Callable[..., Any], listening: socket.socket) -> None:
        self.url = f"http://{HOST}:{listening.getsockname()[1]}/"
        self._listening = listening
        self._server = uvicorn.Server(
            uvicorn.Config(app, lifespan="on", log_config=None, server_header=False, timeout_graceful_shutdown=END_S)
        )
        # Its end of file says that the server has ended. An interrupt can break the locks of Event and Thread.
        self._ended, self._running = os.pipe()
        threading.Thread(target=self._run, name="browse", daemon=True).start()

    def _run(self) -> None:
        try:
            self._server.run([self._listening])
        finally:
            os.close(self._running)

    def wait(self) -> None:
        """Return when the server has ended. A signal may end the waiting."""
        os.read(self._ended, 1)

    def end(self) -> None:
        """Send what is being sent, for a second at most. Further signals do not hurry it."""
        self._server.should_exit = True
        while True:
            with suppress(KeyboardInterrupt):
                self.wait()
                break
        os.close(self._ended)


@contextmanager
def serving(archive: Path, port: int | None = 0, plotter: Plotter | None = None) -> Iterator[Serving]:
    """Serve the archive on loopback. The server takes requests as soon as this yields.

    `port` 0 is a free one, None the usual one or the next that is free. Raises ArchiveError, and IngestError if the
    port is taken.
    """
    with browsing(archive, plotter) as datasette, _listening(port) as listening:
        serving = Serving(datasette.app(), listening)
        try:
            yield serving
        finally:
            serving.end()


def _listening(port: int | None) -> socket.socket:
    """Return a socket that listens. Raises IngestError."""
    if port is None:
        for tried in range(PORT, PORT + PORTS_TRIED):
            with suppress(OSError):
                return socket.create_server((HOST, tried))
        port = 0
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        cause = os.strerror(error.errno or 0)
        raise IngestError(
            f"port {port} cannot be used ({cause}); name another with --port, or 0 for a free one"
        ) from error
