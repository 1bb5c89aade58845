"""The archive as a file: its lock, its log, and files that are not an archive."""

import errno
import os
import re
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.connection import APPLICATION_ID
from storage.errors import ArchiveDamaged, ArchiveLocked, ArchiveMissing, ArchiveTooNew, ArchiveUnwritable
from storage.lock import holder_of
from storage.migrations import migrations
from storage.reader import Reader
from tests import builders as make

NOW = make.NOW


def test_a_second_writer_learns_who_the_first_is(archive, path):
    with pytest.raises(ArchiveLocked, match=r"`ingest now` \(process \d+, since .*Z\) is writing to it; wait"):
        Archive(path, "daemon")


def test_a_disk_without_room_for_the_locks_note_is_named_and_holds_nothing(path, monkeypatch):
    def no_room(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", no_room)
        with pytest.raises(ArchiveUnwritable, match=r"the disk is full; make room, .+ nothing is lost"):
            Archive(path, "now")
    archive = Archive(path, "now")
    monkeypatch.setattr(os, "pwrite", no_room)
    archive.close()
    monkeypatch.undo()
    Archive(path, "now").close()


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.EDQUOT, "the disk is full; make room, then run this again: nothing is lost"),
        (errno.EIO, "the disk failed (Input/output error); check it, then run this again: nothing is lost"),
        (errno.EROFS, "cannot be written (Read-only file system); make both writable, or name another archive"),
    ],
)
def test_a_lock_that_cannot_be_written_is_reported_with_its_own_remedy(path, monkeypatch, number, sentence):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "ftruncate", fail)
    with pytest.raises(ArchiveUnwritable, match=re.escape(sentence)):
        Archive(path, "now")


def test_a_reader_that_stays_delays_nobody_and_the_log_shrinks_when_it_goes(archive, path):
    log = Path(f"{path}-wal")

    def add(number):
        with archive.transaction():
            pages = [make.page(os.urandom(1_000_000))]
            archive.add_article(make.article(f"https://news.example/{number}", f"Text {number}."), pages, NOW)

    with Reader(path) as reader:
        list(reader.rows("BEGIN"))
        assert reader.totals()["articles"] == 0
        for number in range(20):
            add(number)
        with archive.transaction():
            archive.maintain(NOW)
        assert reader.totals()["articles"] == 0
        assert log.stat().st_size > 20_000_000
        assert path.stat().st_size < 2_000_000
    add(20)
    assert path.stat().st_size > 20_000_000
    size = log.stat().st_size
    add(21)
    assert log.stat().st_size == size


def test_the_lock_goes_with_its_holder(path):
    Archive(path, "now").close()
    assert holder_of(path) is None
    Archive(path, "now").close()


def test_a_file_that_is_not_an_archive_is_refused_and_stays_unchanged(path):
    path.write_bytes(b"my diary\n" * 1000)
    with pytest.raises(ArchiveDamaged, match="not an SQLite file; restore"):
        Archive(path, "now")
    with pytest.raises(ArchiveDamaged):
        Reader(path)
    assert path.read_bytes() == b"my diary\n" * 1000


def test_another_programs_sqlite_file_is_refused(path):
    import sqlite3

    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    with pytest.raises(ArchiveDamaged, match="another program"):
        Archive(path, "now")


def test_an_archive_whose_making_was_interrupted_is_completed(path):
    import sqlite3

    from sqlite_utils import Database

    with sqlite3.connect(path) as begun:
        begun.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations.ensure_migrations_table(Database(begun))
    begun.close()
    with pytest.raises(ArchiveMissing, match="empty"):
        Reader(path)
    with Archive(path, "now") as archive:
        assert archive.add_article(make.article(), (), NOW) == 1


def test_a_schema_from_the_future_is_refused(path):
    import sqlite3

    Archive(path, "now").close()
    with sqlite3.connect(path) as future:
        future.execute("PRAGMA user_version = 99")
    future.close()
    for opening in (lambda: Archive(path, "now"), lambda: Reader(path)):
        with pytest.raises(ArchiveTooNew, match="schema 99"):
            opening()


def test_there_is_no_archive_before_the_first_run(path):
    with pytest.raises(ArchiveMissing, match="`ingest now` makes it"):
        Reader(path)
    assert not path.exists()


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ArchiveUnwritable, match="nowhere"):
        Archive(tmp_path / "nowhere" / "news.db", "now")


def test_a_reader_sees_the_archive_beside_the_writer(archive, path):
    with Reader(path) as reader:
        before = reader.data_version()
        archive.add_article(make.article(), (), NOW)
        assert reader.data_version() != before
        assert reader.totals()["articles"] == 1


def test_a_reader_cannot_write(archive, path):
    import storage.errors

    with Reader(path) as reader, pytest.raises(storage.errors.ArchiveError):
        list(reader.rows("DELETE FROM articles"))
