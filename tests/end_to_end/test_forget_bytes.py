"""No byte of what was forgotten is left in the file, whatever cuts it short."""

import os
import sqlite3
from contextlib import closing

import pytest

from ingest.maintenance import forget
from storage.archive import Archive
from tests import builders as make
from tests.forgetting import WORD, add, bytes_of, counts, ingest, is_sound


@pytest.fixture
def careless(run):
    """An archive whose SQLite leaves the bytes of what it deletes, as most builds do."""
    with Archive(run.path, "test") as archive:
        archive.db.execute("PRAGMA secure_delete = OFF")
        with archive.transaction():
            archive.subscribe([make.feed()], make.NOW)
            for n in range(1, 9):
                add(archive, n, f"{WORD} text {n}." if n == 8 else f"Text {n}.")
        with archive.transaction():
            archive.db.execute("UPDATE entries SET title = 'T', content = NULL, summary = NULL WHERE id < 8")
            archive.db.execute("UPDATE entries SET content = ? WHERE id = 8", [f"{WORD} " * 3000])
            archive.db.execute("UPDATE articles SET title = 'T' WHERE id < 8")
            archive.db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('rebuild')")
            archive.db.execute("UPDATE entries SET content = 'short' WHERE id = 8")
    return run


def test_no_byte_of_it_is_left_though_sqlite_had_left_some(careless):
    forget_without_erasing(careless)
    assert bytes_of(careless) > 0
    assert ingest(careless, "forget").code == 0
    assert bytes_of(careless) == 0
    assert careless.column("SELECT erased_at IS NOT NULL FROM tombstones") == [1]


def test_no_author_of_it_is_left_in_the_samples_of_sqlites_statistics(to_forget, gazette, run):
    """A SQLite with SQLITE_ENABLE_STAT4 samples the keys of indexes, when any program says ANALYZE."""
    with run.writing() as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute("CREATE TABLE sqlite_stat4 (tbl, idx, nEq, nLt, nDLt, sample)")
        sample = f"author{WORD} smith".encode()
        db.execute("INSERT INTO sqlite_stat4 VALUES ('labels', 'sqlite_autoindex_labels_1', '', '', '', ?)", [sample])
    assert ingest(run, "forget", gazette.url("/1")).code == 0
    assert bytes_of(run) == 0


def forget_without_erasing(run):
    """End before the file is rewritten."""
    with Archive(run.path, "test") as archive:
        going = forget.find("https://news.example/8", archive)
        with archive.transaction():
            forget.forget(going, archive, make.NOW)


def test_a_reader_that_keeps_the_bytes_is_named_and_the_next_run_removes_them(to_forget, gazette, run, monkeypatch):
    monkeypatch.setattr("storage.connection.BUSY_TIMEOUT_MS", 1)
    with closing(sqlite3.connect(run.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM articles").fetchone()
        result = ingest(run, "forget", gazette.url("/1"))
        assert (result.code, "another program reads the archive" in result.err) == (1, True)
        assert "bytes of 1 may be left" in ingest(run, "status").out
        assert "bytes of it may be left" in ingest(run, "explain", gazette.url("/1")).out
        assert bytes_of(run) > 0
    assert ingest(run, "forget").code == 0
    assert bytes_of(run) == 0
    assert "bytes" not in ingest(run, "status").out


@pytest.mark.parametrize("after", ["forget_articles", "give_to_tombstone", "add_tombstone_keys", "commit"])
def test_killed_at_any_instant_it_is_there_or_gone(to_forget, gazette, run, after):
    if not (child := os.fork()):
        with Archive(run.path, "test") as archive:
            going = forget.find(gazette.url("/1"), archive)
            if after != "commit":
                done = getattr(archive, after)
                setattr(archive, after, lambda *args: (done(*args), os._exit(9)))
            with archive.transaction():
                forget.forget(going, archive, make.NOW)
            os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    there = after != "commit"
    assert counts(run, "articles", "pages", "tombstones") == ([2, 2, 0] if there else [1, 1, 1])
    assert is_sound(run)
    assert ingest(run, "forget", gazette.url("/1")).code == 0
    assert (counts(run, "articles"), bytes_of(run)) == ([1], 0)
