"""The workers of a Dask cluster.

    run        pickles a call and queues it
    send       makes batches of the queued calls: a batch is sent when it is full, or when a worker would be idle
    batch      runs as one Dask task (`batches.run_batch`); its results go to the calls
    watch      follows the workers that come and go, and connects again to a scheduler that is gone

A batch that is lost with its Dask worker is repeated, by Dask. A batch whose workers died each time runs again call by
call. What was in flight when the scheduler went is sent to the next one at this address.
"""

import asyncio
import logging
import pickle
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar, TypeVarTuple

from ingest.errors import ClusterError, WorkError
from ingest.text.markup import count
from ingest.workers.batches import PickledCall, Result, pickled, run_batch
from ingest.workers.processes import WorkLimits
from ingest.workers.scheduler import Connection, Lost, Scheduler, WorkersDied, cancel
from ingest.workers.versions import extraction_version

T = TypeVar("T")
Args = TypeVarTuple("Args")

MAX_BATCH = 32  # calls
MAX_BATCH_BYTES = 8 << 20
BATCHES_PER_THREAD = 2  # one that runs, and one that waits at the worker
MAX_IN_FLIGHT_BYTES = 256 << 20  # of documents: they are in the memory of this process
WATCH_INTERVAL_S = 1.0
GONE_TIMEOUT_S = 30.0  # of a scheduler, or of all its workers

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Call:
    """`alone`: it was in a batch whose workers died each time."""

    pickled: PickledCall
    answer: asyncio.Future[Result]
    alone: bool = False

    def fail(self, error: BaseException) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Cluster:
    """The workers of the cluster as long as the context lasts. Entering it raises ClusterError.

    `run` raises ClusterError once the scheduler or all workers have been gone for GONE_TIMEOUT_S, or if a worker has
    another version.
    """

    def __init__(self, scheduler: Scheduler, limits: WorkLimits) -> None:
        self._scheduler = scheduler
        self._limits = limits
        self._queue: deque[_Call] = deque()
        self._batches: dict[asyncio.Task[None], list[_Call]] = {}
        self._connection: Connection | None = None
        self._stack = AsyncExitStack()
        self._threads: dict[str, int] = {}
        self._mean_bytes = 0.0
        self._error: ClusterError | None = None
        self._is_sending = False
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._is_lost = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._connection = await stack.enter_async_context(self._scheduler.connected())
            await self._wait_for_workers()
            await self._connection.check_versions()
            await self._connection.find_dashboard()
            self._stack = stack.pop_all()
        self._watcher = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await cancel(task for task in (self._watcher, *self._batches) if task)
        for call in self._take_all():
            call.answer.cancel()
        await self._stack.aclose()

    @property
    def description(self) -> str:
        """A line for the user: which workers these are, and where their dashboard is."""
        workers = f"{count(len(self._threads), 'worker')} with {count(sum(self._threads.values()), 'thread')}"
        dashboard = self._connection and self._connection.dashboard
        shown = (
            f"dashboard at {dashboard}"
            if dashboard
            else "no dashboard (the scheduler lacks bokeh, or has --no-dashboard)"
        )
        return f"{self._scheduler.where}: {workers}; {shown}"

    @property
    def width(self) -> int:
        width = max(sum(self._threads.values()), 1) * MAX_BATCH * BATCHES_PER_THREAD
        return min(width, max(int(MAX_IN_FLIGHT_BYTES / self._mean_bytes), MAX_BATCH)) if self._mean_bytes else width

    async def room(self) -> None:
        await self._has_room.wait()

    async def run(self, function: Callable[[*Args], T], *args: *Args) -> T:
        """Run the call on a worker of the cluster. Raise what `Pool.run` raises, and ClusterError."""
        if self._error:
            raise self._error
        call = _Call(pickled(function, args), asyncio.get_running_loop().create_future())
        self._mean_bytes += (len(call.pickled.pickle) - self._mean_bytes) / MAX_BATCH
        self._queue.append(call)
        self._send_soon()
        result = await call.answer
        value = pickle.loads(result.pickle)  # noqa: S301 (our worker's)
        if not result.is_value:
            raise value
        returned: T = value
        return returned

    def _send_soon(self) -> None:
        """Send when the calls that are about to be made are in the queue."""
        waiting = len(self._queue) + sum(map(len, self._batches.values()))
        if waiting >= self.width:
            self._has_room.clear()
        else:
            self._has_room.set()
        if not self._is_sending:
            self._is_sending = True
            asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        """Send full batches, and smaller ones as long as workers would be idle without them."""
        self._is_sending = False
        threads = sum(self._threads.values())
        while self._connection and (calls := self._next_batch(threads)):
            task = asyncio.create_task(self._run(calls, self._connection))
            self._batches[task] = calls
            task.add_done_callback(self._ended)

    def _next_batch(self, threads: int) -> list[_Call]:
        while self._queue and self._queue[0].answer.done():  # nobody waits for it any more
            self._queue.popleft()
        if len(self._batches) >= threads * BATCHES_PER_THREAD:
            return []
        idle = threads - len(self._batches)
        if len(self._queue) < MAX_BATCH and idle <= 0:
            return []
        most = MAX_BATCH if idle <= 0 else min(MAX_BATCH, -(-len(self._queue) // idle))
        calls: list[_Call] = []
        size_bytes = 0
        while self._queue and len(calls) < most:
            call = self._queue[0]
            size_bytes += len(call.pickled.pickle)
            if calls and (call.alone or calls[0].alone or size_bytes > MAX_BATCH_BYTES):
                break
            calls.append(self._queue.popleft())
        return calls

    async def _run(self, calls: list[_Call], connection: Connection) -> None:
        batch = pickle.dumps((self._limits, [call.pickled for call in calls]))
        try:
            answer = await connection.submit(run_batch, extraction_version(), batch)
            if not isinstance(answer, bytes):
                connection.check_version("a worker", answer)
            results: Iterable[Result] = pickle.loads(answer)  # noqa: S301 (our worker's)
        except Lost:
            self._queue.extendleft(reversed(calls))
            self._is_lost.set()
        except WorkersDied:
            self._run_alone(calls)
        except ClusterError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 (such as a worker without ingest)
            self._fail(await self._cause_of(error, connection))
        else:
            for call, result in zip(calls, results, strict=True):
                if not call.answer.done():
                    call.answer.set_result(result)

    def _run_alone(self, calls: list[_Call]) -> None:
        if calls[0].alone or len(calls) == 1:
            calls[0].fail(WorkError("ended its Dask worker each time"))
            return
        for call in calls:
            call.alone = True
        self._queue.extendleft(reversed(calls))

    async def _cause_of(self, error: Exception, connection: Connection) -> ClusterError:
        try:
            await connection.check_versions()
        except ClusterError as cause:
            return cause
        except Exception:
            log.debug("the versions cannot be asked for", exc_info=True)
        return ClusterError(f"{self._scheduler.where}: a worker failed ({error!r}); see its log")

    def _ended(self, task: asyncio.Task[None]) -> None:
        calls = self._batches.pop(task)
        if not task.cancelled() and (error := task.exception()):  # a bug of ours
            for call in calls:
                call.fail(error)
        self._send_soon()

    def _fail(self, error: ClusterError) -> None:
        """Fail all calls, and those to come."""
        self._error = self._error or error
        for call in self._take_all():
            call.fail(self._error)
        self._has_room.set()

    def _take_all(self) -> list[_Call]:
        calls = [*self._queue, *(call for batch in self._batches.values() for call in batch)]
        self._queue.clear()
        return calls

    async def _watch(self) -> None:
        try:
            while not self._error:
                assert self._connection
                try:
                    await self._follow(self._connection)
                except (Lost, OSError):
                    await self._connect_again()
        except ClusterError as error:
            self._fail(error)
        except Exception as error:
            log.exception("the cluster cannot be watched")
            self._fail(ClusterError(f"{self._scheduler.where}: it cannot be watched ({error!r}); run it again"))

    async def _follow(self, connection: Connection) -> None:
        """Follow the workers of this connection until it is lost."""
        while connection.is_open and not self._is_lost.is_set():
            before, self._threads = self._threads, await connection.threads()
            if before.keys() != self._threads.keys():
                log.info("%s: %s now", self._scheduler.where, count(len(self._threads), "worker"))
                self._send_soon()
            if self._threads.keys() - before.keys():  # one without ingest would end at its first batch, unnamed
                await connection.check_versions()
            if not self._threads:
                await self._wait_for_workers()
                self._send_soon()
            with suppress(TimeoutError):
                async with asyncio.timeout(WATCH_INTERVAL_S):
                    await self._is_lost.wait()
        raise Lost

    async def _wait_for_workers(self) -> None:
        assert self._connection
        try:
            async with asyncio.timeout(GONE_TIMEOUT_S):
                while not (threads := await self._connection.threads()):  # noqa: ASYNC110 (another process's)
                    await asyncio.sleep(WATCH_INTERVAL_S / 10)
                self._threads = threads
        except TimeoutError:
            where = self._scheduler.where
            raise ClusterError(
                f"{where}: the scheduler has no workers; start one with `dask worker {where}`, and run it again:"
                " it goes on where it was"
            ) from None

    async def _connect_again(self) -> None:
        """Connect again, for up to GONE_TIMEOUT_S. Raise ClusterError if that is not possible."""
        where = self._scheduler.where
        log.warning("%s: the scheduler is gone; connecting again for %d s", where, GONE_TIMEOUT_S)
        self._connection, self._threads = None, {}
        await self._stack.aclose()
        if self._batches:
            await asyncio.wait(self._batches)
        self._is_lost.clear()
        try:
            async with asyncio.timeout(GONE_TIMEOUT_S):
                while self._connection is None:
                    try:
                        self._connection = await self._stack.enter_async_context(self._scheduler.connected())
                    except ClusterError:
                        await asyncio.sleep(WATCH_INTERVAL_S / 10)
        except TimeoutError:
            raise ClusterError(f"the scheduler at {where} is gone; run it again: it goes on where it was") from None
        await self._wait_for_workers()
        await self._connection.check_versions()
        log.info("%s: connected again", where)
        self._send_soon()
