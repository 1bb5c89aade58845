"""When a feed is polled next, and why: a sentence made of its row (pure)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingest.schedule.polls import DAY_S
from storage.records import to_instant


def why_due(feed: Mapping[str, Any], *, last_outcome: str | None, blocked_until: str | None) -> str:
    """Return why the feed is polled at its `due_at`, or why never; "" if its last poll did not say it.

    `feed` has the columns of the table, and `blocked_until` is its host's.
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
    return _sentence(feed["due_reason"] or "")


def _after_failures(feed: Mapping[str, Any]) -> str:
    failures = feed["failures"]
    polls = "The last poll failed" if failures == 1 else f"The last {failures} polls failed"
    if feed["schedule"]:
        return f"{polls}. It waits longer after each, then for the next time of its schedule `{feed['schedule']}`."
    return f"{polls}. The wait doubles after each: it is {duration(_wait_s(feed))} now."


def _sentence(reason: str) -> str:
    ends = "" if reason.endswith((".", "!", "?")) or not reason else "."
    return f"{reason[:1].upper()}{reason[1:]}{ends}"


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
