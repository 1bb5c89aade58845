"""A hook with a command: a program that gets the events of a delivery as JSON lines on its standard input.

    exit code 0      taken
    exit code 65     refused (EX_DATAERR of sysexits.h)
    anything else    tried again

The lines are in a file without a name, so that the program always gets all of them. It runs in a session of its own.
At the time limit, or if the sender is cancelled, its process group is ended.
"""

import asyncio
import errno
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Self

from ingest.configuration.hooks import HookSettings
from ingest.deliveries.command_lock import KILL_TIMEOUT_S, STARTING, CommandLock, end_group
from ingest.deliveries.retries import is_refusal
from ingest.deliveries.transport import Event, Sent, as_json
from ingest.text.markup import clean_line, cut

MAX_SHOWN_COLUMNS = 300  # of the command's last line, in an error
_MAX_LINE_BYTES = 4096
_READ_BYTES = 65536
_MAX_LATE_READS = 16  # after the end of the command; what it has left running may write for ever


class CommandTransport:
    """Runs the hook's command once for each delivery."""

    def __init__(self, hook: HookSettings, lock: CommandLock) -> None:
        self._hook = hook
        self._lock = lock

    async def send(self, events: Sequence[Event]) -> Sent:
        if in_the_way := await self._lock.take():
            return Sent(taken=False, error=in_the_way)
        try:
            stdin = await asyncio.to_thread(_lines, events)
        except OSError as error:
            return Sent(taken=False, error=f"the folder for temporary files cannot be written: {error.strerror}")
        with stdin:
            self._lock.note(STARTING)
            try:
                command = _Command(self._hook, stdin, self._lock.fds)
            except (OSError, ValueError) as error:
                self._lock.note("")
                return Sent(taken=False, error=_why_not_started(self._hook.command[0], error))
        self._lock.note_group(command.group)
        with closing(command):
            return await self._until_ended(command)

    async def _until_ended(self, command: "_Command") -> Sent:
        limit_s = self._hook.timeout_s
        try:
            async with asyncio.timeout(limit_s):
                code = await command.end()
        except TimeoutError:
            code = None
        finally:
            if not command.has_ended:
                try:
                    await end_group(command.group)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(KILL_TIMEOUT_S):
                            await command.end()
                finally:
                    if command.has_ended:
                        self._lock.note("")
            else:
                self._lock.note("")
        if code == 0:
            return Sent(taken=True, status=0)
        said = command.last_line()
        said = f": {said}" if said else ""
        if code is None:
            return Sent(taken=False, error=f"not done within {limit_s:g} s (timeout_s), and ended{said}")
        if code < 0:
            return Sent(taken=False, status=128 - code, error=f"ended by {_signal_name(-code)}{said}")
        return Sent(taken=False, refused=is_refusal(code), status=code, error=f"exit code {code}{said}")


class _Command:
    """A running command. `group` is its process group, which is named after its process."""

    def __init__(self, hook: HookSettings, stdin: IO[bytes], fds: Sequence[int]) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[int] = self._loop.create_future()
        with _Tail() as out, _Tail() as err:
            self._process = subprocess.Popen(  # noqa: S603 (the user's own program)
                hook.command,
                stdin=stdin,
                stdout=out.write_fd,
                stderr=err.write_fd,
                start_new_session=True,
                pass_fds=fds,
                env=os.environ | {"INGEST_HOOK": hook.name},
            )
            self._tails = err.reading(), out.reading()
        self.group = self._process.pid
        try:
            threading.Thread(target=self._wait, name=f"hook {hook.name}", daemon=True).start()
        except RuntimeError as error:  # there may be no more threads
            self._process.kill()
            self._process.wait()
            self.close()
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from error

    @property
    def has_ended(self) -> bool:
        return self._ended.done()

    async def end(self) -> int:
        """Return the exit code, or the negative number of the signal, when the process has ended.

        It is not waited for the end of its output: what it has left running may keep that open.
        """
        return await asyncio.shield(self._ended)

    def last_line(self) -> str:
        """Return the last line on stderr, else on stdout."""
        return next(filter(None, (tail.last_line() for tail in self._tails)), "")

    def close(self) -> None:
        for tail in self._tails:
            tail.close()

    def _wait(self) -> None:
        code = self._process.wait()
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._ended.set_result, code)


class _Tail:
    """A pipe of which the last bytes are kept. It is closed at the end of `with` unless `reading` was called."""

    def __init__(self) -> None:
        self._read_fd, self.write_fd = os.pipe()
        self._bytes = b""
        self._is_read = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.write_fd)
        if not self._is_read:
            os.close(self._read_fd)

    def reading(self) -> Self:
        self._is_read = True
        os.set_blocking(self._read_fd, False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._read_fd, self._read)
        return self

    def _read(self) -> bool:
        """Read a piece. Return whether there may be more now."""
        try:
            piece = os.read(self._read_fd, _READ_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            piece = b""
        if not piece:
            self._loop.remove_reader(self._read_fd)
        self._bytes = (self._bytes + piece)[-_MAX_LINE_BYTES:]
        return bool(piece)

    def last_line(self) -> str:
        for _ in range(_MAX_LATE_READS):
            if not self._read():
                break
        lines = (clean_line(line).strip() for line in reversed(self._bytes.decode(errors="replace").splitlines()))
        return cut(next(filter(None, lines), ""), MAX_SHOWN_COLUMNS)

    def close(self) -> None:
        self._loop.remove_reader(self._read_fd)
        os.close(self._read_fd)


def _lines(events: Sequence[Event]) -> IO[bytes]:
    """Return a file without a name, open at its beginning, with an event a line.

    On a full disk it is in memory, where the system has such files: a full disk may be what the event is about.
    """
    try:
        return _filled(tempfile.TemporaryFile(), events)
    except OSError:
        if not hasattr(os, "memfd_create"):
            raise
        return _filled(os.fdopen(os.memfd_create("events"), "w+b"), events)


def _filled(file: IO[bytes], events: Sequence[Event]) -> IO[bytes]:
    try:
        for event in events:
            file.write(as_json(event).encode() + b"\n")
        file.seek(0)
    except BaseException:
        with suppress(OSError):  # what it has not written yet finds no room either
            file.close()
        raise
    return file


def _why_not_started(program: str, error: OSError | ValueError) -> str:
    number = error.errno if isinstance(error, OSError) else None
    place = shutil.which(program)
    if number == errno.ENOENT and place:
        return f"{program}: its first line names an interpreter that is not there; change it"
    if number == errno.ENOENT:
        where = f"in the working directory {Path.cwd()}" if "/" in program else "on the PATH"
        return f"{program}: there is no such program {where}; write its full path in command"
    if number == errno.EACCES:
        return f"{program}: is no program that may be run; `chmod +x {program}` makes it one"
    if number == errno.ENOEXEC:
        return f"{program}: is not a program of this machine; a script begins with a line such as #!/bin/sh"
    return f"{program}: cannot be started: {error.strerror if isinstance(error, OSError) else error}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
