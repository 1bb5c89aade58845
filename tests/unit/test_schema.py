"""The schema that the migrations make, and archives of earlier ones."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from sqlite_utils import Database

from storage.archive import Archive
from storage.connection import APPLICATION_ID, SCHEMA_VERSION
from storage.migrations import NAMES, migrate, migrations
from storage.reader import Reader
from tests import builders as make


def test_the_last_migration_sets_the_version():
    assert len(NAMES) == SCHEMA_VERSION
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db)
        assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


def test_a_reader_of_an_earlier_archive_sees_what_a_writer_adds_after_migrating_it(tmp_path):
    path = tmp_path / "news.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations.apply(Database(db, strict=True), stop_before="m006_precision")
    with Reader(path) as reader:
        assert reader.rechecks_due() == 0
        with Archive(path, "now") as archive:
            archive.subscribe([make.feed()], make.NOW)
            archive.add_entries(1, [make.entry()], make.NOW)
            archive.schedule_recheck(1, make.entry(), make.NOW)
            archive.add_article(make.article(published_precision="day"), (), make.NOW)
        reader.data_version()
        assert reader.rechecks_due() == 1
        (change,) = reader.change_rows(after=0)
        assert change["record"]["published_precision"] == "day"


@pytest.mark.parametrize("left", ["true", "seq < 3", "false"])
def test_a_change_log_that_is_remade_goes_on_with_its_numbers(tmp_path, left):
    path = tmp_path / "news.db"
    change = "INSERT INTO changes (at, kind, id, article_id, cause) VALUES ('', 'revision', 7, 8, 'edit')"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations.apply(Database(db, strict=True), stop_before="m011_tombstones")
        for _ in range(4):
            db.execute(change)
        db.execute(f"DELETE FROM changes WHERE NOT ({left})")
        before = db.execute("SELECT * FROM changes").fetchall()
        migrate(db)
        assert db.execute("SELECT * FROM changes").fetchall() == before
        assert db.execute("SELECT name FROM sqlite_sequence WHERE name LIKE '%changes'").fetchall() == [("changes",)]
        db.execute(change.replace("revision", "forgotten"))
        assert db.execute("SELECT max(seq) FROM changes").fetchone() == (5,)
        assert db.execute("SELECT count(*) FROM daily_counts").fetchone()[0]
    with Archive(path, "test") as archive:
        archive.add_article(make.article(), (), make.NOW)
    with Reader(path) as reader:
        assert reader.last_seq() == 6


def test_the_change_log_of_an_empty_archive_begins_at_one():
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db)
        db.execute("INSERT INTO tombstones (article_id, forgotten_at) VALUES (5, '')")
        assert db.execute("SELECT seq, kind, id FROM changes").fetchall() == [(1, "forgotten", 5)]


@pytest.mark.parametrize("library", ["pandas", "numpy"])
def test_opening_an_archive_does_not_import_libraries_of_types_that_it_never_has(library):
    program = f"import storage.archive, sys; sys.exit({library!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
