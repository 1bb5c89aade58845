"""What the sections of settings.toml are made of."""

import json
from collections.abc import Callable
from ipaddress import ip_network
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import NoDecode

from ingest.hosts import site_named, without_credentials
from storage.content import Access
from storage.selection import Selection


class Section(BaseModel):
    """A section of settings.toml. A field's description completes the sentence "… is not …" for a refused value."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def valid(is_valid: Callable[[Any], object]) -> AfterValidator:
    """Return a validator that refuses what `is_valid` does not return a true value for."""

    def check(value: object) -> object:
        if not is_valid(value):
            raise ValueError
        return value

    return AfterValidator(check)


Name = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", description="letters, digits, dots and hyphens")
]


class _Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=_Named)


def named_apart(fault: str) -> AfterValidator:
    """Return a validator that refuses two tables of one name, in any case, with this fault: files bear the names."""

    def check(tables: tuple[T, ...]) -> tuple[T, ...]:
        names: set[str] = set()
        for table in tables:
            if table.name.casefold() in names:
                raise ValueError(f"{table.name}: {fault}")
            names.add(table.name.casefold())
        return tables

    return AfterValidator(check)


def _split_list(value: object) -> object:
    """Return the list in an environment variable: JSON, or words separated by commas."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [word.strip() for word in value.split(",") if word.strip()]


Networks = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(_split_list), valid(lambda networks: all(map(ip_network, networks)))
]
NETWORKS = 'a list of networks such as ["127.0.0.0/8", "fd00::/8"]'

_Words = Annotated[
    tuple[str, ...], valid(lambda words: all(map(str.strip, words))), Field(strict=False, description="a list of words")
]
_Sites = Annotated[
    tuple[str, ...],
    valid(lambda words: all(map(site_named, words))),
    Field(strict=False, description="a list of hosts"),
]


class SelectionSettings(Section):
    """The filters of `search`, `export` and `changes` that make sense for ever: none of them names an instant."""

    sites: _Sites = ()
    feeds: _Words = ()
    tags: _Words = ()
    authors: _Words = ()
    languages: _Words = ()
    access: tuple[Access, ...] = Field(
        default=(), strict=False, description='a list of "free", "metered" and "partial"'
    )
    min_words: int | None = Field(default=None, ge=0, description="an integer, 0 or more")
    match: Annotated[str | None, valid(lambda query: query is None or query.strip())] = Field(
        default=None, description="a query of words, as in a search"
    )

    def selection(self) -> Selection:
        """Return the selection, with sites and feeds as articles have them."""
        names = {"sites": tuple(map(site_named, self.sites)), "feeds": tuple(map(without_credentials, self.feeds))}
        return Selection(**self.model_dump() | names)
