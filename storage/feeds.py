"""The tables `feeds` and `polls`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from storage.feed_records import DueFeed, FeedState, ScheduledFeed
from storage.records import Poll, WantedFeed, to_text
from storage.rows import Row, Rows, as_json, rounded_up, to_row

CLOCK_STEP = timedelta(minutes=1)  # a shorter step of the clock is waited out


class FeedQueries(Rows):
    def due_feeds(
        self, now: datetime, *, limit: int, exclude: Iterable[int] = (), only: Iterable[int] | None = None
    ) -> list[DueFeed]:
        """Return the feeds to poll, the longest overdue first, without the ids `exclude`, of `only` these ids."""
        return self._records(
            DueFeed,
            """SELECT id, url, name, interval_s, article, address, move_seen, etag, last_modified, validators_url,
                      body_hash, asked_interval_s, failures, schedule, time_zone, skip_hours, skip_days,
                      window_size, window_at, silence_s, silent_at, empty_at, alternate_url, added_at, polled_at,
                      (SELECT max(at) FROM polls
                       WHERE feed_id = feeds.id AND outcome IN ('parsed', 'same_body')) AS body_at
               FROM feeds WHERE active = 1 AND due_at <= ?1 AND id NOT IN (SELECT value FROM json_each(?2))
                 AND (?3 IS NULL OR id IN (SELECT value FROM json_each(?3)))
               ORDER BY due_at, id LIMIT ?4""",
            [to_text(now), as_json(exclude), None if only is None else as_json(only), limit],
        )

    def scheduled_feeds(self) -> list[ScheduledFeed]:
        """Return the active feeds with a schedule."""
        return self._records(
            ScheduledFeed,
            """SELECT id, schedule, coalesce(time_zone, 'UTC') AS time_zone, due_at, polled_at FROM feeds
               WHERE active = 1 AND schedule IS NOT NULL AND due_at IS NOT NULL""",
        )

    def schedules(self, feed_ids: Iterable[int]) -> dict[int, tuple[str | None, str | None]]:
        """Return the schedule of each of these feeds and its time zone, by the feed's id."""
        rows = self._rows(
            "SELECT id, schedule, time_zone FROM feeds WHERE id IN (SELECT value FROM json_each(?))",
            [as_json(feed_ids)],
        )
        return {feed_id: (schedule, time_zone) for feed_id, schedule, time_zone in rows}

    def feed_health(self) -> list[Row]:
        """Return the view `feed_health`, by name."""
        return self._dicts("SELECT * FROM feed_health ORDER BY name COLLATE NOCASE")

    def new_by_day(self, until: date, days: int) -> dict[int, list[int | None]]:
        """Count each feed's new entries of the `days` days up to `until`. None is a day before the feed was added."""
        first = until - timedelta(days=days - 1)
        counted: dict[int, list[int | None]] = {}
        for feed_id, age in self._rows("SELECT id, julianday(date(added_at)) - julianday(?) FROM feeds", [str(first)]):
            before = min(max(int(age), 0), days - 1)
            counted[feed_id] = [None] * before + [0] * (days - before)
        rows = self._rows(
            """SELECT feed_id, CAST(julianday(substr(first_seen_at, 1, 10)) - julianday(?1) AS INTEGER), count(*)
               FROM entries WHERE first_seen_at >= ?1 AND first_seen_at < ?2 GROUP BY 1, 2""",
            [str(first), str(until + timedelta(days=1))],
        )
        for feed_id, day, number in rows:
            counted[feed_id][day] = number
        return counted

    def feeds_called(self, names: Iterable[str]) -> list[int]:
        """Return the ids of the feeds with one of these addresses or names: on the feed list, otherwise their own."""
        return self._column(
            """WITH wanted AS (SELECT value FROM json_each(?))
               SELECT id FROM feeds WHERE url IN wanted OR coalesce(name, title) IN wanted""",
            [as_json(names)],
        )

    def feed_ids(self, urls: Iterable[str]) -> dict[str, int]:
        """Return the ids of the feeds with these addresses."""
        return self._counts("SELECT url, id FROM feeds WHERE url IN (SELECT value FROM json_each(?))", [as_json(urls)])

    def feed_names(self) -> list[str]:
        """Return the names and addresses of all feeds."""
        return self._column(
            "SELECT coalesce(name, title) FROM feeds WHERE coalesce(name, title) <> '' UNION SELECT url FROM feeds"
        )

    def feed_tags(self) -> list[str]:
        """Return the tags that feeds have on the feed list."""
        return self._column("SELECT DISTINCT value FROM feeds, json_each(feeds.tags) WHERE type = 'text'")

    def feed_states(self) -> dict[str, int]:
        """Count the feeds by their state."""
        return self._counts("SELECT state, count(*) FROM feed_health GROUP BY state")

    def last_polled_at(self) -> str | None:
        """Return when any feed was polled last."""
        found: str | None = self._value("SELECT max(polled_at) FROM feeds")
        return found

    def clock_behind_s(self, now: datetime) -> int:
        """Return by how much the clock was set back: how far in the future the last poll is.

        That is too little by the time between that poll and the step. Up to CLOCK_STEP it is 0.
        """
        ahead_s = self._value("SELECT strftime('%s', max(polled_at)) - strftime('%s', ?) FROM feeds", [to_text(now)])
        return ahead_s if ahead_s and ahead_s > CLOCK_STEP.total_seconds() else 0


