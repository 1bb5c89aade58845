-- What became of the entries that were first seen in the period.
SELECT outcome, count(*) AS entries FROM entries
WHERE first_seen_at >= :since AND first_seen_at < :until
  AND feed_id NOT IN (SELECT id FROM feeds WHERE kind = 'backfill')
GROUP BY outcome ORDER BY 2 DESC, 1;
