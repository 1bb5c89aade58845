"""What runs in the fork server and in its workers.

The fork server loads once what a worker needs; its workers share that memory. A process whose pipe has lost its other
end ends by itself.
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
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from ingest.errors import ran_out
from ingest.workers import memory

# What a worker needs, to its last import.
PRELOADED = [
    "ingest.feeds.parse", "xml.sax.expatreader", "ingest.articles.extract", "ingest.articles.continuation",
    "ingest.articles.boilerplate", "ingest.dedupe.fingerprint", "ingest.dedupe.material", "ingest.dedupe.near",
    "ingest.workers.tasks", "storage.compression", "zstandard",
]  # fmt: skip
HEADER = struct.Struct("!Q")  # of a message, its length; the message is a pickle
ACKNOWLEDGED = sys.platform == "darwin"  # macOS loses a file that its sender closes before it has arrived
MB = 1024 * 1024
KEPT_MB = 32  # of what a worker has freed; to give it all back after each call takes 3 % of its time

Result: TypeAlias = tuple[Any, BaseException | None]
"""Of one call: what it returned, or what it raised."""


def serve(control_fd: int) -> None:
    """Fork a worker for each pair of files that arrives: the worker's pipe, and where its exit code goes.

    Once the parent is gone, end the workers, whatever they are at.
    """
    control = socket.socket(fileno=control_fd)
    for name in PRELOADED:
        import_module(name)
    gc.collect()
    gc.freeze()  # a collection would write to all that a worker has in common with this process
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
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # none is forgotten, and its id given to another
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
    """Send this process's id, then answer calls until there are no more."""
    sizes_bytes = _sizes_bytes()
    pipe = socket.socket(fileno=pipe_fd)
    received = pipe.makefile("rb")
    with suppress(OSError):
        _send(pipe, pickle.dumps((os.getpid(), None)))
        while header := received.read(HEADER.size):
            _send(pipe, _answer(received.read(HEADER.unpack(header)[0]), sizes_bytes))


def _send(pipe: socket.socket, message: bytes) -> None:
    pipe.sendall(HEADER.pack(len(message)))
    pipe.sendall(message)


def _answer(message: bytes, sizes_bytes: tuple[int, int]) -> bytes:
    try:
        (memory_mb, most_mb, time_s), function, args = pickle.loads(message)  # noqa: S301 (the parent's)
        del message
        result = _run_within(memory_mb, most_mb, time_s, sizes_bytes, function, args)
        return pickle.dumps(result)
    except Exception as error:  # noqa: BLE001 (what cannot be sent is its call's own fault)
        return pickle.dumps((None, error))


def _run_within(
    memory_mb: int,
    most_mb: int,
    time_s: float,
    sizes_bytes: tuple[int, int],
    function: Callable[..., Any],
    args: tuple[Any, ...],
) -> Result:
    """Run a call that may take `memory_mb` besides what this process began with, which may hold `most_mb` in all.

    A call that takes longer than `time_s` ends the process, by SIGALRM: an exception in Python would not end one that
    is stuck in a library's C code. What was freed is given back.
    """
    size_bytes, resident_bytes = sizes_bytes
    most_bytes = max(most_mb * MB - resident_bytes, 0)
    limit = size_bytes + min(memory_mb * MB, most_bytes) if size_bytes else most_bytes  # without /proc, no less
    memory.limit_address_space(limit)
    signal.setitimer(signal.ITIMER_REAL, time_s)
    try:
        return function(*args), None
    except Exception as error:  # noqa: BLE001 (handed to the one who waits)
        return None, MemoryError() if ran_out(error) else error.with_traceback(None)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        memory.limit_address_space(None)  # the next call has to arrive
        if _sizes_bytes()[1] > resident_bytes + KEPT_MB * MB:
            memory.give_back()


def _sizes_bytes() -> tuple[int, int]:
    """Of this process: its address space, mostly libraries of which little is ever touched, and what it holds."""
    statm = Path("/proc/self/statm")
    pages = statm.read_text().split()[:2] if statm.exists() else (0, 0)
    return int(pages[0]) * resource.getpagesize(), int(pages[1]) * resource.getpagesize()
