"""One thread owns the archive, and another reads it."""

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from storage.errors import ArchiveError

if TYPE_CHECKING:
    from storage.archive import Archive
    from storage.reader import Reader

T = TypeVar("T")

CHECK_S = 5.0  # an idle archive is asked whether its file is still there
WRITES_A_TURN = 256  # a commit waits for no more than these; each is under a millisecond


class Writer:
    """The thread that owns the archive. Functions arrive, run in order, and are answered after their commit.

    Those that wait together share one transaction, each in its own savepoint: one that fails takes
    nothing with it. `close` runs what has arrived, then refuses.

    `read` asks beside all that, on a read-only connection: it waits for no write, and takes no write lock. It sees what
    has been answered, and not what is still waiting.
    """

    def __init__(self, open_archive: "Callable[[], Archive]") -> None:
        self._open_archive = open_archive
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._reading = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        self._reader: Reader | None = None
        self._path: Path
        self._opened: asyncio.Future[None]
        self._failed: asyncio.Future[None]
        self._closed = False
        self._end_error: ArchiveError | None = None

    async def open(self) -> None:
        """Raises the archive's errors: locked, damaged, too new, unwritable."""
        self._loop = asyncio.get_running_loop()
        self._opened = self._loop.create_future()
        self._failed = unwatched(self._loop.create_future())
        self._thread.start()
        await self._opened

    async def __call__(self, function: "Callable[[Archive], T]") -> T:
        if self._closed:
            raise RuntimeError("the writer is closed")
        call = _Call(function, unwatched(self._loop.create_future()))
        self._calls.put(call)
        return await asyncio.shield(call.future)  # a write that has been asked for is done, whoever stops waiting

    async def read(self, function: "Callable[[Reader], T]") -> T:
        """Return the function's answer about the archive of one instant."""
        if self._closed:
            raise RuntimeError("the writer is closed")
        try:
            return await self._loop.run_in_executor(self._reading, self._read, function)
        except ArchiveError as error:
            await self(lambda _: None)  # raises what is wrong with the file if it reads as damaged for that
            _resolve(self._failed, None, error)
            raise

    def _read(self, function: "Callable[[Reader], T]") -> T:
        if self._reader is None:
            from storage.reader import Reader

            self._reader = Reader(self._path)
        with self._reader.snapshot():
            return function(self._reader)

    def _close_reader(self) -> None:
        if self._reader:
            self._reader.close()

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
        # First: when the archive closes the file, SQLite's locks on it go with it.
        await asyncio.wrap_future(self._reading.submit(self._close_reader))
        self._reading.shutdown()
        self._calls.put(None)
        await asyncio.to_thread(self._thread.join)
        if self._end_error:
            raise self._end_error

    def _work(self) -> None:
        try:
            archive = self._open_archive()
            self._path = archive.path
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
        with suppress(RuntimeError):  # a second Ctrl-C has closed the loop: nobody waits
            self._loop.call_soon_threadsafe(partial(_resolve, future, value, error))


@dataclass(slots=True)
class _Call:
    function: "Callable[[Archive], Any]"
    future: "asyncio.Future[Any]"


def unwatched(future: "asyncio.Future[T]") -> "asyncio.Future[T]":
    """Return the future; asyncio says nothing of an error in it that nobody waits for any more."""
    future.add_done_callback(lambda future: future.cancelled() or future.exception())
    return future


def _resolve(future: "asyncio.Future[Any]", value: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)
