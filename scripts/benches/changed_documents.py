"""Measure the CPU of a poll that brings one new entry, with the last document known and without, in turn.

    .venv/bin/python scripts/benches/changed_documents.py [DIR]

DIR holds gzipped documents and an index.json: a list of {"file", "url"}. Each feed of 5 to 60 entries is polled four
times: without its newest three entries, then with one more each time. The first poll does not count.
"""

import gzip
import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.errors import ParseError
from ingest.feeds.split import Pieces, split
from ingest.pipeline.announced import record_entries
from ingest.text.charset import decode
from ingest.workers.tasks import parse_feed
from storage.archive import Archive
from storage.records import WantedFeed

SAMPLES = Path(__file__).resolve().parents[3] / "shared/data/feeds"
TAKEN_AT = datetime(2026, 2, 18, 3, tzinfo=UTC)
MIN_ENTRIES, MAX_ENTRIES, NEW = 5, 60, 3


def main(directory: Path) -> None:
    feeds = dict(read(directory))
    spent_s, entries = Counter[tuple[str, str]](), Counter[str]()
    with TemporaryDirectory() as folder:
        archives = {name: Archive(Path(folder, f"{name}.db"), "bench") for name in ("with", "without")}
        for archive in archives.values():
            with archive.transaction():
                archive.subscribe(map(WantedFeed, feeds), TAKEN_AT - timedelta(days=1))
        for left_out in range(NEW, -1, -1):
            at = TAKEN_AT + timedelta(hours=NEW - left_out)
            for url, pieces in feeds.items():
                body = b"\n".join((pieces.head, *pieces.entries[left_out:], pieces.tail))
                for name, archive in archives.items():
                    took_s, number = poll(archive, url, body, at, by_last=name == "with")
                    if left_out < NEW:
                        entries[name] += number
                        spent_s.update({(name, step): s for step, s in took_s.items()})
        for archive in archives.values():
            archive.close()
    polls = NEW * len(feeds)
    print(f"{len(feeds)} feeds of {sum(len(each.entries) for each in feeds.values()) / len(feeds):.1f} entries")
    for (name, step), s in spent_s.items():
        print(f"{name} the last document: {step} {1000 * s / polls:.2f} ms")
    print(f"entries read a poll: {entries['with'] / polls:.1f} with, {entries['without'] / polls:.1f} without")


def read(directory: Path) -> list[tuple[str, Pieces[bytes]]]:
    """Return the documents that can be split."""
    found = []
    for row in json.loads((directory / "index.json").read_text()):
        body = decode(gzip.decompress((directory / row["file"]).read_bytes()), None).encode(errors="replace")
        pieces = split(body, row["url"])
        if pieces and MIN_ENTRIES <= len(pieces.entries) <= MAX_ENTRIES:
            found.append((row["url"], pieces))
    return found


def poll(archive: Archive, url: str, body: bytes, at: datetime, *, by_last: bool) -> tuple[dict[str, float], int]:
    """Return the CPU seconds of reading and of recording a document, and how many entries were read."""
    (feed,) = archive.due_feeds(at, limit=1, only=archive.feed_ids([url]).values())
    began_s = time.process_time()
    last = archive.document(feed.id) if by_last else None
    parsed = parse_feed(body, url, None, at, url, last)
    read_s = time.process_time()
    if isinstance(parsed, ParseError):
        raise parsed
    with archive.transaction():
        record_entries(archive, feed, parsed, at, last)
    return {"parse": read_s - began_s, "record": time.process_time() - read_s}, len(parsed.entries)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES)
