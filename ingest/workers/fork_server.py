"""The programs of the fork server and of its workers.

The fork server loads once what a worker needs; the workers share its memory. Each process ends when the other end of
its pipe is closed.
"""

import gc
import os
import pickle
import resource
import signal
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from ingest.errors import is_out_of_memory
from ingest.workers import memory
from ingest.workers.tasks import warm_up

HEADER = struct.Struct("!Q")  # the length of a message, which is a pickle
ACKNOWLEDGED = sys.platform == "darwin"  # macOS loses a file that its sender closes before it has arrived
MB = 1024 * 1024
MAX_FREED_MB = 24  # kept by a worker: to return all freed memory after each call takes 5 % of its time
MAX_GROWTH_MB = 48  # of a worker, by caches and libraries that it uses (some 20); the rest may be freed later


class CallLimits(NamedTuple):
    """Limits of one call: what it may add to its process's memory, what the process may hold in all, and its time."""

    call_mb: int
    process_mb: int
    time_s: float


Result: TypeAlias = tuple[Any, BaseException | None]
"""The return value of a call, and the exception it raised."""


class _Footprint:
    """This process's memory at its start, and `kept_bytes`: what it held after freed memory was last returned."""

    def __init__(self) -> None:
        self.size_bytes, self.resident_bytes = _sizes_bytes()
        self.kept_bytes = self.resident_bytes

    def give_back(self) -> None:
        """Return freed memory to the system if it may be much."""
        if _sizes_bytes()[1] > self.kept_bytes + MAX_FREED_MB * MB:
            memory.give_back()
            self.kept_bytes = min(_sizes_bytes()[1], self.resident_bytes + MAX_GROWTH_MB * MB)


def serve(control_fd: int) -> None:
    """Fork a worker for each pair of files that arrives: the worker's pipe, and the pipe for its exit code.

    When the parent is gone, kill the workers.
    """
    control = socket.socket(fileno=control_fd)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy's: a process with threads is not safe to fork
    warm_up()
    gc.collect()
    gc.freeze()  # a collection would write to the memory that workers share with this process
    ends: dict[int, int] = {}
    signal.signal(signal.SIGCHLD, lambda *_: _report(ends))
    while len(files := socket.recv_fds(control, 1, 2)[1]) == 2:  # noqa: PLR2004 (the pair)
        pipe_fd, end_fd = files
        if ACKNOWLEDGED:
            control.sendall(b"a")
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        try:
            pid = os.fork()
        except OSError:  # no memory, no more processes: the parent sees both files close
            os.close(end_fd)
        else:
            if pid == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for fd in (control_fd, end_fd, *ends.values()):
                    os.close(fd)
                work(pipe_fd)
                os._exit(0)
            ends[pid] = end_fd
        os.close(pipe_fd)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # no worker is reaped now, so no id is reused
    for pid in ends:
        os.kill(pid, signal.SIGKILL)


def _report(ends: dict[int, int]) -> None:
    """Write the exit code of each worker that has ended."""
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            end_fd = ends.pop(ended[0])
            with suppress(BrokenPipeError):
                os.write(end_fd, b"%d" % os.waitstatus_to_exitcode(ended[1]))
            os.close(end_fd)


def work(pipe_fd: int) -> None:
    """Send this process's id, then run calls and send their results until the pipe is closed."""
    memory.collect_less_often()
    footprint = _Footprint()
    pipe = socket.socket(fileno=pipe_fd)
    received = pipe.makefile("rb")
    with suppress(OSError):
        _send(pipe, pickle.dumps((os.getpid(), None)))
        while header := received.read(HEADER.size):
            _send(pipe, _answer(received.read(HEADER.unpack(header)[0]), footprint))


def _send(pipe: socket.socket, message: bytes) -> None:
    pipe.sendall(HEADER.pack(len(message)))
    pipe.sendall(message)


def _answer(message: bytes, footprint: _Footprint) -> bytes:
    try:
        limits, function, args = pickle.loads(message)  # noqa: S301 (the parent's)
        del message
        return pickle.dumps(_run_within(limits, footprint, function, args))
    except Exception as error:  # noqa: BLE001 (a result that cannot be pickled fails its call)
        return pickle.dumps((None, error))


def _run_within(
    limits: CallLimits, footprint: _Footprint, function: Callable[..., Any], args: tuple[Any, ...]
) -> Result:
    """Run a call within its limits, and return freed memory to the system.

    SIGALRM ends the process if the call takes too long: a Python exception would not end a call that is stuck in a
    library's C code.
    """
    size_bytes = footprint.size_bytes
    free_bytes = max(limits.process_mb * MB - footprint.resident_bytes, 0)
    limit = size_bytes + min(limits.call_mb * MB, free_bytes) if size_bytes else free_bytes  # 0 without /proc
    memory.limit_address_space(limit)
    signal.setitimer(signal.ITIMER_REAL, limits.time_s)
    try:
        return function(*args), None
    except Exception as error:  # noqa: BLE001 (raised where the call was made)
        return None, MemoryError() if is_out_of_memory(error) else error.with_traceback(None)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        memory.limit_address_space(None)  # the next call has to arrive
        footprint.give_back()


def _sizes_bytes() -> tuple[int, int]:
    """Return this process's address space, most of it libraries that are hardly used, and its resident memory."""
    statm = Path("/proc/self/statm")
    pages = statm.read_text().split()[:2] if statm.exists() else (0, 0)
    return int(pages[0]) * resource.getpagesize(), int(pages[1]) * resource.getpagesize()
