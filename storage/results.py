"""A page of results: in an order, with the number of matches, and counted by facets."""

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from storage import blocks as sets
from storage.errors import ArchiveError
from storage.facets import FacetQueries, FacetValue
from storage.rows import Row, as_json
from storage.search import MAX_RANKED, SearchQueries, beginning
from storage.selection import EVERYTHING, Selection
from storage.text_index import TextIndex, readable

Order = Literal["rank", "newest", "oldest", "archived"]

MAX_RESULTS = MAX_RANKED  # that pages lead to
MAX_FACETED = 5000  # matches that facets count: 15 µs each, and two reads of a disk each if they lie far apart
MAX_SEARCH_S = 5.0  # the prefix x* of a million articles was counted for two minutes
MAX_SNIPPET = 2000  # characters: words of a hostile text may be as long as it is
INSTRUCTIONS = 1000  # of SQLite, between two glances at the clock

MARKS = ("\x02", "\x03")  # no text of a result has them
_UNMARKED = dict.fromkeys(map(ord, MARKS), " ")


class SearchTooSlow(ArchiveError):
    """`str()` is a sentence: what to do."""


@dataclass(frozen=True, slots=True)
class Results:
    """A page of the articles that were found, with their latest texts.

    Rows have the columns of `current_articles`, and `snippet` and `marked_title`: where the words of the query stand
    between MARKS. `total` counts the matches, up to MAX_RESULTS of a query; if there are `more`, it is not complete.
    `ranked` is None, or how many of the newest matches were ranked. `reachable` is how many results all pages have.
    `counted` is how many articles `facets` count, those archived last, up to MAX_FACETED.
    """

    rows: list[Row]
    total: int
    more: bool
    ranked: int | None
    reachable: int
    counted: int
    facets: Mapping[str, list[FacetValue]]


class ResultQueries(SearchQueries, FacetQueries):
    def results(
        self,
        query: str = "",
        selection: Selection = EVERYTHING,
        *,
        order: Order = "rank",
        offset: int = 0,
        limit: int = 20,
        with_facets: bool = True,
    ) -> Results:
        """Return the articles that match, in the order: the best first, or by publication, or as they were archived.

        Without words "rank" is "newest". Raises SearchTooSlow after MAX_SEARCH_S, and ArchiveError.
        """
        with self.one_instant(), self._limited():
            queries = [words for each in (query, selection.match or "") if (words := readable(each))]
            wanted = " AND ".join(f"({words})" for words in queries) if queries[1:] else next(iter(queries), None)
            selection = replace(selection, match=wanted)
            latest, total = self._latest_matches(selection)
            more = wanted is not None and total > MAX_RESULTS
            ids, ranked = self._ordered(selection, latest, order, offset + limit, complete=total == len(latest))
            total = min(total, MAX_RESULTS) if more else total
            reachable = min(total, ranked or MAX_RESULTS)
            ids = ids[:reachable][offset : offset + limit]
            counted = latest[:MAX_FACETED] if with_facets else []
            facets = self.facets(counted) if with_facets else {}
            rows = self._rows_marked(ids, wanted)
            return Results(rows, total, more, ranked, reachable, len(counted), facets)

    def _latest_matches(self, selection: Selection) -> tuple[list[int], int]:
        """Return MAX_RESULTS and one of the matches, those archived last, and the number of all if it is known."""
        if selection.match is not None:
            ids = list(islice(self.newest_ids(replace(selection, match=None), selection.match), MAX_RESULTS + 1))
            return ids, len(ids)
        found = self.selected(selection, self.passing(selection))
        return list(islice(sets.ids_descending(found), MAX_RESULTS + 1)), sets.count(found)

    def _ordered(
        self, selection: Selection, latest: list[int], order: Order, count: int, *, complete: bool
    ) -> tuple[list[int], int | None]:
        """Return the first matches in the order, and how many were ranked if not all were."""
        if order == "rank" and selection.match is not None:
            return self._ranked(selection.match, latest)
        if order == "archived":
            return latest, None
        if complete and len(latest) <= MAX_RESULTS:
            return self.sorted_by_publication(latest, oldest=order == "oldest"), None
        read = self.oldest_published if order == "oldest" else self.newest_published
        return read(selection, min(count, MAX_RESULTS)), None

    def _rows_marked(self, ids: list[int], query: str | None) -> list[Row]:
        rows = {
            row["id"]: row
            for row in self._dicts(
                "SELECT * FROM current_articles WHERE id IN (SELECT value FROM json_each(?))", [as_json(ids)]
            )
        }
        titles, snippets = dict[int, str | None](), dict[int, str]()
        texts = [(id_, _unmarked(row["title"]), _unmarked(row["body"]) or "") for id_, row in rows.items()]
        if query is not None:
            with closing(TextIndex(texts)) as index:
                titles, snippets = index.titles(query, MARKS), index.snippets(query, MARKS)
        for id_, title, body in texts:
            rows[id_]["marked_title"] = titles.get(id_) or title
            snippet = snippets.get(id_) or ""
            rows[id_]["snippet"] = snippet if 0 < len(snippet) <= MAX_SNIPPET else beginning(body)
        return [rows[id_] for id_ in ids if id_ in rows]

    @contextmanager
    def _limited(self) -> Iterator[None]:
        end = time.monotonic() + MAX_SEARCH_S
        self.db.set_progress_handler(lambda: time.monotonic() > end, INSTRUCTIONS)
        try:
            yield
        except ArchiveError as error:
            if getattr(error.__cause__, "sqlite_errorcode", 0) != sqlite3.SQLITE_INTERRUPT:
                raise
            raise SearchTooSlow(
                f"The search was ended after {MAX_SEARCH_S:.0f} seconds: too many texts have these words."
                " Write a longer beginning before *, another word, or choose a filter."
            ) from error
        finally:
            self.db.set_progress_handler(None, 0)


def _unmarked(text: str | None) -> str | None:
    return text.translate(_UNMARKED) if text else text
