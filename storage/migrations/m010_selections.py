"""The search index gets a table behind it, `articles`, and loses the articles that were merged into others."""

import sqlite3
from unicodedata import normalize

from storage.migrations.library import Database

# Datasette and sqlite-utils look for content="articles", in this spelling.
DECLARATION = """CREATE VIRTUAL TABLE articles_fts USING fts5 (
  title, body, content="articles", content_rowid="id", tokenize="unicode61 remove_diacritics 2"
)"""


def prepare(database: Database) -> None:
    """Register the function that the migration's SQL calls."""
    assert database.conn
    database.conn.create_function("folded", 1, folded, deterministic=True)


def folded(text: str) -> str:
    """Return the text as labels have it. A copy of `storage.labels`: a migration never changes."""
    return " ".join(normalize("NFKC", normalize("NFKC", text).casefold()).split())


def apply(database: Database) -> None:
    connection = database.conn
    assert connection
    if not _redeclare(connection):
        connection.execute("DROP TABLE articles_fts")
        connection.execute(DECLARATION)
        connection.execute(
            "INSERT INTO articles_fts (rowid, title, body) SELECT id, title, body FROM current_articles ORDER BY id"
        )
        return
    connection.execute(
        """INSERT INTO articles_fts (articles_fts, rowid, title, body)
           SELECT 'delete', a.id, coalesce(r.title, a.title), coalesce(r.body, a.body)
           FROM articles a LEFT JOIN revisions r ON r.id = (SELECT max(id) FROM revisions WHERE article_id = a.id)
           WHERE a.id NOT IN (SELECT article_id FROM selectable)"""
    )


def _redeclare(connection: sqlite3.Connection) -> bool:
    """Replace the declaration alone: what FTS5 has stored stays as it is, and nothing is indexed again.

    Return False if SQLite runs in its defensive mode, which forbids this.
    """
    connection.execute("PRAGMA writable_schema = ON")
    try:
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'articles_fts'", [DECLARATION])
    except sqlite3.Error:
        return False
    finally:
        connection.execute("PRAGMA writable_schema = RESET")
    (sql,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'articles_fts'").fetchone()
    return bool(sql == DECLARATION)
