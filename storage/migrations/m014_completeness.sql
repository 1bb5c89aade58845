-- When feeds bring entries, what may have been missed of them, and which have fallen silent.

ALTER TABLE feeds ADD COLUMN due_reason TEXT;
ALTER TABLE feeds ADD COLUMN skip_hours TEXT NOT NULL DEFAULT '[]';
ALTER TABLE feeds ADD COLUMN skip_days TEXT NOT NULL DEFAULT '[]';
-- of the last document that had entries: how many, and the poll that read it, which is their `last_seen_at`
ALTER TABLE feeds ADD COLUMN window_size INTEGER;
ALTER TABLE feeds ADD COLUMN window_at TEXT;
ALTER TABLE feeds ADD COLUMN silence_s INTEGER;
ALTER TABLE feeds ADD COLUMN silent_at TEXT;
ALTER TABLE feeds ADD COLUMN empty_at TEXT;
ALTER TABLE feeds ADD COLUMN alternate_url TEXT;
ALTER TABLE feeds ADD COLUMN repeats_id INTEGER REFERENCES feeds (id);

UPDATE feeds SET (window_size, window_at) = (
  SELECT entries_seen, at FROM polls
  WHERE feed_id = feeds.id AND outcome = 'parsed' AND entries_seen > 0 ORDER BY id DESC LIMIT 1
);
UPDATE feeds SET empty_at =
  (SELECT at FROM polls WHERE feed_id = feeds.id AND outcome = 'parsed' ORDER BY id DESC LIMIT 1)
WHERE EXISTS (SELECT 1 FROM entries WHERE feed_id = feeds.id) AND
  (SELECT entries_seen FROM polls WHERE feed_id = feeds.id AND outcome = 'parsed' ORDER BY id DESC LIMIT 1) = 0;

CREATE TABLE rhythms (
  feed_id INTEGER PRIMARY KEY REFERENCES feeds (id),
  learned_at TEXT NOT NULL,
  entries INTEGER NOT NULL,
  per_day REAL NOT NULL,
  recent INTEGER NOT NULL,
  newest_at TEXT,
  -- JSON arrays of weights of mean 1: 24 hours in UTC, 7 days from Monday on
  hours TEXT NOT NULL,
  weekdays TEXT NOT NULL
) STRICT;

CREATE TABLE gaps (
  id INTEGER PRIMARY KEY,
  feed_id INTEGER NOT NULL REFERENCES feeds (id),
  from_at TEXT NOT NULL,
  to_at TEXT NOT NULL,
  entries INTEGER NOT NULL,
  evidence TEXT NOT NULL CHECK (evidence IN ('nothing_shared', 'newest_missing')),
  noticed_at TEXT NOT NULL,
  found INTEGER NOT NULL DEFAULT 0,
  closed_at TEXT
) STRICT;
CREATE INDEX gaps_of_feed ON gaps (feed_id, noticed_at);
CREATE INDEX gaps_open ON gaps (feed_id, to_at) WHERE closed_at IS NULL;
CREATE INDEX gaps_noticed ON gaps (noticed_at);

DROP VIEW feed_health;
CREATE VIEW feed_health AS
SELECT id, coalesce(name, title, url) AS name, url,
       CASE WHEN gone_at IS NOT NULL THEN 'gone' WHEN active = 0 THEN 'off' WHEN polled_at IS NULL THEN 'new'
            WHEN failures > 0 THEN 'failing' WHEN empty_at IS NOT NULL THEN 'empty'
            WHEN silent_at IS NOT NULL THEN 'silent' ELSE 'ok' END AS state,
       polled_at, changed_at, due_at, due_reason, failures, last_status, last_error, silence_s, silent_at, empty_at,
       alternate_url,
       (SELECT coalesce(o.name, o.title, o.url) FROM feeds o WHERE o.id = f.repeats_id) AS repeats,
       (SELECT count(outcome) FROM entries WHERE feed_id = f.id) AS entries,
       (SELECT count(*) FROM entries WHERE feed_id = f.id AND outcome IN ('archived', 'revised')) AS articles,
       (SELECT count(*) FROM entries WHERE feed_id = f.id AND outcome = 'pending') AS pending,
       (SELECT count(*) FROM gaps WHERE feed_id = f.id AND closed_at IS NULL) AS gaps,
       (SELECT coalesce(sum(max(entries - found, 0)), 0) FROM gaps WHERE feed_id = f.id AND closed_at IS NULL) AS missed
FROM feeds f;

CREATE VIEW weekly_coverage AS
WITH counted AS (
  SELECT feed_id, date(first_seen_at, '-6 days', 'weekday 1') AS week, count(*) AS entries,
         sum(outcome = 'archived') AS archived, sum(outcome = 'known') AS known, sum(outcome = 'copy') AS copies,
         sum(outcome = 'revised') AS revised, sum(outcome = 'walled') AS walled, sum(outcome = 'no_text') AS no_text,
         sum(outcome = 'failed') AS failed, sum(outcome = 'refused') AS refused, sum(outcome = 'filtered') AS filtered,
         sum(outcome = 'pending') AS pending, 0 AS gaps, 0 AS missed
  FROM entries GROUP BY 1, 2
  UNION ALL
  SELECT feed_id, date(noticed_at, '-6 days', 'weekday 1'), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(*),
         sum(max(entries - found, 0))
  FROM gaps WHERE closed_at IS NULL GROUP BY 1, 2
),
fresh AS (
  SELECT e.feed_id, date(e.first_seen_at, '-6 days', 'weekday 1') AS week,
         (julianday(s.archived_at) - julianday(e.published_at)) * 1440 AS minutes
  FROM entries e JOIN feeds f ON f.id = e.feed_id JOIN selectable s ON s.article_id = e.article_id
  WHERE e.outcome IN ('archived', 'revised')
    AND e.published_precision IS NOT 'day' AND e.published_at >= f.added_at AND e.published_at <= s.archived_at
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY feed_id, week ORDER BY minutes) AS place,
         count(*) OVER (PARTITION BY feed_id, week) AS articles
  FROM fresh
),
delays AS (
  SELECT feed_id, week, round(min(minutes) FILTER (WHERE place * 2 >= articles), 1) AS delay_median_minutes,
         round(min(minutes) FILTER (WHERE place * 100 >= articles * 95), 1) AS delay_p95_minutes
  FROM ranked GROUP BY feed_id, week
)
SELECT c.feed_id, coalesce(nullif(f.name, ''), nullif(f.title, ''), f.url) AS feed, c.week, sum(entries) AS entries,
       sum(archived) AS archived, sum(known) AS known, sum(copies) AS copies, sum(revised) AS revised,
       sum(walled) AS walled, sum(no_text) AS no_text, sum(failed) AS failed, sum(refused) AS refused,
       sum(filtered) AS filtered, sum(pending) AS pending, sum(gaps) AS gaps, sum(missed) AS missed,
       sum(walled + no_text + failed + refused + missed) AS lacking,
       1.0 * sum(archived + known + copies + revised) / nullif(sum(entries - filtered - pending + missed), 0) AS share,
       delay_median_minutes, delay_p95_minutes
FROM counted c JOIN feeds f ON f.id = c.feed_id LEFT JOIN delays d ON d.feed_id = c.feed_id AND d.week = c.week
GROUP BY c.feed_id, c.week;
