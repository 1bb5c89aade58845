-- When a feed's newest 1,000 entries were published (or seen, if they have no date): by weekday and hour, in UTC. Those
-- whose date has no hour are left out. :feed_id is the feed's id.
WITH newest AS (
  SELECT coalesce(published_at, first_seen_at) AS at, published_precision FROM entries
  WHERE feed_id = :feed_id AND coalesce(published_at, first_seen_at) > ''  -- so of each: SQLite takes the index by instant
  ORDER BY coalesce(published_at, first_seen_at) DESC LIMIT 1000
)
SELECT substr('SunMonTueWedThuFriSat', strftime('%w', at) * 3 + 1, 3) AS weekday,
       strftime('%H:00', at) AS hour, count(*) AS entries
FROM newest WHERE published_precision IS NOT 'day' GROUP BY 1, 2 ORDER BY strftime('%w', at), 2;
