-- Markdown, access and media of texts; the cause of a revision; raw pages of revisions and copies; a feed's markup.

ALTER TABLE articles ADD COLUMN markdown TEXT;
ALTER TABLE articles ADD COLUMN access TEXT CHECK (access IN ('free', 'metered', 'partial'));
ALTER TABLE articles ADD COLUMN access_reason TEXT;

ALTER TABLE copies ADD COLUMN markdown TEXT;
ALTER TABLE copies ADD COLUMN access TEXT CHECK (access IN ('free', 'metered', 'partial'));
ALTER TABLE copies ADD COLUMN access_reason TEXT;

ALTER TABLE revisions ADD COLUMN markdown TEXT;
ALTER TABLE revisions ADD COLUMN access TEXT CHECK (access IN ('free', 'metered', 'partial'));
ALTER TABLE revisions ADD COLUMN access_reason TEXT;
ALTER TABLE revisions ADD COLUMN cause TEXT CHECK (cause IN ('edit', 'reclean'));

-- of a revision
ALTER TABLE changes ADD COLUMN cause TEXT CHECK (cause IN ('edit', 'reclean'));

ALTER TABLE entries ADD COLUMN markup TEXT;
ALTER TABLE entries ADD COLUMN media TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(media));
ALTER TABLE rechecks_due ADD COLUMN markup TEXT;
ALTER TABLE rechecks_due ADD COLUMN media TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(media));

CREATE TABLE media (
  id INTEGER PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES articles (id),
  -- one of these, if the text is not the article's first
  revision_id INTEGER REFERENCES revisions (id),
  copy_id INTEGER REFERENCES copies (id),
  kind TEXT NOT NULL CHECK (kind IN ('picture', 'video', 'audio')),
  url TEXT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('page', 'feed')),
  type TEXT,
  length_bytes INTEGER,
  alt TEXT,
  caption TEXT,
  credit TEXT,
  position INTEGER,
  CHECK (revision_id IS NULL OR copy_id IS NULL)
) STRICT;
CREATE INDEX media_article ON media (article_id);

-- as `pages`, which has those of an article's first text
CREATE TABLE revision_pages (
  revision_id INTEGER NOT NULL REFERENCES revisions (id),
  part INTEGER NOT NULL DEFAULT 1,
  fetched_at TEXT NOT NULL,
  status INTEGER NOT NULL,
  final_url TEXT NOT NULL,
  headers TEXT NOT NULL CHECK (json_valid(headers)),
  html BLOB NOT NULL,
  dictionary_id INTEGER REFERENCES dictionaries (id),
  PRIMARY KEY (revision_id, part)
) STRICT;
CREATE INDEX revision_pages_dictionary ON revision_pages (dictionary_id) WHERE dictionary_id IS NOT NULL;
CREATE INDEX revision_pages_without_dictionary ON revision_pages (revision_id, dictionary_id)
  WHERE dictionary_id IS NULL;

CREATE TABLE copy_pages (
  copy_id INTEGER NOT NULL REFERENCES copies (id),
  part INTEGER NOT NULL DEFAULT 1,
  fetched_at TEXT NOT NULL,
  status INTEGER NOT NULL,
  final_url TEXT NOT NULL,
  headers TEXT NOT NULL CHECK (json_valid(headers)),
  html BLOB NOT NULL,
  dictionary_id INTEGER REFERENCES dictionaries (id),
  PRIMARY KEY (copy_id, part)
) STRICT;
CREATE INDEX copy_pages_dictionary ON copy_pages (dictionary_id) WHERE dictionary_id IS NOT NULL;
CREATE INDEX copy_pages_without_dictionary ON copy_pages (copy_id, dictionary_id) WHERE dictionary_id IS NULL;
CREATE INDEX copies_site ON copies (site);

DROP VIEW current_articles;
CREATE VIEW current_articles AS
SELECT a.id, a.url, a.site, coalesce(r.title, a.title) AS title, a.authors, a.published_at, a.published_from,
       a.archived_at, r.archived_at AS revised_at, a.language, a.summary, coalesce(r.body, a.body) AS body, a.body_from,
       coalesce(r.words, a.words) AS words, a.image_url, a.tags,
       coalesce(r.content_hash, a.content_hash) AS content_hash, coalesce(r.extractor, a.extractor) AS extractor,
       a.site_name, a.section, a.published_precision, a.published_at > a.archived_at AS published_ahead,
       CASE WHEN r.id IS NULL THEN a.markdown ELSE r.markdown END AS markdown,
       CASE WHEN r.id IS NULL THEN a.access ELSE r.access END AS access,
       CASE WHEN r.id IS NULL THEN a.access_reason ELSE r.access_reason END AS access_reason
FROM articles a LEFT JOIN revisions r ON r.id = (SELECT max(id) FROM revisions WHERE article_id = a.id)
WHERE NOT EXISTS (SELECT 1 FROM copies c WHERE c.merged_id = a.id AND c.split_id IS NULL);

DROP TRIGGER revision_archived;
CREATE TRIGGER revision_archived AFTER INSERT ON revisions BEGIN
  INSERT INTO changes (at, kind, id, article_id, cause)
    VALUES (new.archived_at, 'revision', new.id, new.article_id, new.cause);
  INSERT INTO articles_fts (articles_fts, rowid, title, body)
    SELECT 'delete', a.id, coalesce(r.title, a.title), coalesce(r.body, a.body)
    FROM articles a LEFT JOIN revisions r
      ON r.id = (SELECT max(id) FROM revisions WHERE article_id = a.id AND id < new.id)
    WHERE a.id = new.article_id;
  INSERT INTO articles_fts (rowid, title, body)
    SELECT id, coalesce(new.title, title), new.body FROM articles WHERE id = new.article_id;
END;
