"""The flow, from feeds that are due to recorded decisions.

    engine        claim due feeds; keep a lane for each host that has due entries
    poll          fetch → compare → parse → record entries (pending), validators and the next due instant
    lane          claim a host's pending entries and due rechecks, a few at a time
    fetch_page    fetch and extract the pages of an entry, or take its feed's text
    evidence      gather what the archive knows, inside the transaction of the record
    decide        decide what becomes of the entry (pure)
    record        write the decision: article, copy, revision, known, reason, or the next try
    tally         count what was recorded, as one of the observers
    trial         do all of it for one address, and write nothing

`open_pipeline` makes the context (`context.Context`) from the configuration. No other place does.
"""

import asyncio
import random
import resource
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from ingest.configuration.config import Config
from ingest.configuration.settings import Settings
from ingest.pipeline.budget import Budget
from ingest.pipeline.context import Context, Observer
from ingest.web.client import Client
from ingest.web.manners import HostMemory, Pace
from ingest.web.request import RequestOptions
from ingest.web.response import WebOptions
from ingest.workers.memory import collect_less_often, give_large_blocks_back
from ingest.workers.workers import Workers, open_workers
from ingest.workers.writer import Writer, unwatched
from storage.archive import Archive
from storage.records import Host

MAX_OPEN_FILES = 4096  # a connection is one: to a thousand hosts at once, and those kept for the next request


def utc_now() -> datetime:
    return datetime.now(UTC)


class _Memory:
    """A HostMemory that keeps in the archive what hosts have asked for."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._asked: set[str] = set()
        self._reading: asyncio.Future[dict[str, datetime]]

    async def recall(self, host: str) -> Host:
        return await self._writer.read(lambda archive: archive.host(host)) or Host(host)

    async def blocked_until(self, host: str) -> datetime | None:
        """Return this field of the host's record. The hosts that are asked for at the same time are read at once."""
        if not self._asked:
            self._reading = unwatched(asyncio.create_task(self._read_blocks()))
        self._asked.add(host)
        return (await asyncio.shield(self._reading)).get(host)

    async def _read_blocks(self) -> dict[str, datetime]:
        hosts, self._asked = self._asked, set()
        return await self._writer.read(lambda archive: archive.blocks(hosts))

    async def remember(self, host: str, **changes: Any) -> None:  # noqa: ANN401 (fields of Host)
        await self._writer(lambda archive: archive.remember_host(host, **changes))


@asynccontextmanager
async def open_pipeline(
    config: Config,
    archive: Path,
    command: str,
    observers: Iterable[Observer] = (),
    *,
    clock: Callable[[], datetime] = utc_now,
    rng: random.Random | None = None,
) -> AsyncIterator[Context]:
    """Open the context of a pipeline; at the end close network, processes and writer in this order.

    Raises the archive's errors if it cannot be opened.
    """
    async with (
        open_writer(archive, command) as writer,
        open_context(config, writer, list(observers), dict(config.requests), clock=clock, rng=rng) as context,
    ):
        yield context


@asynccontextmanager
async def open_writer(archive: Path, command: str) -> AsyncIterator[Writer]:
    """Hold the archive's lock as long as the context lasts. Raises the archive's errors."""
    writer = Writer(partial(Archive, archive, command))
    try:
        await writer.open()
        yield writer
    finally:
        await writer.close()


@asynccontextmanager
async def open_context(
    config: Config,
    writer: Writer,
    observers: list[Observer],
    requests: dict[str, RequestOptions],
    *,
    clock: Callable[[], datetime] = utc_now,
    rng: random.Random | None = None,
) -> AsyncIterator[Context]:
    """Open network and processes for a writer that outlives them. `observers` and `requests` may change."""
    give_large_blocks_back()
    collect_less_often()
    rng = rng or random.Random()  # noqa: S311 (jitter)
    async with (
        open_workers(config.settings.articles, falls_back=True) as workers,
        open_client(config, _Memory(writer), workers, clock) as client,
    ):
        yield Context(config, client, workers, writer, clock, rng, observers, Budget(config.settings.poll), requests)


@asynccontextmanager
async def open_network(
    config: Config,
    memory: HostMemory,
    clock: Callable[[], datetime] = utc_now,
    client_type: type[Client] | None = None,
) -> AsyncIterator[tuple[Client, Workers]]:
    """Open a client, and one worker on this machine, for a few pages."""
    alone = config.settings.articles.model_copy(update={"workers": 1, "cluster": ""})
    async with (
        open_workers(alone) as workers,
        open_client(config, memory, workers, clock, client_type) as client,
    ):
        yield client, workers


@asynccontextmanager
async def open_client(
    config: Config,
    memory: HostMemory,
    workers: Workers,
    clock: Callable[[], datetime] = utc_now,
    client_type: type[Client] | None = None,
) -> AsyncIterator[Client]:
    """Open the client. It waits for `workers`, which parse and extract what it receives."""
    _allow_open_files()
    options, pace_of = _web_options(config.settings), partial(_pace_of, config)
    async with (client_type or Client)(options, memory, clock=clock, ready=workers.room, pace_of=pace_of) as client:
        yield client


def _pace_of(config: Config, host: str) -> Pace | None:
    """Return the pace of a site's host, None if it has none of its own."""
    site, web = config.sites.of(host), config.settings.web
    if site.interval_s is None and site.concurrency is None:
        return None
    interval_s = web.per_host_interval_s if site.interval_s is None else site.interval_s
    return Pace(interval_s, site.concurrency or web.per_host_concurrency)


def _allow_open_files() -> None:
    """Raise this process's limit of open files to MAX_OPEN_FILES; systems begin with 256 (macOS) or 1024 (Linux)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _web_options(settings: Settings) -> WebOptions:
    web = settings.web
    return WebOptions(
        user_agent=web.user_agent,
        timeout_s=web.timeout_s,
        max_bytes=web.max_bytes,
        per_host_concurrency=web.per_host_concurrency,
        per_host_interval_s=web.per_host_interval_s,
        robots=web.robots,
        allow_addresses=tuple(web.allow_addresses),
        proxy=web.proxy or None,
        ca_file=web.ca_file or None,
        concurrency=settings.poll.concurrency,
    )
