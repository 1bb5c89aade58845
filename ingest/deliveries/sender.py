"""A hook's sender: one delivery after the other, until there is no more event.

    find      the pending delivery that is first, or the next events after the hook's cursors (read only)
    claim     make a delivery of the events, and move the cursor                                      one transaction
    send      give the events to the receiver, on the loop
    record    delete the delivery, or note the failed try; claim the next delivery                    one transaction

The archive is the queue. Killed at any instant, the next run sends again what was not recorded as taken: the same
events with the same ids, before any later ones.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from ingest.configuration.hooks import HookSettings
from ingest.deliveries.events import events_of
from ingest.deliveries.retries import Verdict, verdict
from ingest.deliveries.transport import Event, Sent, Transport, open_transport
from ingest.pipeline.context import Context
from ingest.workers.writer import unwatched
from storage.archive import Archive
from storage.deliveries import KINDS, Batch, Delivery, Hook, Source
from storage.errors import ArchiveError
from storage.reader import Reader

SOURCES: tuple[Source, ...] = ("alert_events", "changes")  # the first goes first
MAX_UNSAVED = 1000  # changes that the hook leaves out, and that may be read again after a crash
SAVE_INTERVAL_S = 60.0  # of a place that only such changes have moved; it is saved when the clock wakes the sender
RETRY_AFTER_BUG_S = 60.0
READ_AHEAD = 200  # changes: a search takes milliseconds
MAX_CHARS = 16_000_000  # of the texts of a delivery, unless it has one event: it is in memory several times

log = logging.getLogger(__name__)


class HookObserver(Protocol):
    """Gets what each try of a delivery came to, after the commit."""

    def tried(self, hook: str, events: int, sent: Sent, result: Verdict) -> None: ...


@dataclass(frozen=True, slots=True)
class Job:
    delivery: Delivery
    events: list[Event]


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to do now: send `job`, or claim `batch` and send its `events`.

    `places` are parts of the sources without an event for the hook.
    """

    hook: Hook | None = None
    job: Job | None = None
    batch: Batch | None = None
    events: list[Event] = field(default_factory=list)
    places: tuple[Batch, ...] = ()
    more: bool = False


