-- Pages in several parts, compressed with dictionaries; a site's boilerplate; words and extractor of revisions.

ALTER TABLE articles ADD COLUMN site_name TEXT;
ALTER TABLE articles ADD COLUMN section TEXT;
-- a site's articles in the order of their ids
CREATE INDEX articles_of_site ON articles (site);

CREATE TABLE dictionaries (
  id INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  trained_at TEXT NOT NULL,
  dictionary BLOB NOT NULL
) STRICT;
CREATE INDEX dictionaries_site ON dictionaries (site);

ALTER TABLE pages RENAME TO single_pages;
CREATE TABLE pages (
  article_id INTEGER NOT NULL REFERENCES articles (id),
  part INTEGER NOT NULL DEFAULT 1,
  fetched_at TEXT NOT NULL,
  status INTEGER NOT NULL,
  final_url TEXT NOT NULL,
  headers TEXT NOT NULL CHECK (json_valid(headers)),
  html BLOB NOT NULL,
  dictionary_id INTEGER REFERENCES dictionaries (id),
  PRIMARY KEY (article_id, part)
) STRICT;
INSERT INTO pages (article_id, fetched_at, status, final_url, headers, html)
  SELECT article_id, fetched_at, status, final_url, headers, html FROM single_pages;
DROP TABLE single_pages;
CREATE INDEX pages_dictionary ON pages (dictionary_id) WHERE dictionary_id IS NOT NULL;
CREATE INDEX pages_plain ON pages (article_id, dictionary_id) WHERE dictionary_id IS NULL;

CREATE TABLE furniture (
  site TEXT NOT NULL,
  line TEXT NOT NULL,
  articles INTEGER NOT NULL,
  learned_at TEXT NOT NULL,
  PRIMARY KEY (site, line)
) STRICT, WITHOUT ROWID;

ALTER TABLE revisions ADD COLUMN words INTEGER;
ALTER TABLE revisions ADD COLUMN extractor TEXT;
CREATE INDEX revisions_hash ON revisions (content_hash);

DROP VIEW current_articles;
CREATE VIEW current_articles AS
SELECT a.id, a.url, a.site, coalesce(r.title, a.title) AS title, a.authors, a.published_at, a.published_from,
       a.archived_at, r.archived_at AS revised_at, a.language, a.summary, coalesce(r.body, a.body) AS body, a.body_from,
       coalesce(r.words, a.words) AS words, a.image_url, a.tags,
       coalesce(r.content_hash, a.content_hash) AS content_hash, coalesce(r.extractor, a.extractor) AS extractor,
       a.site_name, a.section
FROM articles a LEFT JOIN revisions r ON r.id = (SELECT max(id) FROM revisions WHERE article_id = a.id);

-- What is taken out of the index must be what was put in: a revision without a title has the article's.
DROP TRIGGER revision_archived;
CREATE TRIGGER revision_archived AFTER INSERT ON revisions BEGIN
  INSERT INTO changes (at, kind, id, article_id) VALUES (new.archived_at, 'revision', new.id, new.article_id);
  INSERT INTO articles_fts (articles_fts, rowid, title, body)
    SELECT 'delete', a.id, coalesce(r.title, a.title), coalesce(r.body, a.body)
    FROM articles a LEFT JOIN revisions r
      ON r.id = (SELECT max(id) FROM revisions WHERE article_id = a.id AND id < new.id)
    WHERE a.id = new.article_id;
  INSERT INTO articles_fts (rowid, title, body)
    SELECT id, coalesce(new.title, title), new.body FROM articles WHERE id = new.article_id;
END;
