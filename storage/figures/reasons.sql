-- Why entries that were first seen in the period brought no article: the twenty most frequent reasons.
SELECT outcome, CASE outcome WHEN 'copy' THEN 'the same text as another article' ELSE reason END AS reason,
       count(*) AS entries
FROM entries WHERE first_seen_at >= :since AND first_seen_at < :until AND outcome NOT IN ('archived', 'revised')
  AND feed_id NOT IN (SELECT id FROM feeds WHERE kind = 'backfill')
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 20;
