"""The limits of transfers: the time that a host has for a GET, and the memory that all bodies may take."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial

SMALL_BYTES = 256 * 1024  # nearly all pages have less


class Deadline:
    """The seconds left for a GET with all its redirects. Only waiting for the host counts."""

    def __init__(self, left_s: float) -> None:
        self.left_s = left_s
        self._timeout: asyncio.Timeout
        self._since_s = 0.0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Count the time inside. Raises TimeoutError when none is left."""
        self._since_s = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self.left_s) as self._timeout:
                yield
        finally:
            self._count()

    async def paused(self, waiting: Awaitable[None]) -> None:
        """Await something that is not the host, without counting the time."""
        self._count()
        self._timeout.reschedule(None)
        await waiting
        self._since_s = asyncio.get_running_loop().time()
        self._timeout.reschedule(self._since_s + self.left_s)

    def _count(self) -> None:
        now_s = asyncio.get_running_loop().time()
        self.left_s -= now_s - self._since_s
        self._since_s = now_s


class Budget:
    """`max_bytes` for small bodies and as much for large bodies, so that small ones never wait for large ones.

    A body counts from its first byte until its last reference is gone. The oldest transfer of a large body goes on
    while finished large bodies leave room. Otherwise many half-read bodies would wait for each other. In all it is at
    most three times the budget, one body, and a chunk or two.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self.transfers: dict[int, Share] = {}  # of large bodies, in the order they turned out large
        self._changed = asyncio.Event()
        self._used_bytes = {False: 0, True: 0}  # by whether the body is large

    @property
    def used_bytes(self) -> int:
        return sum(self._used_bytes.values())

    @contextmanager
    def transfer(self) -> Iterator["Share"]:
        """Yield the share of a body being read. It is released if this fails, else with its last reference."""
        share = Share(self)
        try:
            yield share
        except BaseException:
            share.release()
            raise
        finally:
            self.transfers.pop(id(share), None)
            self._changed.set()

    async def room(self, share: "Share | None" = None) -> None:
        """Return when `share` may grow or, without a share, when a transfer may begin."""
        while not self.has_room(share):
            self._changed.clear()
            await self._changed.wait()

    def has_room(self, share: "Share | None" = None) -> bool:
        is_large = share is not None and share.is_large
        used_bytes = self._used_bytes[is_large]
        if used_bytes < self._max_bytes:
            return True
        in_transit = sum(other.size_bytes for other in self.transfers.values())
        is_oldest = next(iter(self.transfers), None) == id(share)
        return is_oldest and used_bytes - in_transit < self._max_bytes

    def count(self, change_bytes: int, *, is_large: bool) -> None:
        self._used_bytes[is_large] += change_bytes
        if change_bytes < 0:
            self._changed.set()


class Share:
    """The part of a budget that one body takes."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._loop = asyncio.get_running_loop()
        self.size_bytes = 0
        self.is_large = False

    def enlarge(self) -> None:
        """Count the body as a large one from now on."""
        if not self.is_large:
            size_bytes = self.size_bytes
            self.release()
            self.is_large = True
            self.budget.transfers[id(self)] = self
            self.resize(size_bytes)

    def resize(self, size_bytes: int) -> None:
        self.budget.count(size_bytes - self.size_bytes, is_large=self.is_large)
        self.size_bytes = size_bytes

    def release(self) -> None:
        self.resize(0)

    def __del__(self) -> None:
        """Release the share from any thread: the writer's may have the last reference."""
        with suppress(RuntimeError):  # the loop is closed
            if self.size_bytes:
                count = partial(self.budget.count, -self.size_bytes, is_large=self.is_large)
                self._loop.call_soon_threadsafe(count)
