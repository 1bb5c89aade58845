"""The table `rhythms`, and the dates that rhythms are learned from."""

from collections.abc import Iterable
from datetime import datetime

from storage.feed_records import FeedDemand, Rhythm
from storage.records import to_text
from storage.rows import Rows, as_json, from_row, to_row


class RhythmQueries(Rows):
    def entry_dates(self, feed_id: int, now: datetime, *, limit: int) -> list[int]:
        """Return the dates (unix seconds, ascending) of the feed's newest entries up to `now`.

        An entry without a date counts as of when it was first seen, but not in the feed's first document, and an entry
        that was perhaps issued again not at all.
        """
        return self._column(
            """SELECT CAST(strftime('%s', coalesce(published_at, first_seen_at)) AS INTEGER) FROM entries
               WHERE feed_id = ?1 AND coalesce(published_at, first_seen_at) <= ?2 AND NOT reissued
                 AND (published_at IS NOT NULL OR first_seen_at > (
                   SELECT first_seen_at FROM entries WHERE id = (SELECT min(id) FROM entries WHERE feed_id = ?1)))
               ORDER BY coalesce(published_at, first_seen_at) DESC LIMIT ?3""",
            [feed_id, to_text(now), limit],
        )[::-1]

    def rhythm(self, feed_id: int) -> Rhythm | None:
        return self.rhythms([feed_id]).get(feed_id)

    def rhythms(self, feed_ids: Iterable[int]) -> dict[int, Rhythm]:
        """Return the rhythms of these feeds, by the feed's id."""
        rows = self._rows(
            "SELECT * FROM rhythms WHERE feed_id IN (SELECT value FROM json_each(?))", [as_json(feed_ids)]
        )
        return {row["feed_id"]: from_row(Rhythm, row) for row in rows}

    def demands(self) -> list[FeedDemand]:
        """Return what each feed needs that has its share of the budget of polls: active, with a rhythm, and without a
        clock of its own.
        """
        return self._records(
            FeedDemand,
            """SELECT per_day, hours, weekdays, recent, newest_at, window_size, asked_interval_s
               FROM feeds JOIN rhythms ON feed_id = id WHERE active AND interval_s IS NULL AND schedule IS NULL
               ORDER BY feed_id""",
        )


class RhythmUpdates(RhythmQueries):
    def save_rhythm(self, feed_id: int, rhythm: Rhythm) -> None:
        self.db.execute(
            """INSERT OR REPLACE INTO rhythms
                 (feed_id, learned_at, entries, per_day, recent, newest_at, hours, weekdays)
               VALUES (:feed_id, :learned_at, :entries, :per_day, :recent, :newest_at, :hours, :weekdays)""",
            {"feed_id": feed_id} | to_row(rhythm),
        )
