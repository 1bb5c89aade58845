"""Archives of earlier schemas in today's shape.

Temporary views stand before the tables and views that have changed since. They belong to the connection: the file is
read only, and not one byte of it is written.
"""

import sqlite3
from contextlib import closing
from functools import cache

from storage.connection import SCHEMA_VERSION
from storage.labels import folded
from storage.migrations import migrate
from storage.migrations.m004_no_passwords import ADDRESSES, without_credentials

# Today's tables and columns that had another name: {table or table.column: its earlier name}
EARLIER_NAMES = {
    "rechecks_due": "looks_due",
    "boilerplate": "furniture",
    "entries.rechecks": "looks",
    "entries.rechecked_at": "looked_at",
}
NO_PASSWORDS = 4  # the schema since which no address has credentials

# Tables that triggers fill, from what every schema has
LABELLED = """CREATE TEMP VIEW labelled AS
SELECT kind, label, article_id FROM selectable_labels
UNION SELECT 'tag', folded(t.value), a.id FROM articles a, json_each(a.tags) t WHERE t.type = 'text'
UNION SELECT 'author', folded(t.value), a.id FROM articles a, json_each(a.authors) t WHERE t.type = 'text'
UNION SELECT 'feed', CAST(feed_id AS TEXT), article_id FROM entries WHERE article_id IS NOT NULL"""
DERIVED = {
    "selectable": """SELECT id AS article_id, site, language, access, published_at, archived_at, words
      FROM current_articles""",
    "labels": "SELECT DISTINCT kind || ':' || label AS id, kind, label FROM labelled",
    "postings": """SELECT kind || ':' || label AS label_id, article_id >> 6 AS block,
      sum(1 << (article_id & 63)) AS mask FROM labelled GROUP BY 1, 2""",
}

TABLES = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict"
COLUMNS = "SELECT name, coalesce(dflt_value, 'NULL') FROM pragma_table_info(?, 'main')"


def shape(db: sqlite3.Connection) -> None:
    """Make the temporary views that the file's schema needs, in place of those for another schema."""
    for (view,) in db.execute("SELECT name FROM sqlite_temp_schema WHERE type = 'view'").fetchall():
        db.execute(f"DROP VIEW temp.{view}")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == SCHEMA_VERSION:
        return
    db.execute("PRAGMA temp_store = MEMORY")
    db.create_function("without_credentials", 1, lambda text: text and without_credentials(text))
    db.create_function("folded", 1, folded, deterministic=True)
    cleared = ADDRESSES if version < NO_PASSWORDS else {}
    tables, views = _todays_schema()
    for table, defaults in tables.items():
        if table in DERIVED and not _columns(db, table):
            db.execute(f"CREATE TEMP VIEW {table} AS {DERIVED[table]}")
        else:
            _shape_table(db, table, defaults, cleared.get(table, ()))
    db.execute(LABELLED)
    for sql in views:
        db.execute(sql.replace("CREATE VIEW", "CREATE TEMP VIEW", 1))


@cache
def _todays_schema() -> tuple[dict[str, dict[str, str]], list[str]]:
    """Return the columns of each table with their defaults, and the statements that make the views."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as today:
        migrate(today)
        tables = {table: dict(today.execute(COLUMNS, [table])) for (table,) in today.execute(TABLES).fetchall()}
        return tables, [sql for (sql,) in today.execute("SELECT sql FROM sqlite_schema WHERE type = 'view'")]


def _shape_table(db: sqlite3.Connection, table: str, defaults: dict[str, str], cleared: tuple[str, ...]) -> None:
    """Make a view with the columns of `defaults`. A column that the file lacks has its default."""
    source = next(name for name in (table, EARLIER_NAMES.get(table), None) if name is None or _columns(db, name))
    there = _columns(db, source) if source else set()
    columns = []
    for name, default in defaults.items():
        earlier = EARLIER_NAMES.get(f"{table}.{name}")
        value = name if name in there else earlier if earlier in there else default
        columns.append(f"without_credentials({value}) AS {name}" if name in cleared else f"{value} AS {name}")
    rows = f"FROM main.{source}" if source else "WHERE 0"
    db.execute(f"CREATE TEMP VIEW {table} AS SELECT {', '.join(columns)} {rows}")


def _columns(db: sqlite3.Connection, table: str) -> set[str]:
    return {row[0] for row in db.execute(COLUMNS, [table])}
