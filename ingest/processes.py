"""The worker processes: how they are started, limited and ended."""

import gc
import multiprocessing
import resource
import signal
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import WorkError

if TYPE_CHECKING:
    from pebble import ProcessPool

# What a worker needs, to its last import: loaded once, and shared by all.
PRELOADED = [
    "ingest.feeds.parse", "xml.sax.expatreader", "ingest.articles.extract", "ingest.articles.parts",
    "ingest.dedupe.fingerprint", "ingest.dedupe.near", "ingest.jobs", "ingest.batches", "ingest.packing",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """`time_s` is for one call, `memory_mb` for what a process takes (address space) besides what it begins with."""

    time_s: float
    memory_mb: int

    def explain(self, error: BaseException) -> BaseException:
        """WorkError for what a process met as its end; any other error as it is."""
        from pebble import ProcessExpired

        if isinstance(error, MemoryError):
            return WorkError(f"needed more than {self.memory_mb} MB (articles.memory_limit_mb)")
        if isinstance(error, ProcessExpired) and error.exitcode == -signal.SIGALRM:
            return WorkError(f"took longer than {self.time_s:g} s (articles.time_limit_s)")
        if isinstance(error, ProcessExpired):
            return WorkError(f"ended its worker process (exit code {error.exitcode})")
        if isinstance(error, BrokenExecutor):
            return WorkError("was cut short: all worker processes ended")
        return error


def start(workers: int, limits: Limits) -> "ProcessPool":
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


def end(pool: "ProcessPool") -> None:
    """Whatever they are at."""
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _begin(megabytes: int) -> None:
    gc.freeze()  # a collection would write to all that a worker has in common with the fork server
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = _size_bytes() + megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _size_bytes() -> int:
    """Of this process: mostly libraries, of which little is ever touched."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0
