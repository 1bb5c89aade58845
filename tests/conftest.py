"""Fixtures for the tests of all rooms."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import hypothesis
import pytest

from ingest.workers.processes import ForkServer
from tests.archive_run import ArchiveRun
from tests.site import Site

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
