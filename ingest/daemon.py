"""The daemon: a clock that wakes the engine, signals, and what it tells while it runs.

It starts by taking the archive's lock; SIGTERM or SIGINT end it: the clock stops, what is in hand is
dropped (its rows are still due), what has been written is committed, and the lock goes. SIGHUP reads the
configuration again: another feed list is followed at once, for other settings it starts over; one that is
faulty, or cannot be started with, is reported and the old one stays.
"""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from ingest import feedlist
from ingest import settings as settings_module
from ingest.control import Answer, listening
from ingest.errors import ConfigError, IngestError
from ingest.pipeline import open_pipeline
from ingest.pipeline.engine import Engine
from ingest.pipeline.parts import Parts
from ingest.pipeline.runs import lane_width
from ingest.pipeline.tally import Tally
from ingest.pipeline.upkeep import upkeep
from ingest.settings import Settings
from ingest.telling import Telling
from storage.errors import ArchiveError
from storage.records import WantedFeed

SOONEST_LOOK = timedelta(seconds=1)
LATEST_LOOK = timedelta(seconds=60)  # a clock set back, or a laptop that slept, costs no more than this
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
    signals = _Signals()
    config = _load(config_dir)
    proven: Settings | None = None
    while not signals.stop.is_set():
        async with AsyncExitStack() as stack:
            try:
                daemon = await stack.enter_async_context(_started(config, config_dir, archive))
            except (ConfigError, ArchiveError) as error:
                if proven in (None, config.settings):
                    raise
                log.error("this configuration cannot be started with, the old one stays: %s", error)  # noqa: TRY400 (a user's fault)
                config = replace(config, settings=proven)
                continue
            proven = config.settings
            await daemon.work(signals)
            config = daemon.config


def _load(config_dir: Path, *, empty_allowed: bool = True) -> Config:
    config = Config(settings_module.load(config_dir), feedlist.load(config_dir), feedlist.credentials(config_dir))
    if not config.feeds and not empty_allowed:
        raise ConfigError(f"{feedlist.how_to_fill(config_dir)}; restart the daemon if none is wanted")
    if not config.feeds:
        log.warning(feedlist.how_to_fill(config_dir))
    return config


class _Signals:
    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.reload = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number, event in (
            (signal.SIGTERM, self.stop),
            (signal.SIGINT, self.stop),
            (signal.SIGHUP, self.reload),
        ):
            loop.add_signal_handler(number, event.set)


@asynccontextmanager
async def _started(config: Config, config_dir: Path, given: Path | None) -> "AsyncIterator[_Daemon]":
    """All that runs on one configuration's settings, from taking the lock to giving it back."""
    settings = config.settings
    archive = given or Path(settings.archive.path)
    telling = Telling(archive)
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(open_pipeline(settings, archive, "daemon", [telling]))
        daemon = _Daemon(config, config_dir, parts)
        await daemon.follow(config)
        await stack.enter_async_context(telling.served(settings.daemon.http))
        control = await stack.enter_async_context(listening(archive, daemon.now, daemon.reload))
        await parts.writer(lambda archive: archive.lock.announce(control=str(control)))
        await stack.enter_async_context(_clock(daemon.engine, parts))
        log.info("watching %d feeds; archive %s", len(config.feeds), archive)
        yield daemon


