-- What became of a feed's entries of the period, and why: the twenty most frequent reasons. :feed_id is the feed's id.
SELECT outcome, reason, count(*) AS entries FROM entries
WHERE feed_id = :feed_id AND coalesce(published_at, first_seen_at) >= :since
  AND coalesce(published_at, first_seen_at) < :until
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 20;
