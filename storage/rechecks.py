"""Known entries that are to be looked at again, since their feed has changed what it says of them."""

from collections.abc import Iterable
from datetime import datetime

from storage.entries import pending_entry
from storage.records import KnownEntry, NewEntry, PendingEntry, to_text
from storage.rows import Rows, as_json, not_before


class Rechecks(Rows):
    def note_texts(self, entries: Iterable[tuple[KnownEntry, NewEntry]]) -> None:
        """By these hashes and instants the next change is told; what the entry's row says of its text stays."""
        self._db.executemany(
            "UPDATE entries SET text_hash = ?, updated_at = coalesce(?, updated_at) WHERE id = ?",
            [(entry.text_hash, to_text(entry.updated_at), known.id) for known, entry in entries],
        )

    def schedule_recheck(self, entry_id: int, entry: NewEntry, due_at: datetime) -> None:
        """Where a look is waiting already, it takes the newer text and stays due when it was."""
        self._db.execute(
            """INSERT INTO rechecks_due (entry_id, host, due_at, title, summary, content)
               SELECT id, host, ?, ?, ?, ? FROM entries WHERE id = ?
               ON CONFLICT DO UPDATE SET title = excluded.title, summary = excluded.summary,
                 content = excluded.content""",
            [to_text(due_at), entry.title, entry.summary, entry.content, entry_id],
        )

    def reopen(self, entry_id: int, entry: NewEntry, due_at: datetime) -> None:
        """An entry that had brought no article is pending again, as the feed has it now and with all its tries."""
        self._db.execute(
            """UPDATE entries SET outcome = 'pending', reason = NULL, tries = 0, due_at = ?1, rechecks = rechecks + 1,
                 rechecked_at = ?1, title = ?2, summary = ?3, content = ?4 WHERE id = ?5""",
            [to_text(due_at), entry.title, entry.summary, entry.content, entry_id],
        )

    def due_rechecks(self, host: str, now: datetime, *, limit: int, besides: Iterable[int] = ()) -> list[PendingEntry]:
        rows = self._rows(
            """SELECT e.*, f.article, f.url AS feed_url, l.tries AS recheck_tries, l.title AS new_title,
                      l.summary AS new_summary, l.content AS new_content
               FROM rechecks_due l CROSS JOIN entries e ON e.id = l.entry_id CROSS JOIN feeds f ON f.id = e.feed_id
               WHERE l.due_at <= ?2 AND l.host = ?1 AND e.id NOT IN (SELECT value FROM json_each(?3))
               ORDER BY l.due_at, e.id LIMIT ?4""",
            host,
            to_text(now),
            as_json(besides),
            limit,
        )
        return [
            pending_entry(
                row,
                title=row["new_title"],
                summary=row["new_summary"],
                content=row["new_content"],
                tries=row["recheck_tries"],
                article_id=row["article_id"],
            )
            for row in rows
        ]

    def postpone_recheck(self, entry_id: int, due_at: datetime) -> None:
        """Another try of the same look."""
        self._db.execute(
            "UPDATE rechecks_due SET tries = tries + 1, due_at = ? WHERE entry_id = ?", [not_before(due_at), entry_id]
        )

    def end_recheck(self, entry_id: int, at: datetime, *, reason: str | None = None) -> None:
        """The look's end; without a `reason` the entry's own stays."""
        self._db.execute(
            "UPDATE entries SET rechecks = rechecks + 1, rechecked_at = ?, reason = coalesce(?, reason) WHERE id = ?",
            [to_text(at), reason, entry_id],
        )
        self._db.execute("DELETE FROM rechecks_due WHERE entry_id = ?", [entry_id])

    def revised(self, entry_id: int, entry: NewEntry, at: datetime) -> None:
        """The look's end: it has brought a revision, and the entry is as the feed has it now."""
        self._db.execute(
            "UPDATE entries SET outcome = 'revised', reason = NULL, title = ?, summary = ?, content = ? WHERE id = ?",
            [entry.title, entry.summary, entry.content, entry_id],
        )
        self.end_recheck(entry_id, at)
