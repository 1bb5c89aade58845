"""Turns: how often a host gets a request, how many at a time, and when it gets none."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from ingest.errors import HostBusy, Unreachable
from storage.records import Host

SLOT_TIMEOUT_S = 2.0  # most responses come sooner; a dead host takes as long as the deadline
MAX_UNANSWERED = 3  # requests in a row without an answer: the host is down, and each more would wait as long
HOST_REST_S = 60.0
_MIN_SWEEP = 1000  # hosts in memory, from which idle ones are dropped

Sleep = Callable[[float], Awaitable[None]]
Clock = Callable[[], datetime]


class HostMemory(Protocol):
    """Keeps hosts' records beyond the run. A host is "name[:port]", lower-case, without a default port."""

    async def recall(self, host: str) -> Host: ...

    async def blocked_until(self, host: str) -> datetime | None:
        """Return this field of the host's record."""

    async def remember(self, host: str, **changes: Any) -> None:  # noqa: ANN401 (fields of Host)
        """Change these fields of the host's record. The others stay, whoever else changes them at the same time."""


class NoHostMemory:
    async def recall(self, host: str) -> Host:
        return Host(host)

    async def blocked_until(self, host: str) -> datetime | None:  # noqa: ARG002 (as above)
        return None

    async def remember(self, host: str, **changes: Any) -> None:  # noqa: ANN401 (as above)
        pass


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `concurrency` requests at a time to one host, started `interval_s` apart."""

    interval_s: float
    concurrency: int


@dataclass(slots=True)
class _Turns:
    """When a host gets its next request. `door` is held by the request that waits to start.

    `crawl_delays_s` are what robots.txt asks for, by the product token of the client that it asks.
    """

    pace: Pace
    places: asyncio.Semaphore
    crawl_delays_s: dict[str, float] = field(default_factory=dict)
    blocked_until: datetime | None = None
    blocked_until_s: float = 0.0  # the same on the monotonic clock, in case the wall clock is set back
    door: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_start_s: float = 0.0
    unanswered: int = 0
    rests_until_s: float = 0.0
    users: int = 0

    @property
    def interval_s(self) -> float:
        return max((self.pace.interval_s, *self.crawl_delays_s.values()))


class Slots:
    """At most `count` requests in flight, not counting slow ones.

    A request gives up its slot after SLOT_TIMEOUT_S, as long as fewer than twice `count` have done so: dead hosts do
    not hold up the others, and the number of open connections is limited.
    """

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)
        self._max_slow = 2 * count
        self._slow = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        await self._free.acquire()
        holding = True

        def give_up() -> None:
            nonlocal holding
            if self._slow < self._max_slow:
                holding = False
                self._slow += 1
                self._free.release()

        timer = asyncio.get_running_loop().call_later(SLOT_TIMEOUT_S, give_up)
        try:
            yield
        finally:
            timer.cancel()
            if holding:
                self._free.release()
            else:
                self._slow -= 1


@dataclass(slots=True)
class Manners:
    """Each host gets requests at its pace (`pace_of`), first come first served.

    `clock` gives instants, `now_s` seconds that never run backwards.
    """

    memory: HostMemory
    pace_of: Callable[[str], Pace]
    clock: Clock
    sleep: Sleep = asyncio.sleep
    now_s: Callable[[], float] = time.monotonic
    turns: dict[str, _Turns] = field(default_factory=dict)
    _sweep_at: int = _MIN_SWEEP

    @asynccontextmanager
    async def turn(self, url: str, host: str, slot: AbstractAsyncContextManager[None]) -> AsyncIterator[None]:
        """Wait for the host's turn, then for `slot`; inside, send one request for `url`.

        Raises HostBusy if the host is blocked and Unreachable if it rests, also if that begins during the wait.
        """
        turns = await self._turns(host)
        turns.users += 1
        try:
            async with turns.places, AsyncExitStack() as held:
                async with turns.door:
                    self._refuse_unwanted(url, turns)
                    wait_s = turns.next_start_s - self.now_s()
                    if wait_s > 0:
                        await self.sleep(wait_s)
                        self._refuse_unwanted(url, turns)
                    await held.enter_async_context(slot)
                    self._refuse_unwanted(url, turns)
                    turns.next_start_s = max(turns.next_start_s, self.now_s()) + turns.interval_s
                yield
        finally:
            turns.users -= 1

    async def check(self, url: str, host: str) -> None:
        """Raise HostBusy if the host is blocked, Unreachable if it rests."""
        self._refuse_unwanted(url, await self._turns(host))

    def waiting(self) -> list[dict[str, Any]]:
        """Return the hosts whose next request waits, the longest first: `host`, `until`, `why`, and its `requests`.

        Those are the requests that wait for their turn or are being answered.
        """
        now, now_s = self.clock(), self.now_s()
        waits = []
        for host, turns in self.turns.items():
            if (why_s := _why(turns, now, now_s)) is not None:
                why, wait_s = why_s
                waits.append(
                    {"host": host, "until": now + timedelta(seconds=wait_s), "why": why, "requests": turns.users}
                )
        return sorted(waits, key=lambda wait: wait["until"], reverse=True)

    async def slow_down(self, host: str, interval_s: float, token: str) -> None:
        """Set the least interval that robots.txt asks the client with this product token for (Crawl-delay)."""
        (await self._turns(host)).crawl_delays_s[token] = interval_s

    async def block(self, host: str, until: datetime) -> None:
        """Send the host no request before `until`, also after a restart."""
        turns = await self._turns(host)
        if turns.blocked_until is None or turns.blocked_until < until:
            self._keep(turns, until)
            await self.memory.remember(host, blocked_until=until)

    async def note(self, host: str, *, answered: bool) -> None:
        """Record how a request ended. After MAX_UNANSWERED without an answer the host rests for HOST_REST_S."""
        turns = await self._turns(host)
        turns.unanswered = 0 if answered else turns.unanswered + 1
        if turns.unanswered >= MAX_UNANSWERED:
            turns.rests_until_s = self.now_s() + HOST_REST_S

    def _refuse_unwanted(self, url: str, turns: _Turns) -> None:
        if turns.rests_until_s > self.now_s():
            failures = f"the host has not answered {turns.unanswered} times running"
            raise Unreachable(url, f"{failures}; it gets no request for {HOST_REST_S:g} s")
        until = turns.blocked_until
        if until and until > self.clock() and turns.blocked_until_s > self.now_s():
            raise HostBusy(url, f"the host asked for no request before {until:%Y-%m-%d %H:%M:%S} UTC", until)

    def _keep(self, turns: _Turns, until: datetime) -> None:
        turns.blocked_until = until
        turns.blocked_until_s = self.now_s() + (until - self.clock()).total_seconds()

    async def _turns(self, host: str) -> _Turns:
        if host not in self.turns:
            pace = self.pace_of(host)
            new = _Turns(pace, asyncio.Semaphore(pace.concurrency))
            if until := await self.memory.blocked_until(host):
                self._keep(new, until)
            self._sweep()
            self.turns.setdefault(host, new)
        return self.turns[host]

    def _sweep(self) -> None:
        """Drop idle hosts: nobody waits, the interval is over, nothing is blocked."""
        if len(self.turns) < self._sweep_at:
            return
        now, now_s = self.clock(), self.now_s()
        self.turns = {
            host: turns
            for host, turns in self.turns.items()
            if turns.users
            or max(turns.next_start_s, turns.rests_until_s) > now_s
            or (turns.blocked_until and turns.blocked_until > now)
        }
        self._sweep_at = max(_MIN_SWEEP, 2 * len(self.turns))


def _why(turns: _Turns, now: datetime, now_s: float) -> tuple[str, float] | None:
    """Return why a host's next request waits, and how long. Return None if nothing keeps it, or nothing waits."""
    if turns.blocked_until and turns.blocked_until > now and turns.blocked_until_s > now_s:
        return "Retry-After", turns.blocked_until_s - now_s
    if turns.rests_until_s > now_s:
        return "no answer", turns.rests_until_s - now_s
    if turns.users and turns.next_start_s > now_s:
        return "robots.txt" if turns.interval_s > turns.pace.interval_s else "pace", turns.next_start_s - now_s
    return None
