"""Looking at feeds and sites without an archive: what `feeds check` and `feeds add` ask."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urljoin

from ingest.configuration.settings import Settings
from ingest.errors import FetchError, IngestError, ParseError, WorkError
from ingest.feeds.discover import linked_feeds, usual_paths
from ingest.feeds.parsed import ParsedFeed
from ingest.hosts import with_credentials, without_credentials
from ingest.pipeline import allow_open_files, new_pool, utc_now, web_options
from ingest.pipeline.poll import ACCEPT
from ingest.web.client import Client
from ingest.web.manners import NoHostMemory
from ingest.web.response import Response
from ingest.workers.pool import Pool
from ingest.workers.tasks import parse_feed


@dataclass(frozen=True, slots=True)
class FeedProbe:
    """What is at an address: a feed (`error` is None), or why none."""

    url: str
    title: str | None = None
    version: str | None = None
    language: str | None = None
    entries: int = 0
    newest_at: datetime | None = None
    warning: str | None = None
    error: str | None = None


class Prober:
    def __init__(self, client: Client, pool: Pool) -> None:
        self._client = client
        self._pool = pool

    async def check(self, urls: Iterable[str]) -> list[FeedProbe]:
        return await asyncio.gather(*map(self._check, urls))

    async def discover(self, url: str) -> list[FeedProbe]:
        """The feeds of a site, or the feed that `url` is itself; the site's own choice first.

        The credentials in `url` are sent to all addresses of its origin, and are in nothing that is returned.
        Raises IngestError when there is none.
        """
        try:
            answer = await self._client.get(url, accept=f"{ACCEPT}, text/html")
        except FetchError as error:
            raise IngestError(str(error) if "; " in error.cause else f"{error}; check the address") from error
        assert isinstance(answer, Response)
        itself = await self._probe(without_credentials(url), answer)
        if itself.error is None:
            return [itself]
        html = answer.body.decode("utf-8", "replace") if answer.status == HTTPStatus.OK else ""
        named = linked_feeds(html, answer.final_url)
        found = [
            probe for probe in await self.check(with_credentials(one, url) for one in named) if probe.error is None
        ]
        if not found:
            for path in usual_paths(html):
                probe = await self._check(with_credentials(urljoin(answer.final_url, path), url))
                if probe.error is None:
                    return [probe]
            raise IngestError(
                f"{without_credentials(url)}: no feed there, nor named by the page, nor at the usual places;"
                " give the feed's own address"
            )
        return found

    async def _check(self, url: str) -> FeedProbe:
        try:
            answer = await self._client.get(url, accept=ACCEPT)
        except FetchError as error:
            return FeedProbe(without_credentials(url), error=error.cause)
        assert isinstance(answer, Response)
        return await self._probe(without_credentials(url), answer)

    async def _probe(self, url: str, answer: Response) -> FeedProbe:
        if answer.status != HTTPStatus.OK:
            return FeedProbe(url, error=f"HTTP {answer.status}")
        try:
            parsed = await self._pool.run(parse_feed, answer.body, answer.final_url, answer.content_type, utc_now())
        except WorkError as error:
            return FeedProbe(url, error=f"parsing it {error.cause}")
        if isinstance(parsed, ParseError):
            return FeedProbe(url, error=parsed.cause)
        return _described(url, parsed)


def _described(url: str, parsed: ParsedFeed) -> FeedProbe:
    instants = [entry.published_at for entry in parsed.entries if entry.published_at]
    return FeedProbe(
        url,
        parsed.title,
        parsed.version,
        parsed.language,
        parsed.entries_seen,
        max(instants, default=None),
        parsed.warning,
    )


@asynccontextmanager
async def open_prober(settings: Settings) -> AsyncIterator[Prober]:
    allow_open_files()
    pool = new_pool(settings, 1)
    try:
        async with Client(web_options(settings), NoHostMemory(), clock=utc_now) as client:
            yield Prober(client, pool)
    finally:
        pool.close()
