"""Turns: how often and how many at a time a host is asked, and when not at all."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from ingest.errors import HostBusy, Unreachable
from storage.records import Host

SLOT_TIMEOUT_S = 2.0  # most answers are there sooner; a dead host takes as long as the deadline
UNANSWERED = 3  # requests running that met their deadline: the host is down, and more would only wait as long
REST_S = 60.0
_SWEEP_AT = 1000  # hosts; with more, those that nothing is waiting for are forgotten

Sleep = Callable[[float], Awaitable[None]]
Clock = Callable[[], datetime]


class HostMemory(Protocol):
    """Where what hosts have told survives the run. A host is "name[:port]", lower-case, without a default port."""

    async def recall(self, host: str) -> Host | None: ...

    async def remember(self, host: Host) -> None: ...


class NoHostMemory:
    async def recall(self, host: str) -> Host | None:  # noqa: ARG002 (the protocol's)
        return None

    async def remember(self, host: Host) -> None:
        pass


class HostNotes:
    """Changes single fields of what is remembered of a host."""

    def __init__(self, memory: HostMemory) -> None:
        self._memory = memory
        self._writing = asyncio.Lock()

    async def read(self, host: str) -> Host:
        return await self._memory.recall(host) or Host(host)

    async def write(self, host: str, **changes: Any) -> None:  # noqa: ANN401 (fields of Host)
        async with self._writing:
            await self._memory.remember(replace(await self.read(host), **changes))


@dataclass(slots=True)
class _Pace:
    slots: asyncio.Semaphore
    interval_s: float
    blocked_until: datetime | None = None
    blocked_until_s: float = 0.0  # the same, for a wall clock that is set back meanwhile
    door: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_start_s: float = 0.0
    unanswered: int = 0
    rests_until_s: float = 0.0
    users: int = 0


class Slots:
    """At most `count` requests at a time to all hosts together, besides those that their host keeps waiting.

    One that has taken SLOT_TIMEOUT_S lets another go on in its place, up to twice `count` of them: dead hosts hold up
    nobody, and there is an end to what is open.
    """

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)
        self._most_waiting = 2 * count
        self._waiting = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        await self._free.acquire()
        holding = True

        def let_go() -> None:
            nonlocal holding
            if self._waiting < self._most_waiting:
                holding = False
                self._waiting += 1
                self._free.release()

        timer = asyncio.get_running_loop().call_later(SLOT_TIMEOUT_S, let_go)
        try:
            yield
        finally:
            timer.cancel()
            if holding:
                self._free.release()
            else:
                self._waiting -= 1


class Manners:
    """At most `concurrency` requests at a time to one host, started `interval_s` apart, first come first served.

    `clock` tells instants, `now_s` seconds that never run backwards.
    """

    def __init__(
        self,
        notes: HostNotes,
        *,
        concurrency: int,
        interval_s: float,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._notes = notes
        self._concurrency = concurrency
        self._interval_s = interval_s
        self._clock = clock
        self._sleep = sleep
        self._now_s = now_s
        self._paces: dict[str, _Pace] = {}
        self._sweep_at = _SWEEP_AT

    @asynccontextmanager
    async def turn(self, url: str, host: str, slot: AbstractAsyncContextManager[None]) -> AsyncIterator[None]:
        """The right to one request for `url`, which then starts when `slot` is had.

        Raises HostBusy, and Unreachable of a host that rests, also when that is learnt while waiting.
        """
        pace = await self._pace(host)
        pace.users += 1
        try:
            async with pace.slots, AsyncExitStack() as held:
                async with pace.door:
                    self._refuse_if_unwanted(url, pace)
                    wait_s = pace.next_start_s - self._now_s()
                    if wait_s > 0:
                        await self._sleep(wait_s)
                        self._refuse_if_unwanted(url, pace)
                    await held.enter_async_context(slot)
                    self._refuse_if_unwanted(url, pace)
                    pace.next_start_s = max(pace.next_start_s, self._now_s()) + pace.interval_s
                yield
        finally:
            pace.users -= 1

    async def check(self, url: str, host: str) -> None:
        """Raises HostBusy while the host is blocked."""
        self._refuse_if_unwanted(url, await self._pace(host))

    async def slow_down(self, host: str, interval_s: float) -> None:
        """The host's own wish (Crawl-delay) for the least time between two starts."""
        pace = await self._pace(host)
        pace.interval_s = max(self._interval_s, interval_s)

    async def block(self, host: str, until: datetime) -> None:
        """Nothing is asked of the host before `until`, also after a restart."""
        pace = await self._pace(host)
        if pace.blocked_until is None or pace.blocked_until < until:
            self._keep(pace, until)
            await self._notes.write(host, blocked_until=until)

    async def note(self, host: str, *, answered: bool) -> None:
        """How a request ended; after UNANSWERED without an answer the host rests for REST_S."""
        pace = await self._pace(host)
        pace.unanswered = 0 if answered else pace.unanswered + 1
        if pace.unanswered >= UNANSWERED:
            pace.rests_until_s = self._now_s() + REST_S

    def _refuse_if_unwanted(self, url: str, pace: _Pace) -> None:
        if pace.rests_until_s > self._now_s():
            raise Unreachable(
                url, f"the host has not answered {pace.unanswered} times running; it is left alone for {REST_S:g} s"
            )
        until = pace.blocked_until
        if until and until > self._clock() and pace.blocked_until_s > self._now_s():
            raise HostBusy(url, f"the host asked for no request before {until:%Y-%m-%d %H:%M:%S} UTC", until)

    def _keep(self, pace: _Pace, until: datetime) -> None:
        pace.blocked_until = until
        pace.blocked_until_s = self._now_s() + (until - self._clock()).total_seconds()

    async def _pace(self, host: str) -> _Pace:
        pace = self._paces.get(host)
        if pace is None:
            blocked_until = (await self._notes.read(host)).blocked_until
            new = _Pace(asyncio.Semaphore(self._concurrency), self._interval_s)
            if blocked_until:
                self._keep(new, blocked_until)
            self._sweep()
            pace = self._paces.setdefault(host, new)
        return pace

    def _sweep(self) -> None:
        """Forgets the hosts that need no memory: nobody waits, the interval is over, nothing is blocked."""
        if len(self._paces) < self._sweep_at:
            return
        now, now_s = self._clock(), self._now_s()
        self._paces = {
            host: pace
            for host, pace in self._paces.items()
            if pace.users
            or max(pace.next_start_s, pace.rests_until_s) > now_s
            or (pace.blocked_until and pace.blocked_until > now)
        }
        self._sweep_at = max(_SWEEP_AT, 2 * len(self._paces))
