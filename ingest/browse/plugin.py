"""The plugin: what Datasette asks, answered. Routes, connections, templates."""

import sqlite3
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from datasette.app import Datasette
from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader
from pluggy import HookimplMarker

from ingest.browse.pages.front import Front
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
        return [(r"^/$", Front(self._shown).page)]

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
