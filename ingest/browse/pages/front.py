"""The first page: what came in, and what is in trouble."""

from datetime import UTC, datetime

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from ingest.browse.showing import Context, Shown, days_until
from ingest.report.plots import plots
from storage.reader import Reader

TODAY = ("articles_by_hour",)
WEEK = ("articles_by_site", "arrivals_by_language", "delay", "outcomes", "copies")
DAYS = 7
NEWEST = 20
TROUBLES = 10
TROUBLED = ("failing", "gone", "empty", "silent")


class Front:
    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    async def page(self, request: Request, datasette: Datasette) -> Response:
        now = datetime.now(UTC)
        return await self._shown.page(request, datasette, "front.html", lambda archive: self._facts(archive, now))

    def _facts(self, archive: Reader, now: datetime) -> Context:
        stock = archive.stock()
        today, week = days_until(now, 1), days_until(now, DAYS)
        last_at = stock["last_at"]
        if is_past := last_at is not None and last_at < week["since"]:
            week = days_until(datetime.fromisoformat(last_at), DAYS)
        plotter = self._shown.plotter
        drawn = plots(archive, TODAY, today, plotter) + plots(archive, WEEK, week, plotter) if last_at else []
        return {
            "stock": stock,
            "today": archive.arrivals(**today),
            "week": archive.arrivals(**week),
            "period": week,
            "is_past": is_past,
            "states": archive.states_of_feeds(),
            "troubles": archive.troubled_feeds(TROUBLES, TROUBLED),
            "gaps": archive.gaps(open_only=True, limit=TROUBLES),
            "open": archive.open_gap_totals(),
            "alerts": [alert for alert in archive.lasting_alerts(2 * TROUBLES) if alert["feed_id"] is None][:TROUBLES],
            "newest": archive.latest_articles(NEWEST),
            "plots": sorted(drawn, key=lambda plot: not plot.svg),  # those of which there is nothing to see stand last
        }
