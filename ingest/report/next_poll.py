"""Why a feed is polled next when it is, or why never: a sentence made of its row (pure)."""

from collections.abc import Mapping
from typing import Any

from storage.records import to_instant


def why_due(feed: Mapping[str, Any], *, blocked_until: str | None) -> str:
    """Return why the feed is polled at its `due_at`, or why never; "" if its last poll did not say it.

    `feed` has the columns of the table, and `blocked_until` is its host's.
    """
    if feed["gone_at"]:
        return "It answered 410 Gone and is not polled any more. `ingest now --feed` with its address tries again."
    if not feed["active"]:
        return "It has left the feed list and is not polled any more."
    if not feed["polled_at"]:
        return "It is new: the next run polls it."
    if blocked_until and feed["due_at"] and blocked_until >= feed["due_at"]:
        return f"Its host asked for no request before {to_instant(blocked_until):%Y-%m-%d %H:%M} UTC (Retry-After)."
    return feed["due_reason"] or ""
