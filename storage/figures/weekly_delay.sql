-- How long after their publication the articles came that entries of all feeds brought, by week: half of them within
-- `median_minutes`, 95 % within `p95_minutes`. As in weekly_coverage.
WITH fresh AS (
  SELECT date(e.first_seen_at, '-6 days', 'weekday 1') AS week,
         (julianday(s.archived_at) - julianday(e.published_at)) * 1440 AS minutes
  FROM entries e JOIN feeds f ON f.id = e.feed_id JOIN selectable s ON s.article_id = e.article_id
  WHERE e.first_seen_at >= :since AND e.first_seen_at < :until AND e.outcome IN ('archived', 'revised')
    AND e.published_precision IS NOT 'day' AND e.published_at >= f.added_at AND e.published_at <= s.archived_at
    AND f.kind <> 'backfill'
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY week ORDER BY minutes) AS place, count(*) OVER (PARTITION BY week) AS articles
  FROM fresh
)
SELECT week, articles, round(min(minutes) FILTER (WHERE place * 2 >= articles), 1) AS median_minutes,
       round(min(minutes) FILTER (WHERE place * 100 >= articles * 95), 1) AS p95_minutes
FROM ranked GROUP BY week ORDER BY week;
