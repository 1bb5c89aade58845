"""Extraction that takes as long as a test wants. A worker imports this: it has to be quick."""

import time
from pathlib import Path

from ingest.workers import tasks

HEAVY_BYTES = 2 * 1024 * 1024


def extract_page(body, task):
    """A page of so many bytes is not done before the file exists that its last comment names."""
    if len(body) > HEAVY_BYTES:
        gate = Path(body.rpartition(b"<!--")[2].decode())
        while not gate.exists():
            time.sleep(0.01)
    return tasks.extract_page(body, task)
