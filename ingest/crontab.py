"""Crontab lines, as crontab(5) has them: checked, and when they come next (pure).

APScheduler's CronTrigger finds the days and times. Its own reading of crontab lines takes weekday 0 for Monday, and it
has no "day of month or day of week": so the fields are read here, and weekdays are given to it by name.

The triggers run on the clock of the wall, and each of its times is turned into an instant: a time that comes twice when
clocks are put back is the first of the two; a time that is skipped when they are put forward is the instant after.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger

DEFAULT_TIME_ZONE = "UTC"

_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_MINUTE = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)


class CrontabError(ValueError):
    """`str()` says what is wrong with a line."""


class _Field(NamedTuple):
    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()

    def number(self, word: str) -> int:
        if word in self.names:
            return self.names.index(word) + self.least
        if not (word.isascii() and word.isdigit() and self.least <= int(word[:9]) <= self.most):
            named = f" or {self.names[0]} to {self.names[-1]}" if self.names else ""
            raise CrontabError(f"{self.name} {word or 'without a value'} is not {self.least} to {self.most}{named}")
        return int(word)

    def values(self, text: str) -> Iterator[int]:
        """Yield the numbers of a list of values, ranges and steps."""
        for part in text.split(","):
            span, slash, step = part.partition("/")
            if slash and not (step.isascii() and step.isdigit() and int(step[:9]) > 0):
                raise CrontabError(f"step {step or 'without a value'} of {self.name} is not 1 or more")
            first, dash, last = span.partition("-")
            begin, end = (self.least, self.most) if span == "*" else (self.number(first), self.most)
            if dash:
                end = self.number(last)
            elif span != "*" and not slash:
                end = begin
            if end < begin and self.name == "weekday":
                end += 7  # fri-sun, sat-mon
            if end < begin:
                raise CrontabError(f"range {span} of {self.name} ends before it begins")
            yield from range(begin, end + 1, int(step[:9] or 1))


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("weekday", 0, 7, _WEEKDAYS),
)


class _Line(NamedTuple):
    minutes: list[int]
    hours: list[int]
    days: list[int]
    """Those that one of the months has."""
    months: list[int]
    weekdays: list[int]
    either: bool
    """Whether a day fits if its day of month or its weekday does: neither field begins with `*`."""


@lru_cache(maxsize=1024)
def _parsed(line: str) -> _Line:
    words = line.lower().split()
    if len(words) == 1 and words[0].startswith("@"):
        if words[0] not in _NICKNAMES:
            raise CrontabError(f"there is no {line.strip()}; there are {', '.join(_NICKNAMES)}")
        words = _NICKNAMES[words[0]].split()
    if len(words) != len(_FIELDS):
        raise CrontabError(f"it has {len(words)} of the 5 fields minute, hour, day of month, month, day of week")
    minutes, hours, days, months, weekdays = (
        sorted(set(field.values(word))) for field, word in zip(_FIELDS, words, strict=True)
    )
    either = not words[2].startswith("*") and not words[4].startswith("*")
    days = [day for day in days if any(day <= _MONTH_DAYS[month - 1] for month in months)]
    if not days and not either:
        raise CrontabError("its day never comes: none of its months is so long")
    return _Line(minutes, hours, days, months, sorted({day % 7 for day in weekdays}), either)


@lru_cache(maxsize=1024)
def _trigger(line: str) -> "BaseTrigger":
    """Return a trigger of APScheduler over the clock of the wall, which it takes for UTC."""
    from apscheduler.triggers.combining import OrTrigger
    from apscheduler.triggers.cron import CronTrigger

    parsed = _parsed(line)
    times = {
        "minute": _listed(parsed.minutes),
        "hour": _listed(parsed.hours),
        "month": _listed(parsed.months),
        "timezone": UTC,
    }
    days = {"day": _listed(parsed.days)}
    weekdays = {"day_of_week": ",".join(_WEEKDAYS[day] for day in parsed.weekdays)}
    if parsed.either and not parsed.days:
        return CronTrigger(**times, **weekdays)
    if parsed.either:
        return OrTrigger([CronTrigger(**times, **days), CronTrigger(**times, **weekdays)])
    return CronTrigger(**times, **days, **weekdays)


def _listed(numbers: list[int]) -> str:
    return ",".join(map(str, numbers))


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    return UTC if name == DEFAULT_TIME_ZONE else ZoneInfo(name)


def is_time_zone(name: str) -> bool:
    try:
        _zone(name)
    except (ValueError, OSError, LookupError):
        return False
    return True


def check(line: str) -> None:
    """Raise CrontabError if the line is not a crontab line, or if it never comes."""
    _parsed(line)


def is_crontab(line: str) -> bool:
    try:
        check(line)
    except CrontabError:
        return False
    return True


def next_after(line: str, time_zone: str, instant: datetime) -> datetime:
    """Return the first instant of the line after `instant`. Raise CrontabError if the line is not valid."""
    trigger, zone = _trigger(line), _zone(time_zone)
    wall = instant.astimezone(zone).replace(tzinfo=UTC, fold=0)
    while True:
        wall = trigger.get_next_fire_time(None, wall)
        at = _instant(wall, zone)
        if at > instant:
            return at
        wall += _INSTANT


def next_scheduled(line: str, time_zone: str | None, now: datetime, *, not_before: datetime | None = None) -> datetime:
    """Return the first time of the line after `now` that is not before `not_before`."""
    just_before = not_before - _INSTANT if not_before else now
    return next_after(line, time_zone or DEFAULT_TIME_ZONE, max(now, just_before))


def _instant(wall: datetime, zone: tzinfo) -> datetime:
    """Return the first instant at which clocks show `wall`, or have gone past it."""
    while True:
        at = wall.replace(tzinfo=zone).astimezone(UTC)
        if at.astimezone(zone).replace(tzinfo=UTC, fold=0) == wall:
            return at
        wall += _MINUTE


def due_after_step(line: str, time_zone: str, due_at: datetime, last_at: datetime | None, now: datetime) -> datetime:
    """Return when what is due at `due_at` and was done at `last_at` is due, if the clock may have been set back.

    That is `due_at`, unless the clock has to pass a time of the line, and another one, to come to `last_at` again. So
    a small step repeats nothing, and after a clock that was ahead by years nothing waits for years.
    """
    if last_at is None or last_at <= now:
        return due_at
    first = next_after(line, time_zone, now)
    return min(first, due_at) if next_after(line, time_zone, first) <= last_at else due_at
