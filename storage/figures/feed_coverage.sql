-- As weekly_coverage, but of all weeks of the period: a row for each feed, those first of which the most is not in the
-- archive, and at the end one for all of them. Its `feed_id` is NULL, and its `feeds` says how many there are.
WITH counted AS (
  SELECT feed_id, count(*) AS entries,
         sum(outcome = 'archived') AS archived, sum(outcome = 'known') AS known, sum(outcome = 'copy') AS copies,
         sum(outcome = 'revised') AS revised, sum(outcome = 'walled') AS walled, sum(outcome = 'no_text') AS no_text,
         sum(outcome = 'failed') AS failed, sum(outcome = 'refused') AS refused, sum(outcome = 'filtered') AS filtered,
         sum(outcome = 'pending') AS pending, 0 AS gaps, 0 AS missed
  FROM entries
  WHERE first_seen_at >= :since AND first_seen_at < :until
    AND feed_id NOT IN (SELECT id FROM feeds WHERE kind = 'backfill')
  GROUP BY 1
  UNION ALL
  SELECT feed_id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(*),
         sum(max(entries - found, 0))
  FROM gaps WHERE noticed_at >= :since AND noticed_at < :until AND closed_at IS NULL GROUP BY 1
),
fresh AS (
  SELECT e.feed_id, (julianday(s.archived_at) - julianday(e.published_at)) * 1440 AS minutes
  FROM entries e JOIN feeds f ON f.id = e.feed_id JOIN selectable s ON s.article_id = e.article_id
  WHERE e.first_seen_at >= :since AND e.first_seen_at < :until AND e.outcome IN ('archived', 'revised')
    AND e.published_precision IS NOT 'day' AND e.published_at >= f.added_at AND e.published_at <= s.archived_at
    AND f.kind <> 'backfill'
),
ranked AS (
  SELECT feed_id, minutes, row_number() OVER (PARTITION BY feed_id ORDER BY minutes) AS place,
         count(*) OVER (PARTITION BY feed_id) AS articles
  FROM fresh
  UNION ALL
  SELECT NULL, minutes, row_number() OVER (ORDER BY minutes), count(*) OVER () FROM fresh
),
delays AS (
  SELECT feed_id, round(min(minutes) FILTER (WHERE place * 2 >= articles), 1) AS delay_median_minutes,
         round(min(minutes) FILTER (WHERE place * 100 >= articles * 95), 1) AS delay_p95_minutes
  FROM ranked GROUP BY feed_id
),
summed AS (
  SELECT feed_id, 1 AS feeds, sum(entries) AS entries, sum(archived) AS archived, sum(known) AS known,
         sum(copies) AS copies, sum(revised) AS revised, sum(walled) AS walled, sum(no_text) AS no_text,
         sum(failed) AS failed, sum(refused) AS refused, sum(filtered) AS filtered, sum(pending) AS pending,
         sum(gaps) AS gaps, sum(missed) AS missed
  FROM counted GROUP BY feed_id
  UNION ALL
  SELECT NULL, count(DISTINCT feed_id), sum(entries), sum(archived), sum(known), sum(copies), sum(revised),
         sum(walled), sum(no_text), sum(failed), sum(refused), sum(filtered), sum(pending), sum(gaps), sum(missed)
  FROM counted HAVING count(*) > 0
)
SELECT each.feed_id, coalesce(nullif(f.name, ''), nullif(f.title, ''), f.url) AS feed, feeds, entries, archived, known,
       copies, revised, walled, no_text, failed, refused, filtered, pending, gaps, missed,
       walled + no_text + failed + refused + missed AS lacking,
       1.0 * (archived + known + copies + revised) / nullif(entries - filtered - pending + missed, 0) AS share,
       delay_median_minutes, delay_p95_minutes
FROM summed each LEFT JOIN feeds f ON f.id = each.feed_id LEFT JOIN delays d ON d.feed_id IS each.feed_id
ORDER BY each.feed_id IS NULL, lacking DESC, entries DESC, each.feed_id;
