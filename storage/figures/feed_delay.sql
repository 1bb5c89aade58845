-- How long after their publication a feed's newest 1,000 entries were first seen, and their articles archived. Entries
-- without an instant of publication, from before the feed was added, or ahead of being seen, are left out. :feed_id is
-- the feed's id.
WITH newest AS (
  SELECT * FROM entries
  WHERE feed_id = :feed_id AND coalesce(published_at, first_seen_at) > ''  -- so of each: SQLite takes the index by instant
  ORDER BY coalesce(published_at, first_seen_at) DESC LIMIT 1000
),
recent AS (
  SELECT published_at, first_seen_at, article_id, outcome FROM newest
  WHERE published_precision IS NOT 'day' AND published_at <= first_seen_at
    AND published_at >= (SELECT added_at FROM feeds WHERE id = :feed_id)
),
delays AS (
  SELECT 'first seen' AS step, julianday(first_seen_at) - julianday(published_at) AS days FROM recent
  UNION ALL
  SELECT 'archived', julianday(s.archived_at) - julianday(r.published_at) FROM recent r
  JOIN selectable s USING (article_id) WHERE r.outcome = 'archived'
),
sorted AS (
  SELECT step, CASE WHEN days * 1440 < 10 THEN 1 WHEN days * 24 < 1 THEN 2 WHEN days * 24 < 6 THEN 3 WHEN days < 1 THEN 4
                    WHEN days < 7 THEN 5 ELSE 6 END AS place
  FROM delays
)
SELECT step, CASE place WHEN 1 THEN '< 10 min' WHEN 2 THEN '10–60 min' WHEN 3 THEN '1–6 h' WHEN 4 THEN '6–24 h'
                        WHEN 5 THEN '1–7 days' ELSE '> 7 days' END AS delay, count(*) AS entries
FROM sorted GROUP BY step, place ORDER BY step DESC, place;
