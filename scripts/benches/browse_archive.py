"""Give an archive of `selections_archive.fill` a past, for `browse.py`: `browse_archive.py ARCHIVE`.

Its instants are moved so that the last article is of today. It gets 90 days of polls of its 300 feeds, entries that
did not become articles, 60,000 copies, feeds in trouble and alerts. The archive is broken if this is interrupted.
"""

import sqlite3
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from storage.archive import Archive
from storage.records import to_instant, to_text

FORMAT = "'%Y-%m-%dT%H:%M:%SZ'"  # of instants, for SQL
POLLED_DAYS = 90
MAX_COPIES = 60_000
FAILING = range(40, 300, 23)  # feeds whose last polls failed
GONE = (77, 177)
INSTANTS = {
    "articles": ("archived_at", "published_at"),
    "selectable": ("archived_at", "published_at"),
    "entries": ("first_seen_at", "last_seen_at"),
    "copies": ("archived_at",),
    "revisions": ("archived_at",),
    "changes": ("at",),
}
NOT_ARTICLES = """
  ('walled', 'the text is that of a consent wall'),
  ('walled', 'the page asks for a payment after 40 words'),
  ('no_text', 'the page has no text'),
  ('no_text', 'the page is a list of links'),
  ('failed', 'HTTP 404'), ('failed', 'HTTP 503, 5 times'),
  ('failed', 'no answer within 30 seconds, 5 times'),
  ('refused', 'robots.txt of its host disallows it'),
  ('refused', 'image/jpeg is not a page'),
  ('filtered', 'the rule “no opinions” drops it'),
  ('pending', 'HTTP 429, 2 tries')
"""


def move(db: sqlite3.Connection, days: int) -> None:
    """Move all instants by whole days, so that the labels of days can be moved too."""
    for table, columns in INSTANTS.items():
        moved = ", ".join(f"{column} = strftime({FORMAT}, {column}, '{days} days')" for column in columns)
        db.execute(f"UPDATE {table} SET {moved}")
    dates = "kind IN ('published', 'archived') AND label <> ''"
    db.execute(f"UPDATE labels SET label = '+' || date(label, '{days} days') WHERE {dates}")  # no two are equal
    db.execute(f"UPDATE labels SET label = substr(label, 2) WHERE {dates}")


def add_entries(db: sqlite3.Connection) -> None:
    """Announce what did not become an article: a tenth of the entries."""
    db.execute(
        """UPDATE entries SET outcome = 'known', reason = 'this address is archived'
           WHERE EXISTS (SELECT 1 FROM entries e WHERE e.article_id = entries.article_id AND e.id < entries.id)"""
    )
    db.execute(
        f"""WITH reasons (outcome, reason) AS (VALUES {NOT_ARTICLES}),
                 numbered AS (SELECT *, row_number() OVER () - 1 AS number FROM reasons)
            INSERT INTO entries (feed_id, guid, url, title, canonical_url, host, first_seen_at, last_seen_at, outcome,
              reason, tries, due_at)
            SELECT feed_id, guid || '/x', url || '/x', title, url || '/x', host, first_seen_at, last_seen_at,
              iif(n.outcome = 'pending' AND (e.id / 110) % 10 <> 0, 'failed', n.outcome), n.reason, 1,
              iif(n.outcome = 'pending' AND (e.id / 110) % 10 = 0, strftime({FORMAT}, 'now', '+1 hour'), NULL)
            FROM entries e JOIN numbered n ON n.number = (e.id / 10) % 11 WHERE e.id % 10 = 0"""
    )


