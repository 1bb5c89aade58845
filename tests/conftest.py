"""What tests of several rooms share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.archive_run import ArchiveRun
from tests.site import Site


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture
def sites() -> Iterator[Callable[[str], Site]]:
    """Makes further sites, each on the loopback address it is asked for (127.0.0.2 …)."""
    with ExitStack() as open_sites:
        yield lambda address: open_sites.enter_context(Site(address))


@pytest.fixture
def run(tmp_path) -> ArchiveRun:
    return ArchiveRun(tmp_path / "news.db")
