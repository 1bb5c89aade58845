-- When a feed's entries of the period were published (or seen, if they have no date): by weekday and hour, in UTC.
-- Entries whose date has no hour are left out. :feed_id is the feed's id.
WITH published AS (
  SELECT coalesce(published_at, first_seen_at) AS at FROM entries
  WHERE feed_id = :feed_id AND coalesce(published_at, first_seen_at) >= :since
    AND coalesce(published_at, first_seen_at) < :until AND published_precision IS NOT 'day'
)
SELECT substr('SunMonTueWedThuFriSat', strftime('%w', at) * 3 + 1, 3) AS weekday,
       CAST(strftime('%H', at) AS INTEGER) AS hour, count(*) AS entries
FROM published GROUP BY 1, 2 ORDER BY strftime('%w', at), 2;
