-- Articles archived in the period by day and site: the ten sites with the most articles, and the others together.
WITH counted AS (
  SELECT site, count(*) AS articles FROM selectable WHERE archived_at >= :since AND archived_at < :until GROUP BY site
),
largest AS (SELECT site FROM counted ORDER BY articles DESC, site LIMIT 10)
SELECT date(archived_at) AS day, CASE WHEN site IN largest THEN site ELSE 'other sites' END AS site,
       count(*) AS articles
FROM selectable WHERE archived_at >= :since AND archived_at < :until
GROUP BY 1, 2 ORDER BY 1, 3 DESC;
