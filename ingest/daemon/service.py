"""The daemon: a clock that wakes the engine, signals, and what it logs while it runs.

It starts by taking the archive's lock; SIGTERM or SIGINT end it: the clock stops, what is in hand is
dropped (its rows are still due), what has been written is committed, and the lock goes. SIGHUP reads the
configuration again: another feed list is followed at once, for other settings the engine is replaced, while
lock, writer and control socket stay. A configuration that is faulty, or that no engine starts with, is reported and
the old one stays.
"""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.configuration import feedlist
from ingest.configuration import settings as settings_module
from ingest.configuration.settings import Settings
from ingest.daemon.control import Answer, listening
from ingest.daemon.metrics import Metrics, fields
from ingest.errors import ConfigError, IngestError
from ingest.maintenance.upkeep import upkeep
from ingest.pipeline import open_context, open_writer, utc_now
from ingest.pipeline.context import Context, Observer
from ingest.pipeline.engine import Engine
from ingest.pipeline.run import lane_width
from ingest.pipeline.tally import Tally
from ingest.text.markup import count
from ingest.workers.writer import Writer
from storage.errors import ArchiveError
from storage.records import WantedFeed

MIN_WAIT = timedelta(seconds=1)
MAX_WAIT = timedelta(seconds=60)  # a clock set back, or a laptop that slept, costs no more than this
LONGEST_ROUND_S = 0.5
UPKEEP_HOUR_UTC = 4

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Config:
    settings: Settings
    feeds: tuple[WantedFeed, ...]
    credentials: Mapping[str, str] = field(repr=False)


async def run(config_dir: Path, archive: Path | None) -> None:
    """Until SIGTERM or SIGINT. Raises the archive's errors, and ConfigError at the start."""
    await _Daemon(config_dir, archive).run()


def _load(config_dir: Path, *, empty_allowed: bool = True) -> Config:
    config = Config(settings_module.load(config_dir), *feedlist.load_with_credentials(config_dir))
    if not config.feeds and not empty_allowed:
        raise ConfigError(f"{feedlist.how_to_fill(config_dir)}; restart the daemon if none is wanted")
    if not config.feeds:
        log.warning(feedlist.how_to_fill(config_dir))
    return config


class _Signals:
    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.reload = asyncio.Event()
        self.stopped_by = ""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop, number)
        loop.add_signal_handler(signal.SIGHUP, self.reload.set)

    def _stop(self, number: signal.Signals) -> None:
        self.stopped_by = self.stopped_by or number.name
        self.stop.set()


