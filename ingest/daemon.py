"""The daemon: a clock that wakes the engine, signals, and what it tells while it runs.

It starts by taking the archive's lock; SIGTERM or SIGINT end it: the clock stops, what is in hand is
dropped (its rows are still due), what has been written is committed, and the lock goes. SIGHUP reads the
configuration again and starts over with it; one that is faulty is reported and the old one stays.
"""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
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
from ingest.settings import Settings
from ingest.telling import Telling
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


async def run(config_dir: Path, archive: Path | None) -> None:
    """Until SIGTERM or SIGINT. Raises the archive's errors, and ConfigError at the start."""
    signals = _Signals()
    config = _load(config_dir)
    while True:
        await _run_on(config, archive or Path(config.settings.archive.path), signals)
        if signals.stop.is_set():
            return
        signals.reload.clear()
        try:
            config = _load(config_dir)
            log.info("configuration read again: %d feeds", len(config.feeds))
        except ConfigError as error:
            log.error("the configuration is faulty, the old one stays: %s", error)  # noqa: TRY400 (a user's fault, no traceback)


def _load(config_dir: Path) -> Config:
    return Config(settings_module.load(config_dir), feedlist.load(config_dir))


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

    async def either(self) -> None:
        waiting = [asyncio.create_task(event.wait()) for event in (self.stop, self.reload)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()


async def _run_on(config: Config, archive: Path, signals: _Signals) -> None:
    """One configuration's time: from taking the lock to a signal."""
    settings = config.settings
    telling = Telling(archive)
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(open_pipeline(settings, archive, "daemon", [telling]))
        await parts.writer(lambda archive: archive.subscribe(config.feeds, parts.clock()))
        engine = Engine(parts, lane_width=lane_width(settings))
        await stack.enter_async_context(telling.served(settings.daemon.http))
        control = await stack.enter_async_context(
            listening(archive, lambda urls: _now(engine, parts, urls), signals.reload.set)
        )
        await parts.writer(lambda archive: archive.lock.announce(control=str(control)))
        await stack.enter_async_context(_clock(engine, parts))
        log.info("watching %d feeds; archive %s", len(config.feeds), archive)
        await _until_signal(engine, signals)


async def _until_signal(engine: Engine, signals: _Signals) -> None:
    working = asyncio.create_task(engine.run_for_ever())
    waiting = asyncio.create_task(signals.either())
    try:
        await asyncio.wait([working, waiting], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()  # raises what ended it
    finally:
        for task in (working, waiting):
            task.cancel()
        await asyncio.gather(working, waiting, return_exceptions=True)


@asynccontextmanager
async def _clock(engine: Engine, parts: Parts) -> AsyncIterator[None]:
    """Wakes the engine when the next row is due, and has the archive kept in order once a day."""
    from apscheduler.schedulers.asyncio import AsyncIOScheduler
    from apscheduler.triggers.cron import CronTrigger
    from apscheduler.triggers.date import DateTrigger

    scheduler = AsyncIOScheduler(timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True})

    async def look() -> None:
        engine.wake()
        due_at = await parts.writer(lambda archive: archive.next_due())
        scheduler.add_job(look, DateTrigger(next_look(parts.clock(), due_at)), id="look", replace_existing=True)

    async def upkeep() -> None:
        await parts.writer(lambda archive: archive.maintain(parts.clock()))

    scheduler.start()
    scheduler.add_job(upkeep, CronTrigger(hour=UPKEEP_HOUR_UTC, jitter=1800), id="upkeep")
    await look()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


def next_look(now: datetime, due_at: datetime | None) -> datetime:
    """When to look at the rows again: when the first is due, between one second and one minute from now."""
    return min(max(due_at or now + LATEST_LOOK, now + SOONEST_LOOK), now + LATEST_LOOK)


async def _now(engine: Engine, parts: Parts, urls: list[str] | None) -> Answer:
    """What `ingest now` asks for: the feeds polled at once, and what they bring worked on; its tally."""
    feed_ids = frozenset(await parts.writer(lambda archive: archive.make_due(parts.clock(), urls)))
    if urls and len(feed_ids) < len(urls):
        raise IngestError("it does not know all of these feeds; reload it (SIGHUP) after changing the feed list")
    tally = Tally(feed_ids)
    parts.observers.append(tally)
    engine.wake()
    try:
        while engine.is_polling(feed_ids) or await parts.writer(
            lambda archive: archive.has_due(feed_ids, parts.clock())
        ):
            with suppress(TimeoutError):  # a round may have passed while the archive was asked
                await asyncio.wait_for(engine.next_round(), LONGEST_ROUND_S)
    finally:
        parts.observers.remove(tally)
    return tally.as_dict()
