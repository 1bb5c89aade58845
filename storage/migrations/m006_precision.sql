-- To what precision an instant is known, and whether an article is dated ahead of its archiving.

ALTER TABLE entries ADD COLUMN published_precision TEXT CHECK (published_precision IN ('second', 'minute', 'day'));
ALTER TABLE articles ADD COLUMN published_precision TEXT CHECK (published_precision IN ('second', 'minute', 'day'));
ALTER TABLE copies ADD COLUMN published_precision TEXT CHECK (published_precision IN ('second', 'minute', 'day'));

DROP VIEW current_articles;
CREATE VIEW current_articles AS
SELECT a.id, a.url, a.site, coalesce(r.title, a.title) AS title, a.authors, a.published_at, a.published_from,
       a.archived_at, r.archived_at AS revised_at, a.language, a.summary, coalesce(r.body, a.body) AS body, a.body_from,
       coalesce(r.words, a.words) AS words, a.image_url, a.tags,
       coalesce(r.content_hash, a.content_hash) AS content_hash, coalesce(r.extractor, a.extractor) AS extractor,
       a.site_name, a.section, a.published_precision, a.published_at > a.archived_at AS published_ahead
FROM articles a LEFT JOIN revisions r ON r.id = (SELECT max(id) FROM revisions WHERE article_id = a.id)
WHERE NOT EXISTS (SELECT 1 FROM copies c WHERE c.merged_id = a.id AND c.split_id IS NULL);
