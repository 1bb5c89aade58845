"""The file that says which command of a hook runs. It is locked for as long as that command runs.

The lock is flock's. It belongs to the open file, which the command inherits from the sender: after `kill -9` of the
sender it is held until the command has ended. The file names the command's process group:

    ""                     no command runs
    "starting"             a command is about to start: its group is not known yet
    "GROUP BOOT:TICKS"     the group, and when its first process started: numbers of processes are given again
"""

import asyncio
import fcntl
import os
import signal
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from storage.errors import ArchiveUnwritable
from storage.files import hook_file
from storage.lock import open_lock

TERM_TIMEOUT_S = 1.0  # from SIGTERM to SIGKILL
KILL_TIMEOUT_S = 2.0  # from SIGKILL to an error: a process that waits for a disk cannot be ended
STARTING = "starting"
_POLL_S = 0.01
_TEXT_BYTES = 100
_STATE, _START_TICKS = 0, 19  # fields of /proc/PID/stat (proc(5)) after the name


def lock_path(archive: Path, hook: str) -> Path:
    """Return the file's path beside the real archive, whichever link leads to it."""
    return hook_file(Path(os.path.realpath(archive)), hook)


class CommandLock:
    """Without a path it locks nothing: for a command that may run beside another."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._fd: int | None = None

    @property
    def fds(self) -> list[int]:
        """The descriptors that a command inherits."""
        return [] if self._fd is None else [self._fd]

    async def take(self) -> str | None:
        """Take the lock, and end the command that an earlier sender has left. Return why that is not possible."""
        if self._path is None:
            return None
        try:
            return await self._take(self._path)
        except ArchiveUnwritable as error:
            return str(error)
        except OSError as error:
            return f"{self._path}: the lock of the hook's command cannot be written: {error.strerror}"

    async def _take(self, path: Path) -> str | None:
        if self._fd is None:
            self._fd = open_lock(path, os.O_RDWR | os.O_CREAT)
        is_ours = self._locked()
        if not is_ours and not self._text():  # its command has ended: a program that it started has the file open
            os.close(self._fd)
            self._fd = None
            os.unlink(path)  # noqa: PTH108 (as short as the rest)
            self._fd = open_lock(path, os.O_RDWR | os.O_CREAT)
            is_ours = self._locked()
        group, started = self._group()
        running = partial(_is_running, group, started, certain=not is_ours)
        if running():
            await end_group(group)
        deadline = time.monotonic() + KILL_TIMEOUT_S
        while not (is_ours and not running()) and time.monotonic() < deadline:
            await asyncio.sleep(_POLL_S)
            is_ours = is_ours or self._locked()
        if is_ours and not running():
            self.note("")
            return None
        which = f"process group {group}; `kill -9 -- -{group}` ends it" if group else f"`fuser -k {path}` ends it"
        return f"an earlier command of this hook is still running ({which})"

    def note(self, text: str) -> None:
        """Write which command runs."""
        if self._fd is not None:
            with suppress(OSError):  # a full disk: the file has its few bytes already, or a kill goes unnoticed
                os.pwrite(self._fd, text.ljust(_TEXT_BYTES).encode(), 0)  # in one piece: a kill leaves no half of it

    def note_group(self, group: int) -> None:
        self.note(f"{group} {_started(group)}")

    def close(self) -> None:
        """Give up the lock. A program that a command has left running keeps it."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _locked(self) -> bool:
        assert self._fd is not None
        with suppress(BlockingIOError):
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def _text(self) -> str:
        assert self._fd is not None
        return os.pread(self._fd, _TEXT_BYTES, 0).decode(errors="replace").strip()

    def _group(self) -> tuple[int, str]:
        """Return the group of the command, 0 if none is known, and its start."""
        group, _, started = self._text().partition(" ")
        return (int(group) if group.isascii() and group.isdigit() else 0), started


async def end_group(group: int) -> None:
    """Send SIGTERM to the processes of a group, and SIGKILL to those that are left a second later, or at a cancel."""
    try:
        _signal(group, signal.SIGTERM)
        deadline = time.monotonic() + TERM_TIMEOUT_S
        while _signal(group, 0) and time.monotonic() < deadline:  # noqa: ASYNC110 (no event tells of a group's end)
            await asyncio.sleep(_POLL_S)
    finally:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    """Send a signal to a group. Return whether there is such a group."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says so for a group of zombies
        return True
    return True


def _is_running(group: int, started: str, *, certain: bool) -> bool:
    """Return whether the group that began with a process started then has processes left.

    Where no start is known (macOS), a group is taken for the same if it is `certain` that its command runs.
    """
    if group <= 1 or group == os.getpgrp() or not _signal(group, 0):
        return False
    fields = _stat(group)
    if fields is None:  # its first process is gone; its number is not given again while the group lasts
        return bool(started) or certain
    return fields[_STATE] != "Z" and _started(group) == started


def _started(pid: int) -> str:
    """Return the boot and the tick at which a process started, "" where there is no /proc."""
    fields = _stat(pid)
    with suppress(OSError):
        if fields:
            return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}:{fields[_START_TICKS]}"
    return ""


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat after the name, None if there is no such process or no /proc."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
