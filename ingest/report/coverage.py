"""How complete the archive is, by feed and week, as `ingest status --coverage` prints it; and how it is said."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.names import known_feed
from storage.reader import Reader
from storage.records import to_text

MAX_FEEDS = 1_000_000
EVIDENCE = {
    "nothing_shared": "the document shared no entry with the one before",
    "newest_missing": "the newest entries of the document before were missing",
}


def coverage_of(
    archive: Path, names: Sequence[str], *, weeks: int, now: datetime, weekly: bool = False
) -> dict[str, Any]:
    """Return the coverage of the feeds with these names or addresses, or of all, in the last weeks.

    `feeds` and `total` are rows of the figure feed_coverage, `weeks` those of weekly_coverage if the caller asks for
    them by `weekly` or by names. Without names, `quiet` names the feeds on the list that announced nothing. Raises
    ArchiveError, and IngestError for a name that the archive does not have.
    """
    period = weeks_until(now, weeks)
    with Reader(archive) as reader, reader.one_instant():
        chosen = set(reader.feeds_called([known_feed(reader, name) for name in names]))
        rows = reader.figure("feed_coverage", period)
        feeds = [row for row in rows if (row["feed_id"] in chosen if names else row["feed_id"] is not None)]
        by_week = []
        if weekly or names:
            one = {"feed_id": next(iter(chosen)) if len(chosen) == 1 else None}
            by_week = reader.figure("weekly_coverage", period | one)
        listed = reader.listed_feeds(state=None, named="", limit=MAX_FEEDS, offset=0)
        counted = {row["feed_id"] for row in feeds}
        asked = [feed for feed in listed if (feed["id"] in chosen if names else feed["state"] not in ("gone", "off"))]
        return {
            "archive": str(archive),
            **period,
            "feeds": feeds,
            "total": rows[-1] if rows and not names else None,
            "quiet": [feed["name"] for feed in asked if feed["id"] not in counted],
            "weeks": [row for row in by_week if not names or row["feed_id"] in chosen],
        }


def weeks_until(now: datetime, weeks: int) -> dict[str, Any]:
    """Return the period of so many weeks from Monday on (UTC), of which the last has not ended."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    return {"since": to_text(monday - timedelta(weeks=weeks - 1)), "until": to_text(monday + timedelta(weeks=1))}


def percent(share: float | None) -> str:
    """Return a share as text, "" for None. Only a complete one is "100 %"."""
    if share is None:
        return ""
    return "100 %" if share >= 1 else f"{math.floor(share * 1000) / 10:.1f} %"
