"""How many requests feeds get: one price for a poll, and the interval that it buys a feed (pure).

An entry that waits for its poll costs its wait. A feed is polled when the waits of its expected entries reach the
price of a poll, in seconds. One price for all feeds gives the least total wait for the number of polls that they make:
in proportion to the square root of their rates (Sia, Cho & Cho, TKDE 2007), and denser where they bring more.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.schedule.rhythm import Rhythm

_DAY_S = 86400
_HOUR_S = 3600
_WEEK_H = 168
_JITTER_MEAN = 1.05  # what schedule.polls.next_due makes of an interval, on average
_WINDOW_SHARE = 0.5  # of a document's entries may be new at a poll
_LEARNING_S = 7 * _DAY_S  # so long is a feed new, unless it has shown enough entries
_LEARNING_ENTRIES = 10
_LEARNING_INTERVAL_S = 6 * _HOUR_S
_PRICES_S = (1e-3, 1e12)
_PRICE_RATIO = 1 + 1e-4  # the law is met to half of that


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

    def polls_per_day(self, price_s: float) -> float:
        """Return the polls a day to expect at a price. A higher price never gives more."""
        bought = self.evenness * math.sqrt(self.per_day * _DAY_S / 2 / price_s)
        least = max(_DAY_S / self.max_interval_s, self.per_day / (_WINDOW_SHARE * self.window) if self.window else 0)
        return min(max(bought, least), _DAY_S / self.min_interval_s) / _JITTER_MEAN


def price_of_poll_s(polls_per_day: float, loads: Sequence[Load]) -> float:
    """Return the price at which these feeds make `polls_per_day` on average.

    Where their limits allow no such price, it is the one that comes nearest: very low or very high.
    """
    wanted = polls_per_day * len(loads)
    low, high = _PRICES_S
    while high > low * _PRICE_RATIO:
        middle = math.sqrt(low * high)
        if sum(load.polls_per_day(middle) for load in loads) > wanted:
            low = middle
        else:
            high = middle
    return math.sqrt(low * high)


def next_interval_s(
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
) -> float:
    """Return the time until the feed's next poll, from the poll at `now`.

    That poll saw `fresh` new entries in a document of `window`, `since_s` after the poll before it (None: the first).
    The feed is known for `known_s`. Whatever the price, the entries expected until the next poll fill at most half of
    the window, and a feed that is new is polled every six hours.
    """
    longest_s = max(min_interval_s, max_interval_s)
    if known_s < _LEARNING_S and rhythm.entries < _LEARNING_ENTRIES:
        longest_s = min(longest_s, _LEARNING_INTERVAL_S)
    share = fresh / window if window else 0
    if since_s and share > _WINDOW_SHARE:
        longest_s = min(longest_s, since_s * _WINDOW_SHARE / min(share, 1))
    most = _WINDOW_SHARE * window if window else math.inf
    return max(min_interval_s, _paid_s(rhythm, now.timestamp(), price_s, most, longest_s))


def _paid_s(rhythm: Rhythm, now_s: float, price_s: float, most: float, longest_s: float) -> float:
    """Return when the waits reach the price or the expected entries reach `most`, at most `longest_s`."""
    week = rhythm.weights()
    at_s, entries, waited_s = now_s, 0.0, 0.0
    while at_s < now_s + longest_s:
        rate = rhythm.per_day / _DAY_S * week[int(at_s // _HOUR_S) % _WEEK_H]
        step_s = _HOUR_S - at_s % _HOUR_S
        needed_s = min(_until_waited_s(entries, rate, price_s - waited_s), (most - entries) / rate)
        if needed_s <= step_s:
            return min(at_s + needed_s - now_s, longest_s)
        waited_s += entries * step_s + rate * step_s * step_s / 2
        entries += rate * step_s
        at_s += step_s
    return longest_s


def _until_waited_s(entries: float, rate: float, wait_s: float) -> float:
    """Return when `entries` that wait and others that come at `rate` have gathered `wait_s`."""
    return 2 * wait_s / (entries + math.sqrt(entries * entries + 2 * rate * wait_s))
