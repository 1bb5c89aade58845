"""The table `entries`, which is the queue of the article stage too."""

import sqlite3
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.records import (
    FeedHistory,
    KnownEntry,
    NewEntry,
    Outcome,
    PendingEntry,
    to_instant,
    to_text,
)
from storage.rows import Row, Rows, as_json, from_row, rounded_up, to_row

MAX_WAITING = timedelta(days=30)  # that a host may ask for before each wait counts as a try

KNOWN = """SELECT e.id, e.guid, e.canonical_url, e.title, e.published_at, e.first_seen_at, e.outcome,
   e.article_id IS NULL AS open, e.text_hash, e.updated_at, e.rechecks, e.rechecked_at,
   EXISTS (SELECT 1 FROM rechecks_due WHERE entry_id = e.id) AS waiting, e.tombstone_id IS NOT NULL AS forgotten"""

ANNOUNCED = """SELECT e.id, coalesce(f.name, f.title, f.url) AS feed, f.url AS feed_url, e.guid, e.url, e.title,
  e.published_at, e.published_raw, e.first_seen_at, e.last_seen_at, e.outcome, e.reason, e.article_id, e.tries,
  e.due_at, e.reissued, e.rule
  FROM entries e JOIN feeds f ON f.id = e.feed_id"""

ENTRY = """SELECT e.*, f.article AS article_from, f.url AS feed_url FROM entries e JOIN feeds f ON f.id = e.feed_id"""


@dataclass(frozen=True, slots=True)
class FilteredEntry:
    """An entry that a rule has filtered: the rule's name, and the hash of the rules that led to it."""

    entry: PendingEntry
    rule: str
    rule_hash: str


