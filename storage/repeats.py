"""Which feeds only repeat another's entries: `feeds.repeats_id`."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from storage.records import to_text
from storage.rows import Rows

NEWEST, MIN_ENTRIES = 50, 10
MAX_MISSING = NEWEST // 20  # one of twenty
GRACE = timedelta(days=1)  # for the other feed to be polled
MAX_FEEDS = 100  # that announced an entry; more are not read

ANNOUNCED_BY = f"""SELECT coalesce(e.article_id, e.canonical_url), (
    SELECT json_group_array(feed_id) FROM (
      SELECT feed_id FROM (
        SELECT feed_id FROM entries WHERE article_id = e.article_id AND +feed_id <> e.feed_id LIMIT {MAX_FEEDS})
      UNION SELECT feed_id FROM (
        SELECT feed_id FROM entries
        WHERE canonical_url = e.canonical_url AND +feed_id <> e.feed_id AND NOT e.shared_url LIMIT {MAX_FEEDS})))
  FROM entries e
  WHERE feed_id = ?1 AND coalesce(published_at, first_seen_at) <= ?2 AND first_seen_at <= ?2
    AND (article_id IS NOT NULL OR (canonical_url IS NOT NULL AND NOT shared_url))
  ORDER BY coalesce(published_at, first_seen_at) DESC LIMIT ?3"""  # noqa: S608 (our own number)


def announced_nearly_all(announced: Iterable[Collection[int]]) -> set[int]:
    """Return the feeds that announced 95 of 100 of a feed's entries, from the feeds that announced each one."""
    entries = list(announced)
    counts = Counter(feed for feeds in entries for feed in set(feeds))
    missing = len(entries) // 20
    return {feed for feed, count in counts.items() if count >= len(entries) - missing}


def repeating(has_all_of: Mapping[int, Collection[int]], oldest_first: Sequence[int]) -> dict[int, int]:
    """Return the feeds that only repeat another's entries, and the oldest feed that each of them repeats.

    `has_all_of` gives by feed the others that announced nearly all of its entries. If two repeat one another, the
    younger one does. Feeds that are not in `oldest_first` count neither way.
    """
    age = {feed: place for place, feed in enumerate(oldest_first)}
    found = {}
    for feed in oldest_first:
        repeated = [
            other
            for other in has_all_of.get(feed, ())
            if other in age and (age[other] < age[feed] or feed not in has_all_of.get(other, ()))
        ]
        if repeated:
            found[feed] = min(repeated, key=age.__getitem__)
    return found


class RepeatQueries(Rows):
    def repeating_feeds(self, now: datetime) -> dict[int, int]:
        """Return the active feeds that only repeat another active feed's entries, and the other one.

        Judged are the newest 50 entries with an article or an address of their own, at least ten, without those that
        were seen first in the last day. An entry is another's too if both led to one article or have one address.
        """
        oldest_first = self._column("SELECT id FROM feeds WHERE active ORDER BY added_at, id")
        before = to_text(now - GRACE)
        return repeating({feed: self._with_all_of(feed, before) for feed in oldest_first}, oldest_first)

    def _with_all_of(self, feed_id: int, before: str | None) -> set[int]:
        first = self._announced_by(feed_id, before, MAX_MISSING + 1)
        if len(first) > MAX_MISSING and not any(first.values()):
            return set()  # the rule of nearly all feeds: no further entry need be read
        announced = self._announced_by(feed_id, before, NEWEST)
        return announced_nearly_all(announced.values()) if len(announced) >= MIN_ENTRIES else set()

    def _announced_by(self, feed_id: int, before: str | None, limit: int) -> dict[object, list[int]]:
        """Return the other feeds that announced each of the feed's newest entries."""
        return {key: json.loads(feeds) for key, feeds in self._tuples(ANNOUNCED_BY, [feed_id, before, limit])}


class RepeatUpdates(RepeatQueries):
    def save_repeating(self, found: Mapping[int, int]) -> None:
        """Set which feeds repeat which; all others repeat none."""
        self.db.executemany(
            "UPDATE feeds SET repeats_id = ?2 WHERE id = ?1 AND repeats_id IS NOT ?2",
            [(feed_id, found.get(feed_id)) for feed_id in self._column("SELECT id FROM feeds")],
        )
