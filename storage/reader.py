"""Looking into the archive, read-only: any program, any time, beside a running writer.

    with Reader(Path("news.db")) as archive:
        for row in archive.search("quantum"):
            print(row["title"], row["url"])

Rows come as dicts by column name, lists (authors, tags) as lists.
"""

import json
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

from storage.connection import connect_read_only, guarded
from storage.copies import CURRENT_ID, MERGED
from storage.errors import ArchiveGone
from storage.pages import PAGES, stored
from storage.passwords import SINCE as NO_PASSWORDS_SINCE
from storage.passwords import cleared
from storage.records import StoredPage

Row = dict[str, Any]

MERGED_SLACK = 50  # articles that are still found by their words but were merged into others
SAME_OR_NOT_SINCE = 3  # the schema; files of before are read all the same
RECHECKS_SINCE = 7
RECHECKS = ("rechecks", "rechecked_at", "rechecks_due")
LOOKS = ("looks", "looked_at", "looks_due")  # the same, in schemas 3 to 6
# Of `current_articles`; the first schema has none of them.
LATER_COLUMNS = ("site_name", "section", "published_precision", "published_ahead")

_PART = re.compile(r'"[^"]*"|\S+')
_PLAIN = re.compile(r'"[^"]*"|\w+\*?|[()]')

ENTRIES = """SELECT e.id, coalesce(f.name, f.title, f.url) AS feed, f.url AS feed_url, e.guid, e.url, e.title,
  e.published_at, e.published_raw, e.first_seen_at, e.last_seen_at, e.outcome, e.reason, e.article_id, e.tries,
  e.due_at, {}
  FROM entries e JOIN feeds f ON f.id = e.feed_id"""


