"""The table `rechecks_due`: known entries whose page is fetched again, because their feed has changed its text."""

from collections.abc import Iterable
from datetime import datetime

from storage.entries import EntryQueries
from storage.records import KnownEntry, NewEntry, PendingEntry, to_text
from storage.rows import Row, as_json, from_row, rounded_up

NEWER = ("tries", "title", "summary", "content")  # columns of a recheck that replace its entry's


class RecheckQueries(EntryQueries):
    def due_rechecks(self, host: str, now: datetime, *, limit: int, exclude: Iterable[int] = ()) -> list[PendingEntry]:
        """Return the host's entries to recheck as their feed has them now, the longest waiting first."""
        rows = self._rows(
            """SELECT e.*, f.article AS article_from, f.url AS feed_url, d.tries AS new_tries, d.title AS new_title,
                      d.summary AS new_summary, d.content AS new_content
               FROM rechecks_due d CROSS JOIN entries e ON e.id = d.entry_id CROSS JOIN feeds f ON f.id = e.feed_id
               WHERE d.due_at <= ?2 AND d.host = ?1 AND e.id NOT IN (SELECT value FROM json_each(?3))
               ORDER BY d.due_at, e.id LIMIT ?4""",
            [host, to_text(now), as_json(exclude), limit],
        )
        return [
            from_row(PendingEntry, dict(row) | {name: row[f"new_{name}"] for name in NEWER} | {"reissued": False})
            for row in rows
        ]

    def rechecks(self, entry_ids: Iterable[int]) -> list[Row]:
        """Return the entries that were, or will be, rechecked: how often, when last, and the next `due_at`."""
        return self._dicts(
            """SELECT e.id AS entry_id, e.rechecks, e.rechecked_at, d.due_at
               FROM entries e LEFT JOIN rechecks_due d ON d.entry_id = e.id
               WHERE e.id IN (SELECT value FROM json_each(?)) AND (e.rechecks > 0 OR d.due_at IS NOT NULL)
               ORDER BY e.id""",
            [as_json(entry_ids)],
        )

    def rechecks_due(self) -> int:
        """Count the entries whose article will be rechecked."""
        return int(self._value("SELECT count(*) FROM rechecks_due"))


class RecheckUpdates(RecheckQueries):
    def save_text_hashes(self, entries: Iterable[tuple[KnownEntry, NewEntry]]) -> None:
        """Keep the hash and the `updated_at` by which the next change is noticed. The entry's text stays."""
        self.db.executemany(
            "UPDATE entries SET text_hash = ?, updated_at = coalesce(?, updated_at) WHERE id = ?",
            [(entry.text_hash, to_text(entry.updated_at), known.id) for known, entry in entries],
        )

    def schedule_recheck(self, entry_id: int, entry: NewEntry, due_at: datetime) -> None:
        """Add a recheck. One that is waiting already takes the newer text and keeps its `due_at`."""
        self.db.execute(
            """INSERT INTO rechecks_due (entry_id, host, due_at, title, summary, content)
               SELECT id, host, ?, ?, ?, ? FROM entries WHERE id = ?
               ON CONFLICT DO UPDATE SET title = excluded.title, summary = excluded.summary,
                 content = excluded.content""",
            [to_text(due_at), entry.title, entry.summary, entry.content, entry_id],
        )

    def reopen(self, entry_id: int, entry: NewEntry, due_at: datetime) -> None:
        """Make an entry without an article pending again, with its feed's newer text and all its tries."""
        self.db.execute(
            """UPDATE entries SET outcome = 'pending', reason = NULL, tries = 0, due_at = ?1, rechecks = rechecks + 1,
                 rechecked_at = ?1, title = ?2, summary = ?3, content = ?4 WHERE id = ?5""",
            [to_text(due_at), entry.title, entry.summary, entry.content, entry_id],
        )

    def postpone_recheck(self, entry_id: int, due_at: datetime) -> None:
        """Retry the recheck at `due_at`."""
        self.db.execute(
            "UPDATE rechecks_due SET tries = tries + 1, due_at = ? WHERE entry_id = ?", [rounded_up(due_at), entry_id]
        )

    def end_recheck(self, entry_id: int, at: datetime, *, reason: str | None = None) -> None:
        """End the recheck. Without a `reason` the entry keeps its own."""
        self.db.execute(
            "UPDATE entries SET rechecks = rechecks + 1, rechecked_at = ?, reason = coalesce(?, reason) WHERE id = ?",
            [to_text(at), reason, entry_id],
        )
        self.db.execute("DELETE FROM rechecks_due WHERE entry_id = ?", [entry_id])

    def revised(self, entry_id: int, entry: NewEntry, at: datetime) -> None:
        """End a recheck that has brought a revision. The entry gets its feed's newer text."""
        self.db.execute(
            "UPDATE entries SET outcome = 'revised', reason = NULL, title = ?, summary = ?, content = ? WHERE id = ?",
            [entry.title, entry.summary, entry.content, entry_id],
        )
        self.end_recheck(entry_id, at)
