"""The plugin: what Datasette asks, answered. Routes, templates, cells, errors."""

import re
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response
from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader
from markupsafe import Markup
from pluggy import HookimplMarker

from ingest.browse import cells
from ingest.browse.catalogue import FACETS, GROUPS, by_interest, prose
from ingest.browse.faults import answer_to
from ingest.browse.pages.article import ArticlePage
from ingest.browse.pages.copies import Copies
from ingest.browse.pages.feeds import Feed, Feeds
from ingest.browse.pages.front import Front
from ingest.browse.pages.kept import Kept
from ingest.browse.pages.search import Search
from ingest.browse.security import Guard
from ingest.browse.showing import Shown, is_language, query_url, spelled
from ingest.report.coverage import percent
from storage.described import descriptions
from storage.exports.rendering import is_link

hookimpl = HookimplMarker("datasette")  # Datasette's own has no types

TEMPLATES = [str(files("ingest.browse") / "templates"), str(files("ingest.report") / "templates")]


class Plugin:
    __name__ = "ingest.browse"  # Datasette names its plugins as modules

    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    @hookimpl
    def register_routes(self) -> list[tuple[str, Callable[..., Any]]]:
        article, kept, search = ArticlePage(self._shown), Kept(self._shown), Search(self._shown)
        return [
            (r"^/$", Front(self._shown).page),
            (r"^/article$", article.lookup),
            (r"^/article/(?P<id>[0-9]{1,18})$", article.page),
            (r"^/article/(?P<id>[0-9]{1,18})/text$", article.text),
            (r"^/article/(?P<id>[0-9]{1,18})/page$", kept.page),
            (r"^/article/(?P<id>[0-9]{1,18})/page/html$", kept.raw),
            (r"^/article/(?P<id>[0-9]{1,18})/page/text$", kept.source),
            (r"^/copies$", Copies(self._shown).page),
            (r"^/search$", search.page),
            (r"^/search\.json$", search.json),
            (r"^/search\.csv$", search.csv),
            (r"^/search\.atom$", search.atom),
            (r"^/feeds$", Feeds(self._shown).page),
            (r"^/feed/(?P<id>[0-9]{1,18})$", Feed(self._shown).page),
            (r"^/-/", _no_page),  # Datasette's pages about itself
        ]

    @hookimpl
    def prepare_jinja2_environment(self, env: Environment) -> None:
        ours = FileSystemLoader(TEMPLATES)
        env.loader = ChoiceLoader([ours, env.loader]) if isinstance(env.loader, BaseLoader) else ours
        env.filters |= {"prose": prose, "spelled": spelled, "percent": percent}
        env.globals |= {
            "query_url": query_url,
            "is_link": is_link,
            "is_language": is_language,
            "groups": GROUPS,
            "facets": FACETS,
            "descriptions": descriptions,
            "by_interest": by_interest,
            "whole_cell": cells.whole,
            "parameters_of": lambda sql: re.findall(r"(?<!:):([a-z_]+)\b", sql),
        }

    @hookimpl
    def render_cell(self, row: Any, value: Any, column: str, table: str | None) -> Markup | None:  # noqa: ANN401 (of any table)
        return cells.cell(row, value, column, table)

    @hookimpl
    def handle_exception(self, datasette: Datasette, request: Request, exception: Exception) -> Awaitable[Response]:
        return answer_to(exception, datasette, request, self._shown.archive)

    @hookimpl
    def forbidden(self, datasette: Datasette, request: Request, message: str) -> Awaitable[Response]:
        return answer_to(PermissionError(message), datasette, request, self._shown.archive)

    @hookimpl
    def asgi_wrapper(self, datasette: Datasette) -> Callable[..., Any]:  # noqa: ARG002 (the hook's signature)
        return Guard


async def _no_page() -> None:
    raise NotFound("there is no such page here")
