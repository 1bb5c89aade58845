"""A copy of the archive while others read and write it, by SQLite's online backup (https://sqlite.org/backup.html).

The copy is of one instant. A read transaction is held to its end: without it, every commit of the writer would
restart the copy. In WAL mode that delays nobody. The copy grows under a temporary name beside its own, is checked, and
gets its name when it is on the disk.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from storage.connection import check_place, connect_read_only, guarded
from storage.errors import ArchiveDamaged, ArchiveLocked, ArchiveUnwritable
from storage.files import Protected, sync_folder

PAGES_A_STEP = 2560  # 10 MiB; after each step the progress is reported

STEPS_A_QUESTION = 10_000  # of SQLite's machine, between two questions whether a check is to be given up

Progress = Callable[[int, int], None]


def back_up(
    source: Path,
    target: Path,
    progress: Progress = lambda _done, _total: None,
    *,
    protected: Protected | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Copy the archive. Return the size of the new file in bytes. `progress` gets the pages copied and all pages.

    `is_stopped` is asked often. Once it returns true, the copy is given up with BackupStopped.
    Raises ArchiveUnwritable if `target` exists, has no room or cannot be made; OutputRefused if it or its temporary
    name is `protected` (by default: the archive and its companions), and what opening the archive raises.
    """
    protected = protected or Protected(source)
    for path in (target, _part_of(target)):
        protected.check(path)
    with closing(connect_read_only(source)) as archive, guarded(target):
        _check_free(target)
        with _part(target, source.stat().st_mode & 0o666 | 0o600) as (part, fd):
            _check_room(archive, target)
            with closing(sqlite3.connect(part, isolation_level=None)) as copy:
                copy.execute("PRAGMA journal_mode = OFF")  # an interrupted copy is deleted
                copy.execute("PRAGMA synchronous = OFF")
                archive.execute("BEGIN")
                archive.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # begins the read transaction
                archive.backup(copy, pages=PAGES_A_STEP, progress=_step(progress, is_stopped))
            _check_sound(source, part, is_stopped)
            os.fsync(fd)
            _check_free(target)
            part.rename(target)
            size_bytes = os.fstat(fd).st_size
        sync_folder(target)
        return size_bytes


class BackupStopped(Exception):
    """The copy was given up, as it was asked to be. Nothing of it is left."""


def remove_parts_of_copies(folder: Path, is_of_copy: Callable[[str], bool]) -> None:
    """Remove what killed processes left of copies that have such names, unless another process is writing it."""
    for part in folder.glob("*.part"):
        if is_of_copy(part.name.removesuffix(".part")) and part.is_file() and not part.is_symlink():
            with suppress(OSError), part.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                part.unlink()


def _step(progress: Progress, is_stopped: Callable[[], bool]) -> Callable[[int, int, int], None]:
    def step(_status: int, left: int, total: int) -> None:
        if is_stopped():
            raise BackupStopped
        progress(total - left, total)

    return step


def _part_of(target: Path) -> Path:
    return Path(f"{target}.part")  # "/" has no name that `with_name` could change


def _check_free(target: Path) -> None:
    check_place(target)
    if os.path.lexists(target):
        raise ArchiveUnwritable(f"{target}: there is such a file already; remove it, or name another")


def _check_room(archive: sqlite3.Connection, target: Path) -> None:
    """A copy that fills the disk would stop the writer too, if the archive is on the same one."""
    ((pages,), (page_bytes,)) = (archive.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
    free_bytes = shutil.disk_usage(target.absolute().parent).free
    if free_bytes < pages * page_bytes:
        free, needed = (f"{size / 1e6:.1f} MB" for size in (free_bytes, pages * page_bytes))
        raise ArchiveUnwritable(f"{target}: its disk has {free} free and the copy needs {needed}; make room")


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


def _check_sound(source: Path, part: Path, is_stopped: Callable[[], bool]) -> None:
    """Raise ArchiveDamaged if the copy is damaged: it equals the archive page for page."""
    with closing(sqlite3.connect(f"{part.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
        copy.set_progress_handler(is_stopped, STEPS_A_QUESTION)
        try:
            (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError:
            if is_stopped():
                raise BackupStopped from None
            raise
    if found != "ok":
        raise ArchiveDamaged(f"{source}: the file is damaged ({found}); restore it from an earlier copy")
