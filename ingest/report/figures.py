"""The figures of a report: what its sections show, and what its JSON holds."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from storage.reader import Reader
from storage.records import to_text
from storage.rows import Row

# In the order of the report. Each is a file of storage/figures.
FIGURES = (
    "articles_by_site",
    "arrivals_by_language",
    "coverage",
    "delay",
    "freshness",
    "weekly_delay",
    "outcomes",
    "reasons",
    "copies",
    "copied",
    "growth",
    "requests",
    "disk",
)
MAX_TROUBLES = 20
MAX_LACKING = 10  # feeds of which the most is not in the archive, shown week by week
MAX_WEEKS = 26
STEPS = 100_000  # of SQLite's machine, some milliseconds: how often a query asks whether it is stopped
_TROUBLE = ("name", "url", "state", "since", "failures", "last_error")
_QUIET = ("name", "url", "state", "since", "changed_at", "entries")


def report_of(
    archive: Path, since: datetime, until: datetime, *, is_stopped: Callable[[], bool] = lambda: False
) -> dict[str, Any]:
    """Return the figures of a period, all of one instant of the archive. Raises ArchiveError, also if it is stopped."""
    period: dict[str, Any] = {"since": to_text(since), "until": to_text(until)}
    before: dict[str, Any] = {"since": to_text(since - (until - since)), "until": period["since"]}
    with Reader(archive) as reader, reader.one_instant():
        reader.db.set_progress_handler(is_stopped, STEPS)
        figures = {name: reader.figure(name, period) for name in FIGURES}
        numbers = _numbers(reader, period, figures)
        earlier = _numbers(
            reader, before, {name: reader.figure(name, before) for name in ("coverage", "growth", "requests")}
        )
        return {
            "archive": archive.name,
            **period,
            "before_since": before["since"],
            "at_a_glance": {name: {"period": n, "before": earlier[name]} for name, n in numbers.items()},
            **figures,
            "disk": figures["disk"][0] | {"log_bytes": _size(Path(f"{archive}-wal"))},
            **_missed(reader, since, until),
            "feed_states": reader.states_of_feeds(),
            "feeds_in_trouble": _feeds(reader, ("failing", "gone"), _TROUBLE),
        }


def _missed(reader: Reader, since: datetime, until: datetime) -> dict[str, Any]:
    """Return what may have been missed: gaps, feeds without news, and the feeds of which the most is lacking."""
    period: dict[str, Any] = {"since": to_text(since), "until": to_text(until)}
    last: dict[str, Any] = {
        "feed_id": None,
        "since": to_text(max(since, until - timedelta(weeks=MAX_WEEKS))),
        "until": period["until"],
    }
    lacking = [
        row for row in reader.figure("feed_coverage", period) if row["feed_id"] is not None and row["lacking"] > 0
    ][:MAX_LACKING]
    shown = {row["feed_id"] for row in lacking}
    return {
        "gaps": reader.figure("gaps", period),
        "quiet_feeds": _feeds(reader, ("empty", "silent"), _QUIET),
        "lacking_feeds": lacking,
        "weekly_coverage": [row for row in reader.figure("weekly_coverage", last) if row["feed_id"] in shown],
    }


def _feeds(reader: Reader, states: Iterable[str], columns: Iterable[str]) -> list[Row]:
    return [{key: feed[key] for key in columns} for feed in reader.troubled_feeds(MAX_TROUBLES, states)]


def _numbers(reader: Reader, period: dict[str, Any], figures: dict[str, list[Row]]) -> dict[str, int]:
    arrivals, open_gaps = reader.arrivals(**period), reader.open_gap_totals(**period)
    growth, requests = figures["growth"], figures["requests"]
    return {
        **{name: arrivals[name] for name in ("articles", "sites", "languages", "copies", "revisions")},
        "entries": _sum(figures["coverage"], "entries"),
        "failed_entries": arrivals["failed"],
        "gaps": open_gaps["gaps"],
        "missed_entries": open_gaps["missed"],
        "polls": _sum(requests, "polls"),
        "unchanged_polls": _sum(requests, "not_modified"),
        "failed_polls": _sum(requests, "failed"),
        "feed_bytes": _sum(requests, "bytes"),
        "pages": _sum(growth, "pages"),
        "stored_bytes": sum(_sum(growth, name) for name in ("text_bytes", "markdown_bytes", "page_bytes")),
    }


def _sum(rows: Iterable[Row], name: str) -> int:
    return sum(row[name] or 0 for row in rows)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
