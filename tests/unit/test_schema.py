"""storage/schema.sql is the schema that the migrations make."""

import re
import sqlite3
from contextlib import closing

from storage.connection import SCHEMA_VERSION
from storage.earlier import SCHEMA
from storage.migrations import NAMES, migrate


def objects(make):
    """Return the SQL of each table, index, view and trigger, without comments, spaces and quotes."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        make(db)
        rows = db.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE '%_migrations%'")
        return {name: re.sub(r"--.*|\s+|\"", "", sql) for name, sql in rows}


def test_the_migrations_lead_to_the_schema_that_is_written_down():
    assert objects(migrate) == objects(lambda db: db.executescript(SCHEMA.read_text(encoding="utf-8")))


def test_the_last_migration_sets_the_version():
    assert len(NAMES) == SCHEMA_VERSION
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db)
        assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