class EntryQueries(Rows):
    def known_entries(
        self, feed_id: int, guids: Iterable[str], canonical_urls: Iterable[str], aliases: Iterable[str]
    ) -> list[KnownEntry]:
        """Return the feed's entries with one of the guids or URLs, or whose article has one of the aliases.

        The unary plus keeps SQLite from finding them by the feed, all of whose entries it would read.
        """
        return self._records(
            KnownEntry,
            f"""{KNOWN}, NULL AS alias FROM entries e
                WHERE feed_id = ?1 AND guid IN (SELECT value FROM json_each(?2))
                UNION {KNOWN}, NULL FROM entries e
                WHERE +feed_id = ?1 AND canonical_url IN (SELECT value FROM json_each(?3))
                UNION {KNOWN}, a.key FROM aliases a JOIN entries e ON e.article_id = a.article_id
                WHERE +feed_id = ?1 AND a.key IN (SELECT value FROM json_each(?4))""",  # noqa: S608 (our own names)
            [feed_id, as_json(guids), as_json(canonical_urls), as_json(aliases)],
        )

    def entries_with_guids(
        self, feed_id: int, guids: Iterable[str]
    ) -> dict[tuple[str, str | None], tuple[int, Outcome]]:
        """Return id and outcome of the feed's entries with one of the guids, by guid and URL."""
        rows = self._rows(
            "SELECT guid, url, id, outcome FROM entries WHERE feed_id = ? AND guid IN (SELECT value FROM json_each(?))",
            [feed_id, as_json(guids)],
        )
        return {(guid, url): (entry_id, Outcome(outcome)) for guid, url, entry_id, outcome in rows}

    def feed_history(self, feed_id: int, titles: Iterable[str], *, count: int) -> FeedHistory:
        """Return what the feed has announced so far: up to `count` entries, and which of the titles.

        This reads all entries of the feed: 10 ms for ten thousand.
        """
        found = self._row(
            """SELECT (SELECT count(*) FROM (SELECT 1 FROM entries WHERE feed_id = ?1 LIMIT ?2)),
                      coalesce(window_at, polled_at),
                      (SELECT max(coalesce(published_at, first_seen_at)) FROM entries WHERE feed_id = ?1)
               FROM feeds WHERE id = ?1""",
            [feed_id, count],
        )
        assert found
        known = self._column(
            "SELECT DISTINCT title FROM entries WHERE feed_id = ? AND title IN (SELECT value FROM json_each(?))",
            [feed_id, as_json(titles)],
        )
        return FeedHistory(found[0], to_instant(found[1]), frozenset(known), to_instant(found[2]))

    def article_reissued(self, pending: PendingEntry) -> int | None:
        """Return the article that the same feed has announced with the entry's title and instant."""
        found: int | None = self._value(
            """SELECT article_id FROM entries
               WHERE feed_id = ?1 AND coalesce(published_at, first_seen_at) = ?2 AND published_at = ?2
                 AND title = ?3 AND article_id IS NOT NULL ORDER BY id LIMIT 1""",
            [pending.feed_id, to_text(pending.published_at), pending.title],
        )
        return found

    def has_announced(self, feed_id: int, article_ids: Iterable[int], *, exclude: int) -> bool:
        """Return whether an entry of the feed, other than the id `exclude`, has led to one of the articles."""
        return bool(
            self._rows(
                """SELECT 1 FROM entries WHERE article_id IN (SELECT value FROM json_each(?)) AND +feed_id = ?
                   AND id <> ? LIMIT 1""",
                [as_json(article_ids), feed_id, exclude],
            )
        )

    def entry_rate(self, feed_id: int, since: datetime, now: datetime) -> tuple[int, datetime | None]:
        """Count the feed's entries between the two instants, and return the instant of the newest one up to `now`."""
        found = self._row(
            """SELECT count(CASE WHEN at >= ?2 THEN 1 END), max(at) FROM (
                 SELECT coalesce(published_at, first_seen_at) AS at FROM entries
                 WHERE feed_id = ?1 AND coalesce(published_at, first_seen_at) <= ?3
                 ORDER BY coalesce(published_at, first_seen_at) DESC LIMIT 5000)""",
            [feed_id, to_text(since), to_text(now)],
        )
        assert found
        return found[0], to_instant(found[1])

    def pending_hosts(self, now: datetime) -> list[str]:
        """Return the hosts with due entries or rechecks, the longest waiting first."""
        return self._column(
            """SELECT host FROM (
                 SELECT host, due_at, id FROM entries WHERE outcome = 'pending' AND due_at <= ?1
                 UNION ALL SELECT host, due_at, entry_id FROM rechecks_due WHERE due_at <= ?1)
               GROUP BY host ORDER BY min(due_at), min(id)""",
            [to_text(now)],
        )

    def pending_entries(
        self, host: str, now: datetime, *, limit: int, exclude: Iterable[int] = ()
    ) -> list[PendingEntry]:
        """Return the host's due entries, the longest waiting first, without the ids `exclude`."""
        rows = self._rows(
            f"""{ENTRY} WHERE e.outcome = 'pending' AND e.host = ? AND e.due_at <= ?
                  AND e.id NOT IN (SELECT value FROM json_each(?))
                ORDER BY e.due_at, e.id LIMIT ?""",  # noqa: S608 (our own names)
            [host, to_text(now), as_json(exclude), limit],
        )
        return list(map(_entry, rows))

    def next_due(self) -> datetime | None:
        """Return when the first feed, pending entry, recheck or failed delivery is due."""
        return to_instant(
            self._value(
                """SELECT min(due_at) FROM (SELECT min(due_at) AS due_at FROM feeds WHERE active = 1
                   UNION ALL SELECT min(due_at) FROM entries WHERE outcome = 'pending'
                   UNION ALL SELECT min(due_at) FROM rechecks_due
                   UNION ALL SELECT min(d.due_at) FROM deliveries d JOIN hooks h ON h.id = d.hook_id
                     WHERE d.state = 'pending' AND h.active = 1 AND h.stopped_at IS NULL)"""
            )
        )

    def entries_due(self, now: datetime) -> int:
        """Count the pending entries that are due."""
        return int(
            self._value("SELECT count(*) FROM entries WHERE outcome = 'pending' AND due_at <= ?", [to_text(now)])
        )

    def has_due(self, feed_ids: Iterable[int], now: datetime) -> bool:
        """Return whether one of the feeds, or a pending entry or recheck of theirs, is due."""
        return bool(
            self._value(
                """SELECT EXISTS (SELECT 1 FROM feeds
                                  WHERE active = 1 AND due_at <= ?1 AND id IN (SELECT value FROM json_each(?2)))
                     OR EXISTS (SELECT 1 FROM entries
                                WHERE outcome = 'pending' AND due_at <= ?1
                                  AND feed_id IN (SELECT value FROM json_each(?2)))
                     OR EXISTS (SELECT 1 FROM rechecks_due d CROSS JOIN entries e ON e.id = d.entry_id
                                WHERE d.due_at <= ?1 AND e.feed_id IN (SELECT value FROM json_each(?2)))""",
                [to_text(now), as_json(feed_ids)],
            )
        )

    def pending_reasons(self) -> list[Row]:
        """Return why entries wait: the ten most frequent reasons, each with its number `n` and first `due_at`."""
        return self._dicts(
            """SELECT reason, count(*) AS n, min(due_at) AS due_at FROM entries
               WHERE outcome = 'pending' AND reason IS NOT NULL GROUP BY reason ORDER BY n DESC LIMIT 10"""
        )

    def outcomes(self) -> dict[str, int]:
        """Count the entries by outcome, the most frequent first."""
        return self._counts(
            """SELECT outcome, sum(n) AS n FROM (SELECT outcome, count(*) AS n FROM entries GROUP BY feed_id, outcome)
               GROUP BY outcome ORDER BY n DESC"""
        )

    def entries_at(self, urls: Iterable[str]) -> list[Row]:
        """Return the entries with one of the canonical URLs, the first first."""
        return self._announced("e.canonical_url", urls)

    def entries_of(self, article_ids: Iterable[int]) -> list[Row]:
        """Return the entries that led to one of the articles, the first first."""
        return self._announced("e.article_id", article_ids)

    def entries_forgotten(self, tombstone_id: int) -> list[Row]:
        """Return the entries that a tombstone stands for, the first first."""
        return self._announced("e.tombstone_id", [tombstone_id])

    def _announced(self, column: str, values: Iterable[object]) -> list[Row]:
        where = f"WHERE {column} IN (SELECT value FROM json_each(?)) ORDER BY e.id"  # noqa: S608 (our own names)
        return self._dicts(f"{ANNOUNCED} {where}", [as_json(values)])

    def archived_entry(self, article_id: int) -> PendingEntry | None:
        """Return the entry that the article was archived for, as its feed has it since the article's last edit."""
        row = self._row(
            f"""{ENTRY} WHERE e.article_id = ? AND e.outcome IN ('archived', 'revised')
                ORDER BY e.outcome = 'revised' DESC, e.rechecked_at DESC, e.id LIMIT 1""",
            [article_id],
        )
        return _entry(row) if row else None

    def filtered_ids(self, *, first: int = 0) -> "array[int]":
        """Return the ids of the feeds' entries that rules have filtered, from the id `first` on."""
        feeds = "feed_id IN (SELECT id FROM feeds WHERE kind <> 'backfill')"
        sql = f"SELECT id FROM entries WHERE outcome = 'filtered' AND id >= ? AND {feeds} ORDER BY id"  # noqa: S608 (our own names)
        return array("q", (row[0] for row in self.db.execute(sql, [first])))

    def filtered_entries(self, ids: Iterable[int]) -> list[FilteredEntry]:
        """Return those of the entries `ids` that are filtered."""
        rows = self._rows(
            f"{ENTRY} WHERE e.id IN (SELECT value FROM json_each(?)) AND e.outcome = 'filtered' ORDER BY e.id",  # noqa: S608 (our own names)
            [as_json(ids)],
        )
        return [FilteredEntry(_entry(row), row["rule"], row["rule_hash"]) for row in rows]


