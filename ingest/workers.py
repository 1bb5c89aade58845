"""Where work leaves the loop: a pool of processes that computes, one thread that writes.

Pool    parsing and cleaning, each call with a time limit, each process with a memory limit
Writer  functions of the archive, run in order, grouped into one transaction a turn
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import BrokenExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ingest import processes
from ingest.batches import BATCH_CALLS, Call, Result, run_batch, take_batch
from storage.errors import ArchiveError

if TYPE_CHECKING:
    from pebble import ProcessPool

    from storage.archive import Archive

T = TypeVar("T")

LOOK_S = 1.0
GRACE_S = 10.0
MOST_FAILURES = 2  # when all processes are killed at once: the first end is that of one, the second that of all
WAITING_A_WORKER = 8  # calls: enough to keep it busy, few enough that their pages fit into memory
CHECK_S = 5.0  # an idle archive is asked whether its file is still there
WRITES_A_TURN = 256  # a commit waits for no more than these; each is under a millisecond


class Pool:
    """Processes that are started at the first call and stay; one that ends is replaced.

    A call goes to a worker at once while one is free; those that must wait go together, in small batches.
    The first time a call may take half of `WorkLimits.page_mb`; where that was too little, the whole, while no other
    has more than half. A batch that fails as a whole is run again call by call, so that only the guilty one fails; and
    so is a call whose process ended, for that may have been killed from outside.
    """

    def __init__(self, workers: int, limits: processes.WorkLimits) -> None:
        self._workers = workers
        self._limits = limits
        self._pool: ProcessPool | None = None
        self._waiting: deque[Call] = deque()
        self._large: deque[Call] = deque()
        self._sent: dict[asyncio.Future[list[Result]], tuple[list[Call], ProcessPool | None]] = {}
        self._watch: asyncio.Task[None] | None = None
        self._calls = 0
        self._room = asyncio.Event()
        self._room.set()

    async def room(self) -> None:
        """Returns when no more calls are waiting than keep the workers busy."""
        await self._room.wait()

    def _count(self, change: int) -> None:
        self._calls += change
        if self._calls < self._workers * WAITING_A_WORKER:
            self._room.set()
        else:
            self._room.clear()

    async def run(self, function: Callable[..., T], *args: Any) -> T:  # noqa: ANN401 (passed through)
        """Raises WorkError when the call took too long, too much memory, or ended its process."""
        call = Call(function, args, asyncio.get_running_loop().create_future())
        self._count(+1)
        try:
            self._waiting.append(call)
            self._send()
            result: T = await call.answer
            return result
        finally:
            call.answer.cancel()  # nobody waits for it any more
            self._count(-1)

    def _send(self) -> None:
        """A batch more than there are workers, so that none waits for us when it has done its own."""
        while len(self._sent) <= self._workers and (batch := self._next_batch()):
            if batch := [call for call in batch if not call.answer.done()]:
                future = self._schedule(batch)
                self._sent[future] = batch, self._pool
                future.add_done_callback(self._received)
        if self._sent and (self._watch is None or self._watch.done()):
            self._watch = asyncio.create_task(self._find_lost())

    async def _find_lost(self) -> None:
        """While there is work under way: gives up what pebble has forgotten, so that it is run again.

        That is all that a broken set of processes had, and what a process took up that was killed before it could say
        so.
        """
        under_way_s: dict[asyncio.Future[list[Result]], float] = {}
        while self._sent:
            longest_s = 2 * BATCH_CALLS * self._limits.time_s + GRACE_S  # its own batch, and the one before
            broken = self._pool is not None and not self._pool.active
            under_way_s = {future: under_way_s.get(future, 0.0) + LOOK_S for future in self._sent}
            self._give_up(future for future, seconds in under_way_s.items() if broken or seconds > longest_s)
            await asyncio.sleep(LOOK_S)

    @staticmethod
    def _give_up(sent: "Iterable[asyncio.Future[list[Result]]]") -> None:
        for future in list(sent):
            future.cancel()

    def _next_batch(self) -> list[Call]:
        if self._large and not any(batch[0].large for batch, _ in self._sent.values()):
            return [self._large.popleft()]
        return take_batch(self._waiting, self._workers) if self._waiting else []

    def _schedule(self, batch: list[Call]) -> "asyncio.Future[list[Result]]":
        work = [(call.function, call.args) for call in batch]
        memory_mb = self._limits.page_mb if batch[0].large else self._limits.page_mb // 2
        try:
            job = (memory_mb, run_batch, work, self._limits.time_s)
            return asyncio.wrap_future(self._processes().schedule(processes.run_within, args=job))
        except BrokenExecutor as error:  # they were killed as they started
            failed: asyncio.Future[list[Result]] = asyncio.get_running_loop().create_future()
            failed.set_exception(error)
            return failed

    def _received(self, future: "asyncio.Future[list[Result]]") -> None:
        batch, pool = self._sent.pop(future, ([], None))
        if not batch:
            return  # closed
        failure = BrokenProcessPool() if future.cancelled() else future.exception()
        if isinstance(failure, BrokenExecutor) and pool is self._pool and not future.cancelled():
            self._end_processes()  # before it knows of its own end
        results = [(None, failure)] * len(batch) if failure else future.result()
        innocent = len(batch) > 1 or processes.may_be_from_outside(failure)  # most of them, or all
        for call, (value, error) in zip(batch, results, strict=True):
            if isinstance(error, MemoryError) and not call.large:
                call.large = True
                self._large.append(call)
            elif failure and innocent and call.failures < MOST_FAILURES:
                call.failures += 1
                self._waiting.appendleft(call)
            else:
                _resolve(call.answer, value, error and self._limits.explain(error))
        self._send()

    def _processes(self) -> "ProcessPool":
        """Another set of them after a kill from outside as they idled or started, which pebble does not survive."""
        if self._pool is not None and not self._pool.active:
            self._end_processes()
        if self._pool is None:
            self._pool = processes.start(self._workers, self._limits)
        return self._pool

    def _end_processes(self) -> None:
        """Gives up what they have."""
        assert self._pool
        self._give_up(future for future, (_, pool) in self._sent.items() if pool is self._pool)
        processes.end(self._pool)
        self._pool = None

    def close(self) -> None:
        """Ends the processes, whatever they are at."""
        sent, self._sent = self._sent, {}
        if self._watch:
            self._watch.cancel()
        for future in sent:
            future.cancel()
        for call in [*self._waiting, *self._large, *(call for batch, _ in sent.values() for call in batch)]:
            call.answer.cancel()
        self._waiting.clear()
        self._large.clear()
        if self._pool is not None:
            processes.end(self._pool)
            self._pool = None


class Writer:
    """One thread owns the archive. Functions arrive, run in order, and are answered after their commit.

    Those that wait together share one transaction, each in its own savepoint: one that fails takes
    nothing with it. `close` runs what has arrived, then refuses.
    """

    def __init__(self, open_archive: "Callable[[], Archive]") -> None:
        self._open_archive = open_archive
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._opened: asyncio.Future[None]
        self._failed: asyncio.Future[None]
        self._closed = False
        self._end_error: ArchiveError | None = None

    async def open(self) -> None:
        """Raises the archive's errors: locked, damaged, too new, unwritable."""
        self._loop = asyncio.get_running_loop()
        self._opened = self._loop.create_future()
        self._failed = _unwatched(self._loop.create_future())
        self._thread.start()
        await self._opened

    async def __call__(self, function: "Callable[[Archive], T]") -> T:
        if self._closed:
            raise RuntimeError("the writer is closed")
        call = _Call(function, _unwatched(self._loop.create_future()))
        self._calls.put(call)
        return await asyncio.shield(call.future)  # a write that has been asked for is done, whoever stops waiting

    async def failure(self) -> None:
        """Raises the archive's error once one has been met, whoever it was answered to."""
        await asyncio.shield(self._failed)

    async def unless_failed(self, work: "Coroutine[Any, Any, T]") -> T:
        """Return what `work` returns. End it, and raise the archive's error, once one has been met."""
        working, failing = asyncio.create_task(work), asyncio.create_task(self.failure())
        try:
            await asyncio.wait([working, failing], return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                await failing
            return await working
        finally:
            working.cancel()
            failing.cancel()
            await asyncio.gather(working, failing, return_exceptions=True)

    async def close(self) -> None:
        """Raises the archive's error when it is found only now."""
        self._closed = True
        self._calls.put(None)
        await asyncio.to_thread(self._thread.join)
        if self._end_error:
            raise self._end_error

    def _work(self) -> None:
        try:
            archive = self._open_archive()
        except BaseException as error:  # noqa: BLE001 (handed to the one who waits)
            self._answer(self._opened, None, error)
            return
        self._answer(self._opened, None, None)
        try:
            with archive:
                while calls := self._next_calls(archive):
                    self._run(archive, calls)
        except ArchiveError as error:  # at the close
            self._end_error = error

    def _first_call(self, archive: "Archive") -> "_Call | None":
        while True:
            with suppress(queue.Empty):
                return self._calls.get(timeout=CHECK_S)
            try:
                archive.check()
            except ArchiveError as error:
                self._answer(self._failed, None, error)

    def _next_calls(self, archive: "Archive") -> "list[_Call]":
        calls: list[_Call] = []
        call = self._first_call(archive)
        while call is not None:
            calls.append(call)
            if len(calls) == WRITES_A_TURN:
                return calls
            try:
                call = self._calls.get_nowait()
            except queue.Empty:
                return calls
        if calls:
            self._calls.put(None)  # the end is met again after these
        return calls

    def _run(self, archive: "Archive", calls: "list[_Call]") -> None:
        results: list[tuple[Any, BaseException | None]] = []
        try:
            with archive.transaction():
                for call in calls:
                    try:
                        with archive.savepoint():
                            results.append((call.function(archive), None))
                    except Exception as error:
                        if not archive.in_transaction:  # SQLite has undone all of it: a full or failing disk
                            raise
                        results.append((None, error))
                        if isinstance(error, ArchiveError):
                            self._answer(self._failed, None, error)
        except Exception as error:  # noqa: BLE001 (the commit failed: nobody's write is done)
            results = [(None, error)] * len(calls)
            self._answer(self._failed, None, error)
        for call, result in zip(calls, results, strict=True):
            self._answer(call.future, *result)

    def _answer(self, future: "asyncio.Future[Any]", value: object, error: BaseException | None) -> None:
        self._loop.call_soon_threadsafe(partial(_resolve, future, value, error))


@dataclass(slots=True)
class _Call:
    function: "Callable[[Archive], Any]"
    future: "asyncio.Future[Any]"


def _unwatched(future: "asyncio.Future[T]") -> "asyncio.Future[T]":
    """An error that nobody waits for any more is no news: asyncio would tell it at the end."""
    future.add_done_callback(lambda future: future.cancelled() or future.exception())
    return future


def _resolve(future: "asyncio.Future[Any]", value: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)
