"""A watch on the archive's file while it is written: its name still leads to it, and only SQLite writes it.

    names      path, log (-wal), the log's index (-shm) and lock lead to what was opened, by device and inode
    content    the file changes only while a checkpoint copies the log into it. Our checkpoints are made here, after a
               check; those of other programs are seen in the index. Any other change is an overwrite, unless the
               compared pages are as they were (`touch`).
    rows       the change log still has its last row (a restore by SQL)

The index is described in https://sqlite.org/walformat.html#the_wal_index_file_format. Closing a descriptor drops
all POSIX locks of the process on that file, SQLite's too: ours are closed after all connections.
"""

import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from struct import unpack_from
from typing import Any, NamedTuple

from storage.connection import check_names, stat_of
from storage.errors import ArchiveError, ArchiveGone, ArchiveOverwritten
from storage.lock import WriterLock

CHECKPOINT_FRAMES = 1000  # SQLite's own default
CHECKPOINT_S = 5.0  # the file is never further behind the log, so that a restored file differs from it
COMPARED_PAGES = 64  # over all the file, 64 of the last checkpoint, and the roots of tables: 0.3 ms
INDEX_BYTES, INDEX_HEADERS_BYTES = 136, 96
LOG_HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24
LAST_CHANGE = "SELECT seq, at, kind, id FROM changes {} ORDER BY seq DESC LIMIT 1"


class _Log(NamedTuple):
    """How much of the log is in the file. `begun` is more than `copied` while a checkpoint runs."""

    salts: bytes
    copied: int
    begun: int


@dataclass(frozen=True, slots=True)
class _Noted:
    """The file at one instant. `log` is None if a checkpoint was running."""

    written: tuple[int, int]
    log: _Log | None
    pages: frozenset[int]
    digest: bytes


