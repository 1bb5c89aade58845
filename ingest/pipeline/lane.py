"""A lane: all pending entries of one host, and its looks, a few at a time, so that no host waits for another."""

import asyncio
import logging
from collections import deque

from ingest.pipeline import pages, revisions
from ingest.pipeline.context import Context
from ingest.web.manners import SLOT_TIMEOUT_S
from storage.errors import ArchiveError
from storage.records import Outcome, PendingEntry

CLAIM_LIMIT = 20
MAX_IN_FLIGHT = 50

log = logging.getLogger(__name__)


class Lane:
    """`width` entries are in hand at once: more than are fetched at once, so that cleaning one does not
    keep the next from being fetched. One that has taken SLOT_TIMEOUT_S lets another go on besides, as long as there are
    less than MAX_IN_FLIGHT: a page that redirects to a dead host waits there, and holds up nobody here.
    """

    def __init__(self, host: str, context: Context, *, width: int) -> None:
        self._host = host
        self._context = context
        self._width = width
        self._queue: deque[PendingEntry] = deque()
        self._in_flight: dict[int, str | None] = {}
        self._claiming = asyncio.Lock()

    async def run(self) -> None:
        """Until the host has nothing more that is due; raises the archive's errors."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._width):
                    group.create_task(self._work(group))
        except* ArchiveError as errors:
            raise errors.exceptions[0] from None

    async def _work(self, group: asyncio.TaskGroup) -> None:
        relieved = False

        def relieve() -> None:
            nonlocal relieved
            if len(self._in_flight) < MAX_IN_FLIGHT:
                work = self._work(group)
                try:
                    group.create_task(work)
                except RuntimeError:  # the group is being cancelled
                    work.close()
                else:
                    relieved = True

        while not relieved and (pending := await self._next()):
            stage = pages if pending.article_id is None else revisions
            timer = asyncio.get_running_loop().call_later(SLOT_TIMEOUT_S, relieve)
            try:
                await stage.work_on(pending, self._context)
            except ArchiveError:
                raise
            except Exception as fault:  # a fault of ours must not stop the others
                log.exception("working on %s", pending.addressed.entry.url)
                await stage.record_fault(pending, self._context, f"a fault in ingest: {fault!r}")
            finally:
                timer.cancel()
                del self._in_flight[pending.id]

    async def _next(self) -> PendingEntry | None:
        async with self._claiming:
            if not self._queue:
                await self._claim()
            if not self._queue:
                return None
            pending = self._queue.popleft()
            self._in_flight[pending.id] = pages.key_of(pending)
            return pending

    async def _claim(self) -> None:
        ids = tuple(self._in_flight)
        keys = {key for key in self._in_flight.values() if key}
        now = self._context.clock()
        known: list[int] = [0]
        while known and not self._queue:
            claimed, known = await self._context.writer(
                lambda archive: pages.claim(archive, self._host, now, limit=CLAIM_LIMIT, ids=ids, keys=keys)
            )
            self._queue.extend(claimed)
            for feed_id in known:
                for observer in self._context.observers:
                    observer.settled(feed_id, Outcome.KNOWN)
