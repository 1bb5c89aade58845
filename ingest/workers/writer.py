"""The thread that owns the write connection, and a thread that reads."""

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from storage.errors import ArchiveError

if TYPE_CHECKING:
    from storage.archive import Archive
    from storage.reader import Reader

T = TypeVar("T")
R = TypeVar("R")

CHECK_INTERVAL_S = 5.0  # of an idle archive: whether its file still exists
MAX_BATCH = 256  # writes in a transaction; each takes less than a millisecond


class Writer:
    """The writer thread. Functions run in the order of their calls, and a call returns after the commit.

    Waiting functions share one transaction, each in its own savepoint: a failure undoes no other write. `close` runs
    the waiting functions; later calls are refused.

    `read` uses a read-only connection of another thread. It waits for no write and takes no write lock. It sees every
    write that has returned, and perhaps one that is about to return. `search` is the same in a thread of its own, for
    what may take longer than a page can wait.
    """

    def __init__(self, open_archive: "Callable[[], Archive]") -> None:
        self._open_archive = open_archive
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._reading = _Reading("reader")
        self._searching = _Reading("searcher")
        self._path: Path
        self._opened: asyncio.Future[None]
        self._failed: asyncio.Future[None]
        self._closed = False
        self._end_error: ArchiveError | None = None

    async def open(self) -> None:
        """Open the archive. Raise its errors: locked, damaged, too new, unwritable."""
        self._loop = asyncio.get_running_loop()
        self._opened = self._loop.create_future()
        self._failed = unwatched(self._loop.create_future())
        self._thread.start()
        await self._opened

    async def __call__(self, function: "Callable[[Archive], T]") -> T:
        """Run the function in the writer thread. Return its result after the commit."""
        # The write is done even if the caller is cancelled.
        return await asyncio.shield(self._submit(_Call(function, unwatched(self._loop.create_future()))))

    def grouped(self, function: "Callable[[Archive, Sequence[T]], Sequence[R]]", argument: T) -> "asyncio.Future[R]":
        """Run the function once for all arguments that wait for it in a row. Return the future of this one's result.

        They share a savepoint. If the function fails, it is run for each argument alone.
        """
        return self._submit(_Call(function, unwatched(self._loop.create_future()), (argument,)))

    def _submit(self, call: "_Call") -> "asyncio.Future[Any]":
        if self._closed:
            raise RuntimeError("the writer is closed")
        self._calls.put(call)
        return call.future

    async def read(self, function: "Callable[[Reader], T]") -> T:
        """Run the function in the reader thread, on one snapshot of the archive. Return its result."""
        return await self._read(self._reading, function)

    async def search(self, function: "Callable[[Reader], T]") -> T:
        """Run the function as `read` does, without holding up any `read`."""
        return await self._read(self._searching, function)

    async def _read(self, reading: "_Reading", function: "Callable[[Reader], T]") -> T:
        if self._closed:
            raise RuntimeError("the writer is closed")
        try:
            return await self._loop.run_in_executor(reading.thread, reading.read, self._path, function)
        except ArchiveError as error:
            await self(lambda _: None)  # the writer raises the true cause, such as a file that was replaced
            _resolve(self._failed, None, error)
            raise

    async def failure(self) -> None:
        """Raise the archive's first error, whichever call it failed. Wait until there is one."""
        await asyncio.shield(self._failed)

    async def unless_failed(self, work: "Coroutine[Any, Any, T]") -> T:
        """Return the result of `work`. Cancel it and raise the archive's error if there is one."""
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
        """Run the waiting functions and close the archive. Raise an error of the archive that only shows now."""
        self._closed = True
        # First the readers: closing the archive's file drops all locks that this process has on it.
        for reading in (self._reading, self._searching):
            await asyncio.wrap_future(reading.thread.submit(reading.close))
            reading.thread.shutdown()
        self._calls.put(None)
        await asyncio.to_thread(self._thread.join)
        if self._end_error:
            raise self._end_error

    def _work(self) -> None:
        try:
            archive = self._open_archive()
            self._path = archive.path
        except BaseException as error:  # noqa: BLE001 (raised by `open`)
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
        """Wait for a call (None: close), and check the file of an idle archive."""
        while True:
            with suppress(queue.Empty):
                return self._calls.get(timeout=CHECK_INTERVAL_S)
            try:
                archive.check()
            except ArchiveError as error:
                self._answer(self._failed, None, error)

    def _next_calls(self, archive: "Archive") -> "list[_Call]":
        calls = [self._first_call(archive)]
        with suppress(queue.Empty):
            while calls[-1] and len(calls) < MAX_BATCH:
                calls.append(self._calls.get_nowait())
        if calls[0] and calls[-1] is None:
            self._calls.put(None)  # close after these calls
        return [call for call in calls if call]

    def _run(self, archive: "Archive", calls: "list[_Call]") -> None:
        results: list[tuple[Any, BaseException | None]] = []
        try:
            with archive.transaction():
                for _, group in groupby(calls, key=_Call.group):
                    results += self._results(archive, list(group))
        except Exception as error:  # noqa: BLE001 (the commit failed: no write is done)
            results = [(None, error)] * len(calls)
            self._answer(self._failed, None, error)
        self._answer_all([(call.future, *result) for call, result in zip(calls, results, strict=True)])

    def _results(self, archive: "Archive", calls: "Sequence[_Call]") -> list[tuple[Any, BaseException | None]]:
        """Return the result or the error of each call of a group."""
        try:
            function, arguments = calls[0].function, [argument for call in calls for argument in call.arguments]
            with archive.savepoint():
                results = function(archive, arguments) if arguments else [function(archive)]
            return [(result, None) for result in results]
        except Exception as error:
            if not archive.in_transaction:  # SQLite has rolled back all of it: a full or failing disk
                raise
            if len(calls) > 1:
                return [result for call in calls for result in self._results(archive, [call])]
            if isinstance(error, ArchiveError):
                self._answer(self._failed, None, error)
            return [(None, error)]

    def _answer(self, future: "asyncio.Future[Any]", value: object, error: BaseException | None) -> None:
        self._answer_all([(future, value, error)])

    def _answer_all(self, answers: "list[tuple[asyncio.Future[Any], object, BaseException | None]]") -> None:
        with suppress(RuntimeError):  # a second Ctrl-C has closed the loop
            self._loop.call_soon_threadsafe(_resolve_all, answers)


