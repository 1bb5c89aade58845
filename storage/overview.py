"""What the front page and the pages of feeds ask. Each question reads a bounded part of an archive of any size.

`host >= ''` is so of every entry: it leads SQLite to the index of the pending ones, as `coalesce(…) > ''` does to a
feed's newest ones. `+` keeps it from the index by feed where the one by instant reads less.
"""

from collections.abc import Iterable

from storage.rows import Row, Rows, as_json, decoded
from storage.silences import BROUGHT

FEEDS = """
SELECT id, coalesce(nullif(name, ''), nullif(title, ''), url) AS name, url, tags, schedule, interval_s,
       CASE WHEN gone_at IS NOT NULL THEN 'gone' WHEN active = 0 THEN 'off' WHEN polled_at IS NULL THEN 'new'
            WHEN failures > 0 THEN 'failing' WHEN empty_at IS NOT NULL THEN 'empty'
            WHEN silent_at IS NOT NULL THEN 'silent' ELSE 'ok' END AS state,
       added_at, polled_at, changed_at, due_at, due_reason, gone_at, silent_at, empty_at, alternate_url, repeats_id,
       failures, last_status, last_error, kind FROM feeds"""
"""As the view `feed_health`, without its counts, which read all entries."""

_IN_TROUBLE_FIRST = (
    "CASE state WHEN 'failing' THEN 0 WHEN 'gone' THEN 1 WHEN 'empty' THEN 2 WHEN 'silent' THEN 3 WHEN 'new' THEN 4"
    " WHEN 'ok' THEN 5 ELSE 6 END"
)
_NAMED = (
    "kind <> 'backfill' AND (?1 IS NULL OR state = ?1) AND (?2 = '' OR instr(lower(name), ?2) OR instr(lower(url), ?2))"
)
_MASK = (1 << 64) - 1  # SQLite's integers are signed


