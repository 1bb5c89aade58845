-- Articles archived in the period by hour (UTC) and site: the eight sites with the most articles, and the others.
WITH counted AS (
  SELECT site AS site, count(*) AS articles
  FROM selectable WHERE archived_at >= :since AND archived_at < :until GROUP BY 1
),
largest AS (SELECT site, articles FROM counted ORDER BY articles DESC, site LIMIT 8),
named AS (
  SELECT strftime('%H:00', archived_at) AS hour, coalesce(l.site, 'other sites') AS site, l.articles AS articles_in_all
  FROM selectable s LEFT JOIN largest l ON l.site = s.site
  WHERE archived_at >= :since AND archived_at < :until
)
SELECT hour, site, count(*) AS articles FROM named
GROUP BY hour, site ORDER BY articles_in_all DESC, site, hour;
