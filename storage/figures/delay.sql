-- How long after its publication each article of the period was archived. An article counts if it was published after
-- one of its feeds was added, so that the backlog of a new feed does not, and not after it was archived. Those without
-- an instant of publication are left out; midnight sharp is taken for a date without a time.
WITH delays AS (
  SELECT julianday(archived_at) - julianday(published_at) AS days FROM selectable s
  WHERE archived_at >= :since AND archived_at < :until
    AND published_at <= archived_at AND published_at NOT LIKE '%T00:00:00Z'
    AND EXISTS (SELECT 1 FROM entries e JOIN feeds f ON f.id = e.feed_id
                WHERE e.article_id = s.article_id AND f.added_at <= s.published_at AND f.kind <> 'backfill')
),
sorted AS (
  SELECT CASE WHEN days * 1440 < 10 THEN 1 WHEN days * 24 < 1 THEN 2 WHEN days * 24 < 6 THEN 3 WHEN days < 1 THEN 4
              WHEN days < 7 THEN 5 ELSE 6 END AS place
  FROM delays
)
SELECT CASE place WHEN 1 THEN '< 10 min' WHEN 2 THEN '10–60 min' WHEN 3 THEN '1–6 h' WHEN 4 THEN '6–24 h'
                  WHEN 5 THEN '1–7 days' ELSE '> 7 days' END AS delay, count(*) AS articles
FROM sorted GROUP BY place ORDER BY place;
