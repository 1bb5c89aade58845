"""Opening the archive's file, and SQLite's errors as ours."""

import errno
import os
import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from storage.errors import ArchiveDamaged, ArchiveError, ArchiveLocked, ArchiveMissing, ArchiveTooNew, ArchiveUnwritable

APPLICATION_ID = 0x6E657773  # "news", in the file's header (https://sqlite.org/pragma.html#pragma_application_id)
SCHEMA_VERSION = 16  # PRAGMA user_version; the number of storage.migrations

BUSY_TIMEOUT_MS = 10_000  # other programs may hold the file for a moment: a backup, a hand-made VACUUM


def check_place(path: Path) -> None:
    """Raise ArchiveDamaged or ArchiveUnwritable if there can be no archive at `path`. Nothing is made there."""
    folder = Path(os.path.realpath(path)).parent if path.is_symlink() else path.parent
    found = stat_of(path)
    if found and stat.S_ISDIR(found.st_mode):
        raise ArchiveDamaged(f"{path}: a folder, not a file; name a file, such as {path / 'news.db'}")
    if found and not stat.S_ISREG(found.st_mode):
        raise ArchiveDamaged(f"{path}: a device, pipe or socket, not a file; name a file, such as news.db")
    if not folder.is_dir():
        raise ArchiveUnwritable(f"{path}: there is no folder {folder}; make it, or name another archive")


def stat_of(path: Path) -> os.stat_result | None:
    """Return the file's status, None if there is no such file."""
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def check_names(path: Path, *, links: int) -> None:
    """Raise ArchiveUnwritable if the file has several names: each would have its own lock and log."""
    if links > 1:
        raise ArchiveUnwritable(
            f"{path}: the file has {links} names (hard links), and two programs that write it by different names"
            " damage it; remove all names but one, then run this again"
        )
    if os.path.realpath(path) in mount_points():
        raise ArchiveUnwritable(
            f"{path}: the file is mounted by itself, and its log would stay outside; mount its folder instead"
        )


def mount_points() -> set[str]:
    """Return all mount points (proc_pid_mountinfo(5)), empty if the system has no such list."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return set()
    return {re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), line.split()[4]) for line in lines}


def connect(path: Path) -> sqlite3.Connection:
    """Return the writer's connection, in autocommit mode: transactions are begun and ended by hand.

    A commit returns when it is on the disk (`synchronous=FULL`).
    """
    with guarded(path), ExitStack() as opened:
        check_place(path)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
        opened.callback(connection.close)
        _prepare(connection, path, new_allowed=True)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # storage.file_watch does it, after a check
        # KiB. In an archive of a million, shingles are looked up and inserted in 0.54 ms an article, not 0.76.
        connection.execute("PRAGMA cache_size = -16384")
        opened.pop_all()
        return connection


def connect_read_only(path: Path, *, adds_no_file: bool = False, any_thread: bool = False) -> sqlite3.Connection:
    """Return a connection that cannot change the file.

    SQLite makes the files -wal and -shm beside an archive that is read, and leaves them. With `adds_no_file` it makes
    none, unless a crash has left a log alone. Such a connection is for an instant: it ignores a writer that begins.
    With `any_thread`, it may be used and closed by another thread than this one.
    """
    with guarded(path):
        if not path.exists():
            raise ArchiveMissing(f"{path}: there is no archive yet; `ingest now` makes it")
        check_place(path)
        if adds_no_file and not Path(f"{path}-wal").exists():
            return _connect_read_only(path, "mode=ro&immutable=1", any_thread=any_thread)
        try:
            return _connect_read_only(path, "mode=ro", any_thread=any_thread)
        except sqlite3.OperationalError:
            # In a read-only folder, or on a full disk, WAL's shared memory cannot be made. A file without a log, or
            # with an empty one, is complete, and can be read without it.
            log = stat_of(Path(f"{path}-wal"))
            if log and log.st_size:
                raise
            return _connect_read_only(path, "mode=ro&immutable=1", any_thread=any_thread)


def _connect_read_only(path: Path, options: str, *, any_thread: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{options}", uri=True, isolation_level=None, check_same_thread=not any_thread
    )
    try:
        _prepare(connection, path, new_allowed=False)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, *, new_allowed: bool) -> None:
    """Set up a new connection. Raise the archive's errors if the file is no archive that this version knows."""
    connection.row_factory = sqlite3.Row
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if (application_id == APPLICATION_ID and version == 0) or (application_id == 0 and tables == 0):  # not yet made
        if new_allowed:
            return
        raise ArchiveMissing(f"{path}: the archive is empty; `ingest now` fills it")
    if application_id != APPLICATION_ID:
        raise ArchiveDamaged(f"{path}: an SQLite file of another program, not an archive; name another with --archive")
    if version > SCHEMA_VERSION:
        raise ArchiveTooNew(
            f"{path}: written by a later version of ingest"
            f" (schema {version}, this one knows {SCHEMA_VERSION}); upgrade ingest"
        )


def check_current(path: Path, version: int) -> None:
    """Raise ArchiveError if the archive's schema is an earlier one: a dry run cannot bring it up to date."""
    if version < SCHEMA_VERSION:
        raise ArchiveError(
            f"{path}: written by an earlier version of ingest, and a dry run changes nothing;"
            " let `ingest now` bring it up to date, then run this again"
        )


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Raise SQLite's and the system's errors inside as ArchiveErrors."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise translated(error, path) from error


def translated(error: sqlite3.Error | OSError, path: Path) -> ArchiveError:
    """Return the error with the file, the cause and the remedy."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code, https://sqlite.org/rescode.html
    errno_, cause = (error.errno, error.strerror or error) if isinstance(error, OSError) else (0, error)
    if code == sqlite3.SQLITE_FULL or errno_ in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return ArchiveUnwritable(f"{path}: the disk is full; make room, then run this again: nothing is lost")
    if code == sqlite3.SQLITE_IOERR or errno_ == errno.EIO:
        return ArchiveUnwritable(f"{path}: the disk failed ({cause}); check it, then run this again: nothing is lost")
    if isinstance(error, OSError):
        return ArchiveUnwritable(
            f"{path}: the file or its folder cannot be written ({cause}); make both writable, or name another archive"
        )
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        what = "not an SQLite file" if code == sqlite3.SQLITE_NOTADB else f"the file is damaged ({error})"
        return ArchiveDamaged(f"{path}: {what}; restore it from a copy, or name another archive with --archive")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return ArchiveLocked(f"{path}: another program holds a lock on the file; close it, then run this again")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return ArchiveUnwritable(
            f"{path}: the file or its folder is read-only; make both writable, or name another archive"
        )
    if code == sqlite3.SQLITE_CANTOPEN:
        return ArchiveUnwritable(
            f"{path}: the file cannot be opened; check the folder's permissions and the disk, or name another archive"
        )
    return ArchiveError(f"{path}: {error}")
