"""When a feed is due, in which hours it is not, and where it has moved (pure).

`jitter` is a random number in [0, 1). It lengthens waits, so that requests due at one instant spread out, and never
makes a wait shorter than the host asked for. Instants are rounded up to seconds, as the archive keeps them.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

HOUR_S, DAY_S = 3600, 86400
RATE_WINDOW_S = 7 * DAY_S

_MIN_ENTRIES = RATE_WINDOW_S // DAY_S  # in the window: one a day
_QUIET_SHARE = 0.1
_POLL_JITTER = 0.1
_DAY_H, _WEEK_D = 24, 7
_SKIP_JITTER_S = 360  # a tenth of an hour
MAX_DOUBLINGS = 64  # past any interval, and within a float


def poll_interval_s(*, recent_entries: int, quiet_s: float | None, min_interval_s: int, max_interval_s: int) -> float:
    """Return the interval for a feed with `recent_entries` in the last RATE_WINDOW_S.

    It is half the mean gap between entries, counting at least one entry a day, but not less than a tenth of `quiet_s`,
    the time since the last new entry (None: never). So a busy feed is polled about twice an entry, a weekly one twice
    a day, and a dead one ever more seldom.
    """
    rate_s = RATE_WINDOW_S / max(recent_entries, _MIN_ENTRIES) / 2
    return min(max(rate_s, (quiet_s or 0) * _QUIET_SHARE, min_interval_s), max_interval_s)


def backoff_s(failures: int, *, min_interval_s: int, max_interval_s: int) -> float:
    """Return the interval after `failures` in a row: `min_interval_s` after the first, doubled by each further one."""
    doublings = min(max(failures - 1, 0), MAX_DOUBLINGS)
    return min(min_interval_s * 2.0**doublings, max_interval_s)


def next_due(
    now: datetime,
    interval_s: float,
    *,
    asked_s: Iterable[float],
    retry_after_at: datetime | None,
    max_interval_s: int,
    jitter: float,
) -> datetime:
    """Return the next poll: up to a tenth later than `interval_s`, and never sooner than asked.

    The jitter shortens an interval at the maximum instead, so that it stays within the maximum. `asked_s` are the
    least waits that Cache-Control, Expires, `ttl` and `sy:update*` ask for, each limited to `max_interval_s`.
    `web.headers` has limited `retry_after_at`.
    """
    asked = max((min(asked, max_interval_s) for asked in asked_s), default=0)
    wait_s = max(interval_s, asked) * (1 + _POLL_JITTER * jitter)
    if interval_s <= max_interval_s < wait_s:
        wait_s = max(max_interval_s * (1 - _POLL_JITTER * jitter), asked)
    return after(now, wait_s, retry_after_at)


def after_skipped(at: datetime, hours: Collection[int], days: Collection[int], *, jitter: float) -> datetime:
    """Return `at`, or the start of the first hour that is not skipped, up to six minutes later by `jitter` in [0, 1).

    `hours` (0 to 23 UTC) are those of the feed's skipHours, `days` (0 is Monday) those of its skipDays (RSS 2.0). A
    feed that skips all hours or all days is not heeded.
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
    return first + timedelta(seconds=round(_SKIP_JITTER_S * jitter))


def follow_move(address: str, move_seen: str | None, permanent_url: str | None) -> tuple[str, str | None]:
    """Return a feed's address and the move to remember, after a successful poll.

    A permanent redirect (RFC 9110 §15.4.2, §15.4.9) is believed if two such polls in a row lead to one
    `permanent_url`: captive portals and parked domains send them too.
    """
    if permanent_url is None or permanent_url == address:
        return address, None
    return (permanent_url, None) if permanent_url == move_seen else (address, permanent_url)


def after(now: datetime, wait_s: float, retry_after_at: datetime | None) -> datetime:
    """Return the instant after a wait that is not before `retry_after_at`, rounded up to a second."""
    at = max(now + timedelta(seconds=wait_s), retry_after_at or now)
    return at if at.microsecond == 0 else at.replace(microsecond=0) + timedelta(seconds=1)


def duration(seconds: float) -> str:
    """Return a duration in its largest units: `2 days`, `1 h 30 min`, `5 min`, `40 s`."""
    if seconds >= 2 * DAY_S:
        return f"{seconds / DAY_S:.0f} days"
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes > 1 else f"{seconds:.0f} s"
