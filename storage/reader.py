"""Reading the archive: any program, any time, beside a running writer.

    with Reader("news.db") as archive:
        for hit in archive.search("quantum"):
            print(hit.title, hit.url)

Records have the columns as typed fields. Methods with "row" in their name return the same as dicts by column name, with
instants as text and lists (authors, tags) as lists. An archive of an earlier schema is read as one of today's.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Self

from storage.alerts import AlertQueries
from storage.articles import ArticleQueries
from storage.clusters import ClusterQueries
from storage.connection import SCHEMA_VERSION, connect_read_only, guarded
from storage.crawls import CrawlQueries
from storage.deliveries import DeliveryQueries
from storage.documents import DocumentQueries
from storage.errors import ArchiveError, ArchiveGone
from storage.exported import ExportQueries
from storage.figures import FigureQueries
from storage.fingerprints import FingerprintQueries
from storage.follow import Changes
from storage.gaps import GapQueries
from storage.jobs import JobQueries
from storage.media import MediaQueries
from storage.neighbours import NeighbourQueries
from storage.overview import OverviewQueries
from storage.pages import PageQueries, StoredPage
from storage.rechecks import RecheckQueries
from storage.records import Media
from storage.repeats import RepeatQueries
from storage.results import ResultQueries
from storage.rhythms import RhythmQueries
from storage.rows import Row, as_json, decoded, from_row
from storage.search import Found
from storage.selection import EVERYTHING, Selection
from storage.silences import SilenceQueries
from storage.sites import SiteQueries
from storage.typed import Article, Change, Copy, Hit, Record, Revision, change_of
from storage.watched import WatchQueries

__all__ = (
    "EVERYTHING",
    "ArchiveError",
    "Article",
    "Change",
    "Changes",
    "Copy",
    "EmptyArchive",
    "Found",
    "Hit",
    "Media",
    "Queries",
    "Reader",
    "Record",
    "Revision",
    "Row",
    "Selection",
    "StoredPage",
)

ARTICLES_AT_ONCE = 100
CURRENT_ARTICLE = "SELECT * FROM current_articles WHERE id = ?"


class Queries(
    RecheckQueries,
    FingerprintQueries,
    PageQueries,
    MediaQueries,
    SiteQueries,
    ResultQueries,
    DeliveryQueries,
    ExportQueries,
    AlertQueries,
    JobQueries,
    FigureQueries,
    GapQueries,
    WatchQueries,
    NeighbourQueries,
    ClusterQueries,
    OverviewQueries,
    RepeatQueries,
    RhythmQueries,
    DocumentQueries,
    SilenceQueries,
    CrawlQueries,
    ArticleQueries,
):
    """The questions that the reader and the writer ask alike, a class for each table."""


class EmptyArchive(Queries):
    """An archive without a file and without a row, for questions before there is an archive."""

    def __init__(self) -> None:
        from storage.migrations import migrate

        self.path = Path(":memory:")
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.row_factory = sqlite3.Row
        migrate(self.db)


class Reader(Queries):
    """Raises ArchiveMissing, ArchiveDamaged, ArchiveTooNew. `adds_no_file`: see `connect_read_only`."""

    def __init__(self, path: Path | str, *, adds_no_file: bool = False) -> None:
        self.path = Path(path)
        self.db = connect_read_only(self.path, adds_no_file=adds_no_file)
        self._identity = self.path.stat()
        self._shaped_version = SCHEMA_VERSION
        self._shape()

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _shape(self) -> None:
        """Give an archive of an earlier schema today's shape, and take that back once a writer has migrated it."""
        version = self.schema_version()
        if version != self._shaped_version:
            from storage.earlier import shape

            with guarded(self.path):
                shape(self.db)
            self._shaped_version = version

    def rows(self, sql: str, parameters: Iterable[object] | dict[str, object] = ()) -> Iterator[Row]:
        """Yield the rows of any SELECT."""
        return map(decoded, self._each(sql, parameters))

    def _each(self, sql: str, parameters: Iterable[object] | dict[str, object] = ()) -> Iterator[sqlite3.Row]:
        with guarded(self.path):
            rows = self.db.execute(sql, parameters if isinstance(parameters, dict) else tuple(parameters))
            for row in rows:  # noqa: UP028 (`yield from` would close the cursor after its archive, which raises)
                yield row

    def row(self, sql: str, parameters: Iterable[object] | dict[str, object] = ()) -> Row | None:
        return next(self.rows(sql, parameters), None)

    def totals(self) -> Row:
        """Count articles, copies, revisions, entries, polls, tombstones, entries by outcome. Add the file's size."""
        outcomes = self.outcomes()
        tables = ("articles", "copies", "revisions", "polls")
        counts = {table: self._value(f"SELECT count(*) FROM {table}") for table in tables}  # noqa: S608 (our own names)
        counts["entries"] = sum(outcomes.values())
        size_bytes = self._value("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return counts | self.tombstone_counts() | {"outcomes": outcomes, "size_bytes": size_bytes}

    def articles(self, selection: Selection = EVERYTHING, *, after: int = 0) -> Iterator[Article]:
        """Yield the selection's articles with their latest text, ids ascending, those above `after`."""
        return (from_row(Article, row) for row in self._selected_rows(selection, after))

    def article(self, article_id: int) -> Article | None:
        """Return the article with its latest text, or the one that it was merged into. Return None without one."""
        found = self._records(Article, CURRENT_ARTICLE, [self.current_id(article_id)])
        return found[0] if found else None

    def revisions(self, article_id: int) -> list[Revision]:
        """Return the later texts of the article, or of the one that it was merged into, the first one first."""
        revisions = "SELECT * FROM revisions WHERE article_id = ? ORDER BY id"
        return self._records(Revision, revisions, [self.current_id(article_id)])

    def copies(self, article_id: int) -> list[Copy]:
        """Return the copies of the article and of what was merged with it, without those that were split off."""
        return self._records(
            Copy,
            """SELECT * FROM copies WHERE article_id IN (SELECT value FROM json_each(?)) AND split_id IS NULL
               ORDER BY id""",
            [as_json(self.with_merged(self.current_id(article_id)))],
        )

    def search(self, query: str = "", selection: Selection = EVERYTHING, *, limit: int = 20) -> Found[Hit]:
        """Return articles whose latest title or text match, the best first.

        `query` is FTS5's language. Accents and case do not matter. Of many matches only the newest are ranked. Without
        a query, return the selection's articles, the newest published first.
        """
        rows = self.search_rows(query, selection, limit=limit)
        found = Found(from_row(Hit, row) for row in rows)
        found.ranked = rows.ranked
        return found

    def changes(
        self,
        selection: Selection = EVERYTHING,
        *,
        after: int = 0,
        follow: bool = False,
        without_reclean: bool = False,
        until: Callable[[], bool] | None = None,
    ) -> Changes[Change]:
        """Iterate over the change log from `seq > after` in commit order, as `change_rows` selects.

        With `follow`, go on as changes are committed, until `until` returns true or the iterator is closed.
        """
        read_page = partial(self.change_rows, selection, without_reclean=without_reclean)
        return Changes(self, read_page, change_of, after=after, follow=follow, until=until)

    def article_row(self, article_id: int) -> Row | None:
        """Return the current text of the article, or of the one it was merged into.

        `media` are those of that text, `revisions` and `page` the article's own. `copies` and `entries` are also those
        of articles merged into it.
        """
        article_id = self.current_id(article_id)
        found = self.row(CURRENT_ARTICLE, [article_id])
        if found is None:
            return None
        merged = self.with_merged(article_id)
        revisions = "SELECT id, title, archived_at, cause FROM revisions WHERE article_id = ? ORDER BY id"
        return found | {
            "copies": self.copies_shown(merged),
            "revisions": self._dicts(revisions, [article_id]),
            "entries": self.entries_of(merged),
            "page": self.first_page(article_id),
            "media": [asdict(each) for each in self.media(article_id)],
        }

    def article_rows(self, selection: Selection = EVERYTHING, *, after: int = 0) -> Iterator[Row]:
        """Yield the rows of `articles` as dicts."""
        return map(decoded, self._selected_rows(selection, after))

    def _selected_rows(self, selection: Selection, after: int) -> Iterator[sqlite3.Row]:
        if not selection:
            yield from self._each("SELECT * FROM current_articles WHERE id > ? ORDER BY id", [after])
            return
        with guarded(self.path):
            ids = self.selected_ids(selection, after=after)
            while batch := list(islice(ids, ARTICLES_AT_ONCE)):
                wanted = "SELECT * FROM current_articles WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
                yield from self._each(wanted, [as_json(batch)])

    def change_rows(
        self, selection: Selection = EVERYTHING, *, after: int, limit: int = 1000, without_reclean: bool = False
    ) -> list[Row]:
        """Return the change log from `seq > after` in commit order.

        `record` is the row that was added, None if it was forgotten since, and for the change that says so.

        A change belongs to the selection if its article does, or the article that this was merged into, or if it says
        that an article was forgotten.
        `without_reclean` leaves out the revisions that `ingest reclean` made.
        """
        with guarded(self.path):
            seqs = self.change_seqs(selection, after=after, limit=limit, without_reclean=without_reclean)
        return list(self.changes_numbered(seqs))

    def changes_numbered(self, seqs: Iterable[int]) -> Iterator[Row]:
        """Yield the changes with these numbers, as `change_rows` returns them. Each record is read when its turn is."""
        tables = {"article": "articles", "copy": "copies", "revision": "revisions"}
        changes = self._dicts(
            "SELECT * FROM changes WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq", [as_json(seqs)]
        )
        for change in changes:
            yield change | {"record": self._record(tables.get(change["kind"]), change["id"])}

    def _record(self, table: str | None, id_: int) -> Row | None:
        return self.row(f"SELECT * FROM {table} WHERE id = ?", [id_]) if table else None  # noqa: S608 (our own names)

    def schema_version(self) -> int:
        """Return the schema of the file."""
        return int(self._value("PRAGMA user_version"))

    def data_version(self) -> int:
        """Return a number that every commit of another connection changes.

        See https://sqlite.org/pragma.html#pragma_data_version.
        """
        if self._shaped_version != SCHEMA_VERSION:
            self._shape()
        return int(self._value("PRAGMA data_version"))

    def check_file(self) -> None:
        """Raise ArchiveGone if the path no longer leads to the file that is read."""
        with guarded(self.path):
            if not self.path.exists() or not os.path.samestat(self.path.stat(), self._identity):
                raise ArchiveGone(f"{self.path}: removed, renamed or replaced while it was being read; run this again")
