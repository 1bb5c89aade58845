"""Hours and days in which a feed asks not to be polled: `skipHours` and `skipDays` of RSS 2.0 (pure)."""

from collections.abc import Collection
from datetime import datetime, timedelta

_DAY_H, _WEEK_D = 24, 7
_JITTER_S = 360  # a tenth of an hour


def after_skipped(at: datetime, hours: Collection[int], days: Collection[int], *, jitter: float) -> datetime:
    """Return `at`, or the start of the first hour that is not skipped, up to six minutes later by `jitter` in [0, 1).

    `hours` are 0 to 23 UTC, and `days` are 0 (Monday) to 6. A feed that skips all hours or all days is not heeded.
    """
    hours, days = set(hours), set(days)
    if len(hours) == _DAY_H:
        hours = set()
    if len(days) == _WEEK_D:
        days = set()
    if at.hour not in hours and at.weekday() not in days:
        return at
    start = at.replace(minute=0, second=0, microsecond=0)
    starts = (start + timedelta(hours=ahead) for ahead in range(1, _DAY_H * _WEEK_D + 1))
    first = next(hour for hour in starts if hour.hour not in hours and hour.weekday() not in days)
    return first + timedelta(seconds=round(_JITTER_S * jitter))
