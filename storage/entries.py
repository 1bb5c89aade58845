"""The rows of entries, which are the work queue too."""

import sqlite3
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from storage.records import AddressedEntry, FeedBefore, KnownEntry, Outcome, PendingEntry, to_instant, to_text
from storage.rows import Rows, announced, as_json, not_before

PATIENCE = timedelta(days=30)

KNOWN = """SELECT e.id, e.guid, e.canonical_url, e.title, e.published_at, e.first_seen_at, e.outcome,
   e.article_id IS NULL AS open, e.text_hash, e.updated_at, e.rechecks, e.rechecked_at,
   EXISTS (SELECT 1 FROM rechecks_due WHERE entry_id = e.id) AS waiting"""


class Entries(Rows):
    def known_entries(
        self, feed_id: int, guids: Iterable[str], canonical_urls: Iterable[str], aliases: Iterable[str]
    ) -> list[KnownEntry]:
        """The feed's entries that have one of the guids or addresses, or whose article answers to one of the aliases.

        The unary plus keeps SQLite from finding them by the feed, all of whose entries it would read.
        """
        rows = self._rows(
            f"""{KNOWN}, NULL AS alias FROM entries e
                WHERE feed_id = ?1 AND guid IN (SELECT value FROM json_each(?2))
                UNION {KNOWN}, NULL FROM entries e
                WHERE +feed_id = ?1 AND canonical_url IN (SELECT value FROM json_each(?3))
                UNION {KNOWN}, a.key FROM aliases a JOIN entries e ON e.article_id = a.article_id
                WHERE +feed_id = ?1 AND a.key IN (SELECT value FROM json_each(?4))""",  # noqa: S608 (our own names)
            feed_id,
            as_json(guids),
            as_json(canonical_urls),
            as_json(aliases),
        )
        return [_known(row) for row in rows]

    def seen_again(self, entry_ids: Iterable[int], at: datetime) -> None:
        self._db.execute(
            "UPDATE entries SET last_seen_at = ? WHERE id IN (SELECT value FROM json_each(?))",
            [to_text(at), as_json(entry_ids)],
        )

    def readdress(self, entry_id: int, addressed: AddressedEntry, at: datetime) -> None:
        """The feed has corrected the entry's link: it is pending again, with all its tries."""
        self._db.execute(
            """UPDATE entries SET url = ?, canonical_url = ?, host = ?, shared_url = ?,
                 outcome = 'pending', reason = NULL, tries = 0, due_at = ? WHERE id = ?""",
            [
                addressed.entry.url,
                addressed.canonical_url,
                addressed.host,
                addressed.entry.shared_url,
                to_text(at),
                entry_id,
            ],
        )

    def feed_before(self, feed_id: int, titles: Iterable[str], *, count: int) -> FeedBefore:
        """Reads all the feed's entries for the titles: 10 ms for ten thousand."""
        entries, polled_at = self._db.execute(
            """SELECT (SELECT count(*) FROM (SELECT 1 FROM entries WHERE feed_id = ?1 LIMIT ?2)), polled_at
               FROM feeds WHERE id = ?1""",
            [feed_id, count],
        ).fetchone()
        found = self._rows(
            "SELECT DISTINCT title FROM entries WHERE feed_id = ? AND title IN (SELECT value FROM json_each(?))",
            feed_id,
            as_json(titles),
        )
        return FeedBefore(entries, to_instant(polled_at), frozenset(row["title"] for row in found))

    def article_reissued(self, pending: PendingEntry) -> int | None:
        """The article that the same feed has announced under the entry's title and instant."""
        row = self._db.execute(
            """SELECT article_id FROM entries
               WHERE feed_id = ?1 AND coalesce(published_at, first_seen_at) = ?2 AND published_at = ?2
                 AND title = ?3 AND article_id IS NOT NULL ORDER BY id LIMIT 1""",
            [pending.feed_id, to_text(pending.published_at), pending.title],
        ).fetchone()
        return row[0] if row else None

    def add_entries(
        self, feed_id: int, entries: Iterable[AddressedEntry], at: datetime, *, reissued: bool = False
    ) -> None:
        """New entries, pending and due at once; `reissued` when most of their feed turned new with them."""
        seen: dict[str, object] = dict.fromkeys(("first_seen_at", "last_seen_at", "due_at"), to_text(at))
        for addressed in entries:
            entry = addressed.entry
            row: dict[str, object] = asdict(entry) | {"authors": as_json(entry.authors), "tags": as_json(entry.tags)}
            row |= {"published_at": to_text(entry.published_at), "updated_at": to_text(entry.updated_at)}
            row |= {"canonical_url": addressed.canonical_url, "host": addressed.host}
            self._insert("entries", {"feed_id": feed_id, "reissued": reissued} | row | seen)

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
            """SELECT host FROM (
                 SELECT host, due_at, id FROM entries WHERE outcome = 'pending' AND due_at <= ?1
                 UNION ALL SELECT host, due_at, entry_id FROM rechecks_due WHERE due_at <= ?1)
               GROUP BY host ORDER BY min(due_at), min(id)""",
            to_text(now),
        )
        return [row["host"] for row in rows]

    def pending_entries(
        self, host: str, now: datetime, *, limit: int, besides: Iterable[int] = ()
    ) -> list[PendingEntry]:
        rows = self._rows(
            """SELECT e.*, f.article, f.url AS feed_url FROM entries e JOIN feeds f ON f.id = e.feed_id
               WHERE e.outcome = 'pending' AND e.host = ? AND e.due_at <= ?
                 AND e.id NOT IN (SELECT value FROM json_each(?))
               ORDER BY e.due_at, e.id LIMIT ?""",
            host,
            to_text(now),
            as_json(besides),
            limit,
        )
        return [pending_entry(row) for row in rows]

    def settle(
        self,
        entry_id: int,
        outcome: Outcome,
        *,
        article_id: int | None = None,
        copy_id: int | None = None,
        reason: str | None = None,
    ) -> None:
        """The entry's end: the article that it leads to, and the copy that it does so by."""
        self._db.execute(
            "UPDATE entries SET outcome = ?, article_id = ?, copy_id = ?, reason = ?, due_at = NULL WHERE id = ?",
            [outcome, article_id, copy_id, reason, entry_id],
        )

    def postpone(self, entry_id: int, due_at: datetime, *, reason: str, tried: bool) -> None:
        """The entry stays pending until `due_at`.

        A wait that the host asked for counts as tried only with an entry older than PATIENCE: some hosts never
        stop asking.
        """
        self._db.execute(
            "UPDATE entries SET tries = tries + (? OR first_seen_at < ?), due_at = ?, reason = ? WHERE id = ?",
            [tried, to_text(due_at - PATIENCE), not_before(due_at), reason, entry_id],
        )

    def next_due(self) -> datetime | None:
        """When the first feed, pending entry or look is due; None when nothing is."""
        row = self._db.execute(
            """SELECT min(due_at) FROM (SELECT min(due_at) AS due_at FROM feeds WHERE active = 1
               UNION ALL SELECT min(due_at) FROM entries WHERE outcome = 'pending'
               UNION ALL SELECT min(due_at) FROM rechecks_due)"""
        ).fetchone()
        return to_instant(row[0])

    def entries_due(self, now: datetime) -> int:
        """How many pending entries are due."""
        row = self._db.execute(
            "SELECT count(*) FROM entries WHERE outcome = 'pending' AND due_at <= ?", [to_text(now)]
        ).fetchone()
        return int(row[0])

    def has_due(self, feed_ids: Iterable[int], now: datetime) -> bool:
        """Whether one of the feeds, or a pending entry or a look of theirs, is due."""
        row = self._db.execute(
            """SELECT EXISTS (SELECT 1 FROM feeds
                              WHERE active = 1 AND due_at <= ?1 AND id IN (SELECT value FROM json_each(?2)))
                 OR EXISTS (SELECT 1 FROM entries
                            WHERE outcome = 'pending' AND due_at <= ?1
                              AND feed_id IN (SELECT value FROM json_each(?2)))
                 OR EXISTS (SELECT 1 FROM rechecks_due l CROSS JOIN entries e ON e.id = l.entry_id
                            WHERE l.due_at <= ?1 AND e.feed_id IN (SELECT value FROM json_each(?2)))""",
            [to_text(now), as_json(feed_ids)],
        ).fetchone()
        return bool(row[0])


def _known(row: sqlite3.Row) -> KnownEntry:
    instants = {name: to_instant(row[name]) for name in ("updated_at", "first_seen_at", "published_at", "rechecked_at")}
    flags = {name: bool(row[name]) for name in ("open", "waiting")}
    return KnownEntry(**(dict(row) | instants | flags | {"outcome": Outcome(row["outcome"])}))


def pending_entry(row: sqlite3.Row, **fields: Any) -> PendingEntry:  # noqa: ANN401 (of PendingEntry)
    """Return an entry to work on, from its row with its feed's `article` and `feed_url`; `fields` take precedence."""
    names = ("id", "feed_id", "feed_url", "canonical_url", "host", "tries")
    of_row = {name: row[name] for name in names} | {"article_from": row["article"], "reissued": bool(row["reissued"])}
    return PendingEntry(**(asdict(announced(row)) | of_row | fields))
