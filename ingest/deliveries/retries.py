"""What a try of a delivery leads to (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Literal

from ingest.deliveries.transport import Sent

FIRST_WAIT_S = 5.0
FACTOR = 4
JITTER = 0.2  # so that hooks that failed together are not tried together
MAX_WAIT_S = 3600.0  # how long after its end a long outage may go unnoticed
MAX_RETRY_AFTER = timedelta(days=1)
MAX_EXPONENT = 10  # beyond MAX_WAIT_S
EX_DATAERR = 65  # sysexits.h: the command refuses its input
LATER = (  # of 4xx, no refusals
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,  # the proxy's answer, not the receiver's
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a delivery. `tries` are the failed ones, with this one; `due_at` is set for `again`."""

    outcome: Literal["taken", "again", "dead", "stopped"]
    tries: int
    due_at: datetime | None = None


def verdict(
    sent: Sent, *, tries: int, last_status: int | None, max_tries: int, now: datetime, jitter: float
) -> Verdict:
    """Decide on a delivery that had failed `tries` times before, the last time with `last_status`.

    A delivery is dead when the receiver has refused it `max_tries` times in a row. Counting begins anew with the first
    refusal: tries while the receiver was down say nothing about the delivery. `jitter` is between 0 and 1.
    """
    if sent.taken:
        return Verdict("taken", tries)
    tries = 1 if sent.refused and not is_refusal(last_status) else tries + 1
    if sent.stopped:
        return Verdict("stopped", tries)
    if sent.refused and tries >= max_tries:
        return Verdict("dead", tries)
    due_at = now + timedelta(seconds=wait_s(tries, jitter))
    if sent.not_before:
        due_at = max(now, min(sent.not_before, now + MAX_RETRY_AFTER))
    return Verdict("again", tries, due_at)


def wait_s(tries: int, jitter: float) -> float:
    """Return how long to wait after so many failed tries."""
    backoff_s: float = FIRST_WAIT_S * FACTOR ** min(tries - 1, MAX_EXPONENT)
    return min(backoff_s * (1 + JITTER * jitter), MAX_WAIT_S)


def is_refusal(status: int | None) -> bool:
    """Return whether this HTTP status or exit code refuses the delivery, now and later."""
    if status is None:
        return False
    return status == EX_DATAERR or (status // 100 == 4 and status not in LATER)  # noqa: PLR2004 (4xx)
