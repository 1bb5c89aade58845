"""A feed whose documents are recorded as the poll stage records them, without a network."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from ingest.feeds.parsed import ParsedFeed
from ingest.pipeline.announced import record_entries
from storage.archive import Archive
from storage.feed_records import Rhythm
from storage.records import NewEntry, PollOutcome, to_text
from tests import builders as make

NUMBERS = count(1)


def news(n: int, at: datetime | None, **fields: Any) -> NewEntry:
    """Entry `n` of a feed, published at `at`."""
    url = f"https://news.example/{n}"
    fields = {"published_at": at, "title": f"Title {n}"} | fields
    return NewEntry(fields.pop("guid", f"guid-{n}"), fields.pop("url", url), **fields)


class PolledFeed:
    """A feed of its own in `archive`."""

    def __init__(self, archive: Archive) -> None:
        url = f"https://news.example/{next(NUMBERS)}.xml"
        self.archive = archive
        with archive.transaction():
            archive.subscribe([make.feed(url)], make.NOW - timedelta(days=9999))
        self.id = archive.feed_ids([url])[url]
        self.window: dict[str, Any] = {}

    def poll(self, entries: Sequence[NewEntry], at: datetime, **parsed: Any) -> list[dict[str, Any]]:
        """Record a document, and return the gaps that are noticed in it."""
        document = ParsedFeed("rss20", None, None, None, tuple(entries), len(entries), **parsed)
        if entries and not document.is_truncated:
            self.window = {"window_size": len(entries), "window_at": at}
        with self.archive.transaction():
            (due,) = self.archive.due_feeds(at, limit=1, only=[self.id])
            record_entries(self.archive, due, document, at)
            self.answer(at)
        return [gap for gap in self.gaps() if gap["noticed_at"] == to_text(at)]

    def answer(self, at: datetime, outcome: PollOutcome = "parsed") -> None:
        """Record a poll that brought no document."""
        self.archive.record_poll(make.poll(self.id, at, outcome), make.state(due_at=make.NOW, **self.window))

    def gaps(self, **options: Any) -> list[dict[str, Any]]:
        return self.archive.gaps(self.id, **options)

    def learn(self, per_day: float) -> None:
        flat = Rhythm(make.NOW, 100, per_day, (1.0,) * 24, (1.0,) * 7)
        self.archive.save_rhythm(self.id, flat)
