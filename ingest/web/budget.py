"""What the bodies that are in memory take together: from the first byte of each until nobody holds it any more."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SMALL_BYTES = 256 * 1024  # so much of a body is read before it waits for larger ones: nearly all pages are smaller


class Budget:
    """Bodies are read on while all of them together take less than `most_bytes`; small ones, and new ones, go on until
    it is twice that.

    The oldest transfer goes on while those that are done leave room, else many halves would wait for each other until
    their deadlines. What there is at most is three times the budget, one body, and a chunk or two.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._transfers: dict[int, Share] = {}  # in the order they began
        self._changed = asyncio.Event()
        self.used_bytes = 0

    @contextmanager
    def transfer(self) -> Iterator["Share"]:
        """The share of a body that is being read. It is given back when this fails, else with its last reference."""
        share = Share(self)
        self._transfers[id(share)] = share
        try:
            yield share
        except BaseException:
            share.let_go()
            raise
        finally:
            del self._transfers[id(share)]
            self._changed.set()

    async def room(self, share: "Share | None" = None) -> None:
        """Returns when `share` may grow, or without one when a transfer may begin."""
        while not self._has_room(share):
            self._changed.clear()
            await self._changed.wait()

    def _has_room(self, share: "Share | None") -> bool:
        is_small = share is None or share.size_bytes < SMALL_BYTES
        if self.used_bytes < (2 if is_small else 1) * self._most_bytes:
            return True
        in_transit = sum(other.size_bytes for other in self._transfers.values())
        is_oldest = share is not None and next(iter(self._transfers), None) == id(share)
        return is_oldest and self.used_bytes - in_transit < self._most_bytes

    def count(self, change_bytes: int) -> None:
        self.used_bytes += change_bytes
        if change_bytes < 0:
            self._changed.set()


class Share:
    """Of one body."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._loop = asyncio.get_running_loop()
        self.size_bytes = 0

    async def room(self) -> None:
        await self._budget.room(self)

    def resize(self, size_bytes: int) -> None:
        self._budget.count(size_bytes - self.size_bytes)
        self.size_bytes = size_bytes

    def let_go(self) -> None:
        self.resize(0)

    def __del__(self) -> None:
        """In any thread: the writer's may be the last that has the body."""
        with suppress(RuntimeError):  # the loop is closed
            if self.size_bytes:
                self._loop.call_soon_threadsafe(self._budget.count, -self.size_bytes)
