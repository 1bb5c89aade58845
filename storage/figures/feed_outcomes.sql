-- What became of a feed's newest 1,000 entries, and why: the twenty most frequent reasons. :feed_id is the feed's id.
WITH newest AS (
  SELECT outcome, CASE outcome WHEN 'copy' THEN 'the same text as another article' ELSE reason END AS reason
  FROM entries
  WHERE feed_id = :feed_id AND coalesce(published_at, first_seen_at) > ''  -- so of each: SQLite takes the index by instant
  ORDER BY coalesce(published_at, first_seen_at) DESC LIMIT 1000
)
SELECT outcome, reason, count(*) AS entries FROM newest GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 20;
