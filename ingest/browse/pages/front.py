"""The first page: what came in, and what is in trouble."""

from datetime import UTC, datetime, timedelta

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from ingest.browse.showing import Context, Shown
from ingest.report.plots import plots
from storage.reader import Reader
from storage.records import to_text

PLOTS = ("articles_by_site",)
DAYS = 7


class Front:
    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    async def page(self, request: Request, datasette: Datasette) -> Response:
        now = datetime.now(UTC)
        period = {"since": to_text(now - timedelta(days=DAYS)), "until": to_text(now)}

        def facts(archive: Reader) -> Context:
            return {"plots": plots(archive, PLOTS, period, self._shown.plotter)}

        return await self._shown.page(request, datasette, "front.html", facts)
