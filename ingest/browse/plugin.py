"""The plugin: what Datasette asks, answered. Routes, connections, templates."""

import sqlite3
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from datasette.app import Datasette
from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader
from pluggy import HookimplMarker

from ingest.browse.pages.article import ArticlePage
from ingest.browse.pages.copies import Copies
from ingest.browse.pages.front import Front
from ingest.browse.pages.kept import Kept
from ingest.browse.security import Guard
from ingest.browse.showing import DATABASE, Shown, query_url
from storage.exports.rendering import is_link

hookimpl = HookimplMarker("datasette")  # Datasette's own has no types

TEMPLATES = [str(files("ingest.browse") / "templates"), str(files("ingest.report") / "templates")]


class Plugin:
    __name__ = "ingest.browse"  # Datasette names its plugins as modules

    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    @hookimpl
    def register_routes(self) -> list[tuple[str, Callable[..., Any]]]:
        article, kept = ArticlePage(self._shown), Kept(self._shown)
        return [
            (r"^/$", Front(self._shown).page),
            (r"^/article$", article.lookup),
            (r"^/article/(?P<id>[0-9]{1,18})$", article.page),
            (r"^/article/(?P<id>[0-9]{1,18})/text$", article.text),
            (r"^/article/(?P<id>[0-9]{1,18})/page$", kept.page),
            (r"^/article/(?P<id>[0-9]{1,18})/page/html$", kept.raw),
            (r"^/article/(?P<id>[0-9]{1,18})/page/text$", kept.source),
            (r"^/copies$", Copies(self._shown).page),
        ]

    @hookimpl
    def prepare_jinja2_environment(self, env: Environment) -> None:
        ours = FileSystemLoader(TEMPLATES)
        env.loader = ChoiceLoader([ours, env.loader]) if isinstance(env.loader, BaseLoader) else ours
        env.globals.update(query_url=query_url, is_link=is_link)

    @hookimpl
    def prepare_connection(self, conn: sqlite3.Connection, database: str) -> None:
        if database == DATABASE:  # Datasette writes to a database of its own
            conn.execute("PRAGMA query_only = 1")

    @hookimpl
    def asgi_wrapper(self, datasette: Datasette) -> Callable[..., Any]:  # noqa: ARG002 (the hook's signature)
        return Guard
