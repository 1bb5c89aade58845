"""The first page: what came in, and what is in trouble."""

from datetime import UTC, datetime, timedelta
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from ingest.browse.showing import Context, Shown
from ingest.report.plots import plots
from storage.reader import Reader
from storage.records import to_instant, to_text

TODAY = ("articles_by_hour",)
WEEK = ("articles_by_site",)
DAYS = 7
NEWEST = 20
TROUBLES = 10


class Front:
    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    async def page(self, request: Request, datasette: Datasette) -> Response:
        now = datetime.now(UTC)
        return await self._shown.page(request, datasette, "front.html", lambda archive: self._facts(archive, now))

    def _facts(self, archive: Reader, now: datetime) -> Context:
        stock = archive.stock()
        today, week = _day_of(now), _week_until(now)
        last_at = to_instant(stock["last_at"])
        if is_past := last_at is not None and last_at < to_instant(week["since"]):
            week = _week_until(last_at)
        plotter = self._shown.plotter
        return {
            "stock": stock,
            "today": archive.arrivals(**today),
            "week": archive.arrivals(**week),
            "period": week,
            "is_past": is_past,
            "states": archive.states_of_feeds(),
            "troubles": archive.troubled_feeds(TROUBLES),
            "alerts": [alert for alert in archive.lasting_alerts(2 * TROUBLES) if alert["feed_id"] is None][:TROUBLES],
            "newest": archive.latest_articles(NEWEST),
            "plots": plots(archive, TODAY, today, plotter) + plots(archive, WEEK, week, plotter) if last_at else [],
        }


def _day_of(now: datetime) -> dict[str, Any]:
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return {"since": to_text(start), "until": to_text(start + timedelta(days=1))}


def _week_until(last: datetime) -> dict[str, Any]:
    """Return seven days of the calendar, of which the day of `last` is the last."""
    end = last.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return {"since": to_text(end - timedelta(days=DAYS)), "until": to_text(end)}
