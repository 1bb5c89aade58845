"""The archive's migrations, a file each, in order. storage/README.md describes the schema that they lead to.

A released migration is never edited. Each runs in one transaction with its record.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from storage.connection import APPLICATION_ID
from storage.migrations import m004_no_passwords, m010_selections
from storage.migrations.library import Database, Migrations

NAMES = (
    "m001_archive",
    "m002_cleaning",
    "m003_same_or_not",
    "m004_no_passwords",
    "m005_names_of_copies",
    "m006_precision",
    "m007_rechecks",
    "m008_structure",
    "m009_rules",
    "m010_selections",
    "m011_tombstones",
    "m012_deliveries",
    "m013_figures",
    "m014_completeness",
    "m015_crawls",
    "m016_proportion",
)
# A migration is a file of SQL, a function, or both: a function before the SQL, one after it.
BEFORE_SQL = {"m010_selections": m010_selections.prepare}
IN_PYTHON = {"m004_no_passwords": m004_no_passwords.apply, "m010_selections": m010_selections.apply}

migrations = Migrations("archive")


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to SCHEMA_VERSION. A file of that version is not written to."""
    database = Database(connection, strict=True, execute_plugins=False)
    if migrations.pending(database):
        # Before the first table: a file whose making was cut short is known as ours.
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations.apply(database)
    m004_no_passwords.rewrite_file(connection)


def _migration(version: int, name: str) -> Callable[[Database], None]:
    def apply(database: Database) -> None:
        database.execute(f"PRAGMA user_version = {version}")
        if name in BEFORE_SQL:
            BEFORE_SQL[name](database)
        script = Path(__file__).with_name(f"{name}.sql")
        if script.exists():
            _run(database, script.read_text(encoding="utf-8"))
        if name in IN_PYTHON:
            IN_PYTHON[name](database)

    return apply


def _run(database: Database, script: str) -> None:
    """Run each statement by itself: `executescript` would commit the migration's transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            database.execute(statement)
            statement = ""


for number, name in enumerate(NAMES, start=1):
    migrations(name=name)(_migration(number, name))
