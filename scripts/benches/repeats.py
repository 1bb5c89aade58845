"""Measure how long it takes to find the feeds that only repeat another's entries, in a large archive.

    .venv/bin/python scripts/benches/repeats.py [--feeds 1000] [--entries 1000000]

Printed are, without repeating feeds, with two feeds that share half of their entries, and with two that share all: the
repeating feeds that were found, and the seconds of two runs. The archives are made in the folder for temporary files.
"""

import argparse
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.archive import Archive
from storage.reader import Reader
from storage.records import to_text

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OLD_CHARS, NEW_CHARS, NEW_ENTRIES = 300, 3000, 100  # of the feed's text, and of how many entries it is kept


def fill(path: Path, feeds: int, entries: int, article: Callable[[int, int], int]) -> None:
    """Fill an archive with entries only; `article` gives the article of a feed's n-th entry."""

    def rows() -> Iterator[tuple[object, ...]]:
        per_feed = entries // feeds
        for place in range(per_feed):
            chars = NEW_CHARS if place >= per_feed - NEW_ENTRIES else OLD_CHARS
            for feed in range(feeds):
                article_id = 1 + article(feed, place)
                url = f"https://news.example/2026/11/{article_id}"
                at = to_text(NOW - timedelta(days=2, minutes=20 * (per_feed - place) + feed % 20))
                yield feed + 1, f"{feed} {place}", url, at, article_id, "x" * chars

    with Archive(path, "bench"):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -500000")
        db.execute("BEGIN")
        db.executemany(
            "INSERT INTO feeds (url, address, added_at) VALUES (?1, ?1, '2026-01-01T00:00:00Z')",
            [(f"https://feeds.example/{feed}.xml",) for feed in range(feeds)],
        )
        db.executemany(
            """INSERT INTO entries (feed_id, guid, url, canonical_url, host, published_at, first_seen_at, last_seen_at,
                 outcome, article_id, content)
               VALUES (?1, ?2, ?3, ?3, 'news.example', ?4, ?4, ?4, 'archived', ?5, ?6)""",
            rows(),
        )
        db.execute("COMMIT")
        db.execute("PRAGMA optimize = 0x10002")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how long it takes to find repeating feeds.")
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=1_000_000)
    arguments = parser.parse_args()
    feeds = arguments.feeds
    kinds: dict[str, Callable[[int, int], int]] = {
        "share nothing": lambda feed, place: place * feeds + feed,
        "share half": lambda feed, place: place * feeds + (feed if place % 2 else feed // 2),
        "share all": lambda feed, place: place * feeds + feed // 2,
    }
    for kind, article in kinds.items():
        with TemporaryDirectory() as folder:
            path = Path(folder) / "news.db"
            fill(path, feeds, arguments.entries, article)
            with Reader(path) as archive:
                seconds = []
                for _ in range(2):
                    began = time.perf_counter()
                    found = archive.repeating_feeds(NOW)
                    seconds.append(f"{time.perf_counter() - began:.2f}")
            print(kind, len(found), *seconds, sep="\t")


if __name__ == "__main__":
    main()
