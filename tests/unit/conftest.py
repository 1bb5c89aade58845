from pathlib import Path

import pytest


@pytest.fixture
def written(tmp_path):
    """Write a feed list, and return the folder of the configuration."""

    def write(text: str) -> Path:
        (tmp_path / "feeds.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return write
