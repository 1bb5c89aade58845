"""The page of copies: texts that several sites have, and who had them first."""

from datetime import UTC, datetime, timedelta

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from ingest.browse.showing import Context, Shown
from storage.reader import Reader
from storage.records import to_text

PERIODS = {"week": timedelta(days=7), "month": timedelta(days=31), "all": None}
PER_PAGE = 25
MAX_PAGES = 400  # as far as somebody turns; further pages cost more and more
SITES_SHOWN = 15


class Copies:
    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    async def page(self, request: Request, datasette: Datasette) -> Response:
        now = datetime.now(UTC)
        period = request.args.get("period")
        period = period if period in PERIODS else "month"
        span = PERIODS[period]
        number = request.args.get("page") or "1"
        number = min(max(int(number), 1), MAX_PAGES) if number.isascii() and number.isdigit() and len(number) < 9 else 1
        since = to_text(now - span) if span else "0000"
        bounds = {"since": since, "until": to_text(now + timedelta(seconds=1))}

        def facts(archive: Reader) -> Context:
            offset = (number - 1) * PER_PAGE
            found = archive.clusters(since=since if span else None, limit=PER_PAGE + 1, offset=offset)
            heads = {head["id"]: head for head in archive.heads_of([cluster.id for cluster in found])}
            return {
                "clusters": [(cluster, heads[cluster.id]) for cluster in found[:PER_PAGE]],
                "more": len(found) > PER_PAGE and number < MAX_PAGES,
                "number": number,
                "period": period,
                "periods": PERIODS,
                "sites": archive.figure("sites_first", bounds)[:SITES_SHOWN] if number == 1 else [],
                "bounds": bounds,
            }

        return await self._shown.page(request, datasette, "copies.html", facts)
