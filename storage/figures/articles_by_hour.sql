-- Articles archived in the period by hour (UTC) and site: the six sites with the most articles, and the others together.
WITH counted AS (
  SELECT site, count(*) AS articles FROM selectable WHERE archived_at >= :since AND archived_at < :until GROUP BY site
),
largest AS (SELECT site FROM counted ORDER BY articles DESC, site LIMIT 6)
SELECT strftime('%H:00', archived_at) AS hour, CASE WHEN site IN largest THEN site ELSE 'other sites' END AS site,
       count(*) AS articles
FROM selectable WHERE archived_at >= :since AND archived_at < :until
GROUP BY 1, 2 ORDER BY 1, 2 = 'other sites', 3 DESC;
