"""When an entry is retried or rechecked (pure). `jitter` is a random number in [0, 1): it lengthens waits."""

from datetime import datetime, timedelta
from http import HTTPStatus

from ingest.schedule.polls import DAY_S, MAX_DOUBLINGS, after

_RETRY_JITTER = 0.2
_RETRY_FIRST_S = 300
_RETRY_FORBIDDEN_S = 6 * 3600
_RECHECK_DELAYS = (timedelta(minutes=10), timedelta(hours=6), timedelta(days=2))
_RECHECK_PERIOD = timedelta(days=30)


def retry_at(
    now: datetime, tries: int, *, status: int | None, retry_after_at: datetime | None, jitter: float
) -> datetime:
    """Return the next try of an entry whose page failed `tries` times before: after 5 min, 20 min, 80 min …

    It is at most a day later, and never before Retry-After. 401 and 403 start at six hours: a forbidden page is seldom
    allowed soon.
    """
    forbidden = status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    first_s = _RETRY_FORBIDDEN_S if forbidden else _RETRY_FIRST_S
    wait_s = min(first_s * 4.0 ** min(tries, MAX_DOUBLINGS), DAY_S)
    return after(now, wait_s * (1 + _RETRY_JITTER * jitter), retry_after_at)


def recheck_at(now: datetime, rechecks: int, last_at: datetime, first_at: datetime) -> datetime | None:
    """Return when to recheck the article of an edited entry, None if it is not rechecked any more.

    `rechecks` is the number of earlier ones, `last_at` the instant of the last one, or `first_at`, when the entry was
    first seen. Most edits come within hours: recheck 10 minutes after `first_at`, 6 hours after the first recheck and
    2 days after the second; at once if that instant has passed; never after 30 days.
    """
    if rechecks >= len(_RECHECK_DELAYS) or now - first_at > _RECHECK_PERIOD:
        return None
    return max(now, last_at + _RECHECK_DELAYS[rechecks])
