"""When a feed is due next, when an entry is tried or looked at again, and where a feed has moved.

`jitter` is a random number in [0, 1): waits are lengthened by it, so that what came due together does not
stay together, and never shortened below what was asked for. Instants are rounded up to whole seconds, as the
archive keeps them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from http import HTTPStatus

DAY_S = 86400
RATE_WINDOW_S = 7 * DAY_S

_LEAST_RATE = RATE_WINDOW_S // DAY_S  # entries in the window: one a day
_QUIET_SHARE = 0.1
_POLL_JITTER = 0.1
_RETRY_JITTER = 0.2
_RETRY_FIRST_S = 300
_RETRY_FORBIDDEN_S = 6 * 3600
_RECHECK_DELAYS = (timedelta(minutes=10), timedelta(hours=6), timedelta(days=2))
_RECHECK_PERIOD = timedelta(days=30)
_MOST_DOUBLINGS = 64  # past any interval, short of a float's end


def poll_interval_s(*, recent_entries: int, quiet_s: float | None, min_interval_s: int, max_interval_s: int) -> float:
    """The interval that suits what a feed brought: `recent_entries` in the last RATE_WINDOW_S.

    Half the mean gap between them, every feed taken to bring at least one entry a day; not below a tenth of
    `quiet_s`, the time since anything new came (None: nothing ever has). So a busy feed is polled about
    twice an entry, a weekly one twice a day, and a dead one ever more seldom.
    """
    rate_s = RATE_WINDOW_S / max(recent_entries, _LEAST_RATE) / 2
    return min(max(rate_s, (quiet_s or 0) * _QUIET_SHARE, min_interval_s), max_interval_s)


def backoff_s(failures: int, *, min_interval_s: int, max_interval_s: int) -> float:
    """The interval after so many failures in a row, the last one counted: doubling from `min_interval_s`."""
    doublings = min(max(failures - 1, 0), _MOST_DOUBLINGS)
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
    """The next poll: up to a tenth later than `interval_s`, and never sooner than was asked.

    An interval at the maximum is shortened by the jitter instead, which keeps it a maximum.
    `asked_s` are the least waits that Cache-Control, Expires, `ttl`, `sy:update*` ask for, each believed up
    to `max_interval_s`. `web.headers` has bounded `retry_after_at` already.
    """
    asked = max((min(asked, max_interval_s) for asked in asked_s), default=0)
    wait_s = max(interval_s, asked) * (1 + _POLL_JITTER * jitter)
    if interval_s <= max_interval_s < wait_s:
        wait_s = max(max_interval_s * (1 - _POLL_JITTER * jitter), asked)
    return _after(now, wait_s, retry_after_at)


def retry_at(
    now: datetime, tries: int, *, status: int | None, retry_after_at: datetime | None, jitter: float
) -> datetime:
    """The next try of an entry whose page failed `tries` times before this time.

    After 5 min, 20 min, 80 min …, at most a day, and never before Retry-After. A page that is forbidden to
    us today is seldom allowed soon: 401 and 403 start at six hours.
    """
    forbidden = status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    first_s = _RETRY_FORBIDDEN_S if forbidden else _RETRY_FIRST_S
    wait_s = min(first_s * 4.0 ** min(tries, _MOST_DOUBLINGS), DAY_S)
    return _after(now, wait_s * (1 + _RETRY_JITTER * jitter), retry_after_at)


def recheck_at(now: datetime, rechecks: int, last_at: datetime, first_at: datetime) -> datetime | None:
    """Return when to recheck the article of an edited entry, or None if it is not rechecked any more.

    `rechecks`: how many there were. `last_at`: the last one, or when the entry was first seen (`first_at`). Most edits
    come within hours: recheck 10 minutes after the entry was first seen, 6 hours after the first recheck and 2 days
    after the second; at once if that instant has passed; never after 30 days.
    """
    if rechecks >= len(_RECHECK_DELAYS) or now - first_at > _RECHECK_PERIOD:
        return None
    return max(now, last_at + _RECHECK_DELAYS[rechecks])


def follow_move(address: str, move_seen: str | None, permanent_url: str | None) -> tuple[str, str | None]:
    """A feed's address and the move to remember, after a poll that brought a feed.

    A permanent redirect (RFC 9110 §15.4.2, §15.4.9) is believed when two such polls in succession lead to
    the same `permanent_url`: captive portals and parked domains send them too.
    """
    if permanent_url is None or permanent_url == address:
        return address, None
    if permanent_url == move_seen:
        return permanent_url, None
    return address, permanent_url


def _after(now: datetime, wait_s: float, retry_after_at: datetime | None) -> datetime:
    at = now + timedelta(seconds=wait_s)
    if retry_after_at is not None:
        at = max(at, retry_after_at)
    return at if at.microsecond == 0 else at.replace(microsecond=0) + timedelta(seconds=1)
