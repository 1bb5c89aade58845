"""The writer: one process at a time, one thread, one connection.

Every method is a few statements and belongs inside `transaction()`. The caller says which of them go in one.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from storage.alerts import AlertUpdates
from storage.articles import ArticleUpdates
from storage.connection import connect, guarded
from storage.copies import CopyUpdates
from storage.crawls import CrawlUpdates
from storage.deliveries import DeliveryUpdates
from storage.documents import DocumentUpdates
from storage.entries import EntryUpdates
from storage.errors import ArchiveError
from storage.feeds import FeedUpdates
from storage.file_watch import FileWatch
from storage.fingerprints import FingerprintUpdates
from storage.gaps import GapUpdates
from storage.jobs import JobUpdates
from storage.lock import WriterLock
from storage.migrations import migrate
from storage.reader import Queries
from storage.rechecks import RecheckUpdates
from storage.records import to_text
from storage.repeats import RepeatUpdates
from storage.rhythms import RhythmUpdates
from storage.sites import SiteUpdates
from storage.tombstones import TombstoneUpdates

POLLS_KEPT = timedelta(days=90)  # 500 feeds at 100 polls a day are 4.5 million rows, some 300 MB
WAITING_COLUMNS = (
    ("feeds", "polled_at"),
    ("feeds", "due_at"),
    ("entries", "due_at"),
    ("rechecks_due", "due_at"),
    ("hosts", "robots_at"),
    ("hosts", "blocked_until"),
    ("deliveries", "due_at"),
)
UNSCHEDULED = {("feeds", "due_at"): "schedule IS NULL"}


class Archive(
    FeedUpdates,
    EntryUpdates,
    RecheckUpdates,
    ArticleUpdates,
    CopyUpdates,
    FingerprintUpdates,
    SiteUpdates,
    TombstoneUpdates,
    DeliveryUpdates,
    AlertUpdates,
    GapUpdates,
    JobUpdates,
    RepeatUpdates,
    RhythmUpdates,
    DocumentUpdates,
    CrawlUpdates,
    Queries,
):
    """Opens or makes the archive at `path`. A second writer is refused with the name of this one's `command`.

    Raises ArchiveLocked, ArchiveDamaged, ArchiveTooNew, ArchiveUnwritable.
    """

    def __init__(self, path: Path, command: str) -> None:
        self.path = path
        with ExitStack() as opened:
            self.lock = WriterLock(path, command)
            opened.callback(self.lock.close)
            self.db = connect(path)
            opened.callback(self.db.close)
            with guarded(path):
                migrate(self.db)
                self._file = FileWatch(path, self.db, self.lock)
            opened.pop_all()

    def close(self) -> None:
        """Close everything, then raise what `check` has found."""
        with ExitStack() as opened:
            opened.enter_context(guarded(self.path))
            opened.callback(self.lock.close)
            opened.callback(self._file.close)
            opened.callback(self.db.close)
            self._file.check()

    def check(self) -> None:
        """Raise ArchiveGone or ArchiveOverwritten if the file is not the opened one. Call it between transactions."""
        with guarded(self.path):
            self._file.check()
            self._file.checkpoint()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all or nothing. At its end, all is on the disk and in the file of that name."""
        with guarded(self.path):
            self._file.check()
            self.db.execute("BEGIN IMMEDIATE")
            changes = self.db.total_changes
            try:
                yield
                self.db.execute("COMMIT")
            except BaseException as error:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                if isinstance(error, (sqlite3.Error, ArchiveError)):
                    self._file.check()  # a file that was written over reads as damaged
                raise
            self._file.check()
            if self.db.total_changes > changes:
                self._file.remember()
                self._file.checkpoint()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Let a piece of a transaction fail by itself, unless SQLite undoes all of it (full disk)."""
        with guarded(self.path):
            self.db.execute("SAVEPOINT piece")
            try:
                yield
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK TO piece")
                    self.db.execute("RELEASE piece")
                raise
            self.db.execute("RELEASE piece")

    @property
    def in_transaction(self) -> bool:
        return self.db.in_transaction

    def rewrite(self) -> bool:
        """Rewrite the file without free space, so that it has no bytes of earlier rows. Call it outside transactions.

        Return False if another program's read keeps the earlier bytes in file and log.
        """
        with guarded(self.path):
            self._file.check()
            self.db.execute("VACUUM")
            self._file.check()
            return self._file.empty_log()

    def follow_clock(self, now: datetime) -> None:
        """If the clock was set back, move every instant that a row waits for back by as much.

        Feeds with a schedule wait for a time of the calendar: `reschedule` is for them.
        """
        behind_s = self.clock_behind_s(now)
        for table, column in WAITING_COLUMNS if behind_s else ():
            self.db.execute(
                f"""UPDATE {table}
                    SET {column} = strftime('%Y-%m-%dT%H:%M:%SZ', strftime('%s', {column}) - ?1, 'unixepoch')
                    WHERE {column} > ?2 AND {UNSCHEDULED.get((table, column), "TRUE")}""",  # noqa: S608 (our own names)
                [behind_s, to_text(now)],
            )

    def maintain(self, now: datetime) -> None:
        """Drop old polls and hosts, and let SQLite renew its statistics."""
        self.db.execute(
            "DELETE FROM polls WHERE id < (SELECT id FROM polls WHERE at >= ? ORDER BY id LIMIT 1)",
            [to_text(now - POLLS_KEPT)],
        )
        self.drop_old_hosts(now)
        self.db.execute("PRAGMA analysis_limit = 1000")  # rows of an index: milliseconds, however large the archive
        self.db.execute("PRAGMA optimize")
