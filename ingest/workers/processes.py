"""Worker processes, seen from the loop: the fork server that starts them, and a pipe to each."""

import asyncio
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from ingest.errors import WorkError
from ingest.workers.fork_server import ACKNOWLEDGED, HEADER, CallLimits

_READ_BYTES = 256 * 1024


def size_bytes(arg: object) -> int:
    """Return the size of the document that an argument of a call is, or says where it is. Others count as nothing."""
    size: int = len(arg) if isinstance(arg, bytes) else getattr(arg, "size_bytes", 0)
    return size


@dataclass(slots=True, eq=False)
class Call:
    """A function call for a worker.

    `heavy`: it has much data or has taken long. `large`: it has met its memory limit, and is heavy too. `preempted`: it
    was taken off its worker once, for light calls. `failures`: ends of processes that had read it. They may have been
    killed from outside.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    answer: asyncio.Future[Any]
    heavy: bool = False
    large: bool = False
    preempted: bool = False
    failures: int = 0

    def succeed(self, value: object) -> None:
        if not self.answer.done():
            self.answer.set_result(value)

    def fail(self, error: BaseException) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


@dataclass(frozen=True, slots=True)
class WorkLimits:
    """Limits: `time_s` of one call, `memory_mb` of one process, `page_mb` of the memory that one call adds to it."""

    time_s: float
    memory_mb: int
    page_mb: int

    def of_call(self, *, large: bool) -> CallLimits:
        """Return the limits of a call. Only a large call may take all of `page_mb`."""
        return CallLimits(self.page_mb if large else self.page_mb // 2, self.memory_mb, self.time_s)

    def out_of_memory(self) -> WorkError:
        if self.memory_mb <= self.page_mb:
            return WorkError(f"needed more than {self.memory_mb} MB (articles.memory_limit_mb)")
        return WorkError(f"needed more than {self.page_mb} MB (articles.page_memory_mb)")

    def ended(self, exit_code: int | None) -> WorkError:
        if exit_code == -signal.SIGALRM:
            return WorkError(f"took longer than {self.time_s:g} s (articles.time_limit_s)")
        return WorkError(f"ended its worker process (exit code {'unknown' if exit_code is None else exit_code})")


class ForkServer:
    """A process that forks the workers: forking this one, with its threads, is not safe. It is restarted if it ends."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """The process's id, or None if it was not started."""
        return self._process.pid if self._process else None

    def fork(self) -> tuple[socket.socket, int]:
        """Return our end of a new worker's pipe, and a file that will hold its exit code. Raise OSError."""
        ours, theirs = socket.socketpair()
        end_fd, their_end_fd = os.pipe()
        try:
            self._ask([theirs.fileno(), their_end_fd])
        except OSError:
            ours.close()
            os.close(end_fd)
            raise
        finally:
            theirs.close()
            os.close(their_end_fd)
        ours.setblocking(False)
        return ours, end_fd

    def _ask(self, files: list[int]) -> None:
        if self._control:
            with suppress(OSError):
                _send_files(files, self._control)
                return
        self._end()
        self._control = self._start()
        _send_files(files, self._control)

    def _start(self) -> socket.socket:
        """Start it with signals blocked: Ctrl-C, a service's stop and a closed terminal signal every process."""
        ours, theirs = socket.socketpair()
        fd = theirs.fileno()
        program = (
            f"import sys; sys.path[:] = {sys.path!r}; from ingest.workers import fork_server; fork_server.serve({fd})"
        )
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
        try:
            command = [sys.executable, "-c", program]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[fd])  # noqa: S603 (ours)
        except OSError:
            ours.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            theirs.close()
        return ours

    def close(self) -> None:
        self._end()

    def _end(self) -> None:
        if self._control:
            self._control.close()
            self._control = None
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


def _send_files(files: list[int], control: socket.socket) -> None:
    socket.send_fds(control, [b"f"], files)
    if ACKNOWLEDGED and not control.recv(1):
        raise ConnectionResetError


class Worker:
    """One worker process, and its current call. Its first message is the process's id, the others are results.

    `received` is called with each message, `ended` with the exit code when the process has ended (None: unknown).
    `is_gone`: its pipe is closed. `is_unread`: it ended before it had read its call (macOS does not report that, unless
    the call fills the pipe).
    """

    def __init__(
        self,
        pipe: socket.socket,
        end_fd: int,
        received: "Callable[[Worker, bytearray], None]",
        ended: "Callable[[Worker, int | None], None]",
    ) -> None:
        self.pid: int | None = None
        self.call: Call | None = None
        self.is_slow = False
        self.is_gone = False
        self.is_unread = False
        self._loop = asyncio.get_running_loop()
        self._pipe = pipe
        self._end_fd = end_fd
        self._received = received
        self._ended = ended
        self._in = bytearray()
        self._out = memoryview(b"")
        self._timer: asyncio.TimerHandle | None = None
        self._loop.add_reader(pipe, self._read)

    @property
    def is_free(self) -> bool:
        return self.pid is not None and self.call is None and not self.is_gone

    def send(self, message: Any) -> None:  # noqa: ANN401 (whatever can be pickled)
        """Pickle and send the message. Raise the errors of pickling."""
        buffer = BytesIO(bytes(HEADER.size))
        buffer.seek(HEADER.size)
        pickle.dump(message, buffer)
        self._out = buffer.getbuffer()
        HEADER.pack_into(self._out, 0, len(self._out) - HEADER.size)
        self._write()
        if self._out:
            self._loop.add_writer(self._pipe, self._write)

    def set_timeout(self, seconds: float, late: Callable[[], None]) -> None:
        """Call `late` after so many seconds. It replaces the timeout set before."""
        self.cancel_timeout()
        self._timer = self._loop.call_later(seconds, late)

    def cancel_timeout(self) -> None:
        if self._timer:
            self._timer.cancel()

    def end(self) -> None:
        """Kill the process. `ended` is not called."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self._close()

    def _write(self) -> None:
        try:
            self._out = self._out[self._pipe.send(self._out) :]
        except BlockingIOError:
            return
        except OSError:
            self._out = self._out[:0]
            self.is_gone = self.is_unread = True
        if not self._out:
            self._out = memoryview(b"")  # frees the message
            self._loop.remove_writer(self._pipe)

    def _read(self) -> None:
        try:
            data = self._pipe.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:  # closed with unread data in it
            data, self.is_unread = b"", True
        if not data:
            self.is_gone = True
            self.is_unread |= bool(self._out)
            self._loop.remove_reader(self._pipe)
            self._loop.remove_writer(self._pipe)
            self._loop.add_reader(self._end_fd, self._read_end)
            return
        self._in += data
        if len(self._in) < HEADER.size:
            return
        size = HEADER.size + HEADER.unpack_from(self._in)[0]
        if len(self._in) >= size:
            message, self._in = self._in[HEADER.size : size], self._in[size:]
            self._received(self, message)

    def _read_end(self) -> None:
        code = os.read(self._end_fd, 16)
        self._close()
        self._ended(self, int(code) if code else None)

    def _close(self) -> None:
        self.cancel_timeout()
        if not self._loop.is_closed():
            self._loop.remove_reader(self._pipe)
            self._loop.remove_writer(self._pipe)
            self._loop.remove_reader(self._end_fd)
        self._pipe.close()
        os.close(self._end_fd)
