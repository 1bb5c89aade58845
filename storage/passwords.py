"""Takes the credentials of feed addresses out of an archive of before schema 4, and their bytes out of its file.

What publishers wrote (titles, texts, pages) is left as it is: feed addresses were never put there.
"""

import logging
import re
import sqlite3

SINCE = 4  # the schema from which on no address has credentials

_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@")
# Columns with an address, or with a sentence that may name one.
_FIRST = {
    "feeds": ("url", "name", "address", "move_seen", "validators_url", "site_url", "last_error"),
    "entries": ("guid", "url"),
}
# Read only where those had some: a million entries with their texts are gigabytes.
_THEN = {
    "entries": ("image_url", "reason"),
    "articles": ("url", "image_url"),
    "copies": ("url",),
    "pages": ("final_url",),
    "polls": ("error",),
}
_READ = frozenset({"feed", "feed_url"}.union(*_FIRST.values(), *_THEN.values()))
_DUE = "rewriting_due"  # a table, there from the migration to the rewriting of the file

log = logging.getLogger(__name__)


def without_credentials(text: str) -> str:
    return _CREDENTIALS.sub("", text)


def cleared(row: dict[str, object]) -> dict[str, object]:
    """Return a row of an archive of before, as a reader may see it."""
    return {
        name: without_credentials(value) if name in _READ and isinstance(value, str) else value
        for name, value in row.items()
    }


def take_out(connection: sqlite3.Connection) -> None:
    """Take the credentials out of every row; belongs inside a transaction, and `rewrite` after it."""
    connection.create_function("cleared", 1, lambda text: text and without_credentials(text), deterministic=True)
    if _unite_feeds(connection) + _take_out_of(connection, _FIRST):
        _take_out_of(connection, _THEN)
        connection.execute(f"CREATE TABLE {_DUE} (id INTEGER PRIMARY KEY)")


def rewrite(connection: sqlite3.Connection) -> None:
    """Rewrite the file if `take_out` has found something: free space and the log still hold it.

    While another program reads, or the disk has no room for it, that waits for the next start.
    """
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", [_DUE]).fetchone():
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
        connection.execute(f"DROP TABLE {_DUE}")


def _unite_feeds(connection: sqlite3.Connection) -> int:
    """Make one feed, the active or the last polled, of those whose addresses become the same. Return how many went."""
    rows = connection.execute("SELECT id, url FROM feeds ORDER BY active DESC, polled_at DESC, id DESC").fetchall()
    kept: dict[str, int] = {}
    for feed_id, url in rows:
        keeper = kept.setdefault(without_credentials(url), feed_id)
        if keeper != feed_id:
            for table in ("entries", "polls"):
                connection.execute(f"UPDATE {table} SET feed_id = ? WHERE feed_id = ?", [keeper, feed_id])  # noqa: S608 (one of two names)
            connection.execute("DELETE FROM feeds WHERE id = ?", [feed_id])
    return len(rows) - len(kept)


def _take_out_of(connection: sqlite3.Connection, columns_of: dict[str, tuple[str, ...]]) -> int:
    """Return how many rows had some."""
    found = 0
    for table, columns in columns_of.items():
        settings = ", ".join(f"{column} = cleared({column})" for column in columns)
        having = " OR ".join(f"({column} LIKE '%://%@%' AND {column} <> cleared({column}))" for column in columns)
        found += connection.execute(f"UPDATE {table} SET {settings} WHERE {having}").rowcount  # noqa: S608 (our own names)
    return found
