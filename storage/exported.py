"""What an export has: the articles of a selection, those that have changed, those that are gone."""

import sqlite3
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from json import loads

from storage.changes import ChangeQueries
from storage.connection import translated
from storage.rows import Row, as_json
from storage.selection import EVERYTHING, Selection
from storage.tombstones import TombstoneQueries

AT_ONCE = 200  # articles that one statement reads

# Articles whose row, or place among the current articles, a change concerns. A copy alone changes no article, but the
# feeds and tags by which its article is selected.
CHANGED = """SELECT article_id FROM changes WHERE seq > ?1 AND kind <> 'copy'
  UNION SELECT c.merged_id FROM changes g JOIN copies c ON c.id = g.id
    WHERE g.seq > ?1 AND g.kind = 'copy' AND c.merged_id IS NOT NULL
  UNION SELECT article_id FROM changes WHERE seq > ?1 AND kind = 'copy' AND ?2"""

# Our own words only:
CHANGED_NOW = f"SELECT article_id FROM selectable WHERE article_id IN ({CHANGED}) ORDER BY 1"  # noqa: S608
CHANGED_GONE = f"""SELECT article_id FROM ({CHANGED}) AS c
  WHERE NOT EXISTS (SELECT 1 FROM selectable s WHERE s.article_id = c.article_id) ORDER BY 1"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class ToExport:
    """`ids` ascend, eight bytes each. Later changes have a greater number than `last_seq`.

    `gone` were merged into others or forgotten, or have left the selection.
    """

    ids: "array[int]"
    gone: list[int]
    last_seq: int


class ExportQueries(ChangeQueries, TombstoneQueries):
    def to_export(self, selection: Selection = EVERYTHING, *, after: int = 0, changes_after: int | None) -> ToExport:
        """Return the selection's articles above the id `after`, and those that are gone: all, or since a change."""
        with self.one_instant():
            last_seq = self.last_seq()
            if changes_after:
                values = [changes_after, bool(selection.feeds or selection.tags)]
                chosen = array("q", (id_ for (id_,) in self._tuples(CHANGED_NOW, values)))
                gone = self._column(CHANGED_GONE, values)
                if selection:
                    current = set(chosen)
                    among = self.selected_among(selection, current, None)
                    gone = sorted([*gone, *self._left(selection, current - among, changes_after)])
                    chosen = array("q", sorted(among))
                return ToExport(chosen[bisect_right(chosen, after) :], gone, last_seq)
            every = self._tuples("SELECT article_id FROM selectable WHERE article_id > ? ORDER BY 1", [after])
            found = self.selected_ids(selection, after=after) if selection else (id_ for (id_,) in every)
            return ToExport(array("q", found), sorted({*self.merged_ids(), *self.forgotten_ids()}), last_seq)

    def _left(self, selection: Selection, others: set[int], seq: int) -> set[int]:
        """Return those of some ids outside the selection that may have been in it up to a change."""
        lasting = replace(selection, access=(), min_words=None, match=None)  # without the filters of the latest text
        if lasting == selection:
            return set()
        among = self.selected_among(lasting, others, None) if lasting else others
        sql = (
            "SELECT DISTINCT article_id FROM changes WHERE article_id IN (SELECT value FROM json_each(?)) AND seq <= ?"
        )
        return set(self._column(sql, [as_json(among), seq]))

    def rows_of(self, ids: Sequence[int], *, newest_first: bool = False) -> Iterator[Row]:
        """Yield the articles with their current text in the order of `ids`, which ascend, or the other way round.

        Articles that were merged or forgotten meanwhile are left out. A transaction is open for AT_ONCE articles only.
        """
        sql = f"""SELECT * FROM current_articles WHERE id IN (SELECT value FROM json_each(?))
          ORDER BY id {"DESC" if newest_first else ""}"""  # noqa: S608 (one of two words)
        for some in _batches(ids, newest_first=newest_first):
            yield from self._streamed(sql, [as_json(some)])

    def _streamed(self, sql: str, parameters: Sequence[object]) -> Iterator[Row]:
        """Yield rows one by one: their texts may be long. Raises ArchiveError."""
        try:
            cursor = self.db.cursor()
            cursor.row_factory = None
            names = [name for name, *_ in cursor.execute(sql, parameters).description]
            for values in cursor:
                row = dict(zip(names, values, strict=True))
                row["authors"], row["tags"] = loads(row["authors"]), loads(row["tags"])
                yield row
        except sqlite3.Error as error:
            raise translated(error, self.path) from error

    def heads_of(self, ids: Sequence[int]) -> list[Row]:
        """Return what a list shows of each article, the newest first."""
        return self._dicts(
            """SELECT id, url, site, title, language, published_at, archived_at FROM current_articles
               WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC""",
            [as_json(ids)],
        )

    def last_updated(self, ids: Sequence[int]) -> str | None:
        """Return when the last of the articles' latest texts was archived, None without an article."""
        sql = """SELECT max(coalesce((SELECT max(archived_at) FROM revisions r WHERE r.article_id = s.article_id),
          archived_at)) FROM selectable s WHERE article_id IN (SELECT value FROM json_each(?))"""
        found = (self._value(sql, [as_json(some)]) for some in _batches(ids, newest_first=False))
        return max(filter(None, found), default=None)

    def archived_between(self, numbers: Iterable[int], size: int) -> Iterator[tuple[int, str, str]]:
        """Yield which instants the articles from `number * size` on were archived between, `size` ids each."""
        for number in numbers:
            ids = "article_id BETWEEN ?1 AND ?2 ORDER BY article_id"
            sql = f"""SELECT (SELECT archived_at FROM selectable WHERE {ids} LIMIT 1),
              (SELECT archived_at FROM selectable WHERE {ids} DESC LIMIT 1)"""  # noqa: S608 (our own words)
            for first, last in self._rows(sql, [number * size, (number + 1) * size - 1]):
                if first is not None:
                    yield number, first, last


def _batches(ids: Sequence[int], *, newest_first: bool) -> Iterator[Iterable[int]]:
    starts = range(0, len(ids), AT_ONCE)
    for start in reversed(starts) if newest_first else starts:
        yield ids[start : start + AT_ONCE]
