"""Steps and the state of a crawl as JSON, for the daemon that has the archive. A pickle could run anything there."""

from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from ingest.backfill.record import Page, Step
from ingest.pipeline.fetched import Fetched, Shortfall
from ingest.workers.tasks import ExtractedPage
from storage.content import Content
from storage.crawls import CrawlState
from storage.pages import NewPage
from storage.records import NewEntry


@dataclass(frozen=True, slots=True)
class _Text:
    content: Content
    full_hash: str
    hashes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Page:
    """A `Page`. The compressed bodies of `pages` are in `bodies`, in base 64."""

    entry: NewEntry
    text: _Text | None = None
    first: _Text | None = None
    pages: tuple[NewPage, ...] = ()
    bodies: tuple[str, ...] = ()
    shortfall: Shortfall | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    crawl_id: int
    after: str
    to: str
    pages: tuple[_Page, ...]
    others: int


def to_json(step: Step) -> bytes:
    pages = tuple(map(_to_wire, step.pages))
    return _adapter().dump_json(_Step(step.crawl_id, step.after, step.to, pages, step.others))


def from_json(data: bytes) -> Step:
    """Raises ValueError if it is no step."""
    step = _adapter().validate_json(data)
    return Step(step.crawl_id, step.after, step.to, tuple(map(_from_wire, step.pages)), step.others)


def state_to_json(state: CrawlState) -> dict[str, Any]:
    found: dict[str, Any] = _state_adapter().dump_python(state, mode="json")
    return found


def state_from_json(value: object) -> CrawlState:
    return _state_adapter().validate_python(value)


@cache
def _adapter() -> TypeAdapter[_Step]:
    return TypeAdapter(_Step)


@cache
def _state_adapter() -> TypeAdapter[CrawlState]:
    return TypeAdapter(CrawlState)


def _to_wire(page: Page) -> _Page:
    result = page.result
    if not isinstance(result, Fetched):
        return _Page(page.entry, shortfall=result)
    return _Page(
        page.entry,
        _text(result.extracted),
        _text(result.first) if result.first and result.first is not result.extracted else None,
        tuple(replace(each, html=b"") for each in result.pages),
        tuple(b64encode(each.html).decode() for each in result.pages),
        result.shortfall,
    )


def _text(extracted: ExtractedPage) -> _Text:
    return _Text(replace(extracted.content, lines=()), extracted.full_hash, extracted.hashes)


def _from_wire(page: _Page) -> Page:
    if page.text is None:
        return Page(page.entry, page.shortfall)
    extracted = _extracted(page.text)
    first = _extracted(page.first) if page.first else extracted
    bodies = map(b64decode, page.bodies)
    pages = tuple(replace(each, html=body) for each, body in zip(page.pages, bodies, strict=True))
    return Page(page.entry, Fetched(extracted, pages, first, page.shortfall))


def _extracted(text: _Text) -> ExtractedPage:
    return ExtractedPage(text.content, text.full_hash, text.hashes)
