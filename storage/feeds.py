"""The rows of feeds and polls."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from storage.records import DueFeed, FeedState, Poll, WantedFeed, to_instant, to_text
from storage.rows import Rows, as_json, not_before


class Feeds(Rows):
    def subscribe(self, wanted: Iterable[WantedFeed], now: datetime) -> None:
        """Makes the feeds' rows agree with the feed list; a feed that is off the list keeps its row, inactive."""
        rows = [asdict(feed) | {"tags": as_json(feed.tags), "now": to_text(now)} for feed in wanted]
        self._db.execute(
            "UPDATE feeds SET active = 0 WHERE url NOT IN (SELECT value FROM json_each(?))",
            [as_json(row["url"] for row in rows)],
        )
        self._db.executemany(
            """INSERT INTO feeds (url, address, name, tags, interval_s, article, due_at, added_at)
               VALUES (:url, :url, :name, :tags, :interval_s, :article, :now, :now)
               ON CONFLICT (url) DO UPDATE SET
                 name = :name, tags = :tags, interval_s = :interval_s, article = :article,
                 active = (gone_at IS NULL), due_at = CASE WHEN active THEN due_at ELSE :now END
               WHERE (name, tags, interval_s, article, active)
                 IS NOT (:name, :tags, :interval_s, :article, gone_at IS NULL)""",
            rows,
        )

    def make_due(self, now: datetime, urls: Sequence[str] | None = None) -> list[int]:
        """Every active feed, or those named (a gone one gets another chance), is due now; their ids.

        A feed that is off the list stays off.
        """
        if urls is None:
            found = self._rows("UPDATE feeds SET due_at = ? WHERE active = 1 RETURNING id", to_text(now))
        else:
            found = self._rows(
                """UPDATE feeds SET due_at = ?, active = 1, gone_at = NULL
                   WHERE url IN (SELECT value FROM json_each(?)) AND (active = 1 OR gone_at IS NOT NULL)
                   RETURNING id""",
                to_text(now),
                as_json(urls),
            )
        return [row["id"] for row in found]

    def due_feeds(
        self, now: datetime, *, limit: int, besides: Iterable[int] = (), among: Iterable[int] | None = None
    ) -> list[DueFeed]:
        """The feeds to be polled, longest overdue first, `besides` those that are being polled; `among` these only."""
        rows = self._rows(
            """SELECT id, url, name, interval_s, article, address, move_seen, etag, last_modified, validators_url,
                      body_hash, asked_interval_s, failures,
                      (SELECT max(at) FROM polls
                       WHERE feed_id = feeds.id AND outcome IN ('parsed', 'same_body')) AS body_at
               FROM feeds WHERE active = 1 AND due_at <= ?1 AND id NOT IN (SELECT value FROM json_each(?2))
                 AND (?3 IS NULL OR id IN (SELECT value FROM json_each(?3)))
               ORDER BY due_at, id LIMIT ?4""",
            to_text(now),
            as_json(besides),
            None if among is None else as_json(among),
            limit,
        )
        return [DueFeed(**dict(row) | {"body_at": to_instant(row["body_at"])}) for row in rows]

    def record_poll(self, poll: Poll, state: FeedState) -> None:
        row = self._insert_poll(poll)
        self._db.execute(
            """UPDATE feeds SET
                 address = :address, move_seen = :move_seen, etag = :etag, last_modified = :last_modified,
                 validators_url = :validators_url, body_hash = :body_hash, asked_interval_s = :asked_interval_s,
                 failures = :failures, due_at = :due_at,
                 gone_at = CASE WHEN :gone THEN :at END, active = CASE WHEN :gone THEN 0 ELSE active END,
                 title = coalesce(:title, title), site_url = coalesce(:site_url, site_url),
                 language = coalesce(:language, language),
                 polled_at = :at, changed_at = CASE WHEN :entries_new > 0 THEN :at ELSE changed_at END,
                 last_status = :status, last_error = :error
               WHERE id = :feed_id""",
            row | asdict(state) | {"due_at": not_before(state.due_at)},
        )

    def record_fault(self, poll: Poll, due_at: datetime) -> None:
        """A poll that a fault of ours ended: it leaves no state, and the feed is due again at `due_at`."""
        self._insert_poll(poll)
        self._db.execute(
            "UPDATE feeds SET polled_at = ?, due_at = ?, failures = failures + 1, last_error = ? WHERE id = ?",
            [to_text(poll.at), not_before(due_at), poll.error, poll.feed_id],
        )

    def _insert_poll(self, poll: Poll) -> dict[str, object]:
        row = asdict(poll) | {"at": to_text(poll.at)}
        row["bytes"] = row.pop("body_bytes")
        self._insert("polls", row)
        return row
