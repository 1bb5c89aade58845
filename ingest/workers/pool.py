"""A pool of worker processes for parsing and extraction, with limits for each call and each process."""

import asyncio
import pickle
import signal
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar, TypeVarTuple

from ingest.errors import WorkError
from ingest.workers.processes import Call, ForkServer, Worker, WorkLimits, size_bytes

T = TypeVar("T")
Args = TypeVarTuple("Args")

MAX_LIGHT_BYTES = 1024 * 1024  # of a page or feed; none of 300 real pages is larger
SLOW_S = 5.0  # a real page takes 30 ms, on a busy machine a second
KILL_GRACE_S = 10.0  # after a call's own time limit
START_TIMEOUT_S = 60.0
START_RETRY_S = 0.1
MAX_FAILED_STARTS = 10  # in a row
MAX_FAILURES = 2  # of a call's process; after one more, the call fails
MAX_QUEUED_PER_WORKER = 8  # calls: they keep it busy, and their pages fit into memory


class Pool:
    """Worker processes that are started when there are calls, and stay. A worker that ends is replaced.

    A worker has one call at a time. Heavy calls have much data, have taken long, or have met their memory limit: they
    leave one worker to the light calls; with one worker they go last.
    A call may take half of `WorkLimits.page_mb`. If that is too little it runs again with all of it, while no other
    call has more than half. A call whose process ended runs again: the process may have been killed from outside. A
    process that ended before it had read the call counts as one that could not be started.
    """

    def __init__(self, workers: int, limits: WorkLimits, fork_server: ForkServer | None = None) -> None:
        self._max_workers = workers
        self._limits = limits
        self._fork_server = fork_server or ForkServer()
        self._workers: list[Worker] = []
        self._light: deque[Call] = deque()
        self._heavy: deque[Call] = deque()
        self._failed_starts = 0
        self._start_paused = False
        self._room = asyncio.Event()
        self._room.set()

    @property
    def width(self) -> int:
        return self._max_workers * MAX_QUEUED_PER_WORKER

    async def room(self) -> None:
        """Wait until the queue of light calls is short."""
        await self._room.wait()

    async def run(self, function: Callable[[*Args], T], *args: *Args) -> T:
        """Run the call in a worker. Raise WorkError if it takes too long, too much memory, or ends its process."""
        call = Call(function, args, asyncio.get_running_loop().create_future())
        call.heavy = sum(map(size_bytes, args)) > MAX_LIGHT_BYTES
        self._queue_of(call).append(call)
        self._dispatch()
        try:
            result: T = await call.answer
        except asyncio.CancelledError:  # nobody waits for the answer
            with suppress(ValueError):
                self._queue_of(call).remove(call)
            raise
        return result

    def _queue_of(self, call: Call) -> deque[Call]:
        return self._heavy if call.heavy else self._light

    def _dispatch(self) -> None:
        """Give waiting calls to free workers, and start missing workers."""
        self._preempt()
        for worker in self._workers:
            while worker.is_free and (waiting := self._next()):
                self._give(worker, waiting)
        starting = sum(worker.pid is None for worker in self._workers)
        missing = min(len(self._light) + len(self._heavy) - starting, self._max_workers - len(self._workers))
        for _ in range(0 if self._start_paused else missing):
            self._start()
        if len(self._light) < self.width:
            self._room.set()
        else:
            self._room.clear()

    def _next(self) -> Call | None:
        running = [worker.call for worker in self._workers if worker.call]
        if self._heavy and sum(call.heavy for call in running) < self._max_heavy:
            is_one_large = any(call.large for call in running)
            for call in self._heavy:
                if not (call.large and is_one_large):
                    self._heavy.remove(call)
                    return call
        return self._light.popleft() if self._light else None

    @property
    def _max_heavy(self) -> int:
        return self._max_workers - 1 or (0 if self._light else 1)

    def _preempt(self) -> None:
        """Take a slow call off its worker if no worker is left for the light calls."""
        heavy = [worker for worker in self._workers if worker.call and worker.call.heavy]
        slow = [worker for worker in heavy if worker.is_slow]
        if self._light and slow and len(heavy) > self._max_heavy:
            worker, call = slow[-1], slow[-1].call
            assert call
            call.preempted = True
            self._put_back(call)
            self._workers.remove(worker)
            worker.end()

    def _give(self, worker: Worker, call: Call) -> None:
        try:
            worker.send((self._limits.of_call(large=call.large), call.function, call.args))
        except Exception as error:  # noqa: BLE001 (a call that cannot be pickled fails)
            call.fail(error)
            return
        worker.call, worker.is_slow = call, False
        worker.set_timeout(SLOW_S, partial(self._found_slow, worker))

    def _found_slow(self, worker: Worker) -> None:
        """Treat the call as heavy. Its own time limit ends it, unless its process is stopped (SIGSTOP)."""
        assert worker.call
        worker.is_slow = not worker.call.preempted
        worker.call.heavy = True
        worker.set_timeout(self._limits.time_s + KILL_GRACE_S, partial(self._overdue, worker))
        self._dispatch()

    def _overdue(self, worker: Worker) -> None:
        worker.end()
        self._ended(worker, -signal.SIGALRM)

    def _received(self, worker: Worker, message: bytearray) -> None:
        worker.cancel_timeout()
        call, worker.call = worker.call, None
        try:
            value, error = pickle.loads(message)  # noqa: S301 (the worker's)
        except Exception as fault:  # noqa: BLE001 (a result that cannot be unpickled fails its call)
            value, error = None, fault
        if call is None:
            worker.pid = value
            self._dispatch()
            return
        self._failed_starts = 0
        if isinstance(error, MemoryError):
            self._out_of_memory(worker, call)
        elif error:
            call.fail(error)
        else:
            call.succeed(value)
        self._dispatch()

    def _out_of_memory(self, worker: Worker, call: Call) -> None:
        """Replace the worker: its own memory may be too large by now. Run the call again, or fail it."""
        self._workers.remove(worker)
        worker.end()
        if call.large:
            call.fail(self._limits.out_of_memory())
        else:
            call.large = call.heavy = True
            self._put_back(call)

    def _ended(self, worker: Worker, exit_code: int | None) -> None:
        self._workers.remove(worker)
        call = worker.call
        if worker.pid is None or worker.is_unread:
            if call:
                self._put_back(call)
            self._not_started(exit_code)
        elif call and exit_code != -signal.SIGALRM and call.failures < MAX_FAILURES:
            call.failures += 1
            self._put_back(call)
        elif call:
            call.fail(self._limits.ended(exit_code))
        self._dispatch()

    def _put_back(self, call: Call) -> None:
        if not call.answer.done():
            self._queue_of(call).appendleft(call)

    def _start(self) -> None:
        try:
            worker = Worker(*self._fork_server.fork(), self._received, self._ended)
        except OSError as error:
            self._not_started(error.errno)
            return
        worker.set_timeout(START_TIMEOUT_S, partial(self._hanging, worker))
        self._workers.append(worker)

    def _hanging(self, worker: Worker) -> None:
        self._fork_server.close()
        worker.end()
        self._ended(worker, None)

    def _not_started(self, code: int | None) -> None:
        """Retry after START_RETRY_S; until then ignore failures. After MAX_FAILED_STARTS fail the waiting calls."""
        if self._start_paused:
            return
        self._failed_starts += 1
        if self._failed_starts == MAX_FAILED_STARTS:
            self._failed_starts = 0
            for call in self._take_all():
                call.fail(WorkError(f"found no worker: none can be started (code {code})"))
        self._start_paused = True
        asyncio.get_running_loop().call_later(START_RETRY_S, self._retry_start)

    def _retry_start(self) -> None:
        self._start_paused = False
        self._dispatch()

    def _take_all(self) -> list[Call]:
        calls = [*self._light, *self._heavy]
        self._light.clear()
        self._heavy.clear()
        return calls

    def close(self) -> None:
        """Kill the processes and cancel their calls."""
        for call in (*self._take_all(), *(worker.call for worker in self._workers if worker.call)):
            call.answer.cancel()
        for worker in self._workers:
            worker.end()
        self._workers.clear()
        self._fork_server.close()