class _Daemon:
    def __init__(self, config: Config, config_dir: Path, parts: Parts) -> None:
        self.config = config
        self.engine = Engine(parts, lane_width=lane_width(config.settings))
        self._config_dir = config_dir
        self._parts = parts
        self._outdated = asyncio.Event()

    async def work(self, signals: _Signals) -> None:
        """Until it is to stop, or `config` has other settings. Raises the archive's errors."""
        tasks = [
            asyncio.create_task(self.engine.run_for_ever()),
            asyncio.create_task(self._parts.writer.failure()),
            asyncio.create_task(self._reload_at(signals.reload)),
            asyncio.create_task(self._outdated.wait()),
            asyncio.create_task(signals.stop.wait()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()  # raises what ended it
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _reload_at(self, asked: asyncio.Event) -> None:
        while True:
            await asked.wait()
            asked.clear()
            with suppress(ConfigError):  # it is in the log
                await self.reload()

    async def reload(self, *, empty_allowed: bool = False) -> None:
        """Raises ConfigError when the configuration is faulty, and goes on with the old one.

        So is a list that has lost all its feeds, unless a command has taken them off: it is perhaps just being written.
        """
        try:
            config = _load(self._config_dir, empty_allowed=empty_allowed or not self.config.feeds)
        except ConfigError as error:
            log.error("the configuration is faulty, the old one stays: %s", error)  # noqa: TRY400 (a user's fault)
            raise
        if config.settings == self.config.settings:
            await self.follow(config)
        else:
            self._outdated.set()
        self.config = config
        log.info("configuration read again: %d feeds", len(config.feeds))

    async def follow(self, config: Config) -> None:
        self._parts.credentials.clear()
        self._parts.credentials.update(config.credentials)
        await self._parts.writer(lambda archive: archive.subscribe(config.feeds, self._parts.clock()))
        self.engine.wake()

    async def now(self, urls: list[str] | None) -> Answer:
        """What `ingest now` asks for: the feeds polled at once, and what they bring worked on; its tally."""
        parts = self._parts
        feed_ids = frozenset(await parts.writer(lambda archive: archive.make_due(parts.clock(), urls)))
        if urls and len(feed_ids) < len(urls):
            raise IngestError("it does not know all of these feeds; reload it (SIGHUP) after changing the feed list")
        tally = Tally(feed_ids)
        parts.observers.append(tally)
        self.engine.wake()
        try:
            while self.engine.is_polling(feed_ids) or await parts.writer(
                lambda archive: archive.has_due(feed_ids, parts.clock())
            ):
                with suppress(TimeoutError):  # a round may have passed while the archive was asked
                    await asyncio.wait_for(self.engine.next_round(), LONGEST_ROUND_S)
        finally:
            parts.observers.remove(tally)
        return tally.as_dict()


@asynccontextmanager
async def _clock(engine: Engine, parts: Parts) -> AsyncIterator[None]:
    """Wakes the engine when the next row is due, and has the archive kept in order once a day."""
    from apscheduler.schedulers.asyncio import AsyncIOScheduler
    from apscheduler.triggers.cron import CronTrigger

    scheduler = AsyncIOScheduler(timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True})
    scheduler.start()
    scheduler.add_job(_keep_in_order, CronTrigger(hour=UPKEEP_HOUR_UTC, jitter=1800), [parts], id="upkeep")
    looking = asyncio.create_task(look(engine, parts, scheduler.wakeup))
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        scheduler.shutdown(wait=False)


async def _keep_in_order(parts: Parts) -> None:
    try:
        await upkeep(parts)
    except ArchiveError as error:
        log.error("the archive is not kept in order: %s", error)  # noqa: TRY400 (it says what to do)


async def look(
    engine: Engine,
    parts: Parts,
    also: Callable[[], object] = lambda: None,
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Wakes the engine, and calls `also`, whenever a row is due and at least once in LATEST_LOOK, until cancelled.

    By what the loop's clock says has passed: a scheduler's job would wait for the hour to come round again when the
    wall clock is set back.
    """
    while True:
        engine.wake()
        also()
        due_at = await parts.writer(lambda archive: archive.next_due())
        now = parts.clock()
        await sleep((next_look(now, due_at) - now).total_seconds())


def next_look(now: datetime, due_at: datetime | None) -> datetime:
    """When to look at the rows again: when the first is due, between one second and one minute from now."""
    return min(max(due_at or now + LATEST_LOOK, now + SOONEST_LOOK), now + LATEST_LOOK)
