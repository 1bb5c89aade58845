"""The daemon's clock: an APScheduler. It wakes what works on rows when one is due, and starts what has a calendar.

job        when
waking     when the next row is due, but no later than MAX_SLEEP from now; it wakes the engine, the senders of hooks
           and the judgement of alerts, which have no timers of their own
upkeep     once a day
others     those of the settings, when their rows in `jobs` say so

APScheduler compares the times of jobs with the clock of the wall, but its timer runs on the loop's own clock.
`JobStore` keeps that timer short: a clock that is set back, or a machine that slept, delays nothing by more than
MAX_SLEEP.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.job import Job
from apscheduler.jobstores.base import JobLookupError
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.triggers.base import BaseTrigger

from ingest.crontab import next_after
from ingest.daemon.systemd import notify
from ingest.deliveries.calendar import Calendar
from ingest.deliveries.retries import Verdict
from ingest.deliveries.transport import Sent
from ingest.maintenance.upkeep import upkeep
from ingest.pipeline.context import Context
from storage.errors import ArchiveError

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

MIN_SLEEP = timedelta(seconds=1)
MAX_SLEEP = timedelta(seconds=60)  # how late a poll is after a clock was set back, or a laptop slept
WAKING = "waking"
UPKEEP, UPKEEP_HOUR_UTC, UPKEEP_JITTER_S = "upkeep", 4, 1800
UPKEEP_AHEAD = timedelta(days=1, seconds=UPKEEP_JITTER_S)  # at the most

log = logging.getLogger(__name__)


@asynccontextmanager
async def running_clock(
    wake: Callable[[], object],
    context: Context,
    calendar: Calendar,
    *,
    event_loop: asyncio.AbstractEventLoop | None = None,
) -> AsyncIterator["Clock"]:
    """Call `wake` when a row is due, do the archive's upkeep once a day, and run the calendar's jobs, until the end."""
    from apscheduler.schedulers.asyncio import AsyncIOScheduler
    from apscheduler.triggers.cron import CronTrigger

    scheduler = AsyncIOScheduler(
        event_loop=event_loop,
        timezone="UTC",
        job_defaults={"misfire_grace_time": None, "coalesce": True},
        jobstores={"default": JobStore(context.clock)},
    )
    await calendar.open()
    due = await calendar.due()
    scheduler.start()
    try:
        daily = CronTrigger(hour=UPKEEP_HOUR_UTC, jitter=UPKEEP_JITTER_S, timezone="UTC")
        scheduler.add_job(_daily_upkeep, daily, [context], id=UPKEEP)
        for name, job in calendar.jobs.items():
            trigger = Crontab(job.schedule, job.time_zone)
            scheduler.add_job(calendar.start, trigger, [name], id=name, next_run_time=due[name])
        clock = Clock(wake, context, calendar, scheduler)
        scheduler.add_job(clock.wake_when_due, Soon(), id=WAKING, next_run_time=context.clock())
        yield clock
    finally:
        scheduler.pause()
        await asyncio.sleep(0)  # what has been started begins: a task that never began is an error to APScheduler
        scheduler.shutdown(wait=False)
        await calendar.close()
        await asyncio.sleep(0)  # the scheduler ends in the loop's next turn


class Clock:
    """An observer of deliveries: it wakes for the next try of one that has failed."""

    def __init__(
        self, wake: Callable[[], object], context: Context, calendar: Calendar, scheduler: "AsyncIOScheduler"
    ) -> None:
        self._wake = wake
        self._context = context
        self._calendar = calendar
        self._scheduler = scheduler
        self._retry_at: datetime | None = None  # the first since the rows were asked

    async def wake_when_due(self) -> None:
        """Call `wake`, and set when this job runs next: when a row is due. The archive's errors end the daemon."""
        with suppress(ArchiveError, asyncio.CancelledError):
            self._wake()
            self._retry_at = None
            due_at = await self._context.writer.read(lambda archive: archive.next_due())
            for name, at in (await self._calendar.due()).items():
                self._set(name, at)
            first = min(filter(None, (due_at, self._retry_at)), default=None)
            self._set(WAKING, next_wake_at(self._context.clock(), first))
            notify("WATCHDOG=1")  # the loop runs and the archive answers

    def tried(self, hook: str, events: int, sent: Sent, result: Verdict) -> None:  # noqa: ARG002 (a HookObserver's signature)
        waking = self._scheduler.get_job(WAKING)
        if not result.due_at or not waking:
            return
        self._retry_at = min(filter(None, (result.due_at, self._retry_at)))
        self._set(WAKING, min(waking.next_run_time, next_wake_at(self._context.clock(), self._retry_at)))

    def _set(self, name: str, at: datetime) -> None:
        with suppress(JobLookupError):  # the scheduler has ended
            job = self._scheduler.get_job(name)
            if job and job.next_run_time != at:
                job.modify(next_run_time=at)


class Soon(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """The job sets its next time itself. If it cannot, it runs again in MAX_SLEEP."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:  # noqa: ARG002
        return now + MAX_SLEEP


class Crontab(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """The next time of a crontab line. The times that have passed count once."""

    def __init__(self, line: str, time_zone: str) -> None:
        self.line = line
        self.time_zone = time_zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:  # noqa: ARG002
        return next_after(self.line, self.time_zone, now)


class JobStore(MemoryJobStore):  # type: ignore[misc]  # the library has no types
    """Makes the scheduler look for jobs once in MAX_SLEEP. Waking and upkeep wait for no clock that was set back."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._clock = clock

    def get_due_jobs(self, now: datetime) -> list[Job]:
        for name, ahead in ((WAKING, MAX_SLEEP), (UPKEEP, UPKEEP_AHEAD)):
            job = self.lookup_job(name)
            if job and job.next_run_time > now + ahead:
                job.modify(next_run_time=now if name == WAKING else job.trigger.get_next_fire_time(None, now))
        due: list[Job] = super().get_due_jobs(now)
        return due

    def get_next_run_time(self) -> datetime | None:
        at: datetime | None = super().get_next_run_time()
        return at and min(at, self._clock() + MAX_SLEEP)


def next_wake_at(now: datetime, due_at: datetime | None) -> datetime:
    """Return `due_at`, but no earlier than MIN_SLEEP and no later than MAX_SLEEP from now."""
    return min(max(due_at or now + MAX_SLEEP, now + MIN_SLEEP), now + MAX_SLEEP)


async def _daily_upkeep(context: Context) -> None:
    try:
        await upkeep(context)
    except ArchiveError as error:
        log.error("the archive is not kept in order: %s", error)  # noqa: TRY400 (the error is a sentence)
    except asyncio.CancelledError:  # the daemon ends
        pass
