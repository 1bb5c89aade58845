"""What a follower of the archive shows of it: the last rows and the next ones, a few each."""

from datetime import datetime

from storage.records import to_text
from storage.rows import Row, Rows

FEED = "coalesce(f.name, f.title, f.url) AS feed"


class WatchQueries(Rows):
    def last_polls(self, limit: int) -> list[Row]:
        """Return the last polls, the newest first."""
        return self._dicts(
            f"""SELECT p.id, p.at, {FEED}, p.outcome, p.status, p.entries_new, p.ms, p.error
                FROM polls p JOIN feeds f ON f.id = p.feed_id ORDER BY p.id DESC LIMIT ?""",  # noqa: S608 (our own names)
            [limit],
        )

    def last_articles(self, limit: int) -> list[Row]:
        """Return the articles that were archived last, the newest first."""
        return self._dicts("SELECT id, archived_at, site, title, url FROM articles ORDER BY id DESC LIMIT ?", [limit])

    def next_feeds(self, limit: int) -> list[Row]:
        """Return the feeds that are due next, the first first."""
        return self._dicts(
            f"SELECT {FEED}, due_at FROM feeds f WHERE active = 1 AND due_at IS NOT NULL ORDER BY due_at LIMIT ?",  # noqa: S608 (our own names)
            [limit],
        )

    def pending_by_host(self, limit: int) -> list[Row]:
        """Return the hosts with pending entries, the most first: how many `entries`, and the first `due_at`."""
        return self._dicts(
            """SELECT host, count(*) AS entries, min(due_at) AS due_at FROM entries
               WHERE outcome = 'pending' GROUP BY host ORDER BY entries DESC, host LIMIT ?""",
            [limit],
        )

    def pending_entries_count(self) -> int:
        return int(self._value("SELECT count(*) FROM entries WHERE outcome = 'pending'"))

    def blocked_hosts(self, now: datetime, limit: int) -> list[Row]:
        """Return the hosts that asked for no request before `blocked_until`, the longest first."""
        return self._dicts(
            "SELECT host, blocked_until FROM hosts WHERE blocked_until > ? ORDER BY blocked_until DESC LIMIT ?",
            [to_text(now), limit],
        )
