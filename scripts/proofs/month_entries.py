"""When simulated sources have entries, for `month_of_feeds.py`: the instants of entries, drawn by a seed.

All instants are seconds since the simulated start, a Monday at midnight UTC. Entries before it have negative ones.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

HOUR_S, DAY_S = 3600, 86400
MAX_LAG_S = 1800  # from an entry's date to its appearance
MAX_HISTORY_DAYS = 600

NIGHT_AND_DAY = (*[0.1] * 6, 0.5, 1, *[2.0] * 8, *[1.5] * 4, 1, 0.5, 0.3, 0.2)  # by hour of the source's own place


@dataclass(slots=True)
class Entry:
    """`at_s` is when the source shows it, `date_s` the date that it has there (None: none), `gone_s` its deletion."""

    number: int
    published_s: float
    at_s: float
    date_s: float | None
    gone_s: float = inf


@dataclass(frozen=True, slots=True)
class Habit:
    """How often and when a source publishes. `period_days` replaces the rate: one entry each time, at `hour`."""

    per_day: float
    zone: int = 0
    weekdays: tuple[float, ...] = (1.0,) * 7
    burst: float = 1.0  # entries at once, on average
    period_days: int = 0
    hour: int = 6
    day_only: bool = False
    undated: bool = False
    ahead_s: float = 0.0
    mixed: bool = False  # entries appear up to half an hour after their dates, in another order


def habit(rng: random.Random, per_day: float) -> Habit:
    """Draw a habit of this rate. Periodic sources have a rate that is near to it."""
    weekend = rng.choice((0.0, 0.5, 1.0))
    weekdays = (*[7 / (5 + 2 * weekend)] * 5, *[7 * weekend / (5 + 2 * weekend)] * 2)
    zone = rng.choice((-8, -5, 0, 1, 5, 9))
    if per_day < 2 and rng.random() < 0.3:
        return Habit(per_day, zone, period_days=max(1, round(1 / per_day)), hour=rng.randrange(24))
    burst = rng.choice((1, 1, 1, 2, 4)) if per_day > 1 else 1
    return Habit(per_day, zone, weekdays, burst, day_only=rng.random() < 0.15)


def draw(rng: random.Random, habit: Habit, window: int, days: float, pauses: list[tuple[float, float]]) -> list[Entry]:
    """Draw the entries of `days`, and the earlier ones that the window holds at the start."""
    before = min(max(3.0, 1.6 * window / habit.per_day), MAX_HISTORY_DAYS)
    dates = sorted(date for date in _dates(rng, habit, -int(before) - 1, days) if not _is_in(date, pauses))
    return in_order([_entry(rng, habit, date) for date in dates], habit)


def flood(rng: random.Random, habit: Habit, at_s: float, count: int) -> list[Entry]:
    """Draw entries that are published within twenty minutes."""
    return [_entry(rng, habit, at_s + rng.random() * 1200) for _ in range(count)]


def in_order(entries: list[Entry], habit: Habit) -> list[Entry]:
    """Number the entries in the order of their appearance: that of their dates, unless the habit mixes them."""
    if not habit.mixed:
        last_s = -inf
        for entry in sorted(entries, key=lambda entry: entry.published_s):
            entry.at_s = last_s = max(entry.at_s, last_s)
    entries = sorted(entries, key=lambda entry: (entry.at_s, entry.published_s))
    for number, entry in enumerate(entries):
        entry.number = number
    return entries


def _entry(rng: random.Random, habit: Habit, date_s: float) -> Entry:
    lag_s = min(rng.lognormvariate(5.2, 1), MAX_LAG_S)  # a median of three minutes
    at_s, shown_s = date_s + lag_s, date_s + habit.ahead_s
    if habit.day_only:
        shown_s -= shown_s % DAY_S
    return Entry(0, date_s, at_s, None if habit.undated else float(int(shown_s)))


def _dates(rng: random.Random, habit: Habit, first_day: int, days: float) -> Iterator[float]:
    if habit.period_days:
        for day in range(first_day, int(days) + 1, habit.period_days):
            yield day * DAY_S + habit.hour * HOUR_S + rng.random() * 1200
        return
    left = rng.expovariate(1)
    hours_sum = sum(NIGHT_AND_DAY)
    for hour in range(first_day * 24, int(days * 24)):
        weight = NIGHT_AND_DAY[(hour + habit.zone) % 24] / hours_sum * habit.weekdays[hour // 24 % 7]
        mass, done = habit.per_day * weight / habit.burst, 0.0
        while left <= mass - done:
            done += left
            left = rng.expovariate(1)
            at_s = (hour + done / mass) * HOUR_S
            yield at_s
            while rng.random() > 1 / habit.burst:
                at_s += rng.random() * 60
                yield at_s
        left -= mass - done


def _is_in(at_s: float, periods: list[tuple[float, float]]) -> bool:
    return any(first_s <= at_s < last_s for first_s, last_s in periods)
