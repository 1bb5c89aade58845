"""Finding the articles whose text matches a query, within a set of articles."""

from collections.abc import Iterator
from contextlib import closing

from storage import blocks as sets
from storage.blocks import Blocks
from storage.rows import Rows, as_json
from storage.text_index import TextIndex

FREQUENT = 20_000  # matches, which are read in 3 ms
MAX_TEXTS = 2000  # that are read instead of matches
WORD_COST = 5  # matches are read in the time that indexing a word takes


class MatchQueries(Rows):
    def matching(self, query: str | None, found: Blocks, *, newest_first: bool = False) -> Iterator[int]:
        """Yield the ids of a set whose text matches, ascending, or the newest first.

        The matches between the ids are read in their order. If that would be many, for few and short texts, those are
        read instead.
        """
        if query is None or not found:
            return
        ids = list(sets.ids(found)) if sets.count(found) <= MAX_TEXTS else []
        if ids and self._words(ids) * WORD_COST < ids[-1] - ids[0] and self.has_matches(query, FREQUENT):
            with closing(TextIndex(self.indexed_texts(ids))) as index:
                yield from sorted(index.ranked(query), reverse=newest_first)
            return
        order = "rowid DESC" if newest_first else "rowid"
        last, bits = sets.as_bits(found)
        # SQLite leaves out what is not in the set: a row costs Python as much as five cost FTS5
        sql = f"""SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?1 AND rowid BETWEEN ?2 AND ?3
                  AND substr(?4, ?3 + 1 - rowid, 1) = x'31' ORDER BY {order}"""  # noqa: S608 (one of two)
        with closing(self._many(sql, [query, last + 1 - len(bits), last, bits])) as matches:
            for some in matches:
                yield from [id_ for (id_,) in some]

    def has_matches(self, query: str, count: int) -> bool:
        """Return whether so many articles match."""
        sql = "SELECT count(*) FROM (SELECT 1 FROM articles_fts WHERE articles_fts MATCH ? LIMIT ?)"
        return bool(self._value(sql, [query, count]) == count)

    def _words(self, ids: list[int]) -> int:
        sql = "SELECT sum(words) FROM selectable WHERE article_id IN (SELECT value FROM json_each(?))"
        return int(self._value(sql, [as_json(ids)]) or 0)

    def indexed_texts(self, ids: list[int]) -> list[tuple[int, str | None, str]]:
        """Return the id, title and body of these articles."""
        sql = "SELECT id, title, body FROM current_articles WHERE id IN (SELECT value FROM json_each(?))"
        return list(self._tuples(sql, [as_json(ids)]))
