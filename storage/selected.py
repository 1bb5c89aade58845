"""Finding the articles of a selection.

Each filter is a set of articles, read from `postings` 64 a row, and the sets are intersected in memory. So a page costs
the same whether many articles pass two filters or none does.
"""

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
from storage.text_index import readable

LOOK_UP = 5000  # matches are read in the time that looking up an id in the search index takes: .7 ms
READ_FIRST = 20_000  # matches that are read before ids are looked up
MAX_LOOKED_UP = 20_000  # ids
MAX_LOOKED_UP_BY_DAY = 200_000  # matches that could be read instead
MAX_SORTED = 5000  # ids that are sorted at once; of more, days are read, the newest first
BATCH = 200
LENGTHS = (50, 100, 150, 200, 300, 400, 600, 800, 1000, 1500, 2000, 3000, 5000)  # of the view selectable_labels
END_OF_DAYS = "~"  # after every date

Only = Collection[int] | None
Part = Callable[[Only], Blocks]

TESTED = """SELECT article_id FROM selectable
  WHERE article_id IN (SELECT value FROM json_each(:ids)) AND (:since IS NULL OR published_at >= :since)
  AND (:until IS NULL OR published_at <= :until) AND (:archived_since IS NULL OR archived_at >= :archived_since)
  AND (:min_words IS NULL OR words >= :min_words)"""


class SelectedQueries(LabelQueries, FeedQueries):
    def selected_ids(self, selection: Selection, *, after: int = 0) -> Iterator[int]:
        """Yield the ids of the selection's articles above `after`, ascending."""
        found, doubtful = self.passing(selection)
        found = sets.above(found, after)
        if selection.match is None:
            ids = sets.ids(found)
        else:
            ids = self.matching(readable(selection.match), found, after=after)
        while batch := list(islice(ids, BATCH)):
            yield from self._tested(selection, batch, doubtful)

    def selected(self, selection: Selection) -> Blocks:
        """Return all articles of the selection."""
        found, doubtful = self.passing(selection)
        if selection.match is not None:
            found = sets.of_ids(self.matching(readable(selection.match), found))
        tested = list(sets.ids(sets.intersection(found, doubtful)))
        for id_ in set(tested).difference(self._tested(selection, tested, doubtful)):
            found[id_ >> 6] &= ~(1 << (id_ & 63))
        return found

    def selected_among(self, selection: Selection, ids: Collection[int]) -> set[int]:
        """Return those of some ids that are in the selection."""
        among = sets.of_ids(ids)
        found, doubtful = self.passing(selection, among)
        matching = list(sets.ids(found))
        if selection.match is not None:
            matching = list(self._looked_up(readable(selection.match), matching))
        return set(self._tested(selection, matching, doubtful))

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

    def passing(self, selection: Selection, among: Blocks | None = None) -> tuple[Blocks, Blocks]:
        """Return the articles that pass every filter but `match`, and the articles whose exact values must be tested.

        With `among`, return only those of `among`.
        """
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
        for merged_id in [merged_id for merged_id in merges if sets.contains(found, merged_id)]:
            root = sets.of_ids([root_of(merged_id, merges)])
            found = sets.union(found, root)
        return found

    def merges(self) -> dict[int, int]:
        """Return the article that each merged article was merged into, which may be merged too."""
        return dict(
            self._tuples("SELECT merged_id, article_id FROM copies WHERE merged_id IS NOT NULL AND split_id IS NULL")
        )

    # exact values and words

    def _tested(self, selection: Selection, ids: list[int], doubtful: Blocks) -> list[int]:
        """Return the ids without those that fail the exact test."""
        tested = [id_ for id_ in ids if sets.contains(doubtful, id_)]
        if not tested:
            return ids
        passed = set(self._column(TESTED, self._values(selection, tested)))
        return [id_ for id_ in ids if id_ in passed or not sets.contains(doubtful, id_)]

    def _sorted(self, selection: Selection, ids: list[int], limit: int) -> list[int]:
        sql = f"{TESTED} ORDER BY published_at DESC, article_id DESC LIMIT :limit"
        return self._column(sql, self._values(selection, ids) | {"limit": limit}) if ids else []

    def _values(self, selection: Selection, ids: list[int]) -> dict[str, object]:
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
            ids = list(sets.ids(part))
            spent += cost(ids)
            if spent <= MAX_LOOKED_UP_BY_DAY:
                yield sets.of_ids(self._looked_up(query, ids))
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
            yield sets.intersection(self.posted_between("published", some[-1], some[0]), found)
            at, size = at + size, size * 2

    def matching(
        self, query: str | None, found: Blocks, *, after: int = 0, newest_first: bool = False
    ) -> Iterator[int]:
        """Yield the ids of a set whose text matches, ascending, or the newest first.

        Matches are read in their order. If they are many and the ids few, the index is asked for the ids.
        """
        if query is None or not found:
            return
        rest = sorted(sets.ids(found), reverse=newest_first) if sets.count(found) <= MAX_LOOKED_UP else []
        if rest and cost(rest) <= READ_FIRST:
            yield from self._looked_up(query, rest)
            return
        order = "rowid DESC" if newest_first else "rowid"
        sql = f"SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? AND rowid > ? ORDER BY {order}"  # noqa: S608 (one of two)
        masks, read = found.get, 0
        with closing(self._many(sql, [query, after])) as matches:
            for some in matches:
                yield from [id_ for (id_,) in some if masks(id_ >> 6, 0) >> (id_ & 63) & 1]
                read += len(some)
                if rest and read >= READ_FIRST:
                    last = some[-1][0]
                    rest = [id_ for id_ in rest if (id_ < last if newest_first else id_ > last)]
                    break
            else:
                return
        yield from self._looked_up(query, rest)

    def _looked_up(self, query: str | None, ids: list[int]) -> Iterator[int]:
        """Yield those of the ids whose text matches, in the order that the ids have."""
        if query is None or not ids:
            return
        # Ascending in any case: FTS5 seeks a rowid forwards only.
        sql = """SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? AND rowid BETWEEN ? AND ?
                 AND +rowid IN (SELECT value FROM json_each(?)) ORDER BY rowid"""
        for run in runs(ids):
            found = self._column(sql, [query, min(run), max(run), as_json(run)])
            yield from reversed(found) if run[0] > run[-1] else found


def runs(ids: list[int]) -> Iterator[list[int]]:
    """Yield ids that are so near each other that all matches between them are read as fast as they are looked up."""
    begin = 0
    for place in range(1, len(ids)):
        if abs(ids[place] - ids[place - 1]) > LOOK_UP:
            yield ids[begin:place]
            begin = place
    yield ids[begin:]


def cost(ids: list[int]) -> int:
    """Return how many matches are read in the time that looking up the ids takes."""
    return sum(LOOK_UP + abs(run[-1] - run[0]) for run in runs(ids)) if ids else 0


def root_of(article_id: int, merges: dict[int, int]) -> int:
    """Return the article that this one was merged into in the end, or itself."""
    for _ in merges:
        if article_id not in merges:
            break
        article_id = merges[article_id]
    return article_id


def _has(tags: str, wanted: Collection[str]) -> bool:
    import json

    return any(folded(tag) in wanted for tag in json.loads(tags))
