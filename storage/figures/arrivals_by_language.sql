-- Articles archived in the period by day and language: the eight most frequent languages, and the others together.
WITH counted AS (
  SELECT date(archived_at) AS day, coalesce(language, 'unknown') AS language, count(*) AS articles
  FROM selectable s WHERE archived_at >= :since AND archived_at < :until
    AND (NOT EXISTS (SELECT 1 FROM feeds WHERE kind = 'backfill') OR NOT EXISTS (
      SELECT 1 FROM entries e JOIN feeds f ON f.id = e.feed_id
      WHERE e.article_id = s.article_id AND e.outcome IN ('archived', 'revised') AND f.kind = 'backfill'))
  GROUP BY 1, 2
),
largest AS (
  SELECT language, sum(articles) AS in_all FROM counted GROUP BY language ORDER BY in_all DESC, language LIMIT 8
)
SELECT day, coalesce(l.language, 'other languages') AS language, sum(articles) AS articles
FROM counted c LEFT JOIN largest l ON l.language = c.language
GROUP BY day, l.language ORDER BY in_all DESC, l.language, day;
