"""The articles of a selection, ascending by id or the newest first."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from storage import blocks as sets
from storage.blocks import Blocks
from storage.filters import FilterQueries, Passing
from storage.records import to_text
from storage.rows import as_json
from storage.selection import EVERYTHING, Selection
from storage.text_index import readable

MAX_READ_BY_DAY = 400_000  # ids between which matches are read a few days at a time; beyond them, all are read at once
MAX_SORTED = 5000  # ids that are sorted at once; of more, days are read, the newest first
BATCH = 200
NEAR = 100_000  # ids
LATEST = 8  # the latest days are one in so many

TESTED = """SELECT article_id FROM selectable
  WHERE article_id IN (SELECT value FROM json_each(:ids)) AND (:since IS NULL OR published_at >= :since)
  AND (:until IS NULL OR published_at <= :until) AND (:archived_since IS NULL OR archived_at >= :archived_since)
  AND (:min_words IS NULL OR words >= :min_words)"""


class SelectedQueries(FilterQueries):
    def selected_ids(self, selection: Selection, *, after: int = 0) -> Iterator[int]:
        """Yield the ids of the selection's articles above `after`, ascending."""
        for among in self._near_and_far(after):
            found, doubtful = self.passing(selection, among)
            yield from self._all_tested(selection, self._matching(selection, found), doubtful)

    def newest_ids(self, selection: Selection, query: str) -> Iterator[int]:
        """Yield the ids of the selection's articles that match the query, descending."""
        for among in self._near_and_far(newest_first=True):
            found, doubtful = self.passing(selection, among)
            yield from self._all_tested(selection, self.matching(query, found, newest_first=True), doubtful)

    def _near_and_far(self, after: int = 0, *, newest_first: bool = False) -> Iterator[Blocks]:
        """Yield the ids above `after` in two parts: most selections fill a page from the first, the smaller one."""
        last = self._last_id()
        edge = max(last - NEAR, after) if newest_first else min(after + NEAR, last)
        parts = [sets.between(after + 1, edge), sets.between(edge + 1, last)]
        yield from reversed(parts) if newest_first else parts

    def selected(self, selection: Selection, passing: Passing) -> Blocks:
        """Return all articles of the selection, from what `passing` returned of it."""
        found, doubtful = dict(passing[0]), passing[1]
        if selection.match is not None:
            found = sets.of_ids(self._matching(selection, found))
        tested = list(sets.ids(sets.intersection(found, doubtful)))
        for id_ in set(tested).difference(self._tested(selection, tested, doubtful)):
            found[id_ >> 6] &= ~(1 << (id_ & 63))
        return found

    def selected_among(self, selection: Selection, ids: Collection[int], passing: Passing | None) -> set[int]:
        """Return those of some ids that are in the selection. `passing`: what the method returned of it, if known."""
        among = sets.of_ids(ids)
        found, doubtful = passing or self.passing(selection, among)
        found = sets.intersection(found, among)
        return set(self._tested(selection, list(self._matching(selection, found)), doubtful))

    def newest_published(self, selection: Selection, limit: int) -> list[int]:
        """Return the ids of the selection's newest articles, the newest first, those without a date last."""
        latest = self._latest_days()
        newest = self._first_by_day(self.passing(selection, latest)[0], selection, limit)
        if len(newest) == limit or latest is None:
            return newest
        return self._first_by_day(self.passing(selection)[0], selection, limit)

    def oldest_published(self, selection: Selection, limit: int) -> list[int]:
        """Return the ids of the selection's oldest articles, the oldest first, those without a date last."""
        return self._first_by_day(self.passing(selection)[0], selection, limit, oldest=True)

    def sorted_by_publication(self, ids: Iterable[int], *, oldest: bool = False) -> list[int]:
        """Return the ids by the instant of publication, the newest or the oldest first, those without a date last."""
        return self._sorted(EVERYTHING, list(ids), -1, oldest=oldest)

    def _latest_days(self) -> Blocks | None:
        """Return the articles of the latest eighth of days, None if they are in most blocks."""
        days = self.labels("published")
        if len(days) < LATEST:
            return None
        latest = self.posted_between("published", days[-(len(days) // LATEST)], days[-1])
        return latest if len(latest) * 2 < self._last_id() >> 6 else None

    def _last_id(self) -> int:
        return int(self._value("SELECT max(article_id) FROM selectable") or 0)

    def _first_by_day(self, found: Blocks, selection: Selection, limit: int, *, oldest: bool = False) -> list[int]:
        query = readable(selection.match) if selection.match is not None else None
        if query is not None:
            few = list(islice(self.matching(query, found), MAX_SORTED + 1))
            if len(few) <= MAX_SORTED:
                found, query = sets.of_ids(few), None
        first: list[int] = []
        for part in self._by_day(found, query, oldest=oldest):
            first += self._sorted(selection, list(sets.ids(part)), limit - len(first), oldest=oldest)
            if len(first) == limit:
                break
        return first

    def _matching(self, selection: Selection, found: Blocks) -> Iterator[int]:
        """Yield the ids of a set that the selection's query matches, ascending; all of them if it has none."""
        return sets.ids(found) if selection.match is None else self.matching(readable(selection.match), found)

    def _all_tested(self, selection: Selection, ids: Iterator[int], doubtful: Blocks) -> Iterator[int]:
        while batch := list(islice(ids, BATCH)):
            yield from self._tested(selection, batch, doubtful)

    def _tested(self, selection: Selection, ids: list[int], doubtful: Blocks) -> list[int]:
        """Return the ids without those that fail the exact test."""
        tested = sets.among(ids, doubtful)
        if not tested:
            return ids
        failed = tested.difference(self._column(TESTED, self._values(selection, tested)))
        return [id_ for id_ in ids if id_ not in failed]

    def _sorted(self, selection: Selection, ids: list[int], limit: int, *, oldest: bool = False) -> list[int]:
        order = "published_at, article_id" if oldest else "published_at DESC, article_id DESC"
        sql = f"{TESTED} ORDER BY published_at IS NULL, {order} LIMIT :limit"
        return self._column(sql, self._values(selection, ids) | {"limit": limit}) if ids else []

    def _values(self, selection: Selection, ids: Iterable[int]) -> dict[str, object]:
        instants = {name: to_text(getattr(selection, name)) for name in ("since", "until", "archived_since")}
        return instants | {"min_words": selection.min_words, "ids": as_json(ids)}

    def _by_day(self, found: Blocks, query: str | None, *, oldest: bool) -> Iterator[Blocks]:
        """Yield what matches by the day of publication, and twice as many days each time."""
        matching: Blocks | None = None
        spent = 0
        for part in self._days_of(found, oldest=oldest):
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

    def _days_of(self, found: Blocks, *, oldest: bool) -> Iterator[Blocks]:
        """Yield the articles by the day of publication, the newest or the oldest first, those without a day last."""
        if sets.count(found) <= MAX_SORTED:
            yield found
            return
        days = self.labels("published")[::-1]
        if oldest:
            days = [day for day in reversed(days) if day] + [day for day in days if not day]
        at, size = 0, 1
        while at < len(days):
            some = days[at : at + size]
            yield sets.intersection(self._posted_on(some, found), found)
            at, size = at + size, size * 2

    def _posted_on(self, days: list[str], only: Blocks) -> Blocks:
        """Return the articles of successive days; "" stands for no day."""
        dated = sorted(filter(None, days))
        posted = self.posted_between("published", dated[0], dated[-1], only) if dated else {}
        return posted if all(days) else sets.union(posted, self.posted("published", [""], only))
