"""A lane: the pending entries and due rechecks of one host, a few at a time, so that no host waits for another."""

import asyncio
import logging
from collections import deque
from contextlib import suppress

from ingest.pipeline.context import Context
from ingest.pipeline.fetch_page import after_fault, fetch_article
from ingest.pipeline.record import claim, key_of, record
from ingest.web.manners import SLOT_TIMEOUT_S
from storage.errors import ArchiveError
from storage.records import PendingEntry

CLAIM_LIMIT = 20
MAX_IN_FLIGHT = 50

log = logging.getLogger(__name__)


class Lane:
    """Works on `width` entries at once, if there are so many.

    They are more than are fetched at once, so that extracting one does not delay a fetch.
    An entry that has taken SLOT_TIMEOUT_S lets one more start, up to MAX_IN_FLIGHT: a page that redirects to a dead
    host delays no other page.
    """

    def __init__(self, host: str, context: Context, *, width: int) -> None:
        self._host = host
        self._context = context
        self._width = width
        self._queue: deque[PendingEntry] = deque()
        self._in_flight: dict[int, PendingEntry] = {}
        self._workers = 0
        self._claiming = asyncio.Lock()

    async def run(self) -> None:
        """Work until the host has nothing due. Raises the archive's errors."""
        try:
            async with asyncio.TaskGroup() as group:
                self._start(group)
        except* ArchiveError as errors:
            raise errors.exceptions[0] from None

    def pages(self) -> list[str]:
        """Return the addresses of the entries in flight."""
        return [pending.url or pending.feed_url for pending in self._in_flight.values()]

    def _start(self, group: asyncio.TaskGroup) -> None:
        """Start a task that works on entries. Raises RuntimeError if the group is being cancelled."""
        work = self._work(group)
        try:
            group.create_task(work)
        except RuntimeError:
            work.close()
            raise
        self._workers += 1

    async def _work(self, group: asyncio.TaskGroup) -> None:
        relieved = False

        def relieve() -> None:
            nonlocal relieved
            if len(self._in_flight) < MAX_IN_FLIGHT:
                with suppress(RuntimeError):
                    self._start(group)
                    self._workers -= 1
                    relieved = True

        while not relieved and (pending := await self._next()):
            if self._queue and self._workers < self._width:
                self._start(group)
            timer = asyncio.get_running_loop().call_later(SLOT_TIMEOUT_S, relieve)
            try:
                await self._work_on(pending)
            finally:
                timer.cancel()
                del self._in_flight[pending.id]
        if not relieved:
            self._workers -= 1

    async def _work_on(self, pending: PendingEntry) -> None:
        """Bring an entry to its end or to its next try. A fault of ours is recorded. Raises the archive's errors."""
        context = self._context
        now = context.clock()
        try:
            await record(pending, await fetch_article(pending, context, now), context, now)
        except ArchiveError:
            raise
        except Exception as fault:  # it must not stop the others
            log.exception("working on %s", pending.url)
            await record(pending, after_fault(pending, context, fault), context, context.clock())

    async def _next(self) -> PendingEntry | None:
        async with self._claiming:
            if not self._queue:
                await self._claim()
            if not self._queue:
                return None
            pending = self._queue.popleft()
            self._in_flight[pending.id] = pending
            return pending

    async def _claim(self) -> None:
        ids = tuple(self._in_flight)
        keys = {key for key in map(key_of, self._in_flight.values()) if key}
        now, rules = self._context.clock(), self._context.config.rules
        while True:
            claimed, ended = await self._context.writer(
                lambda archive: claim(archive, self._host, now, limit=CLAIM_LIMIT, ids=ids, keys=keys, rules=rules)
            )
            self._queue.extend(claimed)
            for feed_id, outcome in ended:
                for observer in self._context.observers:
                    observer.settled(feed_id, outcome)
            if claimed or not ended:
                return
