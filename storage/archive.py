"""The writer: all SQL that changes rows. One process at a time, one thread, one connection.

Every method is a few statements and belongs inside `transaction()`; which of them go together is the
caller's business.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from storage.connection import connect, guarded
from storage.lock import WriterLock
from storage.records import (
    AddressedEntry,
    DueFeed,
    FeedState,
    Host,
    KnownEntry,
    NewArticle,
    NewEntry,
    NewPage,
    Outcome,
    PendingEntry,
    Poll,
    WantedFeed,
    to_instant,
    to_text,
)
from storage.schema import migrate

POLLS_KEPT = timedelta(days=90)  # 500 feeds at 100 polls a day are 4.5 million rows, some 300 MB


class Archive:
    """Opens, or makes, the archive at `path`; `command` is told to a second writer that is turned away.

    Raises ArchiveLocked, ArchiveDamaged, ArchiveTooNew, ArchiveUnwritable.
    """

    def __init__(self, path: Path, command: str) -> None:
        self.path = path
        self.lock = WriterLock(path, command)
        try:
            self._db = connect(path)
            with guarded(path):
                migrate(self._db)
        except BaseException:
            self.lock.close()
            raise

    def close(self) -> None:
        with guarded(self.path):
            self._db.close()
        self.lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, on the disk when it ends without an error."""
        with guarded(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of a transaction that can fail by itself, unless SQLite undoes the whole (full disk)."""
        with guarded(self.path):
            self._db.execute("SAVEPOINT part")
            try:
                yield
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK TO part")
                    self._db.execute("RELEASE part")
                raise
            self._db.execute("RELEASE part")

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    def _rows(self, sql: str, *parameters: object) -> list[sqlite3.Row]:
        cursor = self._db.execute(sql, parameters)
        cursor.row_factory = sqlite3.Row
        return cursor.fetchall()

    def _insert(self, table: str, row: dict[str, object]) -> int:
        names = ", ".join(row)
        places = ", ".join("?" * len(row))
        cursor = self._db.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))  # noqa: S608 (our own names)
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    # feeds

    def subscribe(self, wanted: Iterable[WantedFeed], now: datetime) -> None:
        """Makes the feeds' rows agree with the feed list; a feed that is off the list keeps its row, inactive."""
        rows = [asdict(feed) | {"tags": _json(feed.tags), "now": to_text(now)} for feed in wanted]
        self._db.execute(
            "UPDATE feeds SET active = 0 WHERE url NOT IN (SELECT value FROM json_each(?))",
            [_json(row["url"] for row in rows)],
        )
        self._db.executemany(
            """INSERT INTO feeds (url, address, name, tags, interval_s, article, due_at, added_at)
               VALUES (:url, :url, :name, :tags, :interval_s, :article, :now, :now)
               ON CONFLICT (url) DO UPDATE SET
                 name = :name, tags = :tags, interval_s = :interval_s, article = :article,
                 active = (gone_at IS NULL), due_at = CASE WHEN active THEN due_at ELSE :now END
               WHERE (name, tags, interval_s, article, active)
                 IS NOT (:name, :tags, :interval_s, :article, gone_at IS NULL)""",
            rows,
        )

    def make_due(self, now: datetime, urls: Sequence[str] | None = None) -> list[int]:
        """Every active feed, or those named (a gone one gets another chance), is due now; their ids."""
        if urls is None:
            found = self._rows("UPDATE feeds SET due_at = ? WHERE active = 1 RETURNING id", to_text(now))
        else:
            found = self._rows(
                """UPDATE feeds SET due_at = ?, active = 1, gone_at = NULL
                   WHERE url IN (SELECT value FROM json_each(?)) RETURNING id""",
                to_text(now),
                _json(urls),
            )
        return [row["id"] for row in found]

    def due_feeds(self, now: datetime, *, limit: int, besides: Iterable[int] = ()) -> list[DueFeed]:
        """The feeds to be polled, longest overdue first, `besides` those that are being polled."""
        rows = self._rows(
            """SELECT id, url, name, interval_s, article, address, move_seen, etag, last_modified, validators_url,
                      body_hash, asked_interval_s, failures
               FROM feeds WHERE active = 1 AND due_at <= ? AND id NOT IN (SELECT value FROM json_each(?))
               ORDER BY due_at, id LIMIT ?""",
            to_text(now),
            _json(besides),
            limit,
        )
        return [DueFeed(**dict(row)) for row in rows]

    def record_poll(self, poll: Poll, state: FeedState) -> None:
        row = asdict(poll) | {"at": to_text(poll.at)}
        row["bytes"] = row.pop("body_bytes")
        self._insert("polls", row)
        self._db.execute(
            """UPDATE feeds SET
                 address = :address, move_seen = :move_seen, etag = :etag, last_modified = :last_modified,
                 validators_url = :validators_url, body_hash = :body_hash, asked_interval_s = :asked_interval_s,
                 failures = :failures, due_at = :due_at,
                 gone_at = CASE WHEN :gone THEN :at END, active = CASE WHEN :gone THEN 0 ELSE active END,
                 title = coalesce(:title, title), site_url = coalesce(:site_url, site_url),
                 language = coalesce(:language, language),
                 polled_at = :at, changed_at = CASE WHEN :entries_new > 0 THEN :at ELSE changed_at END,
                 last_status = :status, last_error = :error
               WHERE id = :feed_id""",
            row | asdict(state) | {"due_at": to_text(state.due_at)},
        )

    def put_off_feed(self, feed_id: int, due_at: datetime, error: str) -> None:
        self._db.execute(
            "UPDATE feeds SET due_at = ?, failures = failures + 1, last_error = ? WHERE id = ?",
            [to_text(due_at), error, feed_id],
        )

    # entries

    def known_entries(self, feed_id: int, guids: Iterable[str], canonical_urls: Iterable[str]) -> list[KnownEntry]:
        """The feed's entries that have one of the guids, or one of the addresses."""
        rows = self._rows(
            """SELECT id, guid, canonical_url, title FROM entries
               WHERE feed_id = ?1 AND guid IN (SELECT value FROM json_each(?2))
               UNION SELECT id, guid, canonical_url, title FROM entries
               WHERE feed_id = ?1 AND canonical_url IN (SELECT value FROM json_each(?3))""",
            feed_id,
            _json(guids),
            _json(canonical_urls),
        )
        return [KnownEntry(**dict(row)) for row in rows]

    def seen_again(self, entry_ids: Iterable[int], at: datetime) -> None:
        self._db.execute(
            "UPDATE entries SET last_seen_at = ? WHERE id IN (SELECT value FROM json_each(?))",
            [to_text(at), _json(entry_ids)],
        )

    def add_entries(self, feed_id: int, entries: Iterable[AddressedEntry], at: datetime) -> None:
        """New entries, pending and due at once."""
        seen: dict[str, object] = dict.fromkeys(("first_seen_at", "last_seen_at", "due_at"), to_text(at))
        for addressed in entries:
            entry = addressed.entry
            row: dict[str, object] = asdict(entry) | {"authors": _json(entry.authors), "tags": _json(entry.tags)}
            row |= {"published_at": to_text(entry.published_at), "updated_at": to_text(entry.updated_at)}
            row |= {"canonical_url": addressed.canonical_url, "host": addressed.host}
            self._insert("entries", {"feed_id": feed_id} | row | seen)

    def entry_rate(self, feed_id: int, since: datetime, now: datetime) -> tuple[int, datetime | None]:
        """How many of the feed's entries are from between the two instants, and the newest of all up to `now`."""
        count, newest = self._db.execute(
            """SELECT count(CASE WHEN at >= ?2 THEN 1 END), max(at) FROM (
                 SELECT coalesce(published_at, first_seen_at) AS at FROM entries
                 WHERE feed_id = ?1 AND coalesce(published_at, first_seen_at) <= ?3
                 ORDER BY coalesce(published_at, first_seen_at) DESC LIMIT 5000)""",
            [feed_id, to_text(since), to_text(now)],
        ).fetchone()
        return count, to_instant(newest)

    def pending_hosts(self, now: datetime) -> list[str]:
        """The hosts that have entries to be worked on, the longest waiting first."""
        rows = self._rows(
            """SELECT host FROM entries WHERE outcome = 'pending' AND due_at <= ?
               GROUP BY host ORDER BY min(due_at), min(id)""",
            to_text(now),
        )
        return [row["host"] for row in rows]

    def pending_entries(
        self, host: str, now: datetime, *, limit: int, besides: Iterable[int] = ()
    ) -> list[PendingEntry]:
        rows = self._rows(
            """SELECT e.*, f.article FROM entries e JOIN feeds f ON f.id = e.feed_id
               WHERE e.outcome = 'pending' AND e.host = ? AND e.due_at <= ?
                 AND e.id NOT IN (SELECT value FROM json_each(?))
               ORDER BY e.due_at, e.id LIMIT ?""",
            host,
            to_text(now),
            _json(besides),
            limit,
        )
        return [_pending(row) for row in rows]

    def settle(
        self, entry_id: int, outcome: Outcome, *, article_id: int | None = None, reason: str | None = None
    ) -> None:
        """The entry's end."""
        self._db.execute(
            "UPDATE entries SET outcome = ?, article_id = ?, reason = ?, due_at = NULL WHERE id = ?",
            [outcome, article_id, reason, entry_id],
        )

    def postpone(self, entry_id: int, due_at: datetime, *, reason: str, tried: bool) -> None:
        """The entry stays pending until `due_at`; a wait that the host asked for does not count as tried."""
        self._db.execute(
            "UPDATE entries SET tries = tries + ?, due_at = ?, reason = ? WHERE id = ?",
            [tried, to_text(due_at), reason, entry_id],
        )

    def next_due(self) -> datetime | None:
        """When the first feed or pending entry is due; None when nothing is."""
        row = self._db.execute(
            """SELECT min(due_at) FROM (SELECT min(due_at) AS due_at FROM feeds WHERE active = 1
               UNION ALL SELECT min(due_at) FROM entries WHERE outcome = 'pending')"""
        ).fetchone()
        return to_instant(row[0])

    def has_due(self, feed_ids: Iterable[int], now: datetime) -> bool:
        """Whether one of the feeds, or a pending entry of theirs, is due."""
        row = self._db.execute(
            """SELECT EXISTS (SELECT 1 FROM feeds
                              WHERE active = 1 AND due_at <= ?1 AND id IN (SELECT value FROM json_each(?2)))
                 OR EXISTS (SELECT 1 FROM entries
                            WHERE outcome = 'pending' AND due_at <= ?1
                              AND feed_id IN (SELECT value FROM json_each(?2)))""",
            [to_text(now), _json(feed_ids)],
        ).fetchone()
        return bool(row[0])

    # articles

    def article_at(self, keys: Iterable[str]) -> int | None:
        """The article that answers to one of the addresses (`dedupe.urls.url_key`), the eldest if several do."""
        row = self._db.execute(
            "SELECT min(article_id) FROM aliases WHERE key IN (SELECT value FROM json_each(?))", [_json(keys)]
        ).fetchone()
        return row[0] if row else None

    def article_with(self, content_hash: str) -> int | None:
        """The article with exactly this normalised text."""
        row = self._db.execute("SELECT min(id) FROM articles WHERE content_hash = ?", [content_hash]).fetchone()
        return row[0] if row else None

    def article_url(self, article_id: int) -> str:
        return str(self._db.execute("SELECT url FROM articles WHERE id = ?", [article_id]).fetchone()[0])

    def add_article(self, article: NewArticle, page: NewPage | None, at: datetime) -> int:
        row = asdict(article) | {"authors": _json(article.authors), "tags": _json(article.tags)}
        row |= {"published_at": to_text(article.published_at), "archived_at": to_text(at)}
        article_id = self._insert("articles", row)
        if page is not None:
            row = asdict(page) | {"fetched_at": to_text(page.fetched_at), "headers": json.dumps(page.headers)}
            self._insert("pages", {"article_id": article_id} | row)
        return article_id

    def add_aliases(self, article_id: int, keys: Iterable[str]) -> None:
        """The article answers to these addresses too; one that another article has stays with that."""
        self._db.executemany(
            "INSERT INTO aliases (key, article_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(key, article_id) for key in keys],
        )

    # hosts

    def host(self, host: str) -> Host | None:
        row = self._db.execute(
            "SELECT host, robots, robots_status, robots_at, blocked_until FROM hosts WHERE host = ?", [host]
        ).fetchone()
        return Host(row[0], row[1], row[2], to_instant(row[3]), to_instant(row[4])) if row else None

    def remember_host(self, host: Host) -> None:
        self._db.execute("DELETE FROM hosts WHERE host = ?", [host.host])
        row = asdict(host) | {"robots_at": to_text(host.robots_at), "blocked_until": to_text(host.blocked_until)}
        self._insert("hosts", row)

    # upkeep

    def maintain(self, now: datetime) -> None:
        """Drops what has outlived its use and lets SQLite renew its statistics."""
        self._db.execute("DELETE FROM polls WHERE at < ?", [to_text(now - POLLS_KEPT)])
        self._db.execute(
            "DELETE FROM hosts WHERE coalesce(robots_at, '') < ?1 AND coalesce(blocked_until, '') < ?1",
            [to_text(now - timedelta(days=2))],
        )
        self._db.execute("PRAGMA optimize")


def _json(values: Iterable[object]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


def _pending(row: sqlite3.Row) -> PendingEntry:
    entry = NewEntry(
        guid=row["guid"],
        url=row["url"],
        title=row["title"],
        authors=tuple(json.loads(row["authors"])),
        published_at=to_instant(row["published_at"]),
        published_raw=row["published_raw"],
        updated_at=to_instant(row["updated_at"]),
        summary=row["summary"],
        content=row["content"],
        language=row["language"],
        image_url=row["image_url"],
        tags=tuple(json.loads(row["tags"])),
        shared_url=bool(row["shared_url"]),
    )
    return PendingEntry(
        row["id"],
        row["feed_id"],
        row["article"],
        AddressedEntry(entry, row["canonical_url"], row["host"]),
        row["tries"],
    )
