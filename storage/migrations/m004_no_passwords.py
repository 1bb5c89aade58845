"""The credentials of feed addresses leave the archive's rows, and their bytes leave its file.

What publishers wrote (titles, texts, pages) stays: feed addresses were never put there.
"""

import logging
import re
import sqlite3

from storage.migrations.library import Database

# Columns with an address, or with a sentence that may name one. The second are read only if the first had credentials:
# a million entries with their texts are gigabytes.
_FIRST = {
    "feeds": ("url", "name", "address", "move_seen", "validators_url", "site_url", "last_error"),
    "entries": ("guid", "url"),
}
_SECOND = {
    "entries": ("image_url", "reason"),
    "articles": ("url", "image_url"),
    "copies": ("url",),
    "pages": ("final_url",),
    "polls": ("error",),
}
ADDRESSES = {table: _FIRST.get(table, ()) + _SECOND.get(table, ()) for table in (*_FIRST, *_SECOND)}
_REWRITING_DUE = "rewriting_due"  # a table, there from the migration to the rewriting of the file

_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@")

log = logging.getLogger(__name__)


def without_credentials(text: str) -> str:
    """Return the text without the credentials of its URLs. A copy of `ingest.hosts`: a migration never changes."""
    return _CREDENTIALS.sub("", text)


def apply(database: Database) -> None:
    connection = database.conn
    assert connection
    connection.create_function("cleared", 1, lambda text: text and without_credentials(text), deterministic=True)
    if _unite_feeds(connection) + _clear(connection, _FIRST):
        _clear(connection, _SECOND)
        connection.execute(f"CREATE TABLE {_REWRITING_DUE} (id INTEGER PRIMARY KEY)")


def rewrite_file(connection: sqlite3.Connection) -> None:
    """Rewrite the file if the migration has found credentials: free space and the log still hold them.

    While another program reads, or the disk has no room for it, that waits for the next start.
    """
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", [_REWRITING_DUE]).fetchone():
        return
    try:
        connection.execute("VACUUM")
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        cause = "another program reads it" if busy else ""
    except sqlite3.OperationalError as error:
        cause = str(error)
    if cause:
        log.warning("passwords of feed addresses may be left in the archive's free space: %s; run this again", cause)
    else:
        connection.execute(f"DROP TABLE {_REWRITING_DUE}")


def _unite_feeds(connection: sqlite3.Connection) -> int:
    """Unite feeds whose addresses become equal: the active or last polled one stays. Return how many went."""
    rows = connection.execute("SELECT id, url FROM feeds ORDER BY active DESC, polled_at DESC, id DESC").fetchall()
    kept: dict[str, int] = {}
    for feed_id, url in rows:
        kept_id = kept.setdefault(without_credentials(url), feed_id)
        if kept_id != feed_id:
            for table in ("entries", "polls"):
                connection.execute(f"UPDATE {table} SET feed_id = ? WHERE feed_id = ?", [kept_id, feed_id])  # noqa: S608 (one of two names)
            connection.execute("DELETE FROM feeds WHERE id = ?", [feed_id])
    return len(rows) - len(kept)


def _clear(connection: sqlite3.Connection, columns_of: dict[str, tuple[str, ...]]) -> int:
    """Return how many rows had credentials."""
    found = 0
    for table, columns in columns_of.items():
        settings = ", ".join(f"{column} = cleared({column})" for column in columns)
        having = " OR ".join(f"({column} LIKE '%://%@%' AND {column} <> cleared({column}))" for column in columns)
        found += connection.execute(f"UPDATE {table} SET {settings} WHERE {having}").rowcount  # noqa: S608 (our own names)
    return found
