-- Copies archived in the period by the site that has them: the ten sites with the most.
SELECT site, count(*) AS copies, count(DISTINCT article_id) AS articles FROM copies
WHERE archived_at >= :since AND archived_at < :until AND split_id IS NULL GROUP BY site ORDER BY 2 DESC, 1 LIMIT 10;
