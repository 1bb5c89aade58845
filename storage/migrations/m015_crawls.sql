-- Crawls that were read, the source of their entries, and what a crawl of the archive's own pages needs.

-- 'feed' or 'backfill': the one source of all crawls, which is no feed and is never polled
ALTER TABLE feeds ADD COLUMN kind TEXT NOT NULL DEFAULT 'feed';

CREATE TABLE crawls (
  id INTEGER PRIMARY KEY,
  -- the file or folder, wherever it is
  key TEXT NOT NULL UNIQUE,
  path TEXT NOT NULL,
  kind TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  -- where reading goes on
  position TEXT NOT NULL DEFAULT '',
  pages INTEGER NOT NULL DEFAULT 0,
  others INTEGER NOT NULL DEFAULT 0,
  began_at TEXT NOT NULL,
  moved_at TEXT,
  ended_at TEXT,
  error TEXT
) STRICT;

-- What a host sends with every page. A page has all headers of its set, but for those of its own:
-- json_patch(header_sets.headers, pages.headers), of which a header that is null is one of the set that the page lacks.
CREATE TABLE header_sets (
  id INTEGER PRIMARY KEY,
  host TEXT NOT NULL,
  headers TEXT NOT NULL CHECK (json_valid(headers))
) STRICT;
CREATE INDEX header_sets_host ON header_sets (host);

ALTER TABLE pages ADD COLUMN url TEXT;
ALTER TABLE pages ADD COLUMN ip_address TEXT;
ALTER TABLE pages ADD COLUMN header_set_id INTEGER REFERENCES header_sets (id);
ALTER TABLE revision_pages ADD COLUMN url TEXT;
ALTER TABLE revision_pages ADD COLUMN ip_address TEXT;
ALTER TABLE revision_pages ADD COLUMN header_set_id INTEGER REFERENCES header_sets (id);
ALTER TABLE copy_pages ADD COLUMN url TEXT;
ALTER TABLE copy_pages ADD COLUMN ip_address TEXT;
ALTER TABLE copy_pages ADD COLUMN header_set_id INTEGER REFERENCES header_sets (id);

-- What the pages of ten years ago bring says nothing of a site's state today.
DROP TRIGGER entry_ended;
CREATE TRIGGER entry_ended AFTER UPDATE OF outcome ON entries
WHEN old.outcome = 'pending' AND new.tombstone_id IS NULL
  AND new.outcome IN ('archived', 'copy', 'no_text', 'walled', 'failed', 'refused') BEGIN
  INSERT OR REPLACE INTO site_texts (site, entry_id, hour, outcome, words)
    SELECT site, new.id, hour, new.outcome,
           (SELECT words FROM selectable WHERE new.outcome = 'archived' AND article_id = new.article_id)
    FROM (SELECT iif(new.host GLOB 'www.*', substr(new.host, 5), new.host) AS site,
                 substr(new.first_seen_at, 1, 13) AS hour) AS ended
    WHERE (SELECT kind FROM feeds WHERE id = new.feed_id) <> 'backfill'
      AND (SELECT count(*) FROM site_texts s WHERE s.site = ended.site AND s.hour = ended.hour) < 4;
END;

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
FROM feeds f WHERE kind <> 'backfill';

DROP VIEW weekly_coverage;
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
    AND f.kind <> 'backfill'
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
WHERE f.kind <> 'backfill' GROUP BY c.feed_id, c.week;
