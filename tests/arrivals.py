"""Articles that arrive at an archive one by one, recorded the pipeline's way, without feeds, pages and workers."""

from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Self

from ingest.dedupe import near
from ingest.dedupe.fingerprint import content_hash
from ingest.dedupe.urls import canonical_url
from ingest.hosts import host_key, site
from ingest.pipeline.pages import _record_article, claim
from ingest.pipeline.visits import Visit
from ingest.pipeline.whole import Whole
from ingest.workers.tasks import ExtractedPage
from storage.archive import Archive
from storage.reader import Reader
from storage.records import AddressedEntry, NewEntry
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
        """By a feed of its own site, on a site of its own, at an address of its own, if nothing else is said."""
        number = next(self._number)
        url = url or f"https://{host or f's{number}.example'}/{number}"
        feed = feed or f"https://{site(url)}/feed.xml"
        entry = NewEntry(guid, url, title, published_at=published_at)
        with self.archive.transaction():
            self.archive.db.execute(
                "INSERT INTO feeds (url, address, added_at) VALUES (?1, ?1, ?2) ON CONFLICT DO NOTHING", [feed, "now"]
            )
            (feed_id,) = self.archive.db.execute("SELECT id FROM feeds WHERE url = ?", [feed]).fetchone()
            addressed = AddressedEntry(entry, canonical_url(url, keep_fragment=True), host_key(url))
            self.archive.add_entries(feed_id, [addressed], self.now, reissued=reissued)
            claimed, _ = claim(self.archive, host_key(url), self.now, limit=9, ids=(), keys=())
            for pending in claimed:
                extraction = make.content(
                    body, title=title, body_from=body_from, published_at=published_at, canonical_url=canonical
                )
                known = content_hash(body)
                cleaned = ExtractedPage(extraction, known, known, tuple(near.hashes_of(body)))
                page = make.page(final_url=final or url)
                fetched = (Visit(final or url, (), None, page),) if body_from == "page" else ()
                _record_article(self.archive, pending, whole=Whole(cleaned, fetched), now=self.now, note=None)
        row = self.rows("SELECT id, outcome, article_id FROM entries ORDER BY id DESC LIMIT 1")[0]
        return Arrived(row["outcome"], row["id"], row["article_id"])

    def rows(self, sql: str, *parameters: object) -> list[dict[str, Any]]:
        with Reader(self.path) as reader:
            return list(reader.rows(sql, parameters))

    def column(self, sql: str, *parameters: object) -> list[Any]:
        return [next(iter(row.values())) for row in self.rows(sql, *parameters)]

    def shown(self) -> list[str]:
        """The bodies of the articles as they stand, in order of their first lines."""
        return sorted(self.column("SELECT body FROM current_articles"))

    def titles(self) -> list[str | None]:
        return self.column("SELECT title FROM current_articles ORDER BY id")

    def leads_to(self, *keys: str) -> list[int | None]:
        with Reader(self.path) as reader:
            return [reader.article_at([key]) for key in keys]