class OverviewQueries(Rows):
    def article_count(self, feed_id: int | None = None) -> int:
        """Count the articles that have a text now, or those that a feed announced. No article is read."""
        label = ("current", "") if feed_id is None else ("feed", str(feed_id))
        masks = self._column(
            "SELECT mask FROM labels JOIN postings ON label_id = labels.id WHERE kind = ? AND label = ?", label
        )
        return sum((mask & _MASK).bit_count() for mask in masks)

    def stock(self) -> Row:
        """Count all `articles`, `copies`, `revisions`, pending entries and feeds. `size_bytes` is the file's size."""
        row = self._row(
            """SELECT (SELECT count(*) FROM copies WHERE split_id IS NULL) AS copies,
                      (SELECT count(*) FROM revisions) AS revisions,
                      (SELECT count(*) FROM feeds WHERE kind <> 'backfill') AS feeds,
                      (SELECT count(*) FROM entries WHERE outcome = 'pending' AND host >= '') AS pending,
                      (SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()) AS size_bytes,
                      (SELECT max(polled_at) FROM feeds) AS polled_at,
                      (SELECT max(archived_at) FROM selectable) AS last_at"""
        )
        assert row
        return {"articles": self.article_count(), **dict(row)}

    def arrivals(self, since: str, until: str) -> Row:
        """Count what came in a period: articles, their sites and languages, copies, revisions, entries that failed.

        What came from crawls does not count as articles, nor as entries that failed.
        """
        row = self._row(
            """SELECT count(*) AS articles, count(DISTINCT site) AS sites, count(DISTINCT language) AS languages,
                      (SELECT count(*) FROM copies WHERE split_id IS NULL AND archived_at >= ?1 AND archived_at < ?2)
                        AS copies,
                      (SELECT count(*) FROM entries
                       WHERE first_seen_at >= ?1 AND first_seen_at < ?2 AND outcome = 'failed'
                         AND feed_id NOT IN (SELECT id FROM feeds WHERE kind = 'backfill')) AS failed,
                      (SELECT count(*) FROM revisions WHERE archived_at >= ?1 AND archived_at < ?2) AS revisions
               FROM selectable s WHERE archived_at >= ?1 AND archived_at < ?2
                 AND (NOT EXISTS (SELECT 1 FROM feeds WHERE kind = 'backfill') OR NOT EXISTS (
                   SELECT 1 FROM entries e JOIN feeds f ON f.id = e.feed_id
                   WHERE e.article_id = s.article_id AND e.outcome IN ('archived', 'revised')
                     AND f.kind = 'backfill'))""",
            [since, until],
        )
        assert row
        return dict(row)

    def latest_articles(self, limit: int) -> list[Row]:
        """Return the articles that were archived last, without their texts."""
        return self._dicts(
            """SELECT a.id, a.site, coalesce(r.title, a.title) AS title, a.language, a.published_at,
                      a.published_precision, a.archived_at, s.words
               FROM (SELECT article_id, words FROM selectable ORDER BY article_id DESC LIMIT ?) s
               JOIN articles a ON a.id = s.article_id
               LEFT JOIN revisions r ON r.id = (SELECT max(id) FROM revisions WHERE article_id = a.id)
               ORDER BY a.id DESC""",
            [limit],
        )

    def lasting_alerts(self, limit: int) -> list[Row]:
        """Return the alerts that last, the newest first, with the `feed_id` of those of a feed."""
        return self._dicts(
            """SELECT a.kind, a.subject, a.reason, a.began_at, f.id AS feed_id,
                      coalesce(nullif(f.name, ''), nullif(f.title, ''), a.subject) AS name
               FROM alerts a LEFT JOIN feeds f ON f.url = a.subject AND a.kind LIKE 'feed%'
               WHERE a.ended_at IS NULL ORDER BY a.began_at DESC LIMIT ?""",
            [limit],
        )

    def states_of_feeds(self) -> dict[str, int]:
        """Count the feeds by their state, as the view `feed_health` has it."""
        return self._counts(f"SELECT state, count(*) FROM ({FEEDS}) WHERE kind <> 'backfill' GROUP BY state")  # noqa: S608 (our own names)

    def listed_feeds(self, *, state: str | None, named: str, limit: int, offset: int) -> list[Row]:
        """Return feeds, those in trouble first, then by name. `named` is a piece of their name or address.

        Case matters beyond ASCII only, as in SQLite.
        """
        folded = "".join(letter.lower() if letter.isascii() else letter for letter in named)
        return self._dicts(
            f"""SELECT * FROM ({FEEDS}) WHERE {_NAMED}
                ORDER BY {_IN_TROUBLE_FIRST}, name COLLATE NOCASE, id LIMIT ?3 OFFSET ?4""",  # noqa: S608 (our own names)
            [state, folded, limit, offset],
        )

    def troubled_feeds(self, limit: int, states: Iterable[str] = ("failing", "gone")) -> list[Row]:
        """Return the feeds in these states, those that fail first, then the latest trouble.

        `since` is when it began, and `entries` how many a silent or empty feed brought in the 30 days before.
        """
        feeds = self._dicts(
            f"""SELECT feeds.*, {BROUGHT} AS entries FROM ({FEEDS}) feeds
                WHERE state IN (SELECT value FROM json_each(?)) ORDER BY {_IN_TROUBLE_FIRST}, polled_at DESC, id
                LIMIT ?""",  # noqa: S608 (our own names)
            [as_json(states), limit],
        )
        return [feed | {"since": self._since(feed)} for feed in feeds]

    def _since(self, feed: Row) -> str | None:
        if feed["state"] in ("empty", "silent"):
            since: str | None = feed[f"{feed['state']}_at"]
            return since
        return feed["gone_at"] or self._failing_since(feed)

    def _failing_since(self, feed: Row) -> str | None:
        """Return the instant of the first of the feed's failed polls in a row, or of the oldest that is kept."""
        found: str | None = self._value(
            """SELECT min(at) FROM (SELECT at FROM polls WHERE feed_id = ? AND outcome NOT IN ('deferred', 'gone')
                                    ORDER BY id DESC LIMIT ?)""",
            [feed["id"], feed["failures"]],
        )
        return found

    def entries_by_feed(self, feed_ids: Iterable[int], since: str, until: str) -> dict[int, Row]:
        """Count, for each of the feeds, `articles` and `entries` first seen in a period, and all `pending` entries."""
        rows = self._dicts(
            """WITH wanted AS (SELECT value AS feed_id FROM json_each(?1)),
                 seen AS (SELECT feed_id, count(*) AS entries,
                            count(CASE WHEN outcome IN ('archived', 'revised') THEN 1 END) AS articles
                          FROM entries WHERE first_seen_at >= ?2 AND first_seen_at < ?3 GROUP BY +feed_id),
                 waiting AS (SELECT feed_id, count(*) AS pending FROM entries
                             WHERE outcome = 'pending' AND host >= '' GROUP BY +feed_id)
               SELECT feed_id, coalesce(entries, 0) AS entries, coalesce(articles, 0) AS articles,
                      coalesce(pending, 0) AS pending
               FROM wanted LEFT JOIN seen USING (feed_id) LEFT JOIN waiting USING (feed_id)""",
            [as_json(feed_ids), since, until],
        )
        return {row.pop("feed_id"): row for row in rows}

    def feed_row(self, feed_id: int) -> Row | None:
        """Return a feed's row with its `state` and `shown_name`."""
        row = self._row(
            f"""SELECT feeds.*, health.state, health.name AS shown_name FROM feeds
                JOIN ({FEEDS} WHERE id = ?1) health ON health.id = feeds.id""",  # noqa: S608 (our own names)
            [feed_id],
        )
        return decoded(row) if row else None

    def polls_of(self, feed_id: int, limit: int) -> list[Row]:
        return self._dicts(
            """SELECT at, outcome, status, entries_seen, entries_new, bytes, ms, error FROM polls
               WHERE feed_id = ? ORDER BY id DESC LIMIT ?""",
            [feed_id, limit],
        )

    def newest_entries(self, feed_id: int, limit: int) -> list[Row]:
        """Return the feed's newest entries, with the title of the article that they lead to."""
        return self._dicts(
            """SELECT e.title, e.url, e.outcome, e.reason, e.due_at, e.article_id, e.first_seen_at, e.published_at,
                      e.published_precision, coalesce(a.language, e.language) AS language, a.title AS article_title
               FROM entries e LEFT JOIN articles a ON a.id = e.article_id
               WHERE e.feed_id = ? AND coalesce(e.published_at, e.first_seen_at) > ''
               ORDER BY coalesce(e.published_at, e.first_seen_at) DESC LIMIT ?""",
            [feed_id, limit],
        )

    def blocked_until(self, host: str) -> str | None:
        """Return before when the host asked not to be sent a request (Retry-After)."""
        found: str | None = self._value("SELECT blocked_until FROM hosts WHERE host = ?", [host])
        return found