class FeedUpdates(FeedQueries):
    def subscribe(
        self, wanted: Iterable[WantedFeed], now: datetime, *, scheduled: Mapping[str, datetime] | None = None
    ) -> None:
        """Make the rows agree with the feed list. A feed that has left the list keeps its row, inactive.

        A new feed is due now. One whose schedule is another is due at the instant that `scheduled` has for its URL, or
        now.
        """
        scheduled = scheduled or {}
        rows = [
            to_row(feed) | {"now": to_text(now), "scheduled_at": rounded_up(scheduled.get(feed.url, now))}
            for feed in wanted
        ]
        self.db.execute(
            "UPDATE feeds SET active = 0 WHERE url NOT IN (SELECT value FROM json_each(?))",
            [as_json(row["url"] for row in rows)],
        )
        self.db.executemany(
            """INSERT INTO feeds (url, address, name, tags, interval_s, article, schedule, time_zone, due_at, added_at)
               VALUES (:url, :url, :name, :tags, :interval_s, :article, :schedule, :time_zone, :now, :now)
               ON CONFLICT (url) DO UPDATE SET
                 name = :name, tags = :tags, interval_s = :interval_s, article = :article,
                 schedule = :schedule, time_zone = :time_zone, active = (gone_at IS NULL),
                 due_at = CASE WHEN NOT active THEN :now
                               WHEN polled_at IS NOT NULL AND (schedule, time_zone) IS NOT (:schedule, :time_zone)
                                 THEN :scheduled_at
                               ELSE due_at END
               WHERE (name, tags, interval_s, article, schedule, time_zone, active)
                 IS NOT (:name, :tags, :interval_s, :article, :schedule, :time_zone, gone_at IS NULL)""",
            rows,
        )

    def reschedule(self, due: Mapping[int, datetime]) -> None:
        """Set when feeds are due, by their ids."""
        self.db.executemany(
            "UPDATE feeds SET due_at = ? WHERE id = ?", [(rounded_up(at), feed_id) for feed_id, at in due.items()]
        )

    def hasten_unanswered(self, now: datetime, reason: str) -> None:
        """Make feeds due whose last poll failed without an answer. A feed with a schedule stays at its times."""
        self.db.execute(
            """UPDATE feeds SET due_at = ?1, due_reason = ?2
               WHERE active = 1 AND failures > 0 AND last_status IS NULL AND due_at > ?1 AND schedule IS NULL
                 AND (SELECT outcome FROM polls WHERE feed_id = feeds.id ORDER BY id DESC LIMIT 1) = 'failed'""",
            [to_text(now), reason],
        )

    def make_due(self, now: datetime, urls: Sequence[str] | None = None) -> list[int]:
        """Make every active feed, or the feeds `urls`, due now. Return their ids.

        A gone feed is polled again if it is named. A feed that has left the list stays off.
        """
        if urls is None:
            return self._column("UPDATE feeds SET due_at = ? WHERE active = 1 RETURNING id", [to_text(now)])
        return self._column(
            """UPDATE feeds SET due_at = ?, active = 1, gone_at = NULL
               WHERE url IN (SELECT value FROM json_each(?)) AND (active = 1 OR gone_at IS NOT NULL) RETURNING id""",
            [to_text(now), as_json(urls)],
        )

    def record_poll(self, poll: Poll, state: FeedState) -> None:
        row = self._insert_poll(poll)
        self.db.execute(
            """UPDATE feeds SET
                 address = :address, move_seen = :move_seen, etag = :etag, last_modified = :last_modified,
                 validators_url = :validators_url, body_hash = :body_hash, asked_interval_s = :asked_interval_s,
                 failures = :failures, due_at = :due_at, due_reason = :due_reason,
                 skip_hours = :skip_hours, skip_days = :skip_days, window_size = :window_size, window_at = :window_at,
                 silence_s = :silence_s, silent_at = :silent_at, empty_at = :empty_at, alternate_url = :alternate_url,
                 gone_at = CASE WHEN :gone THEN :at END, active = CASE WHEN :gone THEN 0 ELSE active END,
                 title = coalesce(:title, title), site_url = coalesce(:site_url, site_url),
                 language = coalesce(:language, language),
                 polled_at = :at, changed_at = CASE WHEN :entries_new > 0 THEN :at ELSE changed_at END,
                 last_status = :status, last_error = :error
               WHERE id = :feed_id""",
            row | to_row(state) | {"due_at": rounded_up(state.due_at)},
        )

    def record_unchanged(self, polls: Sequence[tuple[Poll, FeedState]]) -> None:
        """Record polls that were answered 304. They leave what is known of the documents as it is."""
        self.db.executemany(
            """INSERT INTO polls (feed_id, at, outcome, status, entries_seen, entries_new, bytes, ms, error)
               VALUES (?, ?, ?, ?, 0, 0, 0, ?, ?)""",
            [(poll.feed_id, to_text(poll.at), poll.outcome, poll.status, poll.ms, poll.error) for poll, _ in polls],
        )
        self.db.executemany(
            """UPDATE feeds SET
                 address = ?, move_seen = ?, failures = ?, due_at = ?, due_reason = ?, silence_s = ?, silent_at = ?,
                 alternate_url = ?, gone_at = NULL, polled_at = ?, last_status = ?, last_error = ?
               WHERE id = ?""",
            [
                (
                    state.address,
                    state.move_seen,
                    state.failures,
                    rounded_up(state.due_at),
                    state.due_reason,
                    state.silence_s,
                    to_text(state.silent_at),
                    state.alternate_url,
                    to_text(poll.at),
                    poll.status,
                    poll.error,
                    poll.feed_id,
                )
                for poll, state in polls
            ],
        )

    def record_fault(self, poll: Poll, due_at: datetime) -> None:
        """Record a poll that a bug of ours has ended. It changes no state but the next `due_at`."""
        self._insert_poll(poll)
        self.db.execute(
            "UPDATE feeds SET polled_at = ?, due_at = ?, failures = failures + 1, last_error = ? WHERE id = ?",
            [to_text(poll.at), rounded_up(due_at), poll.error, poll.feed_id],
        )

    def _insert_poll(self, poll: Poll) -> dict[str, object]:
        row = to_row(poll)
        row["bytes"] = row.pop("body_bytes")
        self._insert("polls", row)
        return row
