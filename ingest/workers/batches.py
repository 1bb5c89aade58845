"""Batches of calls, and what a Dask worker does with one.

    the writer's process    pickles each call, and sends batches of them (`cluster`)
    a Dask worker           gives each call of its batch to its own `Pool`, and returns the batch's results
    a process of that Pool  unpickles the call, runs it, and pickles its result

So a page that takes too long, takes too much memory or ends its process does what it does on one machine, and takes
nothing else with it.
"""

import asyncio
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from ingest.errors import WorkError
from ingest.workers.pool import Pool
from ingest.workers.processes import WorkLimits, size_bytes
from ingest.workers.versions import extraction_version


@dataclass(frozen=True, slots=True)
class PickledCall:
    """A call, pickled by itself: one that cannot be unpickled fails alone. `size_bytes` is that of its documents."""

    pickle: bytes
    size_bytes: int


class Result(NamedTuple):
    """The pickled return value of a call, or the pickled exception that it raised."""

    is_value: bool
    pickle: bytes


def pickled(function: Callable[..., Any], args: tuple[Any, ...]) -> PickledCall:
    return PickledCall(pickle.dumps((function, args)), sum(map(size_bytes, args)))


def run_pickled(call: PickledCall) -> bytes:
    """Run the call and return its pickled return value."""
    function, args = pickle.loads(call.pickle)  # noqa: S301 (the writer's)
    return pickle.dumps(function(*args))


async def run_batch(version: Mapping[str, str], batch: bytes) -> bytes | Mapping[str, str]:
    """Run the pickled limits and calls of `batch` on this Dask worker. Return its pickled list of results.

    If this worker has another version, nothing is run: return its version.
    """
    if version != extraction_version():
        return dict(extraction_version())
    limits, calls = pickle.loads(batch)  # noqa: S301 (the writer's)
    del batch
    with _pool(limits) as pool:
        return pickle.dumps(await asyncio.gather(*(_result(pool, call) for call in calls)))


async def _result(pool: Pool, call: PickledCall) -> Result:
    try:
        return Result(is_value=True, pickle=await pool.run(run_pickled, call))
    except Exception as error:  # noqa: BLE001 (raised where the call was made)
        try:
            return Result(is_value=False, pickle=pickle.dumps(error))
        except Exception:  # noqa: BLE001 (it cannot be pickled a second time)
            return Result(is_value=False, pickle=pickle.dumps(WorkError(f"raised {error!r}")))


@contextmanager
def _pool(limits: WorkLimits) -> Iterator[Pool]:
    """Lend this Dask worker's pool for a batch. It stays for the next one, and ends with this process.

    A writer with other limits gets another pool. Pools with other limits are closed when no batch uses them.
    """
    from distributed import get_worker

    for key in [key for key, lent in _pools.items() if key != limits and not lent.batches]:
        _pools.pop(key).pool.close()
    if limits not in _pools:
        _pools[limits] = _Lent(Pool(get_worker().state.nthreads, limits))
    lent = _pools[limits]
    lent.batches += 1
    try:
        yield lent.pool
    finally:
        lent.batches -= 1


@dataclass(slots=True)
class _Lent:
    pool: Pool
    batches: int = 0


_pools: dict[WorkLimits, _Lent] = {}
