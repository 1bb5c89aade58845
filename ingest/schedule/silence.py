"""When a feed is silent (pure).

A feed is silent if it has announced nothing for longer than its own rhythm makes likely. The threshold is the gap that
it exceeds `EXCEEDED` times in two years. Where its dates reach back less than that, the threshold goes on from the
longest gap, as gaps with a heavy tail grow. Gaps have one: nights, weekends, holidays, summers, a blogger's new job.

    gaps        between entries, those within an hour of one another taken as one
    outage      one gap far longer than any other is left out: a server that was down, an old entry that is pinned
    threshold   the longest gap, or one of the longest if the dates reach back for decades, times the growth
    limits      two days, and thirteen months, as a feed that brings something once a year is healthy

`scripts/quality/silence_threshold.py` measures the rule. Run it before you change a number.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ingest.schedule.polls import DAY_S, HOUR_S

TWO_YEARS_S = 730 * DAY_S
MIN_SILENCE_S = 2 * DAY_S  # Christmas at a newspaper of seven days
UNSEEN_WEEKEND_S = 4 * DAY_S  # the least while the dates span less than eight days: a weekend with a holiday
MAX_SILENCE_S = 390 * DAY_S
EXCEEDED = 0.3  # of a rhythm that stays as it is; real ones do not
TAIL = 4.0  # the index of the gaps' Pareto tail: a gap 16 times as rare is twice as long
OUTAGE_FACTOR, OUTAGE_MIN_GAPS, OUTAGE_MIN_S = 6, 10, 15 * DAY_S  # a shorter one may be a holiday, which returns


def silence_after_s(dates: Sequence[float], now_s: float, *, tail: float = TAIL) -> float | None:
    """Return after how many seconds without an entry a feed is silent, or None if it has announced nothing yet.

    `dates` are the instants of its newest entries (unix seconds, in any order, some hundred at most). Dates after
    `now_s` are ignored. The seconds count from the newest of the others.
    """
    known = sorted(date for date in dates if date <= now_s)
    if not known:
        return None
    gaps = _longest_first(known)
    count = len(gaps)
    if not count:
        return MAX_SILENCE_S
    if count >= OUTAGE_MIN_GAPS and gaps[0] > max(OUTAGE_FACTOR * gaps[1], OUTAGE_MIN_S):
        del gaps[0]
    expected = EXCEEDED * sum(gaps) / TWO_YEARS_S  # gaps of the threshold's length, in the time that is known
    rank = max(1, min(int(expected), count // 2))
    # Few gaps say little about the longest, so their tail is taken to be heavier.
    growth = max(1.0, 1 / expected) ** ((1 + 1 / count) / tail)
    silence_s: float = gaps[rank - 1] * growth
    if all(date % DAY_S == 0 for date in known):
        silence_s += DAY_S  # days without a time: the newest entry may be of the day's end
    least_s = MIN_SILENCE_S if known[-1] - known[0] >= 8 * DAY_S else UNSEEN_WEEKEND_S
    return min(max(silence_s, least_s), MAX_SILENCE_S)


def is_silent(new_at: datetime | None, silence_s: float | None, now: datetime) -> bool:
    """Return whether a feed that brought something new last at `new_at` is silent. Nothing known is not silent."""
    return new_at is not None and silence_s is not None and now - new_at > timedelta(seconds=silence_s)


def _longest_first(dates: list[float]) -> list[float]:
    """Return the gaps between ascending dates. Those within an hour of the first of them are one event."""
    gaps, first = [], dates[0]
    for date in dates:
        if date - first >= HOUR_S:
            gaps.append(date - first)
            first = date
    return sorted(gaps, reverse=True)
