"""What an address of the search asks for, and the addresses of other pages of it."""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol, get_args
from urllib.parse import urlencode

from ingest.errors import IngestError
from ingest.names import UnknownName, known_author, known_feed, known_language, known_site, known_tag
from storage.content import Access
from storage.facets import FACETS
from storage.reader import Reader
from storage.results import Order
from storage.selection import Selection

MAX_QUERY = 1000  # characters; a word of a hundred that all articles have takes a second
MAX_NAMES, MAX_NAME = 20, 1000  # values of all filters, and characters of one
MAX_PER_PAGE, PER_PAGE = 100, 20
SHOWN_VALUES, OPENED_VALUES = 10, 200  # of a facet
ACCESS = get_args(Access)

_MONTH = re.compile(r"([1-9][0-9]{3})-(0[1-9]|1[0-2])", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)

KNOWN: dict[str, tuple[str, Callable[[Reader, str], str]]] = {
    "site": ("sites", known_site),
    "language": ("languages", known_language),
    "author": ("authors", known_author),
    "tag": ("tags", known_tag),
    "feed": ("feeds", known_feed),
}
"""The field of a selection, and the function that checks a name of it, by parameter."""


class Refused(IngestError):
    """`str()` is a sentence: what is wrong with the address, and what to do."""


class Arguments(Protocol):
    """The parameters of an address, as Datasette has them."""

    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """`chosen` are the values of filters, by the names of FACETS. `order` is None for the usual one."""

    query: str
    chosen: Mapping[str, tuple[str, ...]]
    order: Order | None
    page: int = 1
    per_page: int = PER_PAGE
    facet: str | None = None

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page

    def most_values(self, facet: str) -> int:
        """Return how many values of a facet are shown."""
        return OPENED_VALUES if self.facet == facet else SHOWN_VALUES

    def address(self, path: str = "/search", **changes: object) -> str:
        """Return the address of a page of the same search. `changes` are other values of fields."""
        asked = replace(self, **changes)  # type: ignore[arg-type]  # fields
        parameters: list[tuple[str, object]] = [("q", asked.query)] if asked.query else []
        parameters += [(name, value) for name in FACETS for value in asked.chosen.get(name, ())]
        usual = {"sort": None, "page": 1, "per_page": PER_PAGE, "facet": None}
        others = {"sort": asked.order, "page": asked.page, "per_page": asked.per_page, "facet": asked.facet}
        parameters += [(name, value) for name, value in others.items() if value != usual[name]]
        return f"{path}?{urlencode(parameters)}" if parameters else path

    def choosing(self, name: str, value: str) -> str:
        """Return the address of the same search with this value of a filter alone."""
        return self.address(chosen={**self.chosen, name: (value,)}, page=1, facet=None)

    def without(self, name: str, value: str) -> str:
        """Return the address of the same search without this value of a filter."""
        left = tuple(each for each in self.chosen[name] if each != value)
        return self.address(chosen={**self.chosen, name: left}, page=1)

    def selection(self, archive: Reader) -> tuple[Selection, list[tuple[str, UnknownName]]]:
        """Return the filters as a selection, and the names that the archive does not know, by the filter."""
        unknown: list[tuple[str, UnknownName]] = []
        fields: dict[str, tuple[str, ...]] = {}
        for name, (field, check) in KNOWN.items():
            found = []
            for value in self.chosen.get(name, ()):
                try:
                    found.append(check(archive, value))
                except UnknownName as error:
                    unknown.append((name, error))
                    found.append(value)
            fields[field] = tuple(found)
        since, until = _month(*self.chosen.get("month", ()))
        access = tuple(each for each in ACCESS if each in self.chosen.get("access", ()))
        return Selection(**fields, access=access, since=since, until=until), unknown  # type: ignore[arg-type]  # names


def asked_by(arguments: Arguments) -> Asked:
    """Return what the parameters of an address ask for. Raises Refused."""
    query = _last(arguments, "q").replace("\0", " ").strip()
    if len(query) > MAX_QUERY:
        raise Refused(f"The query has {len(query):,} characters; search with at most {MAX_QUERY:,}.")
    chosen = {name: tuple(dict.fromkeys(filter(str.strip, arguments.getlist(name)))) for name in FACETS}
    if sum(map(len, chosen.values())) > MAX_NAMES or any(
        len(value) > MAX_NAME for each in chosen.values() for value in each
    ):
        raise Refused(f"There are too many or too long filters; choose at most {MAX_NAMES}.")
    if any("\0" in value for each in chosen.values() for value in each):
        raise Refused("A filter has a NUL character; leave it out.")
    chosen["month"] = chosen["month"][-1:]
    _one_of("access", chosen["access"], ACCESS)
    order = _last(arguments, "sort")
    _one_of("sort", (order,), ("", *get_args(Order)))
    facet = _last(arguments, "facet")
    _one_of("facet", (facet,), ("", *FACETS))
    _month(*chosen["month"])
    per_page = _number(arguments, "per_page", PER_PAGE)
    if per_page > MAX_PER_PAGE:
        raise Refused(f"per_page={per_page}: a page has at most {MAX_PER_PAGE} articles.")
    return Asked(query, chosen, order or None, _number(arguments, "page", 1), per_page, facet or None)  # type: ignore[arg-type]  # one of them


def _last(arguments: Arguments, name: str) -> str:
    return next(reversed(arguments.getlist(name)), "")


def _number(arguments: Arguments, name: str, default: int) -> int:
    text = _last(arguments, name) or str(default)
    if not _NUMBER.fullmatch(text):
        raise Refused(f"{name}={text[:20]}: name a number from 1.")
    return int(text)


def _one_of(name: str, values: tuple[str, ...], known: tuple[str, ...]) -> None:
    for value in values:
        if value not in known:
            raise Refused(f"{name}={value[:40]}: name one of {', '.join(filter(None, known))}.")


def _month(month: str = "") -> tuple[datetime | None, datetime | None]:
    """Return the first and the last second of a month."""
    if not month:
        return None, None
    found = _MONTH.fullmatch(month)
    if not found:
        raise Refused(f"month={month[:20]}: name a month such as 2026-11.")
    first = datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC)
    return first, first.replace(day=monthrange(first.year, first.month)[1], hour=23, minute=59, second=59)
