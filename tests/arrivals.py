"""Articles that arrive at an archive one by one: decided and recorded, without feeds, pages and workers."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Self

from ingest.dedupe import near
from ingest.dedupe.fingerprint import content_hash
from ingest.dedupe.urls import canonical_url
from ingest.hosts import host_key, site
from ingest.pipeline.fetched import Fetched
from ingest.pipeline.record import claim, decide_and_write
from ingest.workers.tasks import ExtractedPage
from storage.archive import Archive
from storage.reader import Reader
from storage.records import NewEntry
from tests import builders as make


@dataclass(frozen=True)
class Arrived:
    outcome: str
    entry: int
    article: int | None
    """As the entry has it."""


class Arrivals:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.archive = Archive(path, "test")
        self.now = make.NOW
        self._number = count(1)
        self._feeds: list[str] = []
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if not self._is_closed:
            self.archive.close()
        self._is_closed = True

    def arrive(
        self,
        body: str,
        title: str | None = "A title",
        *,
        host: str = "",
        url: str = "",
        final: str | None = None,
        feed: str = "",
        guid: str = "",
        body_from: str = "page",
        published_at: datetime | None = None,
        canonical: str | None = None,
        reissued: bool = False,
    ) -> Arrived:
        """Record an article. By default it has a site, a feed and an address of its own."""
        number = next(self._number)
        url = url or f"https://{host or f's{number}.example'}/{number}"
        feed = feed or f"https://{site(url)}/feed.xml"
        canonical_url_ = canonical_url(url, keep_fragment=True)
        entry = NewEntry(guid, url, title, published_at=published_at, canonical_url=canonical_url_, host=host_key(url))
        if feed not in self._feeds:
            self._feeds.append(feed)
            with self.archive.transaction():
                self.archive.subscribe(map(make.feed, self._feeds), self.now)
        with self.archive.transaction():
            feed_id = self._feeds.index(feed) + 1
            self.archive.add_entries(feed_id, [entry], self.now, reissued=reissued)
            claimed, _ = claim(self.archive, host_key(url), self.now, limit=9, ids=(), keys=())
            for pending in claimed:
                content = make.content(
                    body,
                    title=title,
                    body_from=body_from,
                    published_at=published_at,
                    canonical_url=canonical,
                    content_hash=content_hash(body),
                )
                extracted = ExtractedPage(content, content_hash(body), tuple(near.hashes_of(body)))
                pages = (make.page(final_url=final or url),) if body_from == "page" else ()
                decide_and_write(self.archive, pending, Fetched(extracted, pages), self.now)
        row = self.rows("SELECT id, outcome, article_id FROM entries ORDER BY id DESC LIMIT 1")[0]
        return Arrived(row["outcome"], row["id"], row["article_id"])

    def execute(self, *statements: str) -> None:
        """Change the archive behind its back, as an earlier version may have left it."""
        with closing(sqlite3.connect(self.path)) as db, db:
            for statement in statements:
                db.execute(statement)

    def rows(self, sql: str, *parameters: object) -> list[dict[str, Any]]:
        with Reader(self.path) as reader:
            return list(reader.rows(sql, parameters))

    def column(self, sql: str, *parameters: object) -> list[Any]:
        return [next(iter(row.values())) for row in self.rows(sql, *parameters)]

    def shown(self) -> list[str]:
        """Return the current bodies, in alphabetical order."""
        return sorted(self.column("SELECT body FROM current_articles"))

    def titles(self) -> list[str | None]:
        return self.column("SELECT title FROM current_articles ORDER BY id")

    def leads_to(self, *keys: str) -> list[int | None]:
        with Reader(self.path) as reader:
            return [reader.article_at([key]) for key in keys]
