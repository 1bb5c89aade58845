"""Calls that go to a worker process together: which, and what is done with them there."""

import asyncio
import signal
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

# Of 300 real pages, 30 ms each, two workers: a page costs the loop 0.5 ms instead of 0.9. More calls would gain less
# than a worker loses that waits at the end for the other's batch.
BATCH_CALLS = 4
BATCH_BYTES = 1024 * 1024  # of pages, held three times on the way: here, in the pipe's message, in the worker

Result: TypeAlias = tuple[Any, Exception | None]
"""Of one call: what it returned, or what it raised."""


@dataclass(slots=True)
class Call:
    """`failures` are those of its batches, whichever call was guilty: after one it is run by itself. `large` after it
    has met its memory limit: once more, with twice as much.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    answer: asyncio.Future[Any]
    failures: int = 0
    large: bool = False

    @property
    def alone(self) -> bool:
        return self.failures > 0

    @property
    def size_bytes(self) -> int:
        return sum(len(arg) for arg in self.args if isinstance(arg, bytes))


def take_batch(waiting: deque[Call], workers: int) -> list[Call]:
    """Takes the first of `waiting`, and as many after it as leave the other workers their share."""
    most = min(BATCH_CALLS, -(-len(waiting) // workers))
    batch = [waiting.popleft()]
    size = batch[0].size_bytes
    while len(batch) < most and not batch[0].alone and not waiting[0].alone:
        size += waiting[0].size_bytes
        if size > BATCH_BYTES:
            break
        batch.append(waiting.popleft())
    return batch


def run_batch(calls: list[tuple[Callable[..., Any], tuple[Any, ...]]], time_limit_s: float) -> list[Result]:
    """In a worker: the results in order. A call that takes longer than its limit ends the process, by SIGALRM.

    An exception in Python would not end a call that is stuck in a library's C code.
    """
    results: list[Result] = []
    while calls:
        function, args = calls.pop(0)  # what is done with is let go
        signal.setitimer(signal.ITIMER_REAL, time_limit_s)
        try:
            results.append((function(*args), None))
        except MemoryError:
            results.append((None, MemoryError()))  # its traceback would hold what took it
        except Exception as error:  # noqa: BLE001 (handed to the one who waits)
            results.append((None, error))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        del function, args
    return results