class Sender:
    def __init__(self, hook: HookSettings, context: Context, archive: Path, observers: Sequence[HookObserver]) -> None:
        self._hook = hook
        self._selection = hook.selection.selection()
        self._context = context
        self._archive = archive
        self._observers = observers
        self._wake = asyncio.Event()
        self._is_finishing = False
        self._places: tuple[Batch, ...] = ()
        self._save_at = 0.0  # the places, by the loop's clock
        self._ahead: Batch | None = None  # changes that are read, and not claimed yet

    @property
    def name(self) -> str:
        return self._hook.name

    @property
    def has_unsaved_place(self) -> bool:
        return bool(self._places)

    def wake(self) -> None:
        """Check again for something to send."""
        self._wake.set()

    def finish(self) -> None:
        """Begin no other delivery: what is in flight may take longer than the rest of the run, each time."""
        self._is_finishing = True

    async def run(self, *, until_idle: bool = False) -> None:
        """Send what there is whenever woken: by what was recorded, or by the clock when a try is due.

        Return when there is nothing to send now if `until_idle`, else run until cancelled. Raises the archive's errors.
        """
        context = self._context
        while True:
            try:
                async with open_transport(self._hook, context.config, self._archive, context.clock) as transport:
                    await self._send_all(transport, until_idle=until_idle)
            except ArchiveError:
                raise
            except Exception:  # a fault of ours must not stop the others
                log.exception("delivering to the hook %s", self._hook.name)
                if until_idle:
                    return
                await asyncio.sleep(RETRY_AFTER_BUG_S)
            else:
                return

    def save(self, archive: Archive) -> None:
        """Save how far the sources were read, if no event was found there."""
        if hook := archive.hook(self._hook.name):
            for place in self._places:
                archive.pass_over(hook.id, place)
        self._places = ()

    async def _send_all(self, transport: Transport, *, until_idle: bool) -> None:
        while True:
            self._wake.clear()
            job = await self._next()
            while job and not self._is_finishing:
                job = await self._send(job, transport)
            if until_idle:
                return
            await self._wake.wait()

    async def _next(self) -> Job | None:
        """Return the delivery to send now, None if there is none."""
        while True:
            found = await self._find()
            if found.job:
                return found.job
            if found.batch or self._is_save_due():
                job = await self._context.writer(partial(self._claim, found=found))
                if job:
                    return job
            if not found.more or self._is_finishing:
                return None

    async def _send(self, job: Job, transport: Transport) -> Job | None:
        """Try a delivery and record the result. Return the next delivery to send now, None if there is none."""
        try:
            sent = await transport.send(job.events) if job.events else Sent(taken=True)
        except Exception as fault:
            log.exception("delivering to the hook %s", self._hook.name)
            sent = Sent(taken=False, error=f"a fault in ingest ({type(fault).__name__}); its log has more")
        recording = unwatched(asyncio.create_task(self._record(job, sent)))
        try:
            return await asyncio.shield(recording)
        except asyncio.CancelledError:  # what the receiver has taken is not sent again
            await asyncio.wait([recording])
            raise

    async def _record(self, job: Job, sent: Sent) -> Job | None:
        delivery, now = job.delivery, self._context.clock()
        result = verdict(
            sent,
            tries=delivery.tries,
            last_status=delivery.status,
            max_tries=self._hook.tries,
            now=now,
            jitter=self._context.rng.random(),
        )
        goes_on = result.outcome in ("taken", "dead")
        found = await self._find(exclude=delivery.id) if goes_on else Found()

        def record(archive: Archive) -> Job | None:
            error = sent.error or "it gave no reason"
            if result.outcome == "taken":
                archive.delivery_taken(delivery, now, status=sent.status)
            elif result.outcome == "stopped":
                archive.stop_hook(delivery, now, status=sent.status, error=error)
            else:
                tries, due_at = result.tries, result.due_at
                archive.delivery_failed(delivery, now, due_at, tries=tries, status=sent.status, error=error)
            return self._claim(archive, found)

        claimed = await self._context.writer(record)
        for observer in self._observers:
            observer.tried(self._hook.name, len(delivery.seqs), sent, result)
        return found.job or claimed

    def _claim(self, archive: Archive, found: Found) -> Job | None:
        """Save how far the sources were read, and make a delivery of the batch that was found."""
        self.save(archive)
        if not found.hook or not found.batch:
            return None
        delivery = archive.claim_delivery(found.hook.id, found.batch, self._context.clock())
        return Job(delivery, found.events) if delivery else None

    async def _find(self, *, exclude: int | None = None) -> Found:
        """Find out what is to be done next, but for the delivery `exclude`."""
        found = await self._context.writer.search(lambda archive: self._find_in(archive, exclude))
        if found.places and not self._places:
            self._save_at = asyncio.get_running_loop().time() + SAVE_INTERVAL_S
        self._places = found.places
        return found

    def _find_in(self, archive: Reader, exclude: int | None) -> Found:
        hook = archive.hook(self._hook.name)
        if hook is None or not hook.active or hook.stopped_at:
            return Found()
        pending = archive.next_delivery(hook.id, exclude=exclude)
        if pending and pending.due_at and pending.due_at > self._context.clock():
            return Found()
        if pending:
            return Found(job=Job(pending, list(events_of(archive, pending.source, pending.seqs))))
        places: list[Batch] = []
        for source in SOURCES:
            batch, events = self._next_batch(archive, hook, source)
            if batch.seqs:
                return Found(hook, None, batch, events, tuple(places))
            if batch.upto > batch.after:
                places.append(batch)
        return Found(hook, places=tuple(places), more=any(place.more for place in places))

    def _next_batch(self, archive: Reader, hook: Hook, source: Source) -> tuple[Batch, list[Event]]:
        """Return what is after the cursor, read from the place that was reached without an event, and the events."""
        cursor, limit = hook.cursor(source), self._hook.batch_size
        places = [place.upto for place in self._places if (place.source, place.after) == (source, cursor)]
        after = max([cursor, *places])
        if source == "alert_events":
            ahead = archive.next_alert_events(after=after, limit=limit if "alert" in self._hook.kinds else 0)
        else:
            ahead = self._read_ahead(archive, after)
        events = _first(events_of(archive, source, ahead.seqs[:limit]))
        batch, rest = _split(ahead, len(events))
        if source == "changes":
            self._ahead = rest
        return replace(batch, after=cursor), events

    def _read_ahead(self, archive: Reader, after: int) -> Batch:
        """Return the changes for the hook above `after`. A hook that is behind does not search for each delivery."""
        if self._ahead and self._ahead.after == after:
            return self._ahead
        return archive.next_changes(
            self._selection,
            KINDS.intersection(self._hook.kinds),
            after=after,
            limit=self._hook.batch_size * max(1, READ_AHEAD // self._hook.batch_size),  # full batches
            without_reclean=not self._hook.reclean,
        )

    def _is_save_due(self) -> bool:
        unsaved = sum(place.upto - place.after for place in self._places)
        return bool(unsaved) and (unsaved >= MAX_UNSAVED or asyncio.get_running_loop().time() >= self._save_at)


def _split(batch: Batch, limit: int) -> tuple[Batch, Batch | None]:
    """Return the first events of the batch, and the others."""
    if len(batch.seqs) <= limit:
        return batch, None
    upto = batch.seqs[limit - 1]
    first = replace(batch, seqs=batch.seqs[:limit], upto=upto, more=True)
    return first, replace(batch, seqs=batch.seqs[limit:], after=upto)


def _first(events: Iterable[Event]) -> list[Event]:
    """Return as many events as a delivery may have, by their length: at least one."""
    first: list[Event] = []
    chars = 0
    for event in events:
        chars += sum(len(text) for text in (event["data"].get("record") or {}).values() if isinstance(text, str))
        if first and chars > MAX_CHARS:
            break
        first.append(event)
    return first
