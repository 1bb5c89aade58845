"""When a feed is polled next, and why: a sentence made of its row (pure)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingest.schedule.polls import DAY_S, RATE_WINDOW_S, poll_interval_s
from storage.records import to_instant

_ANY = 10**9  # no limit: the settings may have changed since the poll
_TOLERANCE = 1.15  # the jitter of schedule.next_due, and its rounding


def why_due(
    feed: Mapping[str, Any],
    *,
    last_outcome: str | None,
    recent_entries: int,
    quiet_s: float | None,
    blocked_until: str | None,
) -> str:
    """Return why the feed is polled at its `due_at`, or why never.

    `feed` has the columns of the table. `recent_entries` and `quiet_s` are as in `schedule.poll_interval_s`, and
    `blocked_until` is its host's.
    """
    if feed["gone_at"]:
        return "It answered 410 Gone and is not polled any more. `ingest now --feed` with its address tries again."
    if not feed["active"]:
        return "It has left the feed list and is not polled any more."
    if not feed["polled_at"]:
        return "It is new: the next run polls it."
    if last_outcome == "deferred":
        return "Its host asked to wait (Retry-After)."
    if blocked_until and feed["due_at"] and blocked_until >= feed["due_at"]:
        return f"Its host asked for no request before {_shown(blocked_until)} (Retry-After)."
    if feed["failures"]:
        return _after_failures(feed)
    if feed["schedule"]:
        return f"The feed list has its schedule: `{feed['schedule']}` ({feed['time_zone'] or 'UTC'})."
    return _by_interval(feed, recent_entries, quiet_s)


def _after_failures(feed: Mapping[str, Any]) -> str:
    failures = feed["failures"]
    polls = "The last poll failed" if failures == 1 else f"The last {failures} polls failed"
    if feed["schedule"]:
        return f"{polls}. It waits longer after each, then for the next time of its schedule `{feed['schedule']}`."
    return f"{polls}. The wait doubles after each: it is {duration(_wait_s(feed))} now."


def _by_interval(feed: Mapping[str, Any], recent_entries: int, quiet_s: float | None) -> str:
    asked_s, wait_s = feed["asked_interval_s"] or 0, _wait_s(feed)
    rate_s = poll_interval_s(recent_entries=recent_entries, quiet_s=None, min_interval_s=0, max_interval_s=_ANY)
    adaptive_s = poll_interval_s(recent_entries=recent_entries, quiet_s=quiet_s, min_interval_s=0, max_interval_s=_ANY)
    own_s = feed["interval_s"] or adaptive_s
    if asked_s > own_s:
        return f"Its document asks for {duration(asked_s)} between polls (`ttl` or `sy:updatePeriod`)."
    if feed["interval_s"]:
        why = f"The feed list asks for a poll every {duration(own_s)}."
    elif adaptive_s > rate_s:
        why = f"Nothing new came for {duration(quiet_s or 0)}: it waits a tenth of that."
    elif recent_entries * DAY_S > RATE_WINDOW_S:
        why = f"It had {recent_entries} entries in {RATE_WINDOW_S // DAY_S} days: it is polled about twice an entry."
    else:
        why = "It has at most an entry a day: it is polled twice a day."
    if wait_s > own_s * _TOLERANCE:
        return f"{why} Its server, or `poll.min_interval_s`, made the wait longer: {duration(wait_s)}."
    if wait_s * _TOLERANCE < own_s:
        return f"{why} `poll.max_interval_s` made the wait shorter: {duration(wait_s)}."
    return why


def _wait_s(feed: Mapping[str, Any]) -> float:
    due, polled = to_instant(feed["due_at"]), to_instant(feed["polled_at"])
    return (due - polled).total_seconds() if due and polled else 0


def duration(seconds: float) -> str:
    """Return a duration in its largest units: `2 days`, `1 h 30 min`, `5 min`, `40 s`."""
    if seconds >= 2 * DAY_S:
        return f"{seconds / DAY_S:.0f} days"
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes > 1 else f"{seconds:.0f} s"


def _shown(instant: str) -> str:
    at: datetime | None = to_instant(instant)
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else instant
