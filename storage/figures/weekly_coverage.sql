-- What became of the entries that a feed announced, by feed and week, and what may have been missed. A week begins on
-- Monday (UTC): entries count in the week in which they were first seen, open gaps in the one in which they were
-- noticed. `lacking` counts the entries that ended without an article, and those that were missed; what a rule dropped is
-- neither. `share` is the part of the others that is in the archive. The delay is that from publication to archive of
-- the articles that the entries brought, without those from before the feed was added and those without an instant.
-- :feed_id is the id of a feed, or NULL for all.
WITH counted AS (
  SELECT feed_id, date(first_seen_at, '-6 days', 'weekday 1') AS week, count(*) AS entries,
         sum(outcome = 'archived') AS archived, sum(outcome = 'known') AS known, sum(outcome = 'copy') AS copies,
         sum(outcome = 'revised') AS revised, sum(outcome = 'walled') AS walled, sum(outcome = 'no_text') AS no_text,
         sum(outcome = 'failed') AS failed, sum(outcome = 'refused') AS refused, sum(outcome = 'filtered') AS filtered,
         sum(outcome = 'pending') AS pending, 0 AS gaps, 0 AS missed
  FROM entries
  WHERE first_seen_at >= :since AND first_seen_at < :until AND (:feed_id IS NULL OR feed_id = :feed_id)
    AND feed_id NOT IN (SELECT id FROM feeds WHERE kind = 'backfill')
  GROUP BY 1, 2
  UNION ALL
  SELECT feed_id, date(noticed_at, '-6 days', 'weekday 1'), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(*),
         sum(max(entries - found, 0))
  FROM gaps WHERE noticed_at >= :since AND noticed_at < :until AND (:feed_id IS NULL OR feed_id = :feed_id)
    AND closed_at IS NULL GROUP BY 1, 2
),
fresh AS (
  SELECT e.feed_id, date(e.first_seen_at, '-6 days', 'weekday 1') AS week,
         (julianday(s.archived_at) - julianday(e.published_at)) * 1440 AS minutes
  FROM entries e JOIN feeds f ON f.id = e.feed_id JOIN selectable s ON s.article_id = e.article_id
  WHERE e.first_seen_at >= :since AND e.first_seen_at < :until AND (:feed_id IS NULL OR e.feed_id = :feed_id)
    AND e.outcome IN ('archived', 'revised')
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
GROUP BY c.feed_id, c.week
ORDER BY feed, c.feed_id, c.week;
