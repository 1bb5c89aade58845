"""The calendar: when each job of the settings is due, and its runs.

The rows of `jobs` say what is due. A time that passed while no daemon ran is made up for once: the job stays due until
a run has ended, and is then due at the next time to come.
"""

import asyncio
import logging
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

from ingest.crontab import due_after_step, next_after
from ingest.deliveries.jobs import Done, Job, Run, Stopped
from ingest.errors import IngestError
from ingest.pipeline.context import Context
from ingest.text.markup import clean_line
from storage.archive import Archive
from storage.errors import ArchiveError
from storage.exports import ExportRefused
from storage.files import OutputRefused, Protected
from storage.records import PlannedJob

MAX_AT_ONCE = 2  # in threads of their own: asyncio's few are needed for names of hosts and for articles
STOP_TIMEOUT_S = 8.0  # systemd kills 15 s after SIGTERM; a run that waits for a disk is left to that

log = logging.getLogger(__name__)


class Calendar:
    """The jobs of an engine's settings on its archive."""

    def __init__(self, jobs: Iterable[Job], context: Context, archive: Path, protected: Protected) -> None:
        self.jobs = {job.name: job for job in jobs}
        self._context = context
        self._archive = archive
        self._protected = protected
        self._stop = threading.Event()
        self._threads = ThreadPoolExecutor(MAX_AT_ONCE, "calendar")
        self._running: dict[str, asyncio.Task[None]] = {}

    async def open(self) -> None:
        """Make the rows agree with the settings. Raises ArchiveError."""
        now = self._context.clock()
        wanted = [
            PlannedJob(job.name, job.schedule, job.time_zone, next_after(job.schedule, job.time_zone, now))
            for job in self.jobs.values()
        ]
        await self._context.writer(lambda archive: archive.plan_jobs(wanted))

    async def due(self) -> dict[str, datetime]:
        """Return when each job is due that is not running. That moves if the clock was set back.

        Raises ArchiveError.
        """
        planned = await self._context.writer.read(lambda archive: archive.planned_jobs())
        now = self._context.clock()
        due: dict[str, datetime] = {}
        moved: dict[str, datetime] = {}
        for job in planned:
            if job.name in self.jobs and job.name not in self._running:
                at = due_after_step(job.schedule, job.time_zone, job.due_at, job.began_at, now)
                due[job.name] = at
                if at != job.due_at:
                    moved[job.name] = at
        if moved:
            await self._context.writer(lambda archive: archive.reschedule_jobs(moved))
        return due

    async def start(self, name: str) -> None:
        """Start a run of the job in the background, unless one is going on or its row is not due."""
        if name in self._running:
            log.warning("%s: is still running; this time is left out", name)
        else:
            task = self._running[name] = asyncio.create_task(self._run(self.jobs[name]))
            task.add_done_callback(lambda _: self._running.pop(name))

    def stop_soon(self) -> None:
        """Make what runs give up. It is still due."""
        self._stop.set()

    async def close(self) -> None:
        """Make what runs give up, and wait for that, but not for ever."""
        self.stop_soon()
        if self._running:
            _, left = await asyncio.wait(self._running.values(), timeout=STOP_TIMEOUT_S)
            for _ in left:
                log.warning("a job of the calendar has not given up in %g s; it is cut short", STOP_TIMEOUT_S)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, job: Job) -> None:
        with suppress(ArchiveError):  # the writer's: it ends the daemon
            planned = await self._context.writer.read(lambda archive: archive.planned_jobs())
            at = self._context.clock()
            row = next((row for row in planned if row.name == job.name and row.due_at <= at), None)
            if row is None:
                return
            await self._context.writer(lambda archive: archive.begin_job(job.name, at))
            run = Run(self._archive, self._protected, at, row.change_seq or 0, self._stop)
            done, error = await self._outcome(job, run)
            if done is None and error is None:
                return
            await self._context.writer(partial(self._record, job=job, began_at=at, done=done, error=error))

    async def _outcome(self, job: Job, run: Run) -> tuple[Done | None, str | None]:
        """Return what a run came to, or why it failed, or neither if it was stopped."""
        try:
            done = await asyncio.get_running_loop().run_in_executor(self._threads, job.run, run)
        except Stopped:
            return None, None
        except (ArchiveError, ExportRefused, IngestError, OutputRefused) as error:
            reason = clean_line(str(error))
        except OSError as error:
            reason = clean_line(f"{error.filename or 'a file'}: cannot be written: {error.strerror or error}")
        except Exception as fault:
            log.exception("%s failed", job.name)
            return None, clean_line(f"a fault in ingest: {fault!r}")
        else:
            log.info("%s: %s", job.name, done.result, extra=_fields(job, result=done.result))
            return done, None
        log.error("%s failed: %s", job.name, reason, extra=_fields(job, error=reason))
        return None, reason

    def _record(self, archive: Archive, job: Job, began_at: datetime, done: Done | None, error: str | None) -> None:
        now = self._context.clock()
        archive.end_job(
            job.name,
            now,
            next_after(job.schedule, job.time_zone, max(now, began_at)),
            result=done.result if done else None,
            error=error,
            change_seq=done.change_seq if done else None,
        )


def _fields(job: Job, **values: str) -> dict[str, object]:
    """Return the keys that a JSON log has besides the message."""
    return {"fields": {"event": "job", "job": job.name} | values}
