"""Fixtures for the tests of all rooms."""

import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from ingest.workers.processes import ForkServer
from storage.archive import Archive
from storage.migrations import migrate
from tests import forked
from tests import newsroom_archive as newsrooms
from tests.archive_run import ArchiveRun
from tests.site import Site

if TYPE_CHECKING:
    from benches.dask_cluster import DaskCluster

# The same examples each time, however busy the machine; a failure is everybody's, and repeats.
hypothesis.settings.register_profile(
    "same", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("same")


class OneForkServer(ForkServer):
    """One for the pools of all tests: it imports for half a second what a worker needs."""

    def close(self) -> None:
        pass


FORK_SERVER = OneForkServer()


def pytest_sessionfinish() -> None:
    ForkServer.close(FORK_SERVER)
    forked.close()


@pytest.fixture(autouse=True)
def one_fork_server(monkeypatch: pytest.MonkeyPatch) -> ForkServer:
    monkeypatch.setattr("ingest.workers.pool.ForkServer", lambda: FORK_SERVER)
    return FORK_SERVER


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture
def sites() -> Iterator[Callable[[str], Site]]:
    """Open further sites, each on the loopback address that the test names (127.0.0.2 …)."""

    def open_site(address: str) -> Site:
        with socket.socket() as probe:
            try:
                probe.bind((address, 0))
            except OSError:
                pytest.skip(f"{address} is not there: macOS has it after `sudo ifconfig lo0 alias {address}`")
        return open_sites.enter_context(Site(address))

    with ExitStack() as open_sites:
        yield open_site


@pytest.fixture
def run(tmp_path) -> ArchiveRun:
    return ArchiveRun(tmp_path / "news.db")


@pytest.fixture(scope="session")
def dask(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[DaskCluster]":
    """A scheduler and two workers, one of which a test kills. The scheduler repeats no task whose worker died."""
    from benches.dask_cluster import DaskCluster

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
        dask = DaskCluster(tmp_path_factory.mktemp("dask"), 2)
    yield dask
    for process in (*dask.workers, dask.scheduler):  # asked to end, a worker may wait for a scheduler that is gone
        process.kill()
    dask.stop()


@pytest.fixture(scope="session")
def newsroom_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample newsroom's archive (tests/newsroom_archive.py). All tests share it: one that writes takes a copy."""
    folder = tmp_path_factory.getbasetemp()
    return newsrooms.make_once((folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "newsroom")


@pytest.fixture(scope="session", autouse=True)
def quick_new_archives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fill a new archive from one that the migrations have made: they take a tenth of a second."""
    made = tmp_path_factory.mktemp("made") / "news.db"
    Archive(made, "test").close()

    def filled(connection: sqlite3.Connection) -> None:
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
            with closing(sqlite3.connect(made)) as source:
                source.backup(connection)
        migrate(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("storage.archive.migrate", filled)
        yield
