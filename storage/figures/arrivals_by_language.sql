-- Articles archived in the period by day and language: the eight most frequent languages, and the others together.
WITH counted AS (
  SELECT date(archived_at) AS day, coalesce(language, 'unknown') AS language, count(*) AS articles
  FROM selectable WHERE archived_at >= :since AND archived_at < :until GROUP BY 1, 2
),
largest AS (
  SELECT language, sum(articles) AS in_all FROM counted GROUP BY language ORDER BY in_all DESC, language LIMIT 8
)
SELECT day, coalesce(l.language, 'other languages') AS language, sum(articles) AS articles
FROM counted c LEFT JOIN largest l ON l.language = c.language
GROUP BY day, l.language ORDER BY in_all DESC, l.language, day;
