"""Searching: the full-text index `articles_fts`, and selections in the order that people read."""

import re
from collections.abc import Iterable
from contextlib import closing
from itertools import islice
from typing import TypeVar

from storage.connection import guarded
from storage.rows import Row, as_json
from storage.selected import SelectedQueries
from storage.selection import EVERYTHING, Selection
from storage.text_index import RANK, TextIndex, readable

MAX_RANKED = 10_000  # matches; 5 µs each
MAX_COUNTED = 50_000  # of each word: bm25() counts every article that has it, at .1 µs each
MAX_RANKED_IN_MEMORY = 300  # matches of more frequent words: their texts are indexed anew, at .15 ms each
TEXTS_AT_ONCE = 200
SNIPPET_WORDS = 24

_COUNTED = re.compile(r'"[^"]*"|\w+(?:\s*\*)?')
_OPERATORS = ("AND", "OR", "NOT", "NEAR")


T = TypeVar("T")


class Found(list[T]):
    """The articles that were found. `ranked`: only so many of the newest matches were ranked, None if all were."""

    ranked: int | None = None


class SearchQueries(SelectedQueries):
    def search_rows(self, query: str = "", selection: Selection = EVERYTHING, *, limit: int = 20) -> Found[Row]:
        """Return articles whose current title or body match, the best first, with a `snippet` of the place.

        `query` is FTS5's language. Accents and case do not matter. Of many matches only the newest are ranked. Without
        a query, return the selection's articles, the newest published first, with the beginning of each.
        """
        with guarded(self.path):
            wanted = readable(query)
            other = readable(selection.match or "")
            if wanted is None:
                return self._shown(self.newest_published(selection, limit), other) if selection else Found()
            if other is not None:
                wanted = f"({wanted}) AND ({other})"
            ids, ranked = self._ranked(wanted, self.newest_ids(selection, wanted))
            found = self._shown(ids[:limit], wanted)
            found.ranked = ranked
            return found

    def _ranked(self, query: str, newest: Iterable[int]) -> tuple[list[int], int | None]:
        """Return the ids of the matches, the best first, and the number of ranked ones if not all were.

        `newest` are the ids of the matches, descending.
        """
        frequent = self._has_frequent_word(query)
        most = MAX_RANKED_IN_MEMORY if frequent else MAX_RANKED
        ids = list(islice(newest, most + 1))
        ranked = most if len(ids) > most else None
        ids = ids[:most]
        if not ids:
            return [], None
        if frequent:
            with closing(TextIndex(self.indexed_texts(ids))) as index:
                return index.ranked(query), ranked
        order = RANK.format("articles_fts")
        return self._column(
            f"""SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? AND rowid BETWEEN ? AND ?
                AND +rowid IN (SELECT value FROM json_each(?)) ORDER BY {order}, rowid DESC""",  # noqa: S608 (our own formula)
            [query, min(ids), max(ids), as_json(ids)],
        ), ranked

    def _has_frequent_word(self, query: str) -> bool:
        """Return whether counting the articles of the query's words takes long."""
        words = (word for word in _COUNTED.findall(query) if word not in _OPERATORS and word != '""')
        return any(
            self.has_matches(
                word if word[0] == '"' or not word.endswith("*") else f'"{word[:-1].strip()}"*', MAX_COUNTED
            )
            for word in words
        )

    def _shown(self, ids: list[int], query: str | None) -> Found[Row]:
        """Return the articles in the order of their ids, with the snippet that matches the query."""
        shown: dict[int, Row] = {}
        for at in range(0, len(ids), TEXTS_AT_ONCE):
            some = ids[at : at + TEXTS_AT_ONCE]
            rows = self._dicts(
                """SELECT id, url, site, title, published_at, archived_at, body FROM current_articles
                   WHERE id IN (SELECT value FROM json_each(?))""",
                [as_json(some)],
            )
            bodies = {row["id"]: row.pop("body") for row in rows}
            snippets: dict[int, str] = {}
            if query is not None:
                with closing(TextIndex((row["id"], row["title"], bodies[row["id"]]) for row in rows)) as index:
                    snippets = index.snippets(query)
            for row in rows:
                shown[row["id"]] = row | {"snippet": snippets.get(row["id"]) or beginning(bodies[row["id"]])}
        return Found(shown[id_] for id_ in ids if id_ in shown)


def beginning(body: str) -> str:
    """Return the first words of a text."""
    words = body[:1000].split()
    return " ".join(words[:SNIPPET_WORDS]) + ("…" if len(words) > SNIPPET_WORDS else "")
