"""The time that a host has to answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager


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
