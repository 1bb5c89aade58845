"""The page of copies: texts that several sites have, and who had them first."""

from datetime import UTC, datetime, timedelta

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from ingest.browse.showing import Context, Shown, number_in, sql_url
from storage.figures import query_of
from storage.reader import Reader
from storage.records import to_text

YEAR = timedelta(days=366)
PERIODS: dict[str, timedelta | None] = {
    "week": timedelta(days=7),
    "month": timedelta(days=31),
    "year": YEAR,
    "all": None,
}
PER_PAGE = 25
MAX_PAGES = 400  # as far as somebody turns; further pages cost more and more
SITES_SHOWN = 15


class Copies:
    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    async def page(self, request: Request, datasette: Datasette) -> Response:
        now = datetime.now(UTC)
        asked = request.args.get("period")
        period = asked if asked in PERIODS else "month"
        span = PERIODS[period]
        number = min(max(number_in(request.args.get("page")), 1), MAX_PAGES)
        since = to_text(now - span) if span else None
        # who has it first is counted over a year at most: it reads every copy
        bounds = {"since": since or to_text(now - YEAR), "until": to_text(now + timedelta(seconds=1))}

        def facts(archive: Reader) -> Context:
            offset = (number - 1) * PER_PAGE
            found = archive.clusters(since=since, limit=PER_PAGE + 1, offset=offset)
            heads = {head["id"]: head for head in archive.heads_of([cluster.id for cluster in found])}
            return {
                "clusters": [(cluster, heads[cluster.id]) for cluster in found[:PER_PAGE]],
                "more": len(found) > PER_PAGE and number < MAX_PAGES,
                "page_number": number,
                "period": period,
                "periods": PERIODS,
                "sites": archive.figure("sites_first", bounds)[:SITES_SHOWN] if number == 1 else [],
                "query_of_sites": sql_url(query_of("sites_first"), bounds),
            }

        return await self._shown.page(request, datasette, "copies.html", facts)
