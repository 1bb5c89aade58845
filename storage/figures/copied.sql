-- The articles with the most copies that were archived in the period: the ten first. `site` had it first, as far as the
-- archive knows: it is the article's.
WITH counted AS (
  SELECT article_id, count(*) AS copies, count(DISTINCT site) AS sites FROM copies
  WHERE archived_at >= :since AND archived_at < :until AND split_id IS NULL GROUP BY article_id
)
SELECT c.article_id, a.title, a.site, a.archived_at, c.copies, c.sites
FROM counted c JOIN articles a ON a.id = c.article_id ORDER BY c.copies DESC, c.article_id LIMIT 10;
