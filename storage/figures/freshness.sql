-- Minutes from publication to archive, by site: the twenty sites with the most articles of the period. An article
-- counts if it was published after one of its feeds was added, so that the backlog of a new feed does not, and not after
-- it was archived. Those without an instant of publication are left out; midnight sharp is taken for a date without a time.
WITH fresh AS (
  SELECT site, (julianday(archived_at) - julianday(published_at)) * 1440 AS minutes FROM selectable s
  WHERE archived_at >= :since AND archived_at < :until
    AND published_at <= archived_at AND published_at NOT LIKE '%T00:00:00Z'
    AND EXISTS (SELECT 1 FROM entries e JOIN feeds f ON f.id = e.feed_id
                WHERE e.article_id = s.article_id AND f.added_at <= s.published_at AND f.kind <> 'backfill')
),
ranked AS (
  SELECT site, minutes, row_number() OVER (PARTITION BY site ORDER BY minutes) AS place,
         count(*) OVER (PARTITION BY site) AS articles
  FROM fresh
)
SELECT site, articles, round(min(minutes) FILTER (WHERE place * 2 >= articles), 1) AS median_minutes,
       round(min(minutes) FILTER (WHERE place * 100 >= articles * 95), 1) AS p95_minutes
FROM ranked GROUP BY site ORDER BY articles DESC, site LIMIT 20;
