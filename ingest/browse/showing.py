"""How a page is made: its facts are read from the archive in a thread, then a template shows them."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response

from ingest.report.drawing import Plotter
from ingest.report.plots import Plot
from storage.reader import Reader
from storage.records import to_text

T = TypeVar("T")
Context = dict[str, Any]

DATABASE = "archive"  # its name in addresses, whatever the file is called

NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")  # also what turns text around
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Shown:
    """What all pages share."""

    archive: Path
    plotter: Plotter

    async def read(self, question: Callable[[Reader], T]) -> T:
        """Return the answer to `question`, asked in a thread of one instant of the archive. Raises ArchiveError."""

        def ask() -> T:
            with Reader(self.archive) as archive, archive.one_instant():
                return question(archive)

        return await asyncio.to_thread(ask)

    async def page(
        self, request: Request, datasette: Datasette, template: str, question: Callable[[Reader], Context | None]
    ) -> Response:
        """Return a page of what `question` answers. Raises NotFound if that is None."""
        context = await self.read(question)
        if context is None:
            raise NotFound("the archive has no such page")
        return Response.html(await datasette.render_template(template, context, request=request))


def query_url(plot: Plot) -> str:
    """Return the address at which Datasette shows the rows of a plot and its query, to be changed."""
    return sql_url(plot.query, plot.parameters)


def sql_url(sql: str, parameters: Mapping[str, Any]) -> str:
    return f"/{DATABASE}?{urlencode({'sql': sql, **parameters})}"


def number_in(text: str | None, otherwise: int = 0) -> int:
    """Return the number that a parameter of an address has: 0 if it is not one, `otherwise` without a value."""
    if not text:
        return otherwise
    return int(text) if NUMBER.fullmatch(text) else 0


def days_until(last: datetime, days: int) -> dict[str, Any]:
    """Return a period of whole days (UTC): `since` and `until`, the end of the day of `last`."""
    end = last.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return {"since": to_text(end - timedelta(days=days)), "until": to_text(end)}


def spelled(url: str) -> str:
    """Return an address for people to read: what would hide or reverse a part of it is escaped."""
    return UNSEEN.sub(lambda found: quote(found[0]), url)


def is_language(code: object) -> bool:
    """Return whether a feed's or page's word for its language may stand in an attribute `lang` (RFC 5646)."""
    return isinstance(code, str) and bool(LANGUAGE.fullmatch(code))
