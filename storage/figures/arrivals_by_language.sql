-- Articles archived in the period by day and language: the eight most frequent languages, and the others together.
WITH counted AS (
  SELECT coalesce(language, 'unknown') AS language, count(*) AS articles
  FROM selectable WHERE archived_at >= :since AND archived_at < :until GROUP BY 1
),
largest AS (SELECT language, articles FROM counted ORDER BY articles DESC, language LIMIT 8),
named AS (
  SELECT date(archived_at) AS day, coalesce(l.language, 'other languages') AS language, l.articles AS articles_in_all
  FROM selectable s LEFT JOIN largest l ON l.language = coalesce(s.language, 'unknown')
  WHERE archived_at >= :since AND archived_at < :until
)
SELECT day, language, count(*) AS articles FROM named
GROUP BY day, language ORDER BY articles_in_all DESC, language, day;
