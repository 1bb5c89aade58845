"""A copy of the archive while others read and write it, by SQLite's online backup (https://sqlite.org/backup.html).

The copy is of one instant. A read transaction is held to its end: without it, every commit of the writer would
restart the copy. In WAL mode that delays nobody. The copy grows under a temporary name beside its own, is checked, and
gets its name when it is on the disk.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from storage.connection import check_place, connect_read_only, guarded
from storage.errors import ArchiveDamaged, ArchiveLocked, ArchiveUnwritable
from storage.files import Protected, sync_folder

PAGES_A_STEP = 2560  # 10 MiB; after each step the progress is reported

Progress = Callable[[int, int], None]


def back_up(
    source: Path,
    target: Path,
    progress: Progress = lambda _done, _total: None,
    *,
    protected: Protected | None = None,
) -> int:
    """Copy the archive. Return the size of the new file in bytes. `progress` gets the pages copied and all pages.

    Raises ArchiveUnwritable if `target` exists or cannot be made, OutputRefused if it or its temporary name is
    `protected` (by default: the archive and its companions), and what opening the archive raises.
    """
    protected = protected or Protected(source)
    for path in (target, _part_of(target)):
        protected.check(path)
    with closing(connect_read_only(source)) as archive, guarded(target):
        _check_free(target)
        with _part(target, source.stat().st_mode & 0o666 | 0o600) as (part, fd):
            with closing(sqlite3.connect(part, isolation_level=None)) as copy:
                copy.execute("PRAGMA journal_mode = OFF")  # an interrupted copy is deleted
                copy.execute("PRAGMA synchronous = OFF")
                archive.execute("BEGIN")
                archive.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # begins the read transaction
                archive.backup(
                    copy, pages=PAGES_A_STEP, progress=lambda _status, left, total: progress(total - left, total)
                )
            _check_sound(source, part)
            os.fsync(fd)
            _check_free(target)
            part.rename(target)
            size_bytes = os.fstat(fd).st_size
        sync_folder(target)
        return size_bytes


def _part_of(target: Path) -> Path:
    return Path(f"{target}.part")  # "/" has no name that `with_name` could change


def _check_free(target: Path) -> None:
    check_place(target)
    if os.path.lexists(target):
        raise ArchiveUnwritable(f"{target}: there is such a file already; remove it, or name another")


@contextmanager
def _part(target: Path, mode: int) -> Iterator[tuple[Path, int]]:
    """Yield the empty temporary file, locked against another backup. It is removed if it was not renamed.

    One that a killed process left is taken over. It is closed after SQLite's descriptor: closing a file drops all POSIX
    locks of the process on it.
    """
    part = _part_of(target)
    fd = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            taken = f"{target}: another `ingest backup` is writing it; wait for its end, or name another"
            raise ArchiveLocked(taken) from None
        if not part.exists() or not os.path.samestat(part.stat(), os.fstat(fd)):
            raise ArchiveUnwritable(f"{target}: there is such a file already; remove it, or name another")
        try:
            os.ftruncate(fd, 0)
            yield part, fd
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise
    finally:
        os.close(fd)


def _check_sound(source: Path, part: Path) -> None:
    """Raise ArchiveDamaged if the copy is damaged: it equals the archive page for page."""
    with closing(sqlite3.connect(f"{part.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
        (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise ArchiveDamaged(f"{source}: the file is damaged ({found}); restore it from an earlier copy")
