"""The table `crawls`: what `ingest backfill` has read, and how far; and the source of all its entries."""

import re
from dataclasses import dataclass
from datetime import datetime

from storage.records import to_text
from storage.rows import Rows

BACKFILL = "backfill"  # the address, name and kind of the source of all crawls


@dataclass(frozen=True, slots=True)
class CrawlState:
    """A crawl, and where its reading stands.

    `key` recognises the file or folder wherever it is, `path` is where it was found last. `kind` is "warc", "wacz" or
    "pages". Reading goes on after `position`, "" for the beginning. `pages` counts the HTML pages read so far,
    `others` the answers that are none. `moved_at` is when `position` moved last. `ended_at` is None until it was read
    to its end, or up to the fault that `error` says.
    """

    id: int
    key: str
    path: str
    kind: str
    size_bytes: int
    position: str
    pages: int
    others: int
    began_at: datetime
    moved_at: datetime | None
    ended_at: datetime | None
    error: str | None

    @property
    def read_bytes(self) -> int | None:
        """Return how much of a WARC was read, None of others: their positions are no offsets."""
        offset = re.match(r"\d+|$", self.position, re.ASCII) if self.kind == "warc" else None
        return int(offset[0] or 0) if offset else None


class CrawlQueries(Rows):
    def crawls(self) -> list[CrawlState]:
        """Return all crawls: those not read to their end, then the faulty, then the others, each the newest first."""
        return self._records(
            CrawlState,
            "SELECT * FROM crawls ORDER BY ended_at IS NOT NULL, error IS NULL, began_at DESC, id DESC",
        )

    def backfill_id(self) -> int | None:
        """Return the id of the source of all crawls, None if no crawl was ever read."""
        found: int | None = self._value("SELECT id FROM feeds WHERE kind = 'backfill'")
        return found


class CrawlUpdates(CrawlQueries):
    def backfill_source(self, now: datetime) -> int:
        """Return the id of the source of all crawls. Make it if there is none: it is never polled."""
        self.db.execute(
            """INSERT INTO feeds (url, address, name, kind, active, added_at) VALUES (?1, ?1, ?1, ?1, 0, ?2)
               ON CONFLICT DO NOTHING""",
            [BACKFILL, to_text(now)],
        )
        source = self.backfill_id()
        assert source is not None
        return source

    def begin_crawl(
        self, key: str, path: str, kind: str, size_bytes: int, now: datetime, *, again: bool = False
    ) -> CrawlState:
        """Return the crawl as it stands, a new one if the key is not known.

        It gets this path. If its size is another, it is to be read on from where it ended, and with `again` from its
        beginning.
        """
        (crawl,) = self._records(
            CrawlState,
            """INSERT INTO crawls (key, path, kind, size_bytes, began_at) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (key) DO UPDATE SET path = ?2, size_bytes = ?4, position = iif(?6, '', position),
                 ended_at = iif(size_bytes = ?4 AND NOT ?6, ended_at, NULL),
                 error = iif(size_bytes = ?4 AND NOT ?6, error, NULL)
               RETURNING *""",
            [key, path, kind, size_bytes, to_text(now), again],
        )
        return crawl

    def move_crawl(self, crawl_id: int, after: str, to: str, pages: int, others: int, now: datetime) -> bool:
        """Move a crawl from the position `after` on to `to`, past so many pages and other answers.

        Return False, and change nothing, if it is at another position: what is recorded with this is recorded already.
        """
        moved = self.db.execute(
            """UPDATE crawls SET position = ?1, moved_at = ?2,
                 pages = iif(position = '', 0, pages) + ?3, others = iif(position = '', 0, others) + ?4
               WHERE id = ?5 AND position = ?6""",
            [to, to_text(now), pages, others, crawl_id, after],
        )
        return moved.rowcount == 1

    def end_crawl(self, crawl_id: int, now: datetime, error: str | None = None) -> None:
        """Record that a crawl was read to its end, or up to the fault that `error` says."""
        self.db.execute("UPDATE crawls SET ended_at = ?, error = ? WHERE id = ?", [to_text(now), error, crawl_id])