class _Reading:
    """A thread with a connection of its own, which is opened when it is needed."""

    def __init__(self, name: str) -> None:
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._reader: Reader | None = None

    def read(self, path: Path, function: "Callable[[Reader], T]") -> T:
        if self._reader is None:
            from storage.reader import Reader

            self._reader = Reader(path)
        with self._reader.one_instant():
            return function(self._reader)

    def close(self) -> None:
        if self._reader:
            self._reader.close()


class _Beside:
    """Answers questions to an archive that another process writes to, in a thread of its own."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self.reading = _Reading("reader")

    async def read(self, function: "Callable[[Reader], T]") -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.reading.thread, self.reading.read, self._archive, function)


@asynccontextmanager
async def reading_beside(archive: Path) -> AsyncIterator[_Beside]:
    """Yield what answers questions to an archive that another process writes to. Raises the archive's errors."""
    beside = _Beside(archive)
    try:
        yield beside
    finally:
        await asyncio.wrap_future(beside.reading.thread.submit(beside.reading.close))
        beside.reading.thread.shutdown()


@dataclass(slots=True, eq=False)
class _Call:
    """A call of the writer. A grouped one has one of the function's `arguments`."""

    function: "Callable[..., Any]"
    future: "asyncio.Future[Any]"
    arguments: tuple[Any, ...] = ()

    def group(self) -> object:
        """Return what calls in a row must have in common to be run at once."""
        return self.function if self.arguments else self


def unwatched(future: "asyncio.Future[T]") -> "asyncio.Future[T]":
    """Return the future. asyncio then logs no error in it that nobody waits for."""
    future.add_done_callback(lambda future: future.cancelled() or future.exception())
    return future


def _resolve_all(answers: "list[tuple[asyncio.Future[Any], object, BaseException | None]]") -> None:
    for answer in answers:
        _resolve(*answer)


def _resolve(future: "asyncio.Future[Any]", value: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)
