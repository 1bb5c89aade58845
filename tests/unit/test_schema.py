"""The schema that the migrations make, and archives of earlier ones."""

import sqlite3
from contextlib import closing

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
        (change,) = reader.changes(after=0)
        assert change["record"]["published_precision"] == "day"
