-- Articles archived in the period by day and site: the eight sites with the most articles, and the others together.
WITH counted AS (
  SELECT date(archived_at) AS day, site AS site, count(*) AS articles
  FROM selectable s WHERE archived_at >= :since AND archived_at < :until
    AND (NOT EXISTS (SELECT 1 FROM feeds WHERE kind = 'backfill') OR NOT EXISTS (
      SELECT 1 FROM entries e JOIN feeds f ON f.id = e.feed_id
      WHERE e.article_id = s.article_id AND e.outcome IN ('archived', 'revised') AND f.kind = 'backfill'))
  GROUP BY 1, 2
),
largest AS (
  SELECT site, sum(articles) AS in_all FROM counted GROUP BY site ORDER BY in_all DESC, site LIMIT 8
)
SELECT day, coalesce(l.site, 'other sites') AS site, sum(articles) AS articles
FROM counted c LEFT JOIN largest l ON l.site = c.site
GROUP BY day, l.site ORDER BY in_all DESC, l.site, day;