class EntryUpdates(EntryQueries):
    def add_entries(
        self, feed_id: int, entries: Iterable[NewEntry], at: datetime, *, reissued: bool = False
    ) -> list[int]:
        """Add entries that are pending and due at once, and return their ids.

        `reissued`: most of their feed turned new with them.
        """
        return [self.add_entry(feed_id, entry, at, reissued=reissued) for entry in entries]

    def add_entry(self, feed_id: int, entry: NewEntry, at: datetime, *, reissued: bool = False) -> int:
        """Add an entry as `add_entries` does. Return its id."""
        seen = dict.fromkeys(("first_seen_at", "last_seen_at", "due_at"), to_text(at))
        return self._insert("entries", {"feed_id": feed_id} | to_row(entry) | seen | {"reissued": reissued})

    def mark_seen(self, entry_ids: Iterable[int], at: datetime) -> None:
        self.db.execute(
            "UPDATE entries SET last_seen_at = ? WHERE id IN (SELECT value FROM json_each(?))",
            [to_text(at), as_json(entry_ids)],
        )

    def readdress(self, entry_id: int, entry: NewEntry, at: datetime) -> None:
        """Give the entry the link that its feed has corrected. It is pending again, with all its tries.

        The entry's text stays; it gets back its markup if the feed has the same text.
        """
        self.db.execute(
            """UPDATE entries SET url = ?, canonical_url = ?, host = ?, shared_url = ?,
                 outcome = 'pending', reason = NULL, tries = 0, due_at = ?, rule = NULL, rule_hash = NULL,
                 markup = iif(content IS ? AND summary IS ?, ?, markup) WHERE id = ?""",
            [
                *(entry.url, entry.canonical_url, entry.host, entry.shared_url, to_text(at)),
                *(entry.content, entry.summary, entry.markup, entry_id),
            ],
        )

    def settle(
        self,
        entry_id: int,
        outcome: Outcome,
        *,
        article_id: int | None = None,
        copy_id: int | None = None,
        reason: str | None = None,
        keep_markup: bool = False,
        rule: str | None = None,
        rule_hash: str | None = None,
    ) -> None:
        """End the entry. It leads to the article `article_id`, through its copy `copy_id` if that is given.

        `keep_markup`: the article's text is the feed's, or may be. Of no other entry is the markup needed any more.
        """
        self.db.execute(
            """UPDATE entries SET outcome = ?, article_id = ?, copy_id = ?, reason = ?, due_at = NULL,
                 markup = iif(?, markup, NULL), rule = ?, rule_hash = ? WHERE id = ?""",
            [outcome, article_id, copy_id, reason, keep_markup, rule, rule_hash, entry_id],
        )

    def take_up(self, entry_ids: Iterable[int], due_at: datetime) -> None:
        """Make filtered entries pending again, with all their tries."""
        self.db.execute(
            """UPDATE entries SET outcome = 'pending', reason = NULL, rule = NULL, rule_hash = NULL, tries = 0,
                 due_at = ? WHERE id IN (SELECT value FROM json_each(?)) AND outcome = 'filtered'""",
            [to_text(due_at), as_json(entry_ids)],
        )

    def filter_again(self, entry_id: int, rule: str, rule_hash: str, *, reason: str) -> None:
        """Record that another rule, or a changed one, drops a filtered entry."""
        self.db.execute(
            "UPDATE entries SET rule = ?, rule_hash = ?, reason = ? WHERE id = ?", [rule, rule_hash, reason, entry_id]
        )

    def postpone(self, entry_id: int, due_at: datetime, *, reason: str, tried: bool) -> None:
        """Keep the entry pending until `due_at`.

        A wait that the host asked for (not `tried`) counts as a try only for an entry older than MAX_WAITING: some
        hosts never stop asking.
        """
        self.db.execute(
            "UPDATE entries SET tries = tries + (? OR first_seen_at < ?), due_at = ?, reason = ? WHERE id = ?",
            [tried, to_text(due_at - MAX_WAITING), rounded_up(due_at), reason, entry_id],
        )


def _entry(row: sqlite3.Row) -> PendingEntry:
    return from_row(PendingEntry, dict(row) | {"article_id": None})
