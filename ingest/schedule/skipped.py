"""Hours and days in which a feed asks not to be polled: `skipHours` and `skipDays` of RSS 2.0 (pure)."""

from collections.abc import Collection
from datetime import datetime, timedelta

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEK_H = 168
_JITTER_S = 360  # a tenth of an hour


def after_skipped(at: datetime, skip_hours: Collection[int], skip_days: Collection[str], *, jitter: float) -> datetime:
    """Return `at`, or the start of the first hour that is not skipped, up to six minutes later by `jitter` in [0, 1).

    Hours are 0 to 23 UTC, and 24 is 0 (RSS 0.91). Days are English names, also in UTC. Others are ignored, and so is a
    feed that skips all hours or all days.
    """
    hours = {hour % 24 for hour in skip_hours if 0 <= hour <= 24}
    days = {_WEEKDAYS.index(name) for day in skip_days if (name := day.strip().lower()) in _WEEKDAYS}
    hours = set() if len(hours) == 24 else hours
    days = set() if len(days) == 7 else days
    if at.hour not in hours and at.weekday() not in days:
        return at
    start = at.replace(minute=0, second=0, microsecond=0)
    starts = (start + timedelta(hours=ahead) for ahead in range(1, _WEEK_H + 1))
    first = next(hour for hour in starts if hour.hour not in hours and hour.weekday() not in days)
    return first + timedelta(seconds=round(_JITTER_S * jitter))
