from pathlib import Path

import pytest

from ingest.workers.pool import Pool
from ingest.workers.processes import WorkLimits
from storage.archive import Archive


@pytest.fixture
def written(tmp_path):
    """Write a feed list, and return the folder of the configuration."""

    def write(text: str) -> Path:
        (tmp_path / "feeds.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def path(tmp_path):
    return tmp_path / "news.db"


@pytest.fixture
def archive(path):
    with Archive(path, "now") as archive:
        yield archive


@pytest.fixture
async def pool():
    pool = Pool(1, WorkLimits(1.0, 1024, 64))
    yield pool
    pool.close()


@pytest.fixture
async def two():
    pool = Pool(2, WorkLimits(20.0, 1024, 64))
    yield pool
    pool.close()
