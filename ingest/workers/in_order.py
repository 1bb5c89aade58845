"""Many calls at once, their results in order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def in_order(
    calls: Iterable[Coroutine[Any, Any, T]] | AsyncIterator[Coroutine[Any, Any, T]], width: Callable[[], int]
) -> AsyncGenerator[T]:
    """Yield the results in the order of the calls, with up to `width` calls in flight. An error ends the others."""
    in_flight: deque[asyncio.Task[T]] = deque()
    try:
        async for call in calls if isinstance(calls, AsyncIterator) else _each(calls):
            in_flight.append(asyncio.create_task(call))
            while len(in_flight) >= width() or (in_flight and in_flight[0].done()):
                yield await in_flight.popleft()
        while in_flight:
            yield await in_flight.popleft()
    finally:
        for task in in_flight:
            task.cancel()
        await asyncio.gather(*in_flight, return_exceptions=True)


async def _each(calls: Iterable[Coroutine[Any, Any, T]]) -> AsyncIterator[Coroutine[Any, Any, T]]:
    for call in calls:
        yield call
