-- Who had it first: of the articles that got a copy on another site in the period, how many each site had first, and
-- how many it had after another. A site had a text when it says to have published it, but no later than it was archived;
-- of a day alone (kept as its midnight) its end counts. The fifty sites with the most are shown.
WITH RECURSIVE copied (id) AS (
  SELECT DISTINCT article_id FROM copies
  WHERE split_id IS NULL AND archived_at >= :since AND archived_at < :until
),
-- the article that a merged one is a copy of
led (id, root) AS (
  SELECT id, id FROM copied
  UNION ALL
  SELECT id, (SELECT m.article_id FROM copies m WHERE m.merged_id = led.root AND m.split_id IS NULL)
  FROM led WHERE EXISTS (SELECT 1 FROM copies m WHERE m.merged_id = led.root AND m.split_id IS NULL)
),
roots (id, root) AS (
  SELECT id, root FROM led
  WHERE NOT EXISTS (SELECT 1 FROM copies m WHERE m.merged_id = led.root AND m.split_id IS NULL)
),
texts (root, site, published_at, archived_at) AS (
  SELECT root, site, published_at, archived_at FROM roots JOIN copies c ON c.article_id = roots.id AND split_id IS NULL
  UNION ALL
  SELECT article_id, site, published_at, archived_at FROM selectable WHERE article_id IN (SELECT root FROM roots)
),
had (root, site, at) AS (
  SELECT root, site, min(min(archived_at, coalesce(replace(published_at, 'T00:00:00Z', 'T23:59:59Z'), archived_at)))
  FROM texts GROUP BY root, site
),
firsts (root, site, at) AS (SELECT root, site, min(at) FROM had GROUP BY root HAVING count(*) > 1)
SELECT had.site, count(*) FILTER (WHERE had.site = firsts.site) AS first,
       count(*) FILTER (WHERE had.site <> firsts.site) AS after_others
FROM firsts JOIN had USING (root) GROUP BY had.site ORDER BY first DESC, after_others DESC, 1 LIMIT 50;
