"""What alerts of silent feeds, empty feeds and gaps are judged by."""

from dataclasses import dataclass
from datetime import datetime

from storage.records import to_instant, to_text
from storage.rows import Rows

_LAST_NEW_AT = """SELECT max(at) FROM (
  SELECT max(coalesce(published_at, first_seen_at)) AS at FROM entries
  WHERE feed_id = ?1 AND coalesce(published_at, first_seen_at) <= ?2 AND NOT reissued
  UNION ALL SELECT max(first_seen_at) FROM entries
  WHERE feed_id = ?1 AND first_seen_at <= ?2 AND NOT reissued AND first_seen_at > (
    SELECT first_seen_at FROM entries WHERE id = (SELECT min(id) FROM entries WHERE feed_id = ?1)))"""


@dataclass(frozen=True, slots=True)
class Silence:
    """A feed that counts as silent, `silence_s` after `new_at`, when it brought something new last.

    `first_seen_at` is when its first document was read, `per_day` the entries a day that it brought, if that is known.
    """

    new_at: datetime
    first_seen_at: datetime
    silence_s: int
    per_day: float | None


@dataclass(frozen=True, slots=True)
class Emptiness:
    """A document that has lost its entries. `good_polls` have found it so; `empty_before`: it was, and came back."""

    good_polls: int
    empty_before: bool


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


class FeedFactQueries(Rows):
    def last_new_at(self, feed_id: int, now: datetime) -> datetime | None:
        """Return when the feed brought something new last: by the dates of its entries, or by when they were seen.

        When it was seen says nothing of an entry of the first document. An entry that was perhaps issued again is not
        new. This reads all entries of the feed.
        """
        return to_instant(self._value(_LAST_NEW_AT, [feed_id, to_text(now)]))

    def silence(self, feed_id: int, now: datetime) -> Silence | None:
        """Return the silence of a feed that counts as silent."""
        found = self._records(
            Silence,
            f"""SELECT e.new_at, e.first_seen_at, f.silence_s, r.per_day
                FROM feeds f LEFT JOIN rhythms r ON r.feed_id = f.id JOIN (
                  SELECT ({_LAST_NEW_AT}) AS new_at,
                    (SELECT first_seen_at FROM entries
                     WHERE id = (SELECT min(id) FROM entries WHERE feed_id = ?1)) AS first_seen_at) e
                WHERE f.id = ?1 AND f.silent_at IS NOT NULL AND f.silence_s IS NOT NULL
                  AND e.new_at IS NOT NULL""",  # noqa: S608 (our own words)
            [feed_id, to_text(now)],
        )
        return found[0] if found else None

    def emptiness(self, feed_id: int) -> Emptiness | None:
        """Return since how many good polls a feed is empty, if it is."""
        found = self._records(
            Emptiness,
            """SELECT (SELECT count(*) FROM polls
                       WHERE feed_id = f.id AND outcome IN ('parsed', 'not_modified', 'same_body')
                         AND id > coalesce((SELECT id FROM polls WHERE feed_id = f.id AND at < empty_at
                                            ORDER BY id DESC LIMIT 1), 0)) AS good_polls,
                 EXISTS (SELECT 1 FROM polls WHERE feed_id = f.id AND at < empty_at
                           AND outcome = 'parsed' AND entries_seen = 0
                           AND id > (SELECT id FROM polls WHERE feed_id = f.id AND entries_seen > 0
                                     ORDER BY id LIMIT 1)) AS empty_before
               FROM feeds f WHERE id = ? AND empty_at IS NOT NULL""",
            [feed_id],
        )
        return found[0] if found else None

    def noticed_gap(self, feed_id: int) -> NoticedGap | None:
        """Return the feed's gap that was noticed last of those that are open."""
        found = self._records(
            NoticedGap,
            """SELECT from_at, to_at, missed, noticed_at, polled_at, polled_at IS NOT NULL AND EXISTS (
                 SELECT 1 FROM alerts WHERE kind = 'all_feeds_failing' AND began_at <= noticed_at
                   AND coalesce(ended_at, noticed_at) > polled_at) AS offline
               FROM (SELECT from_at, to_at, max(entries - found, 0) AS missed, noticed_at,
                       (SELECT at FROM polls WHERE feed_id = g.feed_id AND at < noticed_at
                          AND outcome IN ('parsed', 'not_modified', 'same_body') ORDER BY id DESC LIMIT 1) AS polled_at
                     FROM gaps g WHERE feed_id = ? AND closed_at IS NULL ORDER BY noticed_at DESC, id DESC LIMIT 1)""",
            [feed_id],
        )
        return found[0] if found else None

    def gap_totals(self) -> tuple[int, int]:
        """Count the open gaps, and the entries of them that may have been missed."""
        row = self._row("SELECT count(*), coalesce(sum(max(entries - found, 0)), 0) FROM gaps WHERE closed_at IS NULL")
        assert row
        return row[0], row[1]
