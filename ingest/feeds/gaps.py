"""What may have been missed between two documents of a feed (pure).

A document that goes on from the last one has entries of it, and among them the newest. Otherwise entries may have come
and gone between the two polls. Old entries that are pinned stay in the document and prove nothing.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from ingest.feeds.identity import MAX_DELAY
from storage.feed_records import Gap, GapEvidence, SeenEntry
from storage.records import NewEntry

MAX_NEWEST = 5  # entries of the last window of which one is expected again
MAX_PINNED = 3  # new entries at the head of a document
MAX_OLDER_SHARE = 0.25  # of the new entries, which may be published under an earlier date; a list of any age has more
MIN_ORDERED_SHARE = 0.75  # of neighbours, in a document that goes by dates; half of them in one that does not
MAX_DELETED = 2  # entries at once; windows of no more share none as a rule
MIN_DOUBTFUL = 1.5  # entries to expect where only one or two are missing; an entry a day, read daily, gives 1
MAX_MIXED = timedelta(hours=1)  # between the dates of two entries that a feed shows in another order
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Break:
    """A document that does not go on from the last one.

    `from_at` and `to_at` are the dates of the newest entry known before and the oldest after. `to_by` is the end of the
    day `to_at` if only the day is given. `is_doubtful`: only one or two entries are missing or new. `per_day` is the
    rate of the entries on both sides, None if they are too few.
    """

    from_at: datetime
    to_at: datetime
    to_by: datetime
    evidence: GapEvidence
    is_doubtful: bool
    per_day: float | None


def may_have_missed(new: int, seen: int, window_size: int) -> bool:
    """Return whether a document with so many new and known entries is to be compared with the last window.

    A feed is not thought to have pinned more than half of its window.
    """
    return new > 0 and (seen == 0 or 2 * (window_size - seen) >= window_size)


def find_break(
    new: Sequence[NewEntry],
    known: Sequence[SeenEntry],
    window_at: datetime,
    window_size: int,
    at: datetime,
    *,
    seen: int,
) -> Break | None:
    """Return the break between the last window and a document, if there is one.

    `new` are the document's new entries in its order, `seen` is how many known ones it has. `known` are the newest
    known entries, those of the document with the poll's instant `at` as `last_seen_at`.
    """
    dated = [entry for entry in new if entry.published_at]
    if not known or 2 * len(dated) <= len(new) or 2 * sum(row.published_at is not None for row in known) <= len(known):
        return None
    known = sorted(known, key=_known_at, reverse=True)
    from_at = min(_known_at(known[0]), at)
    fresh = dated[_count_pinned([_new_at(entry, at) for entry in dated]) :]
    earliest = from_at if seen else from_at - MAX_MIXED
    later = [entry for entry in fresh if min(_end(entry), at) >= earliest]
    if seen:
        size = min(MAX_NEWEST, (window_size + 1) // 2)
        last = [row for row in known if row.last_seen_at >= window_at]
        if len(last) < size or any(
            row.last_seen_at == at and _known_at(row) >= _known_at(last[size - 1]) for row in last
        ):
            return None
        if len(later) < len(fresh) or not _is_ordered([_new_at(entry, at) for entry in fresh]):
            return None
    elif len(fresh) - len(later) > MAX_OLDER_SHARE * len(fresh):
        return None
    before = [min(_known_at(row), at) for row in known if row.last_seen_at != at]
    after = [_new_at(entry, at) for entry in later]
    is_doubtful = min(window_size - seen, len(later)) <= MAX_DELETED
    is_of_one_date = len({entry.published_at for entry in later}) == 1
    if not is_doubtful and is_of_one_date and _is_edition(known, min(window_size, len(later))):
        return None  # each document replaces the last one
    first = min(later, key=lambda entry: _new_at(entry, at))
    to_at = max(from_at, min(entry.published_at for entry in later if entry.published_at))
    to_by = max(to_at, min(_end(first), at))
    return Break(
        from_at, to_at, to_by, "newest_missing" if seen else "nothing_shared", is_doubtful, _rate(before, after)
    )


def is_issued_again(new: Sequence[NewEntry], titles: Collection[str]) -> bool:
    """Return whether most of the new entries have titles that the feed has announced. A title of many says nothing."""
    uses = Counter(entry.title for entry in new if entry.title)
    known = sum(n for title, n in uses.items() if title in titles)
    return 2 * len(uses) > len(new) and 2 * known >= len(new)


def measure(
    found: Break,
    feed_id: int,
    at: datetime,
    *,
    shown_at: datetime | None,
    answered_at: datetime | None,
    per_day: float | None,
) -> Gap | None:
    """Return the gap with the number of entries to expect in it. None if it is doubtful and none is to be expected.

    `answered_at` is when the feed's server last answered before `at`, and `shown_at` when it did before `found.to_by`.
    What came before that answer was in it, unless the server gave a stale one.
    """
    since = found.from_at
    is_stale = answered_at is not None and answered_at - found.to_by > MAX_DELAY
    if shown_at is not None and not is_stale:
        since = max(since, shown_at)
    rate = per_day or found.per_day or 0.0
    expected = rate * max(0.0, (min(found.to_at, at) - since) / DAY)
    if found.is_doubtful and expected < MIN_DOUBTFUL:
        return None
    return Gap(feed_id, found.from_at, found.to_at, max(1, round(expected)), found.evidence, at)


def _known_at(row: SeenEntry) -> datetime:
    """Return the entry's instant. Nothing that was seen was published later."""
    return min(row.published_at or row.first_seen_at, row.first_seen_at)


def _new_at(entry: NewEntry, at: datetime) -> datetime:
    return min(entry.published_at or at, at)


def _is_edition(known: Sequence[SeenEntry], size: int) -> bool:
    """Return whether the newest entries have one date and came at once. What is dated by the day comes one by one."""
    newest = [row for row in known if _known_at(row) == _known_at(known[0])]
    return len(newest) >= size and len({row.first_seen_at for row in newest}) == 1


def _end(entry: NewEntry) -> datetime:
    """Return the last instant that the entry's date may mean."""
    assert entry.published_at
    return entry.published_at + (DAY - timedelta(seconds=1) if entry.published_precision == "day" else timedelta(0))


def _count_pinned(instants: Sequence[datetime]) -> int:
    """Count the entries at the head that are older than all others."""
    oldest = list(instants)
    for n in range(len(oldest) - 2, -1, -1):
        oldest[n] = min(oldest[n], oldest[n + 1])
    count = 0
    while count + 1 < len(instants) and instants[count] < oldest[count + 1]:
        count += 1
    return count if count <= MAX_PINNED and 2 * count < len(instants) else 0


def _is_ordered(instants: Sequence[datetime]) -> bool:
    pairs = list(pairwise(instants))
    down, up = sum(a >= b for a, b in pairs), sum(a <= b for a, b in pairs)
    return max(down, up) >= MIN_ORDERED_SHARE * len(pairs)


def _rate(*sides: Sequence[datetime]) -> float | None:
    """Return the entries a day on both sides of a break."""
    count = sum(len(instants) - 1 for instants in sides if instants)
    days = sum((max(instants) - min(instants)) / DAY for instants in sides if instants)
    return count / days if days else None
