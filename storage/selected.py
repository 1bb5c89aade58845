"""Finding the articles of a selection.

Each filter is a set of articles, read from `postings` 64 a row, and the sets are intersected in memory. So a page costs
the same whether many articles pass two filters or none does.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from itertools import islice

from storage import blocks as sets
from storage.blocks import Blocks
from storage.feeds import FeedQueries
from storage.labels import LabelQueries, folded
from storage.records import to_text
from storage.rows import as_json
from storage.selection import Selection
from storage.text_index import TextIndex, readable

FREQUENT = 20_000  # matches, which are read in 3 ms
RARE = 500  # matches; fewer are found before anything else
MAX_TEXTS = 2000  # that are read instead of matches
WORD_COST = 5  # matches are read in the time that indexing a word takes
MAX_READ_BY_DAY = 400_000  # ids between which matches are read a few days at a time; beyond them, all are read at once
MAX_SORTED = 5000  # ids that are sorted at once; of more, days are read, the newest first
BATCH = 200
# in words; the view selectable_labels has them too
LENGTHS = (50, 100, 150, 200, 300, 400, 600, 800, 1000, 1500, 2000, 3000, 5000)
END_OF_DAYS = "~"  # after every date

Only = Collection[int] | None
Part = Callable[[Only], Blocks]
Passing = tuple[Blocks, Blocks]
"""The articles that pass every filter but perhaps `match`, and the articles whose exact values must be tested."""

MATCHES = "SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?"
TESTED = """SELECT article_id FROM selectable
  WHERE article_id IN (SELECT value FROM json_each(:ids)) AND (:since IS NULL OR published_at >= :since)
  AND (:until IS NULL OR published_at <= :until) AND (:archived_since IS NULL OR archived_at >= :archived_since)
  AND (:min_words IS NULL OR words >= :min_words)"""


class SelectedQueries(LabelQueries, FeedQueries):
    def selected_ids(self, selection: Selection, *, after: int = 0) -> Iterator[int]:
        """Yield the ids of the selection's articles above `after`, ascending."""
        found, doubtful = self.passing(selection)
        found = sets.above(found, after)
        ids = sets.ids(found)
        if selection.match is not None:
            ids = self.matching(readable(selection.match), found)
        while batch := list(islice(ids, BATCH)):
            yield from self._tested(selection, batch, doubtful)

    def selected(self, selection: Selection, passing: Passing) -> Blocks:
        """Return all articles of the selection, from what `passing` returned of it."""
        found, doubtful = dict(passing[0]), passing[1]
        if selection.match is not None:
            found = sets.of_ids(self.matching(readable(selection.match), found))
        tested = list(sets.ids(sets.intersection(found, doubtful)))
        for id_ in set(tested).difference(self._tested(selection, tested, doubtful)):
            found[id_ >> 6] &= ~(1 << (id_ & 63))
        return found

    def selected_among(self, selection: Selection, ids: Collection[int], passing: Passing | None) -> set[int]:
        """Return those of some ids that are in the selection. `passing`: what the method returned of it, if known."""
        among = sets.of_ids(ids)
        found, doubtful = passing or self.passing(selection, among)
        found = sets.intersection(found, among)
        matching = sets.ids(found)
        if selection.match is not None:
            matching = self.matching(readable(selection.match), found)
        return set(self._tested(selection, list(matching), doubtful))

    def newest_published(self, selection: Selection, limit: int) -> list[int]:
        """Return the ids of the selection's newest articles, the newest first, those without a date last."""
        found, _ = self.passing(selection)
        query = readable(selection.match) if selection.match is not None else None
        if query is not None:
            few = list(islice(self.matching(query, found), MAX_SORTED + 1))
            if len(few) <= MAX_SORTED:
                found, query = sets.of_ids(few), None
        newest: list[int] = []
        for part in self._by_day(found, query):
            newest += self._sorted(selection, list(sets.ids(part)), limit - len(newest))
            if len(newest) == limit:
                break
        return newest

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
            yield lambda _: self._of_feeds(self.feeds_called(selection.feeds)), None
        if selection.tags:
            yield self._tagged(list(map(folded, selection.tags))), None
        for kind, labels in (("site", selection.sites), ("access", selection.access)):
            if labels:
                yield self._labelled(kind, labels), None
        if selection.languages:
            yield self._labelled("language", self._languages(selection.languages)), None
        yield from self._bounds(selection)
        yield current, None

    def _bounds(self, selection: Selection) -> Iterator[tuple[Part, Part]]:
        if selection.since or selection.until:
            yield self._days("published", to_text(selection.since), to_text(selection.until))
        if selection.archived_since:
            yield self._days("archived", to_text(selection.archived_since), None)
        if selection.min_words is not None:
            yield self._at_least(selection.min_words)

    def _languages(self, wanted: Collection[str]) -> list[str]:
        begins = tuple(f"{language.lower()}-" for language in wanted)
        return [known for known in self.labels("language") if known and f"{known.lower()}-".startswith(begins)]

    def _labelled(self, kind: str, labels: Iterable[str]) -> Part:
        names = list(labels)
        return lambda only: self.posted(kind, names, only)

    def _tagged(self, tags: list[str]) -> Part:
        def part(only: Only) -> Blocks:
            feeds = [feed_id for feed_id, names in self._tuples("SELECT id, tags FROM feeds") if _has(names, tags)]
            return sets.union(self.posted("tag", tags, only), self._of_feeds(feeds))

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

    def _of_feeds(self, feed_ids: Collection[int]) -> Blocks:
        """Return the articles that an entry of the feeds led to, itself or through a copy or a merged article."""
        if not feed_ids:
            return {}
        found = self.posted("feed", map(str, feed_ids))
        merges = self.merges()
        return sets.union(found, sets.of_ids(merges[merged_id] for merged_id in sets.among(merges, found)))

    def merges(self) -> dict[int, int]:
        """Return the article that each merged article was merged into in the end."""
        into = dict(
            self._tuples("SELECT merged_id, article_id FROM copies WHERE merged_id IS NOT NULL AND split_id IS NULL")
        )
        return {merged_id: root_of(merged_id, into) for merged_id in into}

    # exact values and words

    def _tested(self, selection: Selection, ids: list[int], doubtful: Blocks) -> list[int]:
        """Return the ids without those that fail the exact test."""
        tested = sets.among(ids, doubtful)
        if not tested:
            return ids
        failed = tested.difference(self._column(TESTED, self._values(selection, tested)))
        return [id_ for id_ in ids if id_ not in failed]

    def _sorted(self, selection: Selection, ids: list[int], limit: int) -> list[int]:
        sql = f"{TESTED} ORDER BY published_at DESC, article_id DESC LIMIT :limit"
        return self._column(sql, self._values(selection, ids) | {"limit": limit}) if ids else []

    def _values(self, selection: Selection, ids: Iterable[int]) -> dict[str, object]:
        instants = {name: to_text(getattr(selection, name)) for name in ("since", "until", "archived_since")}
        return instants | {"min_words": selection.min_words, "ids": as_json(ids)}

    def _by_day(self, found: Blocks, query: str | None) -> Iterator[Blocks]:
        """Yield what matches by the day of publication, the newest first, and twice as many days each time."""
        matching: Blocks | None = None
        spent = 0
        for part in self._days_of(found):
            if query is None:
                yield part
                continue
            spent += sets.BITS * (max(part) - min(part) + 1) if part else 0
            if spent <= MAX_READ_BY_DAY:
                yield sets.of_ids(self.matching(query, part))
            else:
                if matching is None:
                    matching = sets.of_ids(self.matching(query, found))
                yield sets.intersection(part, matching)

    def _days_of(self, found: Blocks) -> Iterator[Blocks]:
        if sets.count(found) <= MAX_SORTED:
            yield found
            return
        days = self.labels("published")[::-1]
        at, size = 0, 1
        while at < len(days):
            some = days[at : at + size]
            yield sets.intersection(self.posted_between("published", some[-1], some[0], found), found)
            at, size = at + size, size * 2

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


def root_of(article_id: int, into: dict[int, int]) -> int:
    for _ in into:
        if article_id not in into:
            break
        article_id = into[article_id]
    return article_id


def _has(tags: str, wanted: Collection[str]) -> bool:
    return any(folded(tag) in wanted for tag in json.loads(tags))
