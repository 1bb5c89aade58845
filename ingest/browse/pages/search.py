"""The search: a page of results with facets, and the same as JSON, CSV and Atom."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from ingest.browse.pages import search_formats as formats
from ingest.browse.pages.search_request import MAX_QUERY, Asked, Refused, asked_by
from ingest.browse.showing import Context, Shown
from ingest.names import UnknownName
from storage.facets import FACETS, FacetValue
from storage.reader import Reader
from storage.results import Results, SearchTooSlow
from storage.rows import Row

MAX_RUNNING = 3  # searches; other pages have the other threads
ORDERS = {"rank": "best match", "newest": "newest", "oldest": "oldest", "archived": "last archived"}

NO_RESULTS = Results([], 0, more=False, ranked=None, reachable=0, counted=0, facets={})
T = TypeVar("T")
Found = tuple[Results, list[tuple[str, UnknownName]]]


class Search:
    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self._running = asyncio.Semaphore(MAX_RUNNING)

    async def _read(self, question: Callable[[Reader], T]) -> T:
        async with self._running:
            return await self._shown.read(question)

    async def page(self, request: Request, datasette: Datasette) -> Response:
        fault = None
        try:
            asked = asked_by(request.args)
        except Refused as error:
            asked, fault = Asked((request.args.get("q") or "")[:MAX_QUERY], {}, None), str(error)

        def facts(archive: Reader) -> Context:
            return _page(asked, *_found(archive, asked))

        context = _page(asked, NO_RESULTS, [])
        if fault is None:
            try:
                context = await self._read(facts)
            except SearchTooSlow as error:
                fault = str(error)
        context |= {"fault": fault}
        html = await datasette.render_template("search.html", context, request=request)
        return Response.html(html, status=400 if fault else 200)

    async def json(self, request: Request) -> Response:
        return await self._in_format(request, formats.as_json, "application/json; charset=utf-8")

    async def csv(self, request: Request) -> Response:
        return await self._in_format(request, formats.as_csv, "text/csv; charset=utf-8; header=present")

    async def atom(self, request: Request) -> Response:
        return await self._in_format(request, formats.as_atom, "application/atom+xml; charset=utf-8")

    async def _in_format(self, request: Request, write: Callable[..., bytes], content_type: str) -> Response:
        def answer(archive: Reader) -> bytes:
            asked = asked_by(request.args)
            default = {formats.as_atom: "archived"}.get(write)
            found, unknown = _found(archive, asked, default, with_facets=write is formats.as_json)
            server = f"{request.scheme}://{request.host}"
            return write(archive, asked, found, [str(error) for _, error in unknown], server)

        try:
            body, status = await self._read(answer), 200
        except (Refused, SearchTooSlow) as error:
            if write is formats.as_json:
                return Response.json({"ok": False, "error": str(error), "status": 400}, status=400)
            body, status, content_type = f"{error}\n".encode(), 400, "text/plain; charset=utf-8"
        return Response(body, status=status, content_type=content_type)


def _found(archive: Reader, asked: Asked, default: Any = None, *, with_facets: bool = True) -> Found:  # noqa: ANN401 (an order)
    selection, unknown = asked.selection(archive)
    results = archive.results(
        asked.query,
        selection,
        order=asked.order or default or "rank",
        offset=asked.offset,
        limit=asked.per_page,
        with_facets=with_facets,
    )
    return results, unknown


def _page(asked: Asked, results: Results, unknown: list[tuple[str, UnknownName]]) -> Context:
    more = asked.offset + asked.per_page < results.reachable
    return {
        "query": asked.query,
        "asked": asked,
        "results": results,
        "rows": [_shown(asked, row) for row in results.rows],
        "unknown": [
            (name, error, [(near, asked.choosing(name, near)) for near in error.near]) for name, error in unknown
        ],
        "chips": _chips(asked, results.facets),
        "facets": _facets(asked, results.facets),
        "orders": [
            (
                label,
                asked.address(order=None if order == _usual(asked) else order, page=1),
                order == _order(asked),
            )
            for order, label in ORDERS.items()
            if order != "rank" or asked.query
        ],
        "previous": asked.address(page=asked.page - 1) if asked.page > 1 else "",
        "next": asked.address(page=asked.page + 1) if more else "",
        "pages": -(-results.reachable // asked.per_page),
        "formats": [(name, asked.address(f"/search.{name.lower()}", facet=None)) for name in ("JSON", "CSV", "Atom")],
    }


def _order(asked: Asked) -> str:
    """Return the order that is shown."""
    return asked.order if asked.order and (asked.query or asked.order != "rank") else _usual(asked)


def _usual(asked: Asked) -> str:
    return "rank" if asked.query else "newest"


def _shown(asked: Asked, row: Row) -> Row:
    """Return the row with its matches marked, and the addresses that narrow the search to what it has."""
    return row | {
        "of_site": asked.choosing("site", row["site"]),
        "in_language": asked.choosing("language", row["language"] or ""),
        "title": formats.marked(row["marked_title"] or ""),
        "snippet": formats.marked(row["snippet"]),
    }


def _chips(asked: Asked, facets: Mapping[str, list[FacetValue]]) -> list[tuple[str, str, str]]:
    """Return each chosen value: its filter, its name, and the address without it."""
    names = {each.value: each.name for each in facets.get("feed", ())}
    return [
        (name, names.get(value) or value if name == "feed" else value, asked.without(name, value))
        for name in FACETS
        for value in asked.chosen.get(name, ())
    ]


def _facets(asked: Asked, facets: Mapping[str, list[FacetValue]]) -> list[Row]:
    """Return the facets of which no value is chosen: what the others count would not be found with it."""
    shown = []
    for name, values in facets.items():
        if asked.chosen.get(name) or not any(each.value for each in values):
            continue
        most = asked.most_values(name)
        shown.append(
            {
                "name": name,
                "values": [
                    (each.name or "unknown", each.articles, asked.choosing(name, each.value) if each.value else "")
                    for each in values[:most]
                ],
                "left": len(values) - most,
                "more": asked.address(facet=name) if asked.facet != name else "",
            }
        )
    return shown
