"""Probes: polls of feeds and sites without an archive, for `feeds check` and `feeds add`."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urljoin

from ingest.configuration.config import Config
from ingest.errors import FetchError, IngestError, ParseError
from ingest.feeds.discover import linked_feeds, usual_paths
from ingest.hosts import with_credentials, without_credentials
from ingest.pipeline import open_network, utc_now
from ingest.pipeline.poll import ACCEPT, parsed_feed
from ingest.web.client import Client
from ingest.web.manners import NoHostMemory
from ingest.web.request import RequestOptions
from ingest.web.response import Response
from ingest.workers.workers import Workers


@dataclass(frozen=True, slots=True)
class FeedProbe:
    """The feed at an address, or `error` says why there is none."""

    url: str
    title: str | None = None
    version: str | None = None
    language: str | None = None
    entries: int = 0
    newest_at: datetime | None = None
    warning: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Prober:
    """`requests` are the request options of the feed list, by URL."""

    client: Client
    pool: Workers
    requests: Mapping[str, RequestOptions]

    async def check(self, urls: Iterable[str]) -> list[FeedProbe]:
        return await asyncio.gather(*map(self._check, urls))

    async def discover(self, url: str) -> list[FeedProbe]:
        """Find the feeds of a site, or the feed at `url` itself; the feeds that the page names come first.

        The credentials in `url` are sent to all addresses of its origin. Nothing that is returned has them.
        Raises IngestError if there is no feed.
        """
        try:
            answer = await self.client.get(url, accept=f"{ACCEPT}, text/html")
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
            answer = await self.client.get(url, accept=ACCEPT, request=self.requests.get(without_credentials(url)))
        except FetchError as error:
            return FeedProbe(without_credentials(url), error=error.cause)
        assert isinstance(answer, Response)
        return await self._probe(without_credentials(url), answer)

    async def _probe(self, url: str, answer: Response) -> FeedProbe:
        if answer.status != HTTPStatus.OK:
            return FeedProbe(url, error=f"HTTP {answer.status}")
        parsed = await parsed_feed(answer, self.pool, utc_now())
        if isinstance(parsed, ParseError):
            return FeedProbe(url, error=parsed.cause)
        newest_at = max((entry.published_at for entry in parsed.entries if entry.published_at), default=None)
        return FeedProbe(
            url, parsed.title, parsed.version, parsed.language, parsed.entries_seen, newest_at, parsed.warning
        )


@asynccontextmanager
async def open_prober(config: Config) -> AsyncIterator[Prober]:
    async with open_network(config, NoHostMemory()) as (client, pool):
        yield Prober(client, pool, config.requests)
