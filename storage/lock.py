"""One writer process at a time: a lock that the kernel frees when its holder dies."""

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

TRIES, BETWEEN_TRIES_S = 5, 0.02  # `holder_of` takes the lock for an instant: that turns no writer away


class WriterLock:
    """Held from construction to `close()`. The file beside the archive says who holds it and is never removed.

    `flock` goes with the open file: it needs no cleaning after a crash, and a stale file locks nothing.
    Raises ArchiveLocked with the holder's name when another process has it.
    """

    def __init__(self, archive: Path, command: str) -> None:
        self.path = _path(archive)
        with guarded(archive):
            check_place(archive)
            if archive.exists():
                check_names(archive, links=archive.stat().st_nlink)
            self.fd = _open(self.path, os.O_RDWR | os.O_CREAT)
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
        for _ in range(TRIES):
            with suppress(BlockingIOError):
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            time.sleep(BETWEEN_TRIES_S)
        return False

    def announce(self, **facts: str) -> None:
        """Adds to what others read of the holder, such as the address it can be asked at."""
        self._about |= facts
        self._write(self._about)

    def close(self) -> None:
        with suppress(OSError):  # a full disk; nobody reads of a holder that is gone
            self._write({})
        os.close(self.fd)

    def _write(self, about: dict[str, object]) -> None:
        text = json.dumps(about).encode()
        os.ftruncate(self.fd, 0)
        os.pwrite(self.fd, text, 0)


def holder_of(archive: Path) -> dict[str, str] | None:
    """What the process that is writing to the archive says of itself: pid, command, since, control; or None."""
    try:
        fd = _open(_path(archive), os.O_RDONLY)  # flock asks for no right to write
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


def _open(path: Path, flags: int) -> int:
    """Open the lock file. Raise ArchiveUnwritable if it is a link or no regular file: it will be written."""
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
    """Beside the file itself: every name that links to it has the same lock."""
    return Path(f"{os.path.realpath(archive)}-lock")
