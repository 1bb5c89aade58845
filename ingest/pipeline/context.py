"""What the stages work with: made once by `open_pipeline`, and passed to each of them."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Protocol, TypeVar

from ingest.configuration.config import Config
from ingest.configuration.settings import Settings
from ingest.crawls.answers import Place
from ingest.pipeline.budget import Budget
from ingest.web.client import Client
from ingest.web.request import RequestOptions
from ingest.web.response import NotModified, Response, Validators
from ingest.workers.workers import Workers
from ingest.workers.writer import Writer, unwatched
from storage.archive import Archive
from storage.feed_records import DueFeed
from storage.reader import Queries
from storage.records import Outcome, Poll

GOOD_STATUSES = (HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION)  # the body is the document
RETRY_AFTER_BUG = timedelta(hours=1)  # after a fault of ours

T = TypeVar("T")
R = TypeVar("R")


class Observer(Protocol):
    """Gets what the stages have recorded, after the commit. Nothing depends on what it does."""

    def polled(self, feed: DueFeed, poll: Poll) -> None: ...

    def settled(self, feed_id: int, outcome: Outcome) -> None: ...

    def postponed(self, feed_id: int, reason: str) -> None: ...


class Reads(Protocol):
    """Answers questions to the archive. The writer does, and whatever only reads."""

    async def read(self, function: Callable[[Queries], T]) -> T: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawledResponse(Response):
    """A response that a crawl has. Workers read its body at its `place` again: that is cheaper than to send it."""

    place: Place


class PageSource(Protocol):
    """Answers a GET (`web.client.Client.get`): from the network, or from a crawl."""

    async def get(
        self,
        url: str,
        *,
        accept: str,
        validators: Validators | None = None,
        robots: bool = False,
        request: RequestOptions | None = None,
    ) -> Response | NotModified: ...


class FetchContext(Protocol):
    """What an article is fetched with: the fields of `Context`, but of the archive only what it has."""

    @property
    def config(self) -> Config: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def client(self) -> PageSource: ...
    @property
    def pool(self) -> Workers: ...
    @property
    def writer(self) -> Reads: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...
    @property
    def rng(self) -> random.Random: ...
    @property
    def requests(self) -> Mapping[str, RequestOptions]: ...


@dataclass(frozen=True, slots=True)
class Context:
    config: Config
    client: Client
    pool: Workers
    writer: Writer
    clock: Callable[[], datetime]
    rng: random.Random
    observers: list[Observer]
    budget: Budget
    requests: dict[str, RequestOptions] = field(default_factory=dict)
    """The feeds' request options, by the URL without credentials: the URL in the feed list."""

    @property
    def settings(self) -> Settings:
        return self.config.settings

    async def record(self, write: Callable[[Archive], T], notify: Callable[[Observer, T], None]) -> None:
        """Write, then notify each observer, even if the caller is cancelled meanwhile."""
        await asyncio.shield(unwatched(asyncio.create_task(self._record(write, notify))))

    async def record_grouped(
        self,
        write: Callable[[Archive, Sequence[T]], Sequence[R]],
        argument: T,
        notify: Callable[[Observer, R], None],
    ) -> None:
        """Write as `Writer.grouped` does, then notify each observer, even if the caller is cancelled meanwhile."""
        recording = self.writer.grouped(write, argument)
        recording.add_done_callback(partial(self._notify, notify))
        await asyncio.shield(recording)

    def _notify(self, notify: Callable[[Observer, R], None], recorded: "asyncio.Future[R]") -> None:
        if not recorded.cancelled() and recorded.exception() is None:
            for observer in self.observers:
                notify(observer, recorded.result())

    async def _record(self, write: Callable[[Archive], T], notify: Callable[[Observer, T], None]) -> None:
        result = await self.writer(write)
        for observer in self.observers:
            notify(observer, result)
