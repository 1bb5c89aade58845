"""Silent feeds and empty feeds, as their alerts need them."""

from dataclasses import dataclass
from datetime import datetime

from storage.records import GOOD_POLLS, to_instant, to_text
from storage.rows import Rows

BROUGHT = """(SELECT count(*) FROM entries
  WHERE feed_id = feeds.id AND coalesce(published_at, first_seen_at) <= coalesce(silent_at, empty_at)
    AND coalesce(published_at, first_seen_at)
      > strftime('%Y-%m-%dT%H:%M:%SZ', coalesce(silent_at, empty_at), '-30 days'))"""
"""How many entries a feed brought in the 30 days before it fell silent or was empty."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A feed that counts as silent, `silence_s` after `new_at`, when it brought something new last.

    `first_seen_at` is when its first document was read, `entries` how many it brought in the 30 days up to `new_at`.
    """

    new_at: datetime
    first_seen_at: datetime
    silence_s: int
    entries: int


@dataclass(frozen=True, slots=True)
class Emptiness:
    """A document that has lost its entries. `good_polls` have found it so; `empty_before`: it was, and came back."""

    good_polls: int
    empty_before: bool


class SilenceQueries(Rows):
    def last_new_at(self, feed_id: int, now: datetime) -> datetime | None:
        """Return when the feed brought something new last: by the dates of its entries, or by when they were seen.

        When it was seen says nothing of an entry of the first document. An entry that was perhaps issued again is not
        new. This reads all entries of the feed.
        """
        return to_instant(
            self._value(
                """SELECT max(at) FROM (
                     SELECT max(coalesce(published_at, first_seen_at)) AS at FROM entries
                     WHERE feed_id = ?1 AND coalesce(published_at, first_seen_at) <= ?2 AND NOT reissued
                     UNION ALL SELECT max(first_seen_at) FROM entries
                     WHERE feed_id = ?1 AND first_seen_at <= ?2 AND NOT reissued AND first_seen_at > (
                       SELECT first_seen_at FROM entries
                       WHERE id = (SELECT min(id) FROM entries WHERE feed_id = ?1)))""",
                [feed_id, to_text(now)],
            )
        )

    def silence(self, feed_id: int) -> Silence | None:
        """Return the silence of a feed that counts as silent."""
        found = self._records(
            Silence,
            f"""SELECT silent_at AS new_at, first_seen_at, silence_s, {BROUGHT} AS entries
                FROM feeds JOIN entries ON entries.id = (SELECT min(id) FROM entries WHERE feed_id = ?1)
                WHERE feeds.id = ?1 AND silent_at IS NOT NULL""",  # noqa: S608 (our own words)
            [feed_id],
        )
        return found[0] if found else None

    def emptiness(self, feed_id: int) -> Emptiness | None:
        """Return since how many good polls a feed is empty, if it is."""
        found = self._records(
            Emptiness,
            f"""SELECT (SELECT count(*) FROM polls
                       WHERE feed_id = f.id AND outcome IN {GOOD_POLLS}
                         AND id > coalesce((SELECT id FROM polls WHERE feed_id = f.id AND at < empty_at
                                            ORDER BY id DESC LIMIT 1), 0)) AS good_polls,
                 EXISTS (SELECT 1 FROM polls WHERE feed_id = f.id AND at < empty_at
                           AND outcome = 'parsed' AND entries_seen = 0
                           AND id > (SELECT id FROM polls WHERE feed_id = f.id AND entries_seen > 0
                                     ORDER BY id LIMIT 1)) AS empty_before
               FROM feeds f WHERE id = ? AND empty_at IS NOT NULL""",  # noqa: S608 (our own)
            [feed_id],
        )
        return found[0] if found else None
