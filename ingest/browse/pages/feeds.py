"""The feeds, those in trouble first, and the page of one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from ingest.browse.showing import Context, Shown, days_until, number_in
from ingest.hosts import host_key
from ingest.report.coverage import EVIDENCE, weeks_until
from ingest.report.plots import plots
from ingest.schedule.polls import duration
from storage.crawls import BACKFILL
from storage.reader import Reader
from storage.records import to_instant, to_text
from storage.rows import Row

STATES = ("failing", "gone", "empty", "silent", "new", "ok", "off")
FEEDS_A_PAGE = 100
COUNTED_DAYS = 30
HEIGHT = 12  # of the bars of a feed, a day wide each
DAYS = 90  # polls are kept for so long
STRIP = ("feed_polls",)
PLOTS = ("feed_rate", "feed_rhythm", "feed_delay", "feed_outcomes")
POLLS = ENTRIES = GAPS = CRAWLS = 20
WEEKS = 12
# of a week, those that are not 0 in all weeks shown
COUNTED = (
    *("entries", "archived", "revised", "known", "copies", "walled", "no_text", "failed", "refused"),
    *("filtered", "pending", "gaps", "missed"),
)
NO_GAPS = {"gaps": 0, "missed": 0}
MAX_PAGE = 10_000


class Feeds:
    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    async def page(self, request: Request, datasette: Datasette) -> Response:
        now = datetime.now(UTC)
        state = request.args.get("state")
        state = state if state in STATES else None
        named = (request.args.get("name") or "").strip()
        number = min(max(number_in(request.args.get("page")), 1), MAX_PAGE)

        def facts(archive: Reader) -> Context:
            rows = archive.listed_feeds(
                state=state, named=named, limit=FEEDS_A_PAGE + 1, offset=(number - 1) * FEEDS_A_PAGE
            )
            shown = rows[:FEEDS_A_PAGE]
            counts = archive.entries_by_feed((row["id"] for row in shown), **days_until(now, COUNTED_DAYS))
            by_day = archive.new_by_day(now.date(), COUNTED_DAYS)
            gaps = archive.gaps_by_feed(row["id"] for row in shown)
            return {
                "feeds": [
                    row | counts[row["id"]] | {"bars": bars(by_day[row["id"]])} | gaps.get(row["id"], NO_GAPS)
                    for row in shown
                ],
                "height": HEIGHT,
                "counts": archive.states_of_feeds(),
                "backfill_id": archive.backfill_id(),
                "states": STATES,
                "state": state,
                "named": named,
                "days": COUNTED_DAYS,
                "first": (number - 1) * FEEDS_A_PAGE + 1,
                "previous": _address(state, named, number - 1) if number > 1 else "",
                "next": _address(state, named, number + 1) if len(rows) > FEEDS_A_PAGE else "",
            }

        return await self._shown.page(request, datasette, "feeds.html", facts)


class Feed:
    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    async def page(self, request: Request, datasette: Datasette) -> Response:
        now = datetime.now(UTC)
        feed_id = int(request.url_vars["id"])
        return await self._shown.page(
            request, datasette, "feed.html", lambda archive: self._facts(archive, feed_id, now)
        )

    def _facts(self, archive: Reader, feed_id: int, now: datetime) -> Context | None:
        feed = archive.feed_row(feed_id)
        if feed is None:
            return None
        feed_only: dict[str, Any] = {"feed_id": feed_id}
        period = feed_only | days_until(now, DAYS)
        polls = archive.polls_of(feed_id, POLLS)
        month = archive.entries_by_feed([feed_id], **days_until(now, COUNTED_DAYS))
        weeks = feed_only | weeks_until(now, WEEKS)
        by_week = archive.figure("weekly_coverage", weeks)[::-1]
        (strip,) = plots(archive, STRIP, period, self._shown.plotter)
        others = plots(archive, PLOTS, feed_only, self._shown.plotter)
        return {
            "feed": feed,
            "why_due": why_due(feed, blocked_until=archive.blocked_until(host_key(feed["address"]))),
            "is_due": feed["due_at"] is not None and feed["due_at"] <= to_text(now),
            "articles": archive.article_count(feed_id),
            "counts": month[feed_id],
            "days": COUNTED_DAYS,
            "duration": duration,
            "strip": strip,
            "plots": sorted(others, key=lambda plot: not plot.svg),
            "outcomes": others[-1].rows,
            "crawls": archive.crawls()[:CRAWLS] if feed["kind"] == BACKFILL else [],
            "repeated": archive.feed_row(feed["repeats_id"]) if feed["repeats_id"] else None,
            "rhythm": archive.rhythm(feed_id),
            "to_text": to_text,
            "weeks": by_week,
            "counted": [name for name in COUNTED if any(row[name] for row in by_week)],
            "gaps": archive.gaps(feed_id, limit=GAPS),
            "open": archive.gaps_by_feed([feed_id]).get(feed_id, NO_GAPS),
            "evidence": EVIDENCE,
            "polls": polls,
            "entries": archive.newest_entries(feed_id, ENTRIES),
        }


def bars(counts: Sequence[int | None]) -> str:
    """Return the path of an SVG: a bar for each count, HEIGHT for the greatest, on a line. None is not drawn."""
    most = max((count or 0 for count in counts), default=0)
    heights = [None if count is None else 1 + (HEIGHT - 1) * count / (most or 1) for count in counts]
    return "".join(
        f"M{x} {HEIGHT}v-{height:.3g}h{1 if height == 1 else 0.8}V{HEIGHT}z"
        for x, height in enumerate(heights)
        if height
    )


def why_due(feed: Row, *, blocked_until: str | None) -> str:
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


def _address(state: str | None, named: str, number: int) -> str:
    parts = {"state": state, "name": named, "page": number if number > 1 else None}
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"/feeds?{query}" if query else "/feeds"
