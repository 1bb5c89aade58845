"""The daemon's clock: it wakes the engine when a row is due, and starts the daily upkeep."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from ingest.daemon.systemd import notify
from ingest.maintenance.upkeep import upkeep
from ingest.pipeline.context import Context
from ingest.pipeline.engine import Engine
from storage.errors import ArchiveError

MIN_SLEEP = timedelta(seconds=1)
MAX_SLEEP = timedelta(seconds=60)  # how late a poll is after a clock was set back, or a laptop slept
UPKEEP_HOUR_UTC, UPKEEP_JITTER_S = 4, 1800

log = logging.getLogger(__name__)


@asynccontextmanager
async def running_clock(engine: Engine, context: Context) -> AsyncIterator[None]:
    """Wake `engine` when a row is due, and do the archive's upkeep once a day, until the end."""
    from apscheduler.schedulers.asyncio import AsyncIOScheduler
    from apscheduler.triggers.cron import CronTrigger

    scheduler = AsyncIOScheduler(timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True})
    scheduler.start()
    daily = CronTrigger(hour=UPKEEP_HOUR_UTC, jitter=UPKEEP_JITTER_S)
    scheduler.add_job(_daily_upkeep, daily, [context], id="upkeep")
    waking = asyncio.create_task(wake_when_due(engine, context, scheduler.wakeup))
    try:
        yield
    finally:
        waking.cancel()
        await asyncio.gather(waking, return_exceptions=True)
        scheduler.shutdown(wait=False)


async def _daily_upkeep(context: Context) -> None:
    try:
        await upkeep(context)
    except ArchiveError as error:
        log.error("the archive is not kept in order: %s", error)  # noqa: TRY400 (the error is a sentence)


async def wake_when_due(
    engine: Engine,
    context: Context,
    wake_scheduler: Callable[[], object] = lambda: None,
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Wake the engine and the scheduler whenever a row is due, and at least once in MAX_SLEEP, until cancelled.

    Sleeps by the loop's clock. A job of the scheduler would wait too long after the wall clock was set back.
    """
    while True:
        engine.wake()
        wake_scheduler()
        due_at = await context.writer.read(lambda archive: archive.next_due())
        notify("WATCHDOG=1")  # the loop runs and the archive answers
        now = context.clock()
        await sleep((next_wake_at(now, due_at) - now).total_seconds())


def next_wake_at(now: datetime, due_at: datetime | None) -> datetime:
    """Return `due_at`, but no earlier than MIN_SLEEP and no later than MAX_SLEEP from now."""
    return min(max(due_at or now + MAX_SLEEP, now + MIN_SLEEP), now + MAX_SLEEP)
