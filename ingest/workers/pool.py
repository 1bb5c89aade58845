"""Where parsing and cleaning leave the loop: a pool of processes, with limits for each call and each process."""

import asyncio
import pickle
import signal
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar, TypeVarTuple

from ingest.errors import WorkError
from ingest.workers.processes import Call, ForkServer, Worker, WorkLimits

T = TypeVar("T")
Args = TypeVarTuple("Args")

LIGHT_BYTES = 1024 * 1024  # of a page or feed; of 300 real pages none has more
SLOW_S = 5.0  # a real page takes 30 ms, on a machine that is busy a second
GRACE_S = 10.0
START_S = 60.0
START_PAUSE_S = 0.1
MOST_STARTS = 10  # in a row that fail
MOST_FAILURES = 2  # of one call's process, before the call is held to be guilty
WAITING_A_WORKER = 8  # calls: enough to keep it busy, few enough that their pages fit into memory


class Pool:
    """Processes that are started when there are calls for them and stay; one that ends is replaced.

    A worker has one call at a time. Heavy calls bring much data, have taken long, or have met their memory limit: they
    leave one worker to the light ones, and go last where there is no other.
    The first time a call may take half of `WorkLimits.page_mb`; where that was too little, the whole, while no other
    has more than half. A call whose process ended is run again, for that may have been killed from outside.
    """

    def __init__(self, workers: int, limits: WorkLimits) -> None:
        self._most = workers
        self._limits = limits
        self._forks = ForkServer()
        self._workers: list[Worker] = []
        self._light: deque[Call] = deque()
        self._heavy: deque[Call] = deque()
        self._failed_starts = 0
        self._resting = False
        self._room = asyncio.Event()
        self._room.set()

    async def room(self) -> None:
        """Return when no more light calls are waiting than keep the workers busy."""
        await self._room.wait()

    async def run(self, function: Callable[[*Args], T], *args: *Args) -> T:
        """Raises WorkError when the call took too long, too much memory, or ended its process."""
        call = Call(function, args, asyncio.get_running_loop().create_future())
        call.heavy = sum(len(arg) for arg in args if isinstance(arg, bytes)) > LIGHT_BYTES
        self._queue_of(call).append(call)
        self._send()
        try:
            result: T = await call.answer
        except asyncio.CancelledError:  # nobody waits for it any more
            with suppress(ValueError):
                self._queue_of(call).remove(call)
            raise
        return result

    def _queue_of(self, call: Call) -> deque[Call]:
        return self._heavy if call.heavy else self._light

    def _send(self) -> None:
        """Give the calls that wait to the workers that are free, and start the workers that are missing."""
        self._make_way()
        for worker in self._workers:
            while worker.is_free and (waiting := self._next()):
                self._give(worker, waiting)
        starting = sum(worker.pid is None for worker in self._workers)
        missing = min(len(self._light) + len(self._heavy) - starting, self._most - len(self._workers))
        for _ in range(0 if self._resting else missing):
            self._start()
        if len(self._light) < self._most * WAITING_A_WORKER:
            self._room.set()
        else:
            self._room.clear()

    def _next(self) -> Call | None:
        running = [worker.call for worker in self._workers if worker.call]
        if self._heavy and sum(call.heavy for call in running) < self._most_heavy:
            is_one_large = any(call.large for call in running)
            for call in self._heavy:
                if not (call.large and is_one_large):
                    self._heavy.remove(call)
                    return call
        return self._light.popleft() if self._light else None

    @property
    def _most_heavy(self) -> int:
        return self._most - 1 or (0 if self._light else 1)

    def _make_way(self) -> None:
        """Take a call that takes long off its worker where there would be none for the light ones."""
        heavy = [worker for worker in self._workers if worker.call and worker.call.heavy]
        slow = [worker for worker in heavy if worker.is_slow]
        if self._light and slow and len(heavy) > self._most_heavy:
            worker, call = slow[-1], slow[-1].call
            assert call
            call.made_way = True
            self._put_back(call)
            self._workers.remove(worker)
            worker.end()

    def _give(self, worker: Worker, call: Call) -> None:
        limits = self._limits
        memory_mb = limits.page_mb if call.large else limits.page_mb // 2
        try:
            worker.send(((memory_mb, limits.memory_mb, limits.time_s), call.function, call.args))
        except Exception as error:  # noqa: BLE001 (what cannot be sent is its call's own fault)
            call.fail(error)
            return
        if worker.is_gone:
            self._put_back(call)
            return
        worker.call, worker.is_slow = call, False
        worker.within(SLOW_S, partial(self._found_slow, worker))

    def _found_slow(self, worker: Worker) -> None:
        """Its own limit ends it, unless its process was stopped."""
        assert worker.call
        worker.is_slow = not worker.call.made_way
        worker.call.heavy = True
        worker.within(self._limits.time_s + GRACE_S, partial(self._overdue, worker))
        self._send()

    def _overdue(self, worker: Worker) -> None:
        worker.end()
        self._ended(worker, -signal.SIGALRM)

    def _received(self, worker: Worker, message: bytearray) -> None:
        worker.in_time()
        call, worker.call = worker.call, None
        try:
            value, error = pickle.loads(message)  # noqa: S301 (the worker's)
        except Exception as fault:  # noqa: BLE001 (an error that cannot be made again is its call's own fault)
            value, error = None, fault
        if call is None:
            worker.pid, self._failed_starts = value, 0
        elif isinstance(error, MemoryError):
            self._out_of_memory(worker, call)
        elif error:
            call.fail(error)
        else:
            call.succeed(value)
        self._send()

    def _out_of_memory(self, worker: Worker, call: Call) -> None:
        """Another process takes the worker's place: what this one has gathered may be what was too much."""
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
        if worker.pid is None:
            self._not_started(exit_code)
        elif call and exit_code != -signal.SIGALRM and call.failures < MOST_FAILURES:
            call.failures += 1
            self._put_back(call)
        elif call:
            call.fail(self._limits.ended(exit_code))
        self._send()

    def _put_back(self, call: Call) -> None:
        if not call.answer.done():
            self._queue_of(call).appendleft(call)

    def _start(self) -> None:
        try:
            worker = Worker(*self._forks.fork(), self._received, self._ended)
        except OSError as error:
            self._not_started(error.errno)
            return
        worker.within(START_S, partial(self._hanging, worker))
        self._workers.append(worker)

    def _hanging(self, worker: Worker) -> None:
        self._forks.close()
        worker.end()
        self._ended(worker, None)

    def _not_started(self, code: int | None) -> None:
        """Try again in a moment, and after MOST_STARTS give up the calls that wait. All that fail at once are one."""
        if self._resting:
            return
        self._failed_starts += 1
        if self._failed_starts == MOST_STARTS:
            self._failed_starts = 0
            for call in self._take_all():
                call.fail(WorkError(f"found no worker: none can be started (code {code})"))
        self._resting = True
        asyncio.get_running_loop().call_later(START_PAUSE_S, self._rested)

    def _rested(self) -> None:
        self._resting = False
        self._send()

    def _take_all(self) -> list[Call]:
        calls = [*self._light, *self._heavy]
        self._light.clear()
        self._heavy.clear()
        return calls

    def close(self) -> None:
        """End the processes, whatever they are at."""
        for call in (*self._take_all(), *(worker.call for worker in self._workers if worker.call)):
            call.answer.cancel()
        for worker in self._workers:
            worker.end()
        self._workers.clear()
        self._forks.close()