class Reader:
    """Raises ArchiveMissing, ArchiveDamaged, ArchiveTooNew."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = connect_read_only(path)
        self._cleared = cleared if self._db.execute("PRAGMA user_version").fetchone()[0] < NO_PASSWORDS_SINCE else dict
        self._identity = path.stat()

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def rows(self, sql: str, parameters: Iterable[object] | dict[str, object] = ()) -> Iterator[Row]:
        """The rows of any SELECT."""
        with guarded(self.path):
            cursor = self._db.execute(sql, parameters if isinstance(parameters, dict) else tuple(parameters))
            for row in cursor:
                yield self._cleared(_plain(row))

    def row(self, sql: str, parameters: Iterable[object] | dict[str, object] = ()) -> Row | None:
        return next(self.rows(sql, parameters), None)

    def totals(self) -> Row:
        """How many feeds, entries by outcome, articles, copies and revisions there are, and the file's size."""
        counts = {
            table: self._count(f"SELECT count(*) FROM {table}")  # noqa: S608 (the five names below)
            for table in ("articles", "copies", "revisions", "entries", "polls")
        }
        outcomes = {
            row["outcome"]: row["n"]
            for row in self.rows("SELECT outcome, count(*) AS n FROM entries GROUP BY outcome ORDER BY n DESC")
        }
        size_bytes = self._count("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return counts | {"outcomes": outcomes, "size_bytes": size_bytes}

    def _count(self, sql: str) -> int:
        return int(next(iter((self.row(sql) or {"n": 0}).values())))

    def feed_health(self) -> list[Row]:
        return list(self.rows("SELECT * FROM feed_health ORDER BY name COLLATE NOCASE"))

    def search(self, query: str, *, limit: int = 20) -> list[Row]:
        """Articles whose current title or body match, the best first, with a `snippet` of where.

        `query` is FTS5's language (https://sqlite.org/fts5.html#full_text_query_syntax); what that cannot
        read is searched for word by word, operators as they are if that makes sense. Accents and case do not matter.
        """
        words = query.replace("\0", " ").split()
        if not words:
            return []
        with guarded(self.path):
            try:
                return self._search(" ".join(words), limit)
            except sqlite3.OperationalError:
                pass
            try:
                return self._search(" ".join(map(_quoted, _PART.findall(" ".join(words)))), limit)
            except sqlite3.OperationalError:
                return self._search(" ".join('"{}"'.format(word.replace('"', '""')) for word in words), limit)

    def _search(self, query: str, limit: int) -> list[Row]:
        # Ranked first, joined after: of a common word every match would be joined.
        cursor = self._db.execute(
            """WITH best (id, score) AS MATERIALIZED (
                 SELECT rowid, bm25(articles_fts, 4.0, 1.0) AS score FROM articles_fts
                 WHERE articles_fts MATCH ?1 ORDER BY score LIMIT ?2 + ?3)
               SELECT a.id, a.url, a.site, a.title, a.published_at, a.archived_at,
                      snippet(articles_fts, 1, '[', ']', '…', 24) AS snippet
               FROM best CROSS JOIN articles_fts ON articles_fts.rowid = best.id
                 CROSS JOIN current_articles a ON a.id = best.id
               WHERE articles_fts MATCH ?1 ORDER BY best.score LIMIT ?2""",
            [query, limit, MERGED_SLACK],
        )
        return [_plain(row) for row in cursor]

    def article(self, article_id: int) -> Row | None:
        """The current text of the article, or of the one it was merged into; with its `revisions` and its `page`, and
        with the `copies` and `entries` of those merged into it too.
        """
        article_id = self._current_id(article_id)
        found = self.row("SELECT * FROM current_articles WHERE id = ?", [article_id])
        if found is None:
            return None
        merged = json.dumps(self._merged(article_id))
        copies = self.rows(
            "SELECT * FROM copies WHERE article_id IN (SELECT value FROM json_each(?)) ORDER BY id", [merged]
        )
        page = """SELECT fetched_at, status, final_url, headers, length(html) AS compressed_bytes
                  FROM pages WHERE article_id = ?"""
        return _completed(found) | {
            "copies": [copy for copy in copies if not copy.get("split_id") and copy.pop("body") is not None],
            "revisions": list(
                self.rows("SELECT id, title, archived_at FROM revisions WHERE article_id = ? ORDER BY id", [article_id])
            ),
            "entries": self._entries("e.article_id IN (SELECT value FROM json_each(?))", merged),
            "page": self.row(page, [article_id]),
        }

    def texts(self, article_id: int) -> list[Row]:
        """All texts the article has had, the first first: `revision_id` (None for that), `title`, `body`,
        `archived_at`.
        """
        return list(
            self.rows(
                """SELECT NULL AS revision_id, title, body, archived_at FROM articles WHERE id = ?1
                   UNION ALL SELECT * FROM (SELECT r.id, coalesce(r.title, a.title), r.body, r.archived_at
                     FROM revisions r JOIN articles a ON a.id = r.article_id WHERE a.id = ?1 ORDER BY r.id)""",
                [article_id],
            )
        )

    def pages(self, article_id: int) -> list[StoredPage]:
        """The raw pages the article came from, as they were received, in the order of its text.

        Raises ValueError when one cannot be had back.
        """
        rows = self.rows(f"{PAGES} WHERE p.article_id = ? ORDER BY p.part", [article_id])
        return [stored(row) for row in rows]

    def article_at(self, keys: Iterable[str]) -> int | None:
        """The id of the article that answers to one of the addresses (`ingest.dedupe.urls.url_key`)."""
        found = self.row(
            "SELECT min(article_id) AS id FROM aliases WHERE key IN (SELECT value FROM json_each(?))",
            [json.dumps(list(keys))],
        )
        return self._current_id(found["id"]) if found and found["id"] else None

    def _current_id(self, article_id: int) -> int:
        if self.schema_version() < SAME_OR_NOT_SINCE:
            return article_id
        found = self.row(CURRENT_ID, [article_id])
        assert found is not None
        return int(found["id"])

    def _merged(self, article_id: int) -> list[int]:
        """The article and those merged into it."""
        if self.schema_version() < SAME_OR_NOT_SINCE:
            return [article_id]
        return [row["id"] for row in self.rows(MERGED, [article_id])]

    def entries_at(self, urls: Iterable[str]) -> list[Row]:
        """What feeds announced under one of the canonical addresses, the first first."""
        return self._entries("e.canonical_url IN (SELECT value FROM json_each(?))", json.dumps(list(urls)))

    def _entries(self, where: str, parameter: object) -> list[Row]:
        reissued = "e.reissued" if self.schema_version() >= SAME_OR_NOT_SINCE else "0 AS reissued"
        return list(self.rows(f"{ENTRIES.format(reissued)} WHERE {where} ORDER BY e.id", [parameter]))

    def rechecks(self, entry_ids: Iterable[int]) -> list[Row]:
        """Return the entries that were, or will be, rechecked: how often, when last, and the next `due_at`."""
        if self.schema_version() < SAME_OR_NOT_SINCE:
            return []
        count, last_at, due = RECHECKS if self.schema_version() >= RECHECKS_SINCE else LOOKS
        return list(
            self.rows(
                f"""SELECT e.id AS entry_id, e.{count} AS rechecks, e.{last_at} AS rechecked_at, d.due_at
                    FROM entries e LEFT JOIN {due} d ON d.entry_id = e.id
                    WHERE e.id IN (SELECT value FROM json_each(?)) AND (e.{count} > 0 OR d.due_at IS NOT NULL)
                    ORDER BY e.id""",  # noqa: S608 (our own names)
                [json.dumps(list(entry_ids))],
            )
        )

    def rechecks_due(self) -> int:
        """Count the entries whose article will be rechecked."""
        if self.schema_version() < SAME_OR_NOT_SINCE:
            return 0
        table = RECHECKS[2] if self.schema_version() >= RECHECKS_SINCE else LOOKS[2]
        return self._count(f"SELECT count(*) FROM {table}")  # noqa: S608 (one of two names)

    def changes(self, *, after: int, limit: int = 1000) -> list[Row]:
        """The change log from `seq > after` in commit order; `record` is the row that was added."""
        return [
            change | {"record": self._changed(change)}
            for change in self.rows("SELECT * FROM changes WHERE seq > ? ORDER BY seq LIMIT ?", [after, limit])
        ]

    def _changed(self, change: Row) -> Row | None:
        table = {"article": "articles", "copy": "copies", "revision": "revisions"}[change["kind"]]
        return self.row(f"SELECT * FROM {table} WHERE id = ?", [change["id"]])  # noqa: S608 (one of three names)

    def schema_version(self) -> int:
        return self._count("PRAGMA user_version")

    def data_version(self) -> int:
        """Changes whenever another connection has committed (https://sqlite.org/pragma.html#pragma_data_version)."""
        return self._count("PRAGMA data_version")

    def check_file(self) -> None:
        """Raise ArchiveGone if the path no longer leads to the file that is read."""
        with guarded(self.path):
            if not self.path.exists() or not os.path.samestat(self.path.stat(), self._identity):
                raise ArchiveGone(f"{self.path}: removed, renamed or replaced while it was being read; run this again")

    def articles(self, *, after: int = 0, since: str | None = None, site: str | None = None) -> Iterator[Row]:
        """Articles with their current text, ids ascending: those above `after`, archived at or after `since`."""
        rows = self.rows(
            """SELECT * FROM current_articles WHERE id > :after
               AND (:since IS NULL OR archived_at >= :since) AND (:site IS NULL OR site = :site) ORDER BY id""",
            {"after": after, "since": since, "site": site},
        )
        return map(_completed, rows)

    def merged_ids(self) -> list[int]:
        """The articles that are copies of others."""
        if self.schema_version() < SAME_OR_NOT_SINCE:
            return []
        return [
            row["id"]
            for row in self.rows("SELECT merged_id AS id FROM copies WHERE merged_id IS NOT NULL AND split_id IS NULL")
        ]


def _completed(article: Row) -> Row:
    return article | {name: article.get(name) for name in LATER_COLUMNS}


def _quoted(part: str) -> str:
    return part if _PLAIN.fullmatch(part) else '"{}"'.format(part.replace('"', '""'))


def _plain(row: sqlite3.Row) -> Row:
    plain = dict(row)
    for name in ("authors", "tags", "headers"):
        if isinstance(plain.get(name), str):
            plain[name] = json.loads(plain[name])
    return plain