class _Daemon:
    """`_config` is what runs, or is about to; `_proven` are the settings that the last engine started with."""

    def __init__(self, config_dir: Path, given: Path | None) -> None:
        self._config_dir = config_dir
        self._given = given
        self._signals = _Signals()
        self._config = _load(config_dir)
        self._proven: Settings | None = None
        self._outdated = asyncio.Event()
        self._started: asyncio.Future[None] | None = None  # what a reload waits for
        self._reloading = asyncio.Lock()
        self._observers: list[Observer] = []
        self._credentials: dict[str, str] = {}
        self._writer: Writer
        self._engine: Engine

    async def run(self) -> None:
        began_at = utc_now()
        while not self._signals.stop.is_set():
            self._outdated.clear()
            config, archive = self._config, self._archive()
            metrics = Metrics(archive)
            self._observers = [metrics]
            async with AsyncExitStack() as stack:
                try:
                    self._writer = await stack.enter_async_context(open_writer(archive, "daemon"))
                except ArchiveError as error:
                    self._fall_back(config, error)
                    continue
                await self._serve(archive, metrics, stack)
        after = timedelta(seconds=int((utc_now() - began_at).total_seconds()))
        by, sums = self._signals.stopped_by, metrics.sums
        log.info("ended by %s after %s: %s", by, after, metrics.summary(), extra=fields("ended", signal=by, **sums))

    async def _serve(self, archive: Path, metrics: Metrics, stack: AsyncExitStack) -> None:
        """One engine after another on this archive, until the daemon is to stop or the settings name another."""
        is_listening = False
        while not self._signals.stop.is_set() and self._archive() == archive:
            self._outdated.clear()
            config = self._config
            async with AsyncExitStack() as engine_stack:
                try:
                    context = await self._start_engine(config.settings, metrics, engine_stack)
                except ConfigError as error:
                    self._fall_back(config, error)
                    continue
                if not is_listening:
                    is_listening = True
                    await self._listen(archive, stack)
                feeds = len(self._config.feeds)
                watching = fields("watching", feeds=feeds, archive=str(archive))
                log.info("watching %s; archive %s", count(feeds, "feed"), archive, extra=watching)
                self._proven = config.settings
                if not self._outdated.is_set():
                    self._answer_reload()
                await self._work(context)
        self._answer_reload()

    async def _start_engine(self, settings: Settings, metrics: Metrics, stack: AsyncExitStack) -> Context:
        """Raises ConfigError where the settings are not to be started with."""
        context = await stack.enter_async_context(
            open_context(settings, self._writer, self._observers, self._credentials)
        )
        self._engine = Engine(context, lane_width=lane_width(settings))
        await self._follow(self._config)
        await stack.enter_async_context(metrics.served(settings.daemon.http))
        await stack.enter_async_context(_clock(self._engine, context))
        return context

    async def _listen(self, archive: Path, stack: AsyncExitStack) -> None:
        control = str(await stack.enter_async_context(listening(archive, self.now, self.reload)))
        await self._writer(lambda archive: archive.lock.announce(control=control))

    def _archive(self) -> Path:
        return self._given or Path(self._config.settings.archive.path)

    def _fall_back(self, config: Config, error: Exception) -> None:
        """Return to the settings that the last engine started with; raise the error if these are at fault."""
        if self._outdated.is_set():
            return  # others have been read meanwhile
        if self._proven in (None, config.settings):
            raise error
        log.error("this configuration cannot be started with, the old one stays: %s", error)
        assert self._proven
        self._config = replace(self._config, settings=self._proven)
        self._answer_reload(error)

    def _answer_reload(self, error: Exception | None = None) -> None:
        started, self._started = self._started, None
        if started is None or started.done():
            return
        if error is None:
            started.set_result(None)
        else:
            started.set_exception(error)

    async def _work(self, context: Context) -> None:
        """Until the daemon is to stop or has other settings. Raises the archive's errors."""
        ends: tuple[Coroutine[Any, Any, object], ...] = (
            self._engine.run_for_ever(),
            context.writer.failure(),
            self._reload_at_signal(),
            self._outdated.wait(),
            self._signals.stop.wait(),
        )
        tasks = [asyncio.create_task(end) for end in ends]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()  # raises what ended it
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _reload_at_signal(self) -> None:
        while True:
            await self._signals.reload.wait()
            self._signals.reload.clear()
            with suppress(ConfigError, ArchiveError):  # it is in the log
                await self.reload()

    async def reload(self, *, empty_allowed: bool = False) -> None:
        """Read the configuration, and return when an engine runs with it.

        Raises ConfigError, or the archive's error, where that cannot be; the old one stays. It stays too where the list
        has lost all its feeds, unless a command has taken them off: it is perhaps just being written.
        """
        async with self._reloading:
            try:
                config = _load(self._config_dir, empty_allowed=empty_allowed or not self._config.feeds)
            except ConfigError as error:
                log.error("the configuration is faulty, the old one stays: %s", error)  # noqa: TRY400 (a user's fault)
                raise
            feeds = len(config.feeds)
            log.info("configuration read again: %s", count(feeds, "feed"), extra=fields("reloaded", feeds=feeds))
            replaced = config.settings != self._config.settings
            self._config = config
            if replaced:
                self._started = asyncio.get_running_loop().create_future()
                self._outdated.set()
                await self._started
            else:
                await self._follow(config)

    async def _follow(self, config: Config) -> None:
        """Follow this list. A feed that has got another password is due: it may have failed for want of that."""
        before, after = dict(self._credentials), config.credentials
        changed = [feed.url for feed in config.feeds if self._proven and before.get(feed.url) != after.get(feed.url)]
        self._credentials.clear()
        self._credentials.update(after)
        await self._writer(lambda archive: archive.subscribe(config.feeds, utc_now()))
        await self._writer(lambda archive: archive.make_due(utc_now(), changed))
        self._engine.wake()

    async def now(self, urls: list[str] | None) -> Answer:
        """What `ingest now` asks for: the feeds polled at once, and what they bring worked on; its tally.

        An engine that is replaced meanwhile leaves its work due: the next one goes on with it.
        """
        feed_ids = frozenset(await self._writer(lambda archive: archive.make_due(utc_now(), urls)))
        if urls and len(feed_ids) < len(urls):
            raise IngestError("it does not know all of these feeds; reload it (SIGHUP) after changing the feed list")
        tally = Tally(feed_ids)
        self._observers.append(tally)
        self._engine.wake()
        try:
            while self._engine.is_polling(feed_ids) or await self._writer(
                lambda archive: archive.has_due(feed_ids, utc_now())
            ):
                with suppress(TimeoutError):  # a round may have passed while the archive was asked
                    await asyncio.wait_for(self._engine.next_round(), LONGEST_ROUND_S)
        finally:
            self._observers.remove(tally)
        return tally.as_dict()


@asynccontextmanager
async def _clock(engine: Engine, context: Context) -> AsyncIterator[None]:
    """Wakes the engine when the next row is due, and has the archive kept in order once a day."""
    from apscheduler.schedulers.asyncio import AsyncIOScheduler
    from apscheduler.triggers.cron import CronTrigger

    scheduler = AsyncIOScheduler(timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True})
    scheduler.start()
    scheduler.add_job(_keep_in_order, CronTrigger(hour=UPKEEP_HOUR_UTC, jitter=1800), [context], id="upkeep")
    waking = asyncio.create_task(wake_when_due(engine, context, scheduler.wakeup))
    try:
        yield
    finally:
        waking.cancel()
        await asyncio.gather(waking, return_exceptions=True)
        scheduler.shutdown(wait=False)


async def _keep_in_order(context: Context) -> None:
    try:
        await upkeep(context)
    except ArchiveError as error:
        log.error("the archive is not kept in order: %s", error)  # noqa: TRY400 (it says what to do)


async def wake_when_due(
    engine: Engine,
    context: Context,
    also: Callable[[], object] = lambda: None,
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Wakes the engine, and calls `also`, whenever a row is due and at least once in MAX_WAIT, until cancelled.

    By what the loop's clock says has passed: a scheduler's job would wait for the hour to come round again when the
    wall clock is set back.
    """
    while True:
        engine.wake()
        also()
        due_at = await context.writer(lambda archive: archive.next_due())
        now = context.clock()
        await sleep((next_wake_at(now, due_at) - now).total_seconds())


def next_wake_at(now: datetime, due_at: datetime | None) -> datetime:
    """When to look at the rows again: when the first is due, between one second and one minute from now."""
    return min(max(due_at or now + MAX_WAIT, now + MIN_WAIT), now + MAX_WAIT)
