"""The full-text index `articles_fts`."""

import re
import sqlite3
from contextlib import suppress

from storage.connection import guarded
from storage.rows import Row, Rows, decoded

MAX_MERGED = 50  # articles of the index that were merged into others, and are not shown

_WORD = re.compile(r'"[^"]*"|\S+')
_READABLE = re.compile(r'"[^"]*"|\w+\*?|[()]')


class SearchQueries(Rows):
    def search(self, query: str, *, limit: int = 20) -> list[Row]:
        """Return articles whose current title or body match, the best first, with a `snippet` of the place.

        `query` is FTS5's language (https://sqlite.org/fts5.html#full_text_query_syntax). Words that FTS5 cannot read
        are quoted, and if that is no query either, all words are. Accents and case do not matter.
        """
        words = query.replace("\0", " ").split()
        if not words:
            return []
        text = " ".join(words)
        repaired = " ".join(word if _READABLE.fullmatch(word) else _quoted(word) for word in _WORD.findall(text))
        with guarded(self.path):
            for attempt in (text, repaired):
                with suppress(sqlite3.OperationalError):
                    return self._search(attempt, limit)
            return self._search(" ".join(map(_quoted, words)), limit)

    def _search(self, query: str, limit: int) -> list[Row]:
        """Return the articles. Raises sqlite3.OperationalError if FTS5 cannot read the query.

        Matches are ranked first and joined after: of a common word every match would be joined.
        """
        rows = self.db.execute(
            """WITH best (id, score) AS MATERIALIZED (
                 SELECT rowid, bm25(articles_fts, 4.0, 1.0) AS score FROM articles_fts
                 WHERE articles_fts MATCH ?1 ORDER BY score LIMIT ?2 + ?3)
               SELECT a.id, a.url, a.site, a.title, a.published_at, a.archived_at,
                      snippet(articles_fts, 1, '[', ']', '…', 24) AS snippet
               FROM best CROSS JOIN articles_fts ON articles_fts.rowid = best.id
                 CROSS JOIN current_articles a ON a.id = best.id
               WHERE articles_fts MATCH ?1 ORDER BY best.score LIMIT ?2""",
            [query, limit, MAX_MERGED],
        )
        return [decoded(row) for row in rows]


def _quoted(word: str) -> str:
    return '"{}"'.format(word.replace('"', '""'))
