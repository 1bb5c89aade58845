"""The articles that each filter of a selection lets through, and those that all let through.

Each filter is a set of articles, read from `postings` 64 a row, and the sets are intersected in memory: two large
filters that hardly an article passes take no longer than reading both.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator

from storage import blocks as sets
from storage.blocks import Blocks
from storage.feeds import FeedQueries
from storage.labels import LabelQueries, folded
from storage.matches import MatchQueries
from storage.merges import MergeQueries
from storage.records import to_text
from storage.selection import Selection
from storage.text_index import readable

RARE = 500  # matches; fewer are found before anything else
# in words; the view selectable_labels has them too
LENGTHS = (50, 100, 150, 200, 300, 400, 600, 800, 1000, 1500, 2000, 3000, 5000)
END_OF_DAYS = "~"  # after every date

Only = Collection[int] | None
Part = Callable[[Only], Blocks]
Passing = tuple[Blocks, Blocks]
"""The articles that pass every filter but perhaps `match`, and the articles whose exact values must be tested."""

MATCHES = "SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?"


class FilterQueries(MatchQueries, LabelQueries, FeedQueries, MergeQueries):
    def passing(self, selection: Selection, among: Blocks | None = None) -> Passing:
        """Return what passes. With `among`, return only those of `among`."""
        found, doubtful = among, dict[int, int]()
        for part, in_doubt in self._parts(selection):
            if found is not None and not found:
                break
            matching = part(found)
            found = matching if found is None else sets.intersection(found, matching)
            if in_doubt:
                doubtful = sets.union(doubtful, in_doubt(found))
        assert found is not None
        return found, doubtful

    def _parts(self, selection: Selection) -> Iterator[tuple[Part, Part | None]]:
        """Yield functions that return the articles of each filter, and those of them that are in doubt.

        What is rare comes first: then only its blocks are read of the others.
        """
        current = self._labelled("current", [""])
        query = readable(selection.match or "")
        if query is not None and not self.has_matches(query, RARE):
            yield lambda _: sets.of_ids(self._column(MATCHES, [query])), None
        if (ids := selection.ids) is not None:
            yield lambda only: sets.within(current(only), ids), None
        if selection.authors:
            yield self._labelled("author", map(folded, selection.authors)), None
        if selection.feeds:
            yield lambda only: self._of_feeds(self.feeds_called(selection.feeds), only), None
        if selection.tags:
            yield self._tagged(list(map(folded, selection.tags))), None
        yield from self._bounds(selection)
        for kind, labels in (("site", selection.sites), ("access", selection.access)):
            if labels:
                yield self._labelled(kind, labels), None
        if selection.languages:
            yield self._labelled("language", self.languages_called(selection.languages)), None
        yield current, None

    def _bounds(self, selection: Selection) -> Iterator[tuple[Part, Part]]:
        if selection.since or selection.until:
            yield self._days("published", to_text(selection.since), to_text(selection.until))
        if selection.archived_since:
            yield self._days("archived", to_text(selection.archived_since), None)
        if selection.min_words is not None:
            yield self._at_least(selection.min_words)

    def languages_called(self, codes: Collection[str]) -> list[str]:
        """Return the languages of articles that are one of these, or a kind of one: "fr" is also "fr-FR"."""
        begins = tuple(f"{code.strip().lower().replace('_', '-')}-" for code in codes)
        return [known for known in self.labels("language") if known and f"{known.lower()}-".startswith(begins)]

    def _labelled(self, kind: str, labels: Iterable[str]) -> Part:
        names = list(labels)
        return lambda only: self.posted(kind, names, only)

    def _tagged(self, tags: list[str]) -> Part:
        def part(only: Only) -> Blocks:
            feeds = [feed_id for feed_id, names in self._tuples("SELECT id, tags FROM feeds") if _has(names, tags)]
            return sets.union(self.posted("tag", tags, only), self._of_feeds(feeds, only))

        return part

    def _days(self, kind: str, since: str | None, until: str | None) -> tuple[Part, Part]:
        first, last = (since or "0")[:10], (until or END_OF_DAYS)[:10]
        edges = [day for day, instant in ((first, since), (last, until)) if instant]
        return lambda only: self.posted_between(kind, first, last, only), self._labelled(kind, edges)

    def _at_least(self, words: int) -> tuple[Part, Part]:
        """Return the articles from the next smaller length that has a label; those below the next greater in doubt."""
        smaller = [length for length in LENGTHS if length <= words]
        kind, label = ("words", str(smaller[-1])) if smaller else ("current", "")
        all_of = self._labelled(kind, [label])
        greater = self._labelled("words", [str(length) for length in LENGTHS if length >= words][:1])

        def in_doubt(only: Only) -> Blocks:
            surely = greater(only)
            return {block: mask & ~surely.get(block, 0) for block, mask in all_of(only).items()}

        return all_of, in_doubt

    def _of_feeds(self, feed_ids: Collection[int], only: Only) -> Blocks:
        """Return the articles that an entry of the feeds led to, itself or through a copy or a merged article."""
        if not feed_ids:
            return {}
        merges = self.merges()
        if only is not None:
            merges = {merged_id: root for merged_id, root in merges.items() if root >> 6 in only}
            only = {*only, *(merged_id >> 6 for merged_id in merges)}
        found = self.posted("feed", map(str, feed_ids), only)
        return sets.union(found, sets.of_ids(merges[merged_id] for merged_id in sets.among(merges, found)))


def _has(tags: str, wanted: Collection[str]) -> bool:
    return any(folded(tag) in wanted for tag in json.loads(tags))
