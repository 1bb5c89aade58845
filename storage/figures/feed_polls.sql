-- How a feed's polls in the period ended, by day. :feed_id is its id.
SELECT date(at) AS day,
       CASE WHEN outcome IN ('failed', 'gone') THEN 'failed' WHEN outcome = 'deferred' THEN 'asked to wait'
            WHEN entries_new > 0 THEN 'new entries' ELSE 'nothing new' END AS result,
       count(*) AS polls, coalesce(sum(entries_new), 0) AS new_entries
FROM polls WHERE feed_id = :feed_id AND +at >= :since AND +at < :until  -- `+`: by the feed, not by the instant
GROUP BY 1, 2 ORDER BY 1, 2;
