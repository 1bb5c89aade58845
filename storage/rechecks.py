"""The table `rechecks_due`: known entries whose page is fetched again, because their feed has changed its text."""

from collections.abc import Iterable
from datetime import datetime

from storage.entries import EntryQueries
from storage.records import KnownEntry, NewEntry, PendingEntry, to_text
from storage.rows import Row, as_json, from_row, rounded_up, to_row

TEXT = ("title", "summary", "content", "markup", "media")  # columns of an entry's text, as its feed has it now
NEWER = ("tries", *TEXT)  # columns of a recheck that replace its entry's
SET_TEXT = ", ".join(f"{name} = :{name}" for name in TEXT)


class RecheckQueries(EntryQueries):
    def due_rechecks(self, host: str, now: datetime, *, limit: int, exclude: Iterable[int] = ()) -> list[PendingEntry]:
        """Return the host's entries to recheck as their feed has them now, the longest waiting first."""
        newer = ", ".join(f"d.{name} AS new_{name}" for name in NEWER)
        rows = self._rows(
            f"""SELECT e.*, f.article AS article_from, f.url AS feed_url, {newer}
                FROM rechecks_due d CROSS JOIN entries e ON e.id = d.entry_id CROSS JOIN feeds f ON f.id = e.feed_id
                WHERE d.due_at <= ?2 AND d.host = ?1 AND e.id NOT IN (SELECT value FROM json_each(?3))
                ORDER BY d.due_at, e.id LIMIT ?4""",  # noqa: S608 (our own names)
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
            f"""INSERT INTO rechecks_due (entry_id, host, due_at, {", ".join(TEXT)})
                SELECT id, host, :due_at, :{", :".join(TEXT)} FROM entries WHERE id = :id
                ON CONFLICT DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in TEXT)}""",  # noqa: S608 (our own names)
            _text_of(entry) | {"due_at": to_text(due_at), "id": entry_id},
        )

    def reopen(self, entry_id: int, entry: NewEntry, due_at: datetime) -> None:
        """Make an entry without an article pending again, with its feed's newer text and all its tries."""
        self.db.execute(
            f"""UPDATE entries SET outcome = 'pending', reason = NULL, rule = NULL, rule_hash = NULL, tries = 0,
                  due_at = :at, rechecks = rechecks + 1, rechecked_at = :at, {SET_TEXT} WHERE id = :id""",  # noqa: S608 (our own names)
            _text_of(entry) | {"at": to_text(due_at), "id": entry_id},
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

    def revised(self, entry_id: int, entry: NewEntry, at: datetime, *, keep_markup: bool) -> None:
        """End a recheck that has brought a revision. The entry gets its feed's newer text.

        `keep_markup`: the revision's text is the feed's.
        """
        text = _text_of(entry) if keep_markup else _text_of(entry) | {"markup": None}
        self.db.execute(
            f"UPDATE entries SET outcome = 'revised', reason = NULL, {SET_TEXT} WHERE id = :id",  # noqa: S608 (our own names)
            text | {"id": entry_id},
        )
        self.end_recheck(entry_id, at)


def _text_of(entry: NewEntry) -> dict[str, object]:
    return {name: value for name, value in to_row(entry).items() if name in TEXT}
