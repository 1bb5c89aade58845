-- What became of the entries that were first seen in the period, by feed: the ten feeds with the most entries, the ten
-- with the most entries that brought no text, and the others together.
WITH counted AS (
  SELECT feed_id, count(*) AS entries, sum(outcome = 'archived') AS archived, sum(outcome = 'known') AS known,
         sum(outcome = 'copy') AS copies, sum(outcome = 'revised') AS revised, sum(outcome = 'walled') AS walled,
         sum(outcome = 'no_text') AS no_text, sum(outcome = 'failed') AS failed, sum(outcome = 'refused') AS refused,
         sum(outcome = 'filtered') AS filtered, sum(outcome = 'pending') AS pending
  FROM entries WHERE first_seen_at >= :since AND first_seen_at < :until
    AND feed_id NOT IN (SELECT id FROM feeds WHERE kind = 'backfill')
  GROUP BY feed_id
),
ranked AS (
  SELECT *, row_number() OVER (ORDER BY entries DESC, feed_id) <= 10
              OR (walled + no_text + failed + refused > 0
                  AND row_number() OVER (ORDER BY walled + no_text + failed + refused DESC, feed_id) <= 10) AS is_named
  FROM counted
)
SELECT CASE WHEN is_named THEN coalesce(nullif(f.name, ''), nullif(f.title, ''), f.url) ELSE 'other feeds' END AS feed,
       count(*) AS feeds, sum(entries) AS entries, sum(archived) AS archived, sum(known) AS known,
       sum(copies) AS copies, sum(revised) AS revised, sum(walled) AS walled, sum(no_text) AS no_text,
       sum(failed) AS failed, sum(refused) AS refused, sum(filtered) AS filtered, sum(pending) AS pending
FROM ranked JOIN feeds f ON f.id = feed_id
GROUP BY CASE WHEN is_named THEN feed_id END ORDER BY is_named DESC, sum(entries) DESC, feed_id;