class FileWatch:
    """Begins when the connection is open and has its log."""

    def __init__(self, path: Path, db: sqlite3.Connection, lock: WriterLock) -> None:
        real = os.path.realpath(path)
        self._path = path
        self._db = db
        self._fds = [os.open(f"{real}{end}", os.O_RDWR | os.O_CLOEXEC) for end in ("", "-wal", "-shm")]
        self._file, self._log, self._index = self._fds
        paths = (path, Path(f"{real}-wal"), Path(f"{real}-shm"), lock.path)
        self._identities = {
            name: (found.st_dev, found.st_ino)
            for name, found in zip(paths, map(os.fstat, (*self._fds, lock.fd)), strict=True)
        }
        self._page_bytes: int = db.execute("PRAGMA page_size").fetchone()[0]
        self._error: ArchiveError | None = None
        self._roots = frozenset(page for (page,) in db.execute("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0"))
        self._copied_pages = self._roots
        self._checkpoint_at = 0.0
        self._noted = self._note()
        self._rows_version: Any = None
        self._last_change: Any = None
        self.remember()

    def close(self) -> None:
        """Call it after all connections have been closed."""
        for fd in self._fds:
            os.close(fd)

    def check(self) -> None:
        """Raise ArchiveGone, ArchiveOverwritten or ArchiveUnwritable. Once raised, it is raised by every call.

        Nothing may be written from then on.
        """
        if self._error:
            raise self._error
        try:
            self._check_names()
            self._check_content()
            self._check_rows()
        except ArchiveError as error:
            self._error = error
            raise

    def checkpoint(self) -> None:
        """Copy the log into the file if it is long or has waited for CHECKPOINT_S. Call it after `check`.

        A failure does no harm, as with SQLite's own checkpoints: the log stays.
        """
        (frames,) = unpack_from("=I", self._read_index(), 16)
        behind = frames - self._read_log().copied
        if behind and (frames >= CHECKPOINT_FRAMES or time.monotonic() >= self._checkpoint_at + CHECKPOINT_S):
            with suppress(sqlite3.Error):
                self._db.execute("PRAGMA wal_checkpoint")
            self._checkpoint_at = time.monotonic()
            self._noted = self._note()

    def empty_log(self) -> bool:
        """Copy all of the log into the file and cut the log to nothing. Return False if a reader keeps it from that."""
        try:
            busy, *_ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:
            busy = 1
        self._checkpoint_at = time.monotonic()
        self._noted = self._note()
        return not busy

    def remember(self) -> None:
        """Keep the last row of the change log, after a commit that may have added one."""
        self._last_change = self._db.execute(LAST_CHANGE.format("")).fetchone()

    def _check_names(self) -> None:
        for path, identity in self._identities.items():
            found = stat_of(path)
            if found is None or (found.st_dev, found.st_ino) != identity:
                self._leave_log()
                what = "replaced by another file" if found else "removed or renamed"
                remedy = "put the right one in its place, then run this again"
                if path != self._path:
                    remedy = "run this again, which makes a new one: nothing is lost"
                raise ArchiveGone(f"{path}: {what} while the archive was being written; {remedy}")
            if path == self._path and found.st_nlink > 1:
                check_names(path, links=found.st_nlink)

    def _check_content(self) -> None:
        if self._is_written_over():
            self._leave_log()
            raise self._overwritten()
        if (self._written(), self._read_log()) != (self._noted.written, self._noted.log):
            self._noted = self._note()

    def _check_rows(self) -> None:
        version = self._db.execute("PRAGMA data_version").fetchone()  # of other connections' commits
        if version != self._rows_version and self._last_change:
            row = self._db.execute(LAST_CHANGE.format("WHERE seq = ?"), self._last_change[:1]).fetchone()
            if row != self._last_change:
                raise self._overwritten()
        self._rows_version = version

    def _overwritten(self) -> ArchiveOverwritten:
        return ArchiveOverwritten(
            f"{self._path}: another program has written over the file, or restored it, while it was being written;"
            " check it (`PRAGMA integrity_check`), then run this again to go on with what it holds"
        )

    def _is_written_over(self) -> bool:
        """Return whether the file has changed since it was noted, and not by a checkpoint."""
        if self._written() == self._noted.written:
            return False
        # Read after `written`: a checkpoint is entered in the index before it writes.
        return self._read_log() == self._noted.log and self._digest(self._noted.pages) != self._noted.digest

    def _leave_log(self) -> None:
        """Empty the log, or another file of that name would take it over.

        First copy it into its own file, unless that is written over. Without the headers of the index, every connection
        reads the log anew.
        """
        if self._is_written_over():
            os.ftruncate(self._log, 0)
            os.pwrite(self._index, bytes(INDEX_HEADERS_BYTES), 0)
            return
        with suppress(sqlite3.Error):
            self._db.execute("PRAGMA busy_timeout = 100")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _note(self) -> _Noted:
        log, written = self._read_log(), self._written()
        if log.copied:
            self._copied_pages = self._roots.union(self._last_copied(log.copied))
        step = max(1, written[1] // self._page_bytes // COMPARED_PAGES)
        pages = self._copied_pages.union(range(1, COMPARED_PAGES * step + 1, step))
        digest = self._digest(pages)
        still = log.begun == log.copied and self._read_log() == log
        return _Noted(written, log if still else None, pages, digest)

    def _written(self) -> tuple[int, int]:
        found = os.fstat(self._file)
        return found.st_mtime_ns, found.st_size

    def _read_index(self) -> bytes:
        return os.pread(self._index, INDEX_BYTES, 0)

    def _read_log(self) -> _Log:
        index = self._read_index()
        return _Log(index[32:40], *unpack_from("=I", index, 96), *unpack_from("=I", index, 128))

    def _last_copied(self, frames: int) -> Iterator[int]:
        for frame in range(max(0, frames - COMPARED_PAGES), frames):
            place = LOG_HEADER_BYTES + frame * (FRAME_HEADER_BYTES + self._page_bytes)
            yield int.from_bytes(os.pread(self._log, 4, place))

    def _digest(self, pages: frozenset[int]) -> bytes:
        digest = hashlib.blake2b()
        for page in sorted(pages - {0}):
            digest.update(os.pread(self._file, self._page_bytes, (page - 1) * self._page_bytes))
        return digest.digest()
