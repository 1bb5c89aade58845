"""A trial: what would become of an address, with nothing written.

The page is fetched, extracted and judged as that of an entry would be. The archive is only read. Without an archive,
everything is new.
"""

import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from ingest.articles.traced import TracedBlock, joined
from ingest.configuration.config import Config
from ingest.configuration.settings import Settings
from ingest.configuration.sites import DEFAULT, SiteSettings
from ingest.errors import FetchError
from ingest.hosts import site, without_credentials
from ingest.pipeline import open_network, utc_now
from ingest.pipeline.decide import URL, Decision, without_article
from ingest.pipeline.evidence import decided
from ingest.pipeline.fetch_page import fetch_article, pending_at
from ingest.pipeline.fetched import Fetched, Shortfall
from ingest.pipeline.record import before_fetch, key_of, ruled
from ingest.rules.rule import Rules
from ingest.web.client import Client
from ingest.web.request import RequestOptions
from ingest.web.response import NotModified, Response
from ingest.workers.workers import Workers
from storage.content import Content
from storage.errors import ArchiveMissing
from storage.reader import EmptyArchive, Queries, Reader
from storage.records import Host, Outcome, PendingEntry, WantedFeed

ARTICLE_OUTCOMES = frozenset({Outcome.ARCHIVED, Outcome.COPY, Outcome.KNOWN, Outcome.REVISED})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """A GET for a page with its answer, or with the `error` that came in its place. No URL has credentials.

    `passed` are the addresses that redirected.
    """

    url: str
    final_url: str | None = None
    status: int | None = None
    content_type: str | None = None
    size_bytes: int = 0
    ms: int = 0
    error: str | None = None
    passed: tuple[str, ...] = ()
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ArchivedAs:
    """The archived article that a decision is about."""

    id: int
    url: str
    title: str | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of an address. `outcome` is "pending" if it would be tried again.

    `pages` are the addresses that the article was joined from, `blocks` those of all pages. `site` are the settings of
    the site that the page is on. `article` is what the archive has already. `shortfall` is why the page gave no text,
    if something else has decided the outcome.
    """

    url: str
    outcome: Outcome
    reason: str | None
    requests: tuple[Request, ...]
    site: SiteSettings = DEFAULT
    content: Content | None = None
    pages: tuple[str, ...] = ()
    blocks: tuple[TracedBlock, ...] = ()
    article: ArchivedAs | None = None
    has_archive: bool = False
    shortfall: str | None = None

    @property
    def is_article(self) -> bool:
        return self.outcome in ARTICLE_OUTCOMES


async def try_address(
    url: str, config: Config, archive: Path, feed: WantedFeed | None, *, clock: Callable[[], datetime] = utc_now
) -> Trial:
    """Find out what would become of an http(s) address, as an entry of `feed` if that is given.

    Raises the archive's errors.
    """
    reads = _Reads(archive)
    has_archive = await reads.exists()
    async with _opened(url, config, reads, clock) as context:
        pending = pending_at(without_credentials(url), feed.url if feed else "")
        result = await fetch_article(pending, context, clock(), trace=True)
        decision = await reads.read(lambda archive: _decided(archive, pending, result, config.rules))
        requests = tuple(context.client.requests)
    fetched = result if isinstance(result, Fetched) else None
    shortfall = _shortfall(result)
    about = decision.leads_to.article_id if decision.leads_to else decision.about
    article = await reads.read(lambda archive: _archived_as(archive, about)) if about is not None else None
    last_url = next((request.final_url for request in requests[::-1] if request.final_url), pending.url or "")
    return Trial(
        without_credentials(url),
        decision.outcome or Outcome.FAILED,
        decision.reason.replace(URL, article.url) if decision.reason and article else decision.reason,
        requests,
        config.sites.of(site(fetched.pages[0].final_url if fetched and fetched.pages else last_url)),
        fetched.content if fetched else None,
        tuple(page.final_url for page in fetched.pages) if fetched else (),
        tuple(joined(fetched.extracted.blocks, fetched.content.body)) if fetched else (),
        article,
        has_archive,
        shortfall if shortfall != decision.reason else None,
    )


class _Reads:
    """Reads an archive without leaving anything beside it: each question opens it anew."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._empty: EmptyArchive | None = None

    async def read(self, function: Callable[[Queries], T]) -> T:
        try:
            with Reader(self._archive, adds_no_file=True) as reader:
                return function(reader)
        except ArchiveMissing:
            self._empty = self._empty or EmptyArchive()
            return function(self._empty)

    async def exists(self) -> bool:
        """Return whether there is an archive. Raise its errors."""
        await self.read(lambda _: None)
        return self._empty is None

    async def recall(self, host: str) -> Host:
        return await self.read(lambda archive: archive.host(host)) or Host(host)

    async def blocked_until(self, host: str) -> datetime | None:
        return (await self.recall(host)).blocked_until

    async def remember(self, host: str, **changes: Any) -> None:  # noqa: ANN401 (fields of Host)
        """Forget it: the run has it in memory."""


class _Client(Client):
    """Keeps the requests that it was asked for."""

    def __init__(self, *options: Any, **more: Any) -> None:  # noqa: ANN401 (those of Client)
        super().__init__(*options, **more)
        self.requests: list[Request] = []

    async def get(self, url: str, **options: Any) -> Response | NotModified:  # noqa: ANN401 (those of Client)
        shown = without_credentials(url)
        try:
            answer = await super().get(url, **options)
        except FetchError as error:
            self.requests.append(Request(shown, error=error.cause))
            raise
        if isinstance(answer, Response):
            body, content_type = answer.body, answer.content_type
            request = Request(shown, answer.final_url, answer.status, content_type, len(body), answer.ms)
            self.requests.append(replace(request, passed=tuple(answer.passed), body=body))
        return answer


@dataclass(frozen=True, slots=True)
class _Context:
    """A `FetchContext`."""

    config: Config
    client: _Client
    pool: Workers
    writer: _Reads
    clock: Callable[[], datetime]
    rng: random.Random
    requests: Mapping[str, RequestOptions]

    @property
    def settings(self) -> Settings:
        return self.config.settings


@asynccontextmanager
async def _opened(url: str, config: Config, reads: _Reads, clock: Callable[[], datetime]) -> AsyncIterator[_Context]:
    options = {"": RequestOptions(url)} | dict(config.requests)  # credentials in the address are for its own origin
    async with open_network(config, reads, clock, _Client) as (client, pool):
        assert isinstance(client, _Client)
        yield _Context(config, client, pool, reads, clock, random.Random(), options)  # noqa: S311 (jitter)


def _decided(archive: Queries, pending: PendingEntry, result: Fetched | Shortfall, rules: Rules) -> Decision:
    """Decide as the pipeline does. What is decided before the fetch stands, whatever the page has."""
    if decision := before_fetch(archive, pending, key_of(pending), rules):
        return decision
    if isinstance(result, Shortfall):
        return without_article(pending, result)
    return decided(archive, pending, ruled(pending, result, rules))


def _shortfall(result: Fetched | Shortfall) -> str | None:
    if isinstance(result, Shortfall):
        return result.reason
    return None if result.content.verdict == "article" else result.content.reason


def _archived_as(archive: Queries, article_id: int) -> ArchivedAs | None:
    text = archive.current_text(archive.current_id(article_id))
    return ArchivedAs(text.id, text.url, text.title) if text else None
