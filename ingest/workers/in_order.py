"""Many calls at once, their results in order."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def in_order(
    work: AsyncIterator[Coroutine[Any, Any, T]], *, width: Callable[[], int], group: int
) -> AsyncIterator[list[T]]:
    """Yield the results in the order of `work`, up to `group` at a time, with `width` and a group in flight."""
    in_flight: deque[asyncio.Task[T]] = deque()
    done: list[T] = []
    try:
        async for coroutine in work:
            in_flight.append(asyncio.create_task(coroutine))
            while len(in_flight) >= width() or (in_flight and in_flight[0].done()):
                done.append(await in_flight.popleft())
                if len(done) == group:
                    yield done
                    done = []
        for task in [*in_flight]:
            done.append(await task)
            in_flight.popleft()
            if len(done) == group:
                yield done
                done = []
        if done:
            yield done
    finally:
        for task in in_flight:
            task.cancel()
        await asyncio.gather(*in_flight, return_exceptions=True)
