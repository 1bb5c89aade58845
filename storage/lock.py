"""The lock of the one writer. The kernel frees it when the process dies."""

import fcntl
import json
import os
import stat
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from storage.connection import check_names, check_place, guarded
from storage.errors import ArchiveLocked, ArchiveUnwritable
from storage.records import to_text

MAX_TRIES, RETRY_S = 5, 0.02  # `holder_of` takes the lock for an instant, which must turn no writer away


class WriterLock:
    """Held from construction to `close()`. Its file beside the archive names the holder and is never removed.

    `flock` belongs to the open file: after a crash nothing is to be cleaned, and a stale file locks nothing.
    Raises ArchiveLocked with the holder's name if another process has it.
    """

    def __init__(self, archive: Path, command: str) -> None:
        self.path = _path(archive)
        with guarded(archive):
            check_place(archive)
            if archive.exists():
                check_names(archive, links=archive.stat().st_nlink)
            self.fd = open_lock(self.path, os.O_RDWR | os.O_CREAT)
        if not self._taken():
            os.close(self.fd)
            holder = holder_of(archive) or {}
            who = (
                f"`ingest {holder['command']}` (process {holder['pid']}, since {holder['since']})"
                if holder
                else "another process"
            )
            raise ArchiveLocked(f"{archive}: {who} is writing to it; wait for its end or stop it, then run this again")
        self._about = {"pid": os.getpid(), "command": command, "since": to_text(datetime.now(UTC))}
        try:
            with guarded(archive):
                self._write(self._about)
        except BaseException:
            os.close(self.fd)
            raise

    def _taken(self) -> bool:
        for _ in range(MAX_TRIES):
            with suppress(BlockingIOError):
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            time.sleep(RETRY_S)
        return False

    def announce(self, **fields: str) -> None:
        """Add to what `holder_of` returns, such as the address of the control socket."""
        self._about |= fields
        self._write(self._about)

    def close(self) -> None:
        with suppress(OSError):  # a full disk; an old name does no harm
            self._write({})
        os.close(self.fd)

    def _write(self, about: dict[str, object]) -> None:
        text = json.dumps(about).encode()
        os.ftruncate(self.fd, 0)
        os.pwrite(self.fd, text, 0)


def holder_of(archive: Path) -> dict[str, str] | None:
    """Return the process that is writing to the archive: pid, command, since, control. Return None without one."""
    try:
        fd = open_lock(_path(archive), os.O_RDONLY)  # flock needs no right to write
    except (OSError, ArchiveUnwritable):
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            about = json.loads(os.pread(fd, 65536, 0))
        except ValueError:
            return None
        return {key: str(value) for key, value in about.items()} or None
    else:
        return None
    finally:
        os.close(fd)


def open_lock(path: Path, flags: int) -> int:
    """Open a lock's file. Raise ArchiveUnwritable if it is a link or not a regular file: it will be written."""
    try:
        fd = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
    except OSError as error:
        if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
            raise _no_lock(path) from error
        raise
    opened = os.fstat(fd)
    if not stat.S_ISREG(opened.st_mode) or opened.st_nlink > 1:
        os.close(fd)
        raise _no_lock(path)
    return fd


def _no_lock(path: Path) -> ArchiveUnwritable:
    return ArchiveUnwritable(
        f"{path}: a link, folder, device or pipe, not the archive's lock; remove it, then run this again"
    )


def _path(archive: Path) -> Path:
    """Return the lock's path beside the real file: every symbolic link to it has the same lock."""
    return Path(f"{os.path.realpath(archive)}-lock")
