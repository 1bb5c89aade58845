"""The worker processes: how they are started, limited and ended."""

import gc
import multiprocessing
import resource
import signal
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ingest import memory
from ingest.errors import WorkError

if TYPE_CHECKING:
    from pebble import ProcessPool

# What a worker needs, to its last import: loaded once, and shared by all.
PRELOADED = [
    "ingest.feeds.parse", "xml.sax.expatreader", "ingest.articles.extract", "ingest.articles.parts",
    "ingest.dedupe.fingerprint", "ingest.dedupe.near", "ingest.jobs", "ingest.batches", "ingest.packing",
]  # fmt: skip
T = TypeVar("T")

MB = 1024 * 1024
KEPT_MB = 32  # of what a worker has freed; to give it all back after each batch takes 3 % of its time

_size_bytes = _resident_bytes = _most_bytes = 0


@dataclass(frozen=True, slots=True)
class WorkLimits:
    """`time_s` is for one call, `memory_mb` for one process, `page_mb` for what a call takes besides what that has."""

    time_s: float
    memory_mb: int
    page_mb: int

    def explain(self, error: BaseException) -> BaseException:
        """WorkError for what a process met as its end; any other error as it is."""
        from pebble import ProcessExpired

        if isinstance(error, MemoryError):
            if self.memory_mb <= self.page_mb:
                return WorkError(f"needed more than {self.memory_mb} MB (articles.memory_limit_mb)")
            return WorkError(f"needed more than {self.page_mb} MB (articles.page_memory_mb)")
        if isinstance(error, ProcessExpired) and error.exitcode == -signal.SIGALRM:
            return WorkError(f"took longer than {self.time_s:g} s (articles.time_limit_s)")
        if isinstance(error, ProcessExpired):
            return WorkError(f"ended its worker process (exit code {error.exitcode})")
        if isinstance(error, BrokenExecutor):
            return WorkError("was cut short: all worker processes ended")
        return error


def start(workers: int, limits: WorkLimits) -> "ProcessPool":
    """From a fork server: no thread of ours is forked.

    A Ctrl-C goes to every process of the terminal; theirs is to wait for our word.
    """
    from pebble import ProcessPool

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return ProcessPool(workers, initializer=_begin, initargs=[limits.memory_mb], context=context)


def may_be_from_outside(error: BaseException | None) -> bool:
    """Whether a process may have met this as its end without having come to it by what it was given."""
    from pebble import ProcessExpired

    out_of_time = isinstance(error, ProcessExpired) and error.exitcode == -signal.SIGALRM
    return isinstance(error, ProcessExpired | BrokenExecutor) and not out_of_time


def end(pool: "ProcessPool") -> None:
    """Whatever they are at."""
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _begin(memory_mb: int) -> None:
    global _size_bytes, _resident_bytes, _most_bytes  # noqa: PLW0603 (of this process)
    gc.freeze()  # a collection would write to all that a worker has in common with the fork server
    _size_bytes, _resident_bytes = _sizes_bytes()
    _most_bytes = max(memory_mb * MB - _resident_bytes, 0)


def run_within(memory_mb: int, function: Callable[..., T], *args: Any) -> T:  # noqa: ANN401 (passed through)
    """In a worker, which may take so much besides what it began with, and gives back what it has freed."""
    limit = _size_bytes + min(memory_mb * MB, _most_bytes) if _size_bytes else _most_bytes  # without /proc, no less
    memory.limit_address_space(limit)
    try:
        return function(*args)
    finally:
        memory.limit_address_space(None)  # the next call has to arrive
        if _sizes_bytes()[1] > _resident_bytes + KEPT_MB * MB:
            memory.give_back()


def _sizes_bytes() -> tuple[int, int]:
    """Of this process: its address space, mostly libraries of which little is ever touched, and what it holds."""
    statm = Path("/proc/self/statm")
    pages = statm.read_text().split()[:2] if statm.exists() else (0, 0)
    return int(pages[0]) * resource.getpagesize(), int(pages[1]) * resource.getpagesize()
