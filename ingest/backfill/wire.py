"""Steps and the state of a crawl as JSON, for the daemon that has the archive. A pickle could run anything there."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter, with_config

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
    """A `Page`, with what is recorded of its texts."""

    entry: NewEntry
    text: _Text | None = None
    first: _Text | None = None
    pages: tuple[NewPage, ...] = ()
    shortfall: Shortfall | None = None


@with_config(ConfigDict(ser_json_bytes="base64", val_json_bytes="base64"))
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
        result.pages,
        result.shortfall,
    )


def _text(extracted: ExtractedPage) -> _Text:
    return _Text(replace(extracted.content, lines=()), extracted.full_hash, extracted.hashes)


def _from_wire(page: _Page) -> Page:
    if page.text is None:
        return Page(page.entry, page.shortfall)
    extracted = _extracted(page.text)
    first = _extracted(page.first) if page.first else extracted
    return Page(page.entry, Fetched(extracted, page.pages, first, page.shortfall))


def _extracted(text: _Text) -> ExtractedPage:
    return ExtractedPage(text.content, text.full_hash, text.hashes)
