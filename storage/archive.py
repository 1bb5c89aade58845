"""The writer: all SQL that changes rows. One process at a time, one thread, one connection.

Every method is a few statements and belongs inside `transaction()`; which of them go together is the
caller's business.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from storage.articles import Articles
from storage.clock import Clock
from storage.connection import connect, connect_read_only, guarded
from storage.entries import Entries
from storage.errors import ArchiveError
from storage.feeds import Feeds
from storage.fingerprints import Fingerprints
from storage.lock import WriterLock
from storage.opened import OpenedFile
from storage.rechecks import Rechecks
from storage.records import Host, to_instant, to_text
from storage.rows import not_before
from storage.schema import migrate
from storage.sites import Sites

POLLS_KEPT = timedelta(days=90)  # 500 feeds at 100 polls a day are 4.5 million rows, some 300 MB


class ArchivedTexts(Articles, Sites, Fingerprints):
    """What a text is compared with."""


class TextsReader(ArchivedTexts):
    """The same, read-only, beside a writer. Raises ArchiveMissing, ArchiveDamaged, ArchiveTooNew."""

    def __init__(self, path: Path) -> None:
        self._db = connect_read_only(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()


class Archive(Clock, Feeds, Entries, Rechecks, ArchivedTexts):
    """Opens, or makes, the archive at `path`; `command` is told to a second writer that is turned away.

    Raises ArchiveLocked, ArchiveDamaged, ArchiveTooNew, ArchiveUnwritable.
    """

    def __init__(self, path: Path, command: str) -> None:
        self.path = path
        with ExitStack() as opened:
            self.lock = WriterLock(path, command)
            opened.callback(self.lock.close)
            self._db = connect(path)
            opened.callback(self._db.close)
            with guarded(path):
                migrate(self._db)
                self._opened = OpenedFile(path, self._db, self.lock)
            opened.pop_all()

    def close(self) -> None:
        """Raise what `check` finds, when all is closed."""
        with ExitStack() as opened:
            opened.enter_context(guarded(self.path))
            opened.callback(self.lock.close)
            opened.callback(self._opened.close)
            opened.callback(self._db.close)
            self._opened.check()

    def check(self) -> None:
        """Raise ArchiveGone or ArchiveOverwritten if the file is not what was opened; to be asked when all is quiet."""
        with guarded(self.path):
            self._opened.check()
            self._opened.settle()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, on the disk, and in the file of that name, when it ends without an error."""
        with guarded(self.path):
            self._opened.check()
            self._db.execute("BEGIN IMMEDIATE")
            changes = self._db.total_changes
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                if isinstance(error, (sqlite3.Error, ArchiveError)):
                    self._opened.check()  # a file that was written over reads as damaged
                raise
            self._opened.check()
            if self._db.total_changes > changes:
                self._opened.remember()
                self._opened.settle()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of a transaction that can fail by itself, unless SQLite undoes the whole (full disk)."""
        with guarded(self.path):
            self._db.execute("SAVEPOINT part")
            try:
                yield
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK TO part")
                    self._db.execute("RELEASE part")
                raise
            self._db.execute("RELEASE part")

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    def host(self, host: str) -> Host | None:
        row = self._db.execute(
            "SELECT host, robots, robots_status, robots_at, blocked_until FROM hosts WHERE host = ?", [host]
        ).fetchone()
        return Host(row[0], row[1], row[2], to_instant(row[3]), to_instant(row[4])) if row else None

    def remember_host(self, host: Host) -> None:
        self._db.execute("DELETE FROM hosts WHERE host = ?", [host.host])
        row = asdict(host) | {"robots_at": to_text(host.robots_at), "blocked_until": not_before(host.blocked_until)}
        self._insert("hosts", row)

    def maintain(self, now: datetime) -> None:
        """Drops what has outlived its use and lets SQLite renew its statistics."""
        self._db.execute(
            "DELETE FROM polls WHERE id < (SELECT id FROM polls WHERE at >= ? ORDER BY id LIMIT 1)",
            [to_text(now - POLLS_KEPT)],
        )
        self._db.execute(
            "DELETE FROM hosts WHERE coalesce(robots_at, '') < ?1 AND coalesce(blocked_until, '') < ?1",
            [to_text(now - timedelta(days=2))],
        )
        self._db.execute("PRAGMA analysis_limit = 1000")  # rows of an index: milliseconds, however large the archive
        self._db.execute("PRAGMA optimize")
