"""Where work leaves the loop: a pool of processes that computes, one thread that writes.

Pool    parsing and cleaning, each call with a time limit, each process with a memory limit
Writer  functions of the archive, run in order, grouped into one transaction a turn
"""

import asyncio
import multiprocessing
import queue
import resource
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from multiprocessing import forkserver
from typing import TYPE_CHECKING, Any, TypeVar

from ingest.errors import ParseError, WorkError
from storage.records import KnownOfSite, NewEntry

if TYPE_CHECKING:
    from pebble import ProcessPool

    from ingest.articles.extraction import Extraction
    from ingest.feeds.parsed import ParsedFeed
    from storage.archive import Archive

T = TypeVar("T")

WAITING_A_WORKER = 8  # calls: enough to keep it busy, few enough that their pages fit into memory
WRITES_A_TURN = 256  # a commit waits for no more than these; each is under a millisecond


@dataclass(frozen=True, slots=True)
class CleanedPage:
    """What came out of a page: the extraction, its text's exact hash, and the page, compressed ("" if not kept).

    `whole_hash` is that of the text before the site's furniture was left out: other articles may have come before
    that was known.
    """

    extraction: "Extraction"
    content_hash: str
    whole_hash: str
    html: bytes = b""
    dictionary_id: int | None = None


def parse_feed(body: bytes, url: str, content_type: str | None, now: datetime) -> "ParsedFeed | ParseError":
    """In a worker: the feed, or why it is none."""
    from ingest.feeds.parse import parse

    try:
        return parse(body, url=url, content_type=content_type, now=now)
    except ParseError as error:
        return error


def clean_page(
    body: bytes,
    url: str,
    content_type: str | None,
    entry: NewEntry,
    now: datetime,
    *,
    keep: bool,
    known: KnownOfSite,
) -> CleanedPage:
    """In a worker: page → article without what its site repeats, its hash, and the page compressed."""
    from ingest.articles.extract import extract
    from ingest.packing import pack

    cleaned = _cleaned(extract(body, url=url, content_type=content_type, entry=entry, now=now), known.furniture)
    if not keep or cleaned.extraction.verdict != "article":
        return cleaned
    html, dictionary_id = pack(body, known.dictionary)
    return replace(cleaned, html=html, dictionary_id=dictionary_id)


def take_from_feed(entry: NewEntry, now: datetime, known: KnownOfSite) -> CleanedPage:
    """In a worker: the article as the feed itself gives it."""
    from ingest.articles.extract import from_feed

    return _cleaned(from_feed(entry, now), known.furniture)


def _cleaned(extraction: "Extraction", furniture: frozenset[str]) -> CleanedPage:
    from ingest.articles.repeats import without
    from ingest.articles.words import word_count
    from ingest.dedupe.fingerprint import content_hash

    whole_hash = content_hash(extraction.body)
    body = without(extraction.body, furniture)
    if body == extraction.body:
        return CleanedPage(extraction, whole_hash, whole_hash)
    return CleanedPage(replace(extraction, body=body, words=word_count(body)), content_hash(body), whole_hash)


class Pool:
    """Processes that are started at the first call and stay; a stuck one is ended and replaced.

    `time_limit_s` is for one call, `memory_limit_mb` for one process (address space).
    """

    def __init__(self, *, workers: int, time_limit_s: float, memory_limit_mb: int) -> None:
        self._workers = workers
        self._time_limit_s = time_limit_s
        self._memory_limit_mb = memory_limit_mb
        self._pool: ProcessPool | None = None
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
        from pebble import ProcessExpired

        pool = self._pool or self._start()
        self._count(+1)
        try:
            return await asyncio.wrap_future(pool.schedule(function, args=args, timeout=self._time_limit_s))
        except TimeoutError:
            raise WorkError(f"took longer than {self._time_limit_s:g} s (articles.time_limit_s)") from None
        except MemoryError:
            raise WorkError(f"needed more than {self._memory_limit_mb} MB (articles.memory_limit_mb)") from None
        except ProcessExpired as error:
            raise WorkError(f"ended its worker process (exit code {error.exitcode})") from error
        finally:
            self._count(-1)

    def _start(self) -> "ProcessPool":
        from pebble import ProcessPool

        # A fork server: no thread of ours is forked, and the libraries are loaded once and shared. A Ctrl-C
        # goes to every process of the terminal; theirs is to wait for our word.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(
            ["ingest.feeds.parse", "ingest.articles.extract", "ingest.dedupe.fingerprint", "ingest.packing"]
        )
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        self._pool = ProcessPool(
            self._workers, initializer=_limit_memory, initargs=[self._memory_limit_mb], context=context
        )
        return self._pool

    def close(self) -> None:
        """Ends the processes, whatever they are at."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None


def _limit_memory(megabytes: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


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
        self._closed = False

    async def open(self) -> None:
        """Raises the archive's errors: locked, damaged, too new, unwritable."""
        self._loop = asyncio.get_running_loop()
        self._opened = self._loop.create_future()
        self._thread.start()
        await self._opened

    async def __call__(self, function: "Callable[[Archive], T]") -> T:
        if self._closed:
            raise RuntimeError("the writer is closed")
        call = _Call(function, self._loop.create_future())
        self._calls.put(call)
        return await asyncio.shield(call.future)  # a write that has been asked for is done, whoever stops waiting

    async def close(self) -> None:
        self._closed = True
        self._calls.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        try:
            archive = self._open_archive()
        except BaseException as error:  # noqa: BLE001 (handed to the one who waits)
            self._answer(self._opened, None, error)
            return
        self._answer(self._opened, None, None)
        with archive:
            while calls := self._next_calls():
                self._run(archive, calls)

    def _next_calls(self) -> "list[_Call]":
        calls: list[_Call] = []
        call = self._calls.get()
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
        except Exception as error:  # noqa: BLE001 (the commit failed: nobody's write is done)
            results = [(None, error)] * len(calls)
        for call, result in zip(calls, results, strict=True):
            self._answer(call.future, *result)

    def _answer(self, future: "asyncio.Future[Any]", value: object, error: BaseException | None) -> None:
        self._loop.call_soon_threadsafe(partial(_resolve, future, value, error))


@dataclass(slots=True)
class _Call:
    function: "Callable[[Archive], Any]"
    future: "asyncio.Future[Any]"


def _resolve(future: "asyncio.Future[Any]", value: object, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)
