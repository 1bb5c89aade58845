"""How many requests feeds get: one price for a poll, and the interval that it buys a feed (pure).

An entry that waits for its poll costs its wait. A feed is polled when the waits of its expected entries reach the
price of a poll, in seconds. One price for all feeds gives the least total wait for the number of polls that they make:
in proportion to the square root of their rates (Sia, Cho & Cho, TKDE 2007), and denser where they bring more.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Self

from ingest.schedule.polls import DAY_S, HOUR_S, poll_interval_s
from ingest.schedule.rhythm import weight
from storage.feed_records import FeedDemand, Rhythm

_JITTER_MEAN, _JITTER_MEAN_AT_LONGEST = 1.05, 0.95  # what schedule.polls.next_due makes of an interval, on average
_WINDOW_SHARE = 0.5  # of a document's entries may be new at a poll
_LEARNING_DAYS = 7  # so long is a feed new, unless it has shown enough entries, or dates from before
_LEARNING_ENTRIES = 10
_LEARNING_INTERVAL_S = 6 * HOUR_S
_MIN_RATE = 1e-12  # entries a second, for division
_PRICES_S = (1e-3, 1e12)
_PRICE_RATIO = 1 + 1e-4  # the law is met to half of that

Because = Literal["rhythm", "window", "new", "shortest", "longest"]


class Wait(NamedTuple):
    """The time until a poll, and what makes it as long or short as it is."""

    seconds: float
    because: Because


@dataclass(frozen=True, slots=True)
class Load:
    """What a feed needs of the budget. `min_interval_s` includes what the feed asks for, and `window` is the number of
    entries that its document holds (0: unknown).
    """

    per_day: float
    evenness: float
    window: int
    min_interval_s: float
    max_interval_s: float

    @classmethod
    def of(cls, feed: FeedDemand, *, min_interval_s: int, max_interval_s: int) -> Self:
        """Return the load of a feed."""
        least_s = _shortest_s(feed, min_interval_s, max_interval_s)
        evenness = _mean_root(feed.hours) * _mean_root(feed.weekdays)
        return cls(feed.per_day, evenness, feed.window_size or 0, least_s, max_interval_s)

    def polls_per_day(self, price_s: float) -> float:
        """Return the polls a day to expect at a price. A higher price never gives more."""
        fewest, most, bought = self.bounds()
        return min(max(bought / math.sqrt(price_s), fewest), most)

    def bounds(self) -> tuple[float, float, float]:
        """Return the fewest and the most polls a day at any price, and those that a price of a second buys."""
        bought = self.evenness * math.sqrt(self.per_day * DAY_S / 2)
        unmissed = self.per_day / (_WINDOW_SHARE * self.window) if self.window else 0
        most = DAY_S / self.min_interval_s
        slowest = min(DAY_S / self.max_interval_s / _JITTER_MEAN_AT_LONGEST, most)
        fewest = max(min(unmissed, most) / _JITTER_MEAN, slowest)
        return fewest, max(most / _JITTER_MEAN, slowest), bought / _JITTER_MEAN


def usual_polls_per_day(
    feeds: Sequence[FeedDemand], now: datetime, *, min_interval_s: int, max_interval_s: int
) -> float:
    """Return the polls a day that a feed makes on average if each is polled at its `poll_interval_s`."""
    polls = 0.0
    for feed in feeds:
        interval_s = poll_interval_s(
            recent_entries=feed.recent,
            quiet_s=(now - feed.newest_at).total_seconds() if feed.newest_at else None,
            min_interval_s=_shortest_s(feed, min_interval_s, max_interval_s),
            max_interval_s=max_interval_s,
        )
        jitter = _JITTER_MEAN_AT_LONGEST if interval_s == max_interval_s else _JITTER_MEAN
        polls += DAY_S / interval_s / jitter
    return polls / max(len(feeds), 1)


def _shortest_s(feed: FeedDemand, min_interval_s: int, max_interval_s: int) -> int:
    """Return the shortest interval: what the feed's document asks for, up to the longest."""
    return max(min_interval_s, min(feed.asked_interval_s, max_interval_s))


def _mean_root(weights: Sequence[float]) -> float:
    return sum(map(math.sqrt, weights)) / len(weights)


def price_of_poll_s(polls_per_day: float, loads: Sequence[Load]) -> float:
    """Return the price at which these feeds make `polls_per_day` on average.

    Where their limits allow no such price, it is the one that comes nearest: very low or very high.
    """
    wanted = polls_per_day * len(loads)
    bounds = [load.bounds() for load in loads]
    low, high = _PRICES_S
    while high > low * _PRICE_RATIO:
        middle = math.sqrt(low * high)
        share = 1 / math.sqrt(middle)
        if sum(min(max(share * bought, fewest), most) for fewest, most, bought in bounds) > wanted:
            low = middle
        else:
            high = middle
    return math.sqrt(low * high)


def next_wait(
    rhythm: Rhythm,
    now: datetime,
    price_s: float,
    *,
    window: int,
    fresh: int,
    since_s: float | None,
    known_s: float,
    min_interval_s: float,
    max_interval_s: float,
) -> Wait:
    """Return the time until the feed's next poll, from the poll at `now`.

    That poll saw `fresh` new entries in a document of `window`, `since_s` after the poll before it (None: the first).
    The feed is known for `known_s`. Whatever the price, the entries expected until the next poll fill at most half of
    the window, and a feed that is new is polled every six hours at least, until it has shown ten dates or a week.
    """
    longest = Wait(max_interval_s, "longest")
    is_short = rhythm.entries < min(_LEARNING_ENTRIES, _LEARNING_DAYS * rhythm.per_day)
    if known_s < _LEARNING_DAYS * DAY_S and is_short:
        longest = min(longest, Wait(_LEARNING_INTERVAL_S, "new"))
    share = fresh / window if window else 0
    if since_s and since_s > 0 and share > _WINDOW_SHARE:
        longest = min(longest, Wait(since_s * _WINDOW_SHARE / min(share, 1), "window"))
    most = _WINDOW_SHARE * window if window else math.inf
    wait = _worth(rhythm, now.timestamp(), price_s, most, longest)
    return max(wait, Wait(min_interval_s, "shortest"))


def _worth(rhythm: Rhythm, now_s: float, price_s: float, most: float, longest: Wait) -> Wait:
    """Return when the waits reach the price, or the expected entries reach `most`, but not after `longest`."""
    at_s, entries, waited_s = now_s, 0.0, 0.0
    while at_s < now_s + longest.seconds:
        rate = max(rhythm.per_day / DAY_S * weight(rhythm, int(at_s // HOUR_S)), _MIN_RATE)
        step_s = HOUR_S - at_s % HOUR_S
        step_waited_s = entries * step_s + rate * step_s * step_s / 2
        if waited_s + step_waited_s >= price_s or entries + rate * step_s >= most:
            paid_s, full_s = _until_waited_s(entries, rate, price_s - waited_s), (most - entries) / rate
            wait = Wait(at_s + min(paid_s, full_s) - now_s, "rhythm" if paid_s <= full_s else "window")
            return min(wait, longest)
        waited_s += step_waited_s
        entries += rate * step_s
        at_s += step_s
    return longest


def _until_waited_s(entries: float, rate: float, wait_s: float) -> float:
    """Return when `entries` that wait and others that come at `rate` have gathered `wait_s`."""
    return 2 * wait_s / (entries + math.sqrt(entries * entries + 2 * rate * wait_s))
