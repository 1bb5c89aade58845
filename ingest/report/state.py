"""The state of an archive, as `ingest status` and the calendar's reports have it, and `status --watch` follows it."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storage.lock import holder_of
from storage.reader import Reader

DAYS = 28  # that `new_by_day` of a feed counts; the last is today
MAX_GAPS = 1_000  # open ones that it lists; each feed has their number


def state_of(archive: Path) -> dict[str, Any]:
    """Return the state of the archive. Raises ArchiveError."""
    with Reader(archive) as reader, reader.one_instant():
        by_day = reader.new_by_day(datetime.now(UTC).date(), DAYS)
        state = {
            "archive": str(archive),
            "totals": reader.totals(),
            "rechecks_due": reader.rechecks_due(),
            "feeds": [feed | {"new_by_day": by_day[feed["id"]]} for feed in reader.feed_health()],
            "waiting": reader.pending_reasons(),
            "alerts": reader.alert_rows(),
            "gaps": reader.gaps(open_only=True, limit=MAX_GAPS),
            "hooks": reader.hook_health(),
            "jobs": reader.job_rows(),
            "crawls": [asdict(crawl) | {"read_bytes": crawl.read_bytes} for crawl in reader.crawls()],
        }
    return state | {"writer": holder_of(archive)}


def watched(reader: Reader, limit: int) -> dict[str, Any]:
    """Return what changes from moment to moment: the last rows and the next ones, up to `limit` each."""
    with reader.one_instant():
        return {
            "pending": reader.pending_entries_count(),
            "queue": reader.pending_by_host(limit),
            "blocked": reader.blocked_hosts(datetime.now(UTC), limit),
            "polls": reader.last_polls(limit),
            "next_feeds": reader.next_feeds(limit),
            "articles": reader.last_articles(limit),
            "hooks": reader.hook_health(),
            "alerts": reader.alert_rows(),
        }
