-- When a feed brings entries, as learned: which part of a week's entries to expect in each hour (UTC), in percent.
-- :feed_id is the feed's id.
SELECT substr('MonTueWedThuFriSatSun', d.key * 3 + 1, 3) AS weekday, printf('%02d:00', h.key) AS hour,
       round(100 * h.value * d.value / 168, 2) AS percent
FROM rhythms r, json_each(r.weekdays) d, json_each(r.hours) h WHERE r.feed_id = :feed_id ORDER BY d.key, h.key;
