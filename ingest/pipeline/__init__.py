"""The flow, end to end.

    claim due feeds        engine     rows whose `due_at` has come
    poll                   polls      get → compare → parse → entries (pending), validators, next due
    claim pending entries  lane       a host at a time, so that no host waits for another
    work on the entry      pages      get → clean, page after page (visits, whole) → article | known | reason
    tell                   tally      what was recorded, counted

`open_pipeline` puts the context together from the settings; it is the only place that does.
"""

import random
import resource
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ingest.configuration.settings import Settings
from ingest.pipeline.context import Context, Limits, Observer
from ingest.web.client import Client
from ingest.web.response import WebOptions
from ingest.workers.memory import give_large_blocks_back
from ingest.workers.pool import Pool
from ingest.workers.processes import WorkLimits
from ingest.workers.writer import Writer
from storage.archive import Archive
from storage.records import Host

MOST_FILES = 4096  # each connection is one: to a thousand hosts at once, and those kept for the next request


def utc_now() -> datetime:
    return datetime.now(UTC)


class _Memory:
    """What hosts have told, kept in the archive (`web.manners.HostMemory`)."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def recall(self, host: str) -> Host | None:
        return await self._writer.read(lambda archive: archive.host(host))

    async def remember(self, host: Host) -> None:
        await self._writer(lambda archive: archive.remember_host(host))


@asynccontextmanager
async def open_pipeline(
    settings: Settings,
    archive: Path,
    command: str,
    observers: Iterable[Observer] = (),
    *,
    credentials: Mapping[str, str] | None = None,
    clock: Callable[[], datetime] = utc_now,
    rng: random.Random | None = None,
) -> AsyncIterator[Context]:
    """The context of a pipeline, closed in order at the end: network, processes, then the writer.

    `credentials` are those of `feedlist.load`.
    Raises the archive's errors when it cannot be opened.
    """
    async with (
        open_writer(archive, command) as writer,
        open_context(settings, writer, list(observers), dict(credentials or {}), clock=clock, rng=rng) as context,
    ):
        yield context


@asynccontextmanager
async def open_writer(archive: Path, command: str) -> AsyncIterator[Writer]:
    """Hold the archive's lock for as long as the context lasts. Raises the archive's errors."""
    writer = Writer(partial(Archive, archive, command))
    try:
        await writer.open()
        yield writer
    finally:
        await writer.close()


@asynccontextmanager
async def open_context(
    settings: Settings,
    writer: Writer,
    observers: list[Observer],
    credentials: dict[str, str],
    *,
    clock: Callable[[], datetime] = utc_now,
    rng: random.Random | None = None,
) -> AsyncIterator[Context]:
    """Open network and processes beside a writer, which outlives them. `observers` and `credentials` may change."""
    give_large_blocks_back()
    allow_open_files()
    pool = new_pool(settings, settings.articles.workers)
    try:
        async with Client(web_options(settings), _Memory(writer), clock=clock, ready=pool.room) as client:
            limits = Limits(
                settings.poll.min_interval_s,
                settings.poll.max_interval_s,
                settings.articles.tries,
                settings.archive.keep_pages,
                settings.articles.method,
            )
            rng = rng or random.Random()  # noqa: S311 (jitter)
            yield Context(client, pool, writer, clock, rng, limits, observers, credentials)
    finally:
        pool.close()


def allow_open_files() -> None:
    """As many as the system lets this process have, up to MOST_FILES: at first 256 on macOS, 1024 on Linux."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def new_pool(settings: Settings, workers: int) -> Pool:
    articles = settings.articles
    return Pool(workers, WorkLimits(articles.time_limit_s, articles.memory_limit_mb, articles.page_memory_mb))


def web_options(settings: Settings) -> WebOptions:
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
