"""The table `gaps`: times of which entries of a feed may have been missed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from storage.feed_records import Gap, SeenEntry
from storage.records import GOOD_POLLS, to_instant, to_text
from storage.rows import Row, Rows, as_json, to_row


@dataclass(frozen=True, slots=True)
class OpenGap:
    """A gap that is open. `come` counts the entries of its time that were first seen after it was noticed."""

    id: int
    from_at: datetime
    to_at: datetime
    entries: int
    noticed_at: datetime
    found: int
    come: int


@dataclass(frozen=True, slots=True)
class NoticedGap:
    """A feed's newest gap that is open: about `missed` entries of that time are still missing.

    `polled_at` is the good poll before the one that noticed it. `offline`: every feed failed at some time between them.
    """

    from_at: datetime
    to_at: datetime
    missed: int
    noticed_at: datetime
    polled_at: datetime | None
    offline: bool


class GapQueries(Rows):
    def gaps(self, feed_id: int | None = None, *, open_only: bool = False, limit: int = 1000) -> list[Row]:
        """Return the gaps of a feed, or of all, the last noticed first.

        `feed` and `url` are the feed's name and address.
        """
        return self._dicts(
            f"""SELECT g.id, g.feed_id, coalesce(f.name, f.title, f.url) AS feed, f.url, g.from_at, g.to_at, g.entries,
                       g.evidence, g.noticed_at, g.found, g.closed_at
                FROM gaps g JOIN feeds f ON f.id = g.feed_id
                WHERE (?1 IS NULL OR g.feed_id = ?1) {"AND g.closed_at IS NULL" if open_only else ""}
                ORDER BY g.noticed_at DESC, g.id DESC LIMIT ?2""",  # noqa: S608 (our own words)
            [feed_id, limit],
        )

    def open_gap_totals(self, since: str = "", until: str = "~") -> Row:
        """Count the open `gaps` noticed in a period, the entries that may be `missed` in them, and their `feeds`."""
        row = self._row(
            """SELECT count(*) AS gaps, coalesce(sum(max(entries - found, 0)), 0) AS missed,
                      count(DISTINCT feed_id) AS feeds
               FROM gaps WHERE closed_at IS NULL AND noticed_at >= ? AND noticed_at < ?""",
            [since, until],
        )
        assert row
        return dict(row)

    def gaps_by_feed(self, feed_ids: Iterable[int]) -> dict[int, Row]:
        """Count, for those of the feeds that have any, open `gaps` and the entries that may be `missed` in them."""
        rows = self._dicts(
            """SELECT feed_id, count(*) AS gaps, sum(max(entries - found, 0)) AS missed FROM gaps
               WHERE closed_at IS NULL AND feed_id IN (SELECT value FROM json_each(?)) GROUP BY feed_id""",
            [as_json(feed_ids)],
        )
        return {row.pop("feed_id"): row for row in rows}

    def noticed_gap(self, feed_id: int) -> NoticedGap | None:
        """Return the feed's gap that was noticed last of those that are open."""
        found = self._records(
            NoticedGap,
            f"""SELECT from_at, to_at, missed, noticed_at, polled_at, polled_at IS NOT NULL AND EXISTS (
                 SELECT 1 FROM alerts WHERE kind = 'all_feeds_failing' AND began_at <= noticed_at
                   AND coalesce(ended_at, noticed_at) > polled_at) AS offline
               FROM (SELECT from_at, to_at, max(entries - found, 0) AS missed, noticed_at,
                       (SELECT at FROM polls WHERE feed_id = g.feed_id AND at < noticed_at
                          AND outcome IN {GOOD_POLLS} ORDER BY id DESC LIMIT 1) AS polled_at
                     FROM gaps g WHERE feed_id = ? AND closed_at IS NULL ORDER BY noticed_at DESC, id DESC LIMIT 1)""",  # noqa: S608 (our own)
            [feed_id],
        )
        return found[0] if found else None

    def open_gaps(self, feed_id: int, since: datetime) -> list[OpenGap]:
        """Return the feed's last ten open gaps, and all that end after `since`, the first first.

        With a unary plus an instant has no type of its own, so that SQLite finds entries by the index of theirs.
        """
        return self._records(
            OpenGap,
            """SELECT id, from_at, to_at, entries, noticed_at, found,
                      (SELECT count(*) FROM entries
                       WHERE feed_id = gaps.feed_id AND coalesce(published_at, first_seen_at) >= +gaps.from_at
                         AND coalesce(published_at, first_seen_at) <= +gaps.to_at
                         AND first_seen_at > gaps.noticed_at) AS come
               FROM gaps WHERE feed_id = ?1 AND closed_at IS NULL AND to_at >= min(?2, coalesce(
                 (SELECT to_at FROM gaps WHERE feed_id = ?1 AND closed_at IS NULL
                  ORDER BY to_at DESC LIMIT 1 OFFSET 9), ''))
               ORDER BY to_at, id""",
            [feed_id, to_text(since)],
        )

    def newest_known(self, feed_id: int, at: datetime, *, limit: int) -> list[SeenEntry]:
        """Return the entries that the feed had announced before the poll at `at`, the newest by their dates first."""
        return self._records(
            SeenEntry,
            """SELECT published_at, first_seen_at, last_seen_at FROM entries WHERE feed_id = ?1 AND first_seen_at <> ?2
               ORDER BY coalesce(published_at, first_seen_at) DESC LIMIT ?3""",
            [feed_id, to_text(at), limit],
        )

    def last_answer_at(self, feed_id: int, until: datetime) -> datetime | None:
        """Return when the feed's server last answered well, up to `until`."""
        return to_instant(
            self._value(
                f"""SELECT at FROM polls WHERE feed_id = ? AND at <= ? AND outcome IN {GOOD_POLLS}
                    ORDER BY id DESC LIMIT 1""",  # noqa: S608 (our own)
                [feed_id, to_text(until)],
            )
        )

    def titles_before(self, feed_id: int, titles: Iterable[str], at: datetime) -> frozenset[str]:
        """Return those of the titles that the feed had announced before the poll at `at`.

        This reads all entries of the feed.
        """
        return frozenset(
            self._column(
                """SELECT title FROM entries
                   WHERE feed_id = ? AND title IN (SELECT value FROM json_each(?)) AND first_seen_at <> ?""",
                [feed_id, as_json(titles), to_text(at)],
            )
        )

    def is_bridged(self, feed_id: int, gap: OpenGap, at: datetime, *, edge: int) -> bool:
        """Return whether the document of the poll at `at` has entries of both sides of the gap.

        Of each side, only the `edge` entries next to the gap count.
        """
        sides = (
            "coalesce(published_at, first_seen_at) <= ?3 AND first_seen_at < ?4 ORDER BY 2 DESC",
            "coalesce(published_at, first_seen_at) >= ?5 AND first_seen_at >= ?4 ORDER BY 2",
        )
        values = [feed_id, to_text(at), to_text(gap.from_at), to_text(gap.noticed_at), to_text(gap.to_at), edge]
        return all(
            self._value(
                f"""SELECT max(last_seen_at = ?2) FROM (
                      SELECT last_seen_at, coalesce(published_at, first_seen_at) FROM entries
                      WHERE feed_id = ?1 AND {side} LIMIT ?6)""",  # noqa: S608 (our own words)
                values,
            )
            for side in sides
        )


class GapUpdates(GapQueries):
    def add_gap(self, gap: Gap) -> None:
        self._insert("gaps", to_row(gap))

    def note_found(self, gap_id: int, found: int) -> None:
        """Record how many entries of the gap's time have come since it was noticed."""
        self.db.execute("UPDATE gaps SET found = ? WHERE id = ?", [found, gap_id])

    def close_gap(self, gap_id: int, at: datetime) -> None:
        self.db.execute("UPDATE gaps SET closed_at = ? WHERE id = ?", [to_text(at), gap_id])
