"""Commands in processes of their own, without half a second of imports each: forked from a process that made them.

The test's process asks the source; the source forks a waiter, which forks the command, sends back its process id, and
its status when it has ended. The command has the arguments, environment, folder and files that it is given, and no
others. What concerns the start of the interpreter is tested with processes that are started as usual.
"""

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from tests import limits

CHECKOUT = Path(__file__).parents[1]
STATUS_BYTES = 4


class Source:
    """The process that forks commands. It ends with the process that started it."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        program = f"from tests import forked; forked.serve({theirs.fileno()})"
        environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", program], env=environment, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )

    def fork(
        self, arguments: list[str], environment: dict[str, str], files: list[int], limit: str | None
    ) -> tuple[int, socket.socket]:
        """Return the process id of a new command, and the socket that will have its status."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._control, [b"f"], [theirs.fileno(), *files])
        what = {"arguments": arguments, "environment": environment, "folder": str(Path.cwd()), "limit": limit}
        with ours.makefile("w", encoding="utf-8") as file:
            file.write(json.dumps(what) + "\n")
        return int.from_bytes(ours.recv(STATUS_BYTES, socket.MSG_WAITALL), "big"), ours

    def close(self) -> None:
        self._control.close()
        self._process.wait()


_sources: list[Source] = []


def source() -> Source:
    """Return this process's source, which is started with the first command."""
    if not _sources:
        _sources.append(Source())
    return _sources[0]


def close() -> None:
    while _sources:
        _sources.pop().close()


class Forked(subprocess.Popen[bytes]):
    """`ingest` with these arguments: as if it were started by `Popen`, but that `Popen` is not its parent.

    A `preexec_fn` is a function of tests/limits.py.
    """

    _socket: socket.socket

    def _execute_child(self, args: Any, *rest: Any) -> None:  # type: ignore[override]
        """Take the place of fork and exec. `rest` are the arguments of Popen's own method, of Python 3.11 and later."""
        limit, environment, pipes = rest[1], rest[5], rest[9:15]
        files = [own if fd == -1 else fd for own, fd in enumerate((pipes[0], pipes[3], pipes[5]))]
        self.pid, self._socket = source().fork(args, dict(environment), files, limit and limit.__name__)
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        flags = socket.MSG_DONTWAIT if wait_flags == os.WNOHANG else 0
        try:
            status = self._socket.recv(STATUS_BYTES, flags)
        except BlockingIOError:
            return 0, 0
        self._socket.close()
        return self.pid, int.from_bytes(status, "big")

    def _internal_poll(self, _deadstate: int | None = None, **_: Any) -> int | None:
        if self.returncode is None:
            pid, status = self._try_wait(os.WNOHANG)
            if pid == self.pid:
                self._handle_exitstatus(status)  # type: ignore[attr-defined]
        return self.returncode


# in the source


def serve(fd: int) -> None:
    """Fork what is asked for, until the other end is closed. In a command: run it."""
    _import()
    control = socket.socket(fileno=fd)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the waiters
    gc.freeze()
    while True:
        _, files, _, _ = socket.recv_fds(control, 1, 4)
        if not files:
            return
        if os.fork() == 0:
            control.close()
            _wait_for_command(files)
            _lend_fork_server()
            from ingest.__main__ import main

            main()
            return
        for file in files:
            os.close(file)


def _import() -> None:
    """Import what `ingest now` and `ingest daemon` do, and their workers. Nothing of it may start a thread."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import aiohttp  # noqa: F401 (for the commands)

    import ingest.cli
    import ingest.cli.daemon
    import ingest.cli.now
    import ingest.configuration.config
    import ingest.daemon.service
    import ingest.deliveries.hooks
    import ingest.deliveries.judging
    import ingest.maintenance.upkeep
    import ingest.pipeline.run
    import ingest.workers.tasks

    ingest.workers.tasks.warm_up()


def _wait_for_command(files: list[int]) -> None:
    """Return in the command. The waiter stays, and ends with it."""
    answer = socket.socket(fileno=files[0])
    with answer.makefile("r", encoding="utf-8") as file:
        what = json.loads(file.readline())
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        answer.detach()
        _become(what, files[1:])
        return
    for file in files[1:]:
        os.close(file)
    answer.sendall(pid.to_bytes(STATUS_BYTES, "big"))
    while True:
        with suppress(InterruptedError, KeyboardInterrupt):
            _, status = os.waitpid(pid, 0)
            break
    with suppress(OSError):  # nobody asks any more
        answer.sendall(status.to_bytes(STATUS_BYTES, "big"))
    os._exit(0)


class _Child:
    """A forked process, as far as ForkServer needs it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> None:
        os.waitpid(self.pid, 0)


def _lend_fork_server() -> None:
    """Fork the command's first fork server now, while there are no threads. Later ones are started as usual."""
    from ingest.workers import fork_server
    from ingest.workers.processes import ForkServer

    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        fork_server.serve(theirs.fileno())
        os._exit(0)
    theirs.close()
    usual = ForkServer._start  # noqa: SLF001
    lent = [pid]

    def start(server: ForkServer) -> socket.socket:
        if not lent:
            return usual(server)
        server._process = _Child(lent.pop())  # type: ignore[assignment]  # noqa: SLF001
        return ours

    ForkServer._start = start  # type: ignore[method-assign]  # noqa: SLF001


def _become(what: dict[str, Any], files: list[int]) -> None:
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(3, 1024)
    os.environ.clear()
    os.environ.update(what["environment"])
    os.chdir(what["folder"])
    time.tzset()
    tempfile.tempdir = None
    if what["limit"]:
        getattr(limits, what["limit"])()
    sys.argv = ["ingest", *what["arguments"]]
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 (they stay open)
    for number, name in enumerate(("stdout", "stderr"), 1):
        buffer = open(number, "wb", closefd=False)  # noqa: SIM115
        errors = "strict" if number == 1 else "backslashreplace"
        stream = TextIOWrapper(buffer, "utf-8", errors, line_buffering=number == 2 or os.isatty(number))
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