def add_copies(db: sqlite3.Connection, rng: np.random.Generator) -> None:
    """Copy articles on other sites, some of them dozens of times, up to three days later."""
    last = db.execute("SELECT max(id) FROM articles").fetchone()[0]
    count = min(MAX_COPIES, last // 16)
    sizes = np.minimum(rng.zipf(2.0, count), 80)  # of clusters; more of them than are needed
    ids = np.repeat(rng.integers(1, last, count), sizes)[:count]
    rows = zip(
        ids.tolist(), rng.integers(0, 500, count).tolist(), rng.integers(60, 259_200, count).tolist(), strict=True
    )
    now = to_text(datetime.now(UTC))
    db.executemany(
        f"""INSERT INTO copies (article_id, url, site, title, body, archived_at, method, score, adds)
            SELECT id, 'https://site' || ?2 || '.example/copies/' || id || '-' || ?3, 'site' || ?2 || '.example', title,
              body, min('{now}', strftime({FORMAT}, archived_at, ?3 || ' seconds')), 'containment 2',
              round(1 - (?3 % 40) / 100.0, 2), ?3 % 9 = 0
            FROM articles WHERE id = ?1""",
        rows,
    )
    db.execute(
        """INSERT INTO entries (feed_id, guid, url, title, canonical_url, host, first_seen_at, last_seen_at, outcome,
             reason, article_id, copy_id)
           SELECT 1 + id % 300, url, url, title, url, site, archived_at, archived_at, 'copy',
             'the same text as article ' || article_id, article_id, id
           FROM copies WHERE method = 'containment 2'"""
    )


def add_polls(db: sqlite3.Connection, rng: np.random.Generator, now: datetime) -> None:
    """Poll each feed every 15 minutes to 4 hours, and leave some of them failing."""
    begin = now - timedelta(days=POLLED_DAYS)
    total_s = POLLED_DAYS * 86_400
    feeds = [row[0] for row in db.execute("SELECT id FROM feeds ORDER BY id")]
    failed = (None, 0, 0, 0, 30_000, "no answer within 30 seconds"), (503, 0, 0, 0, 400, "HTTP 503")
    rows: list[tuple[object, ...]] = []
    for feed in feeds:
        interval_s = 900 << feed % 5
        at_s = np.arange(rng.integers(0, interval_s), total_s, interval_s)
        dice = rng.random(len(at_s))
        seen = int(rng.integers(10, 60))
        for second, die, ms in zip(
            at_s.tolist(), dice.tolist(), rng.integers(40, 2500, len(at_s)).tolist(), strict=True
        ):
            since = to_text(begin + timedelta(seconds=second))
            if (feed in FAILING and second > total_s - 5 * 86_400) or die < 0.03:
                rows.append((feed, since, "failed", *failed[feed % 2]))
            elif die < 0.04:
                rows.append((feed, since, "deferred", None, 0, 0, 0, 0, "the host asked to wait"))
            elif die < 0.75:
                rows.append((feed, since, "not_modified", 304, 0, 0, 0, ms, None))
            elif die < 0.85:
                rows.append((feed, since, "same_body", 200, seen, 0, 40_000 + ms, ms, None))
            else:
                rows.append((feed, since, "parsed", 200, seen, 1 + ms % 5, 40_000 + ms, ms, None))
    rows.sort(key=lambda row: row[1])
    columns = "feed_id, at, outcome, status, entries_seen, entries_new, bytes, ms, error"
    db.executemany(f"INSERT INTO polls ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def end_feeds(db: sqlite3.Connection, now: datetime) -> None:
    """Write into the feeds what their last polls mean, and the alerts."""
    db.execute(
        """UPDATE feeds SET title = 'The ' || name, site_url = 'https://site' || (id - 1) || '.example/',
             interval_s = 900 << (id % 5),
             polled_at = (SELECT max(at) FROM polls WHERE feed_id = feeds.id),
             changed_at = (SELECT max(at) FROM polls WHERE feed_id = feeds.id AND outcome = 'parsed')"""
    )
    db.execute(f"UPDATE feeds SET last_status = 200, due_at = strftime({FORMAT}, polled_at, interval_s || ' seconds')")
    marks = ", ".join(map(str, FAILING))
    db.execute(
        f"""UPDATE feeds SET failures = (SELECT count(*) FROM polls WHERE feed_id = feeds.id AND outcome = 'failed'
                AND at > feeds.changed_at),
              last_status = iif(id % 2, 503, NULL), last_error = iif(id % 2, 'HTTP 503', 'no answer within 30 seconds')
            WHERE id IN ({marks})"""
    )
    db.execute(f"UPDATE feeds SET gone_at = ?, last_status = 410, due_at = NULL WHERE id IN {GONE}", (to_text(now),))
    db.execute(
        f"""INSERT INTO alerts (kind, subject, reason, began_at)
            SELECT 'feed_failing', url, 'the last ' || failures || ' polls failed: ' || last_error, changed_at
            FROM feeds WHERE id IN ({marks})
            UNION ALL SELECT 'feed_gone', url, 'HTTP 410', gone_at FROM feeds WHERE gone_at IS NOT NULL
            UNION ALL VALUES ('site_no_text', 'site3.example', '8 of the last 10 entries have no text', ?1),
              ('site_short_texts', 'site5.example', 'the last 24 articles have 40 words, 300 before', ?1)""",
        (to_text(now - timedelta(days=1)),),
    )
    db.execute(
        f"""INSERT INTO alerts (kind, subject, reason, began_at, ended_at)
           SELECT 'feed_failing', f.url, 'three polls failed', p.at, strftime({FORMAT}, p.at, '5 hours')
           FROM polls p JOIN feeds f ON f.id = p.feed_id WHERE p.id % 20000 = 7"""
    )


def give_past(path: Path) -> None:
    begin, size = time.monotonic(), path.stat().st_size
    with Archive(path, "bench"):
        pass
    print(f"brought up to date in {time.monotonic() - begin:.1f} s, {(path.stat().st_size - size) / 1e6:.0f} MB more")
    now = datetime.now(UTC)
    rng = np.random.default_rng(1)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -3000000"):
            db.execute(f"PRAGMA {pragma}")
        last = to_instant(db.execute("SELECT max(archived_at) FROM articles").fetchone()[0])
        db.execute("BEGIN")
        steps = {
            "instants": lambda: move(db, (now.date() - last.date()).days + 1),  # the fill ends at midnight
            "entries": lambda: add_entries(db),
            "copies": lambda: add_copies(db, rng),
            "polls": lambda: add_polls(db, rng, now),
            "feeds": lambda: end_feeds(db, now),
        }
        for name, step in steps.items():
            begin = time.monotonic()
            step()
            print(f"{name}: {time.monotonic() - begin:.1f} s", flush=True)
        db.execute("COMMIT")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA analysis_limit = 1000")
        db.execute("PRAGMA optimize = 0x10002")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for table in ("articles", "entries", "polls", "copies", "revisions", "alerts"):
            print(table, db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    print(f"{path.stat().st_size / 1e9:.2f} GB")


if __name__ == "__main__":
    give_past(Path(sys.argv[1]))
