"""The engine: claims due feeds and starts a lane for each host that has due entries.

The archive is the queue. The engine remembers only what is in flight. A run that ends at any instant leaves nothing
half done, and the next one continues from the rows.
"""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from ingest.crontab import next_scheduled
from ingest.pipeline.context import RETRY_AFTER_BUG, Context
from ingest.pipeline.lane import Lane
from ingest.pipeline.poll import follow_clock, poll
from storage.errors import ArchiveError
from storage.feed_records import DueFeed
from storage.reader import Reader
from storage.records import Poll, to_text

MAX_LISTED = 50
MIN_CLAIMED = 100  # feeds at once, while so many polls are in flight that finding others takes long
MAX_POLLS_IN_FLIGHT = 1000  # most of them wait for their host's turn; the client limits its open requests

Key = TypeVar("Key", int, str)

log = logging.getLogger(__name__)


class Engine:
    """`feed_ids` limits polls to these feeds, once each."""

    def __init__(self, context: Context, *, feed_ids: Iterable[int] | None = None) -> None:
        self._context = context
        self._to_poll = None if feed_ids is None else set(feed_ids)
        self._wake = asyncio.Event()
        self._polls: dict[int, asyncio.Task[None]] = {}
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._in_flight: dict[int | str, DueFeed | Lane] = {}  # what each of these tasks works on
        self._fault: BaseException | None = None
        self._round = asyncio.Condition()

    async def run(self, *, until_idle: bool = False) -> None:
        """Work on what is due, and on the entries that it makes due, whenever woken.

        Return when nothing is due if `until_idle`, else run until cancelled. Raises the archive's errors.
        """
        try:
            while True:
                self._wake.clear()
                await self._start_due()
                async with self._round:
                    self._round.notify_all()
                if until_idle and not self._polls and not self._lanes and not self._wake.is_set():
                    return
                await self._wake.wait()
                if self._fault:
                    raise self._fault
        finally:
            await self._let_go()

    def wake(self) -> None:
        """Check again for what is due."""
        self._wake.set()

    async def next_round(self) -> None:
        """Return when something was done or found due since the call."""
        async with self._round:
            await self._round.wait()

    def is_polling(self, feed_ids: frozenset[int]) -> bool:
        return not feed_ids.isdisjoint(self._polls)

    def in_flight(self) -> dict[str, Any]:
        """Return the feeds being polled, the addresses of the entries in work, and the hosts that wait.

        The first MAX_LISTED of each are in a list, and all are counted.
        """
        working = list(self._in_flight.values())
        feeds = [each.name or each.url for each in working if isinstance(each, DueFeed)]
        pages = [page for each in working if isinstance(each, Lane) for page in each.pages()]
        hosts = [wait | {"until": to_text(wait["until"])} for wait in self._context.client.waiting()]
        return {
            "polls": len(feeds),
            "feeds": feeds[:MAX_LISTED],
            "pages": len(pages),
            "addresses": pages[:MAX_LISTED],
            "waits": len(hosts),
            "hosts": hosts[:MAX_LISTED],
        }

    async def _start_due(self) -> None:
        behind_s, feeds, hosts = await self._context.writer.read(self._find_due)
        if behind_s:
            await self._context.writer(lambda archive: follow_clock(archive, self._context.clock()))
            _, feeds, hosts = await self._context.writer.read(self._find_due)
        for feed in feeds:
            if self._to_poll is not None:
                self._to_poll.discard(feed.id)
            self._start(self._polls, feed.id, self._poll(feed), feed)
        for host in hosts:
            if host not in self._lanes:
                lane = Lane(host, self._context, width=self._lane_width(host))
                self._start(self._lanes, host, lane.run(), lane)

    def _lane_width(self, host: str) -> int:
        """Return how many entries of a host are in flight: those being fetched, and one being extracted per worker."""
        settings, site = self._context.settings, self._context.config.sites.of(host)
        return (site.concurrency or settings.web.per_host_concurrency) + settings.articles.workers

    def _find_due(self, archive: Reader) -> tuple[int, list[DueFeed], list[str]]:
        now = self._context.clock()
        free, feeds = MAX_POLLS_IN_FLIGHT - len(self._polls), []
        if free >= min(MIN_CLAIMED, MAX_POLLS_IN_FLIGHT):
            feeds = archive.due_feeds(now, limit=free, exclude=tuple(self._polls), only=self._to_poll)
        return archive.clock_behind_s(now), feeds, archive.pending_hosts(now)

    def _start(
        self,
        tasks: "dict[Key, asyncio.Task[None]]",
        key: Key,
        work: "Coroutine[Any, Any, None]",
        subject: DueFeed | Lane,
    ) -> None:
        task = tasks[key] = asyncio.create_task(work)
        self._in_flight[key] = subject

        def done(task: "asyncio.Task[None]") -> None:
            del tasks[key], self._in_flight[key]
            if not task.cancelled() and task.exception():
                self._fault = task.exception()
            self._wake.set()

        task.add_done_callback(done)

    async def _poll(self, feed: DueFeed) -> None:
        try:
            await poll(feed, self._context)
        except ArchiveError:
            raise
        except Exception as fault:  # a fault of ours must not stop the others
            log.exception("polling %s", feed.url)
            failed = Poll(feed.id, self._context.clock(), "failed", error=f"a fault in ingest: {fault!r}")
            due_at = failed.at + RETRY_AFTER_BUG
            if feed.schedule:
                due_at = next_scheduled(feed.schedule, feed.time_zone, due_at)
            await self._context.record(
                lambda archive: archive.record_fault(failed, due_at),
                lambda observer, _: observer.polled(feed, failed),
            )

    async def _let_go(self) -> None:
        """Cancel what is in flight: it is still due in the archive."""
        tasks = [*self._polls.values(), *self._lanes.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
