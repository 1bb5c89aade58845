-- What came into the file by day, in bytes: texts of articles, revisions and copies, their Markdown, and their raw pages,
-- compressed. Indexes are not counted.
WITH came AS (
  SELECT s.archived_at, CAST(a.body AS BLOB) AS body, CAST(a.markdown AS BLOB) AS markdown, NULL AS html
  FROM selectable s JOIN articles a ON a.id = s.article_id WHERE s.archived_at >= :since AND s.archived_at < :until
  UNION ALL SELECT archived_at, CAST(body AS BLOB), CAST(markdown AS BLOB), NULL
  FROM revisions WHERE archived_at >= :since AND archived_at < :until
  UNION ALL SELECT archived_at, CAST(body AS BLOB), CAST(markdown AS BLOB), NULL
  FROM copies WHERE archived_at >= :since AND archived_at < :until AND split_id IS NULL
  UNION ALL SELECT s.archived_at, NULL, NULL, p.html
  FROM selectable s JOIN pages p USING (article_id) WHERE s.archived_at >= :since AND s.archived_at < :until
  UNION ALL SELECT r.archived_at, NULL, NULL, p.html
  FROM revisions r JOIN revision_pages p ON p.revision_id = r.id WHERE r.archived_at >= :since AND r.archived_at < :until
  UNION ALL SELECT c.archived_at, NULL, NULL, p.html
  FROM copies c JOIN copy_pages p ON p.copy_id = c.id
  WHERE c.archived_at >= :since AND c.archived_at < :until AND c.split_id IS NULL
)
SELECT date(archived_at) AS day, count(body) AS texts, coalesce(sum(length(body)), 0) AS text_bytes,
       coalesce(sum(length(markdown)), 0) AS markdown_bytes, count(html) AS pages, coalesce(sum(length(html)), 0) AS page_bytes
FROM came GROUP BY 1 ORDER BY 1;
