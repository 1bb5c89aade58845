-- Fingerprints, merged and split copies, feeds that turn new at once, later fetches of an article's page.

CREATE TABLE shingles (
  hash INTEGER NOT NULL,
  article_id INTEGER NOT NULL,
  PRIMARY KEY (hash, article_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE fingerprints (
  article_id INTEGER PRIMARY KEY REFERENCES articles (id),
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX fingerprints_version ON fingerprints (version);
INSERT INTO fingerprints (article_id, version) SELECT id, 0 FROM articles;

ALTER TABLE copies ADD COLUMN adds INTEGER NOT NULL DEFAULT 0 CHECK (adds IN (0, 1));
CREATE INDEX copies_adding ON copies (article_id) WHERE adds = 1;

ALTER TABLE copies ADD COLUMN merged_id INTEGER REFERENCES articles (id);
ALTER TABLE copies ADD COLUMN split_id INTEGER REFERENCES articles (id);
CREATE INDEX copies_merged ON copies (merged_id) WHERE merged_id IS NOT NULL;

DROP VIEW current_articles;
CREATE VIEW current_articles AS
SELECT a.id, a.url, a.site, coalesce(r.title, a.title) AS title, a.authors, a.published_at, a.published_from,
       a.archived_at, r.archived_at AS revised_at, a.language, a.summary, coalesce(r.body, a.body) AS body, a.body_from,
       coalesce(r.words, a.words) AS words, a.image_url, a.tags,
       coalesce(r.content_hash, a.content_hash) AS content_hash, coalesce(r.extractor, a.extractor) AS extractor,
       a.site_name, a.section
FROM articles a LEFT JOIN revisions r ON r.id = (SELECT max(id) FROM revisions WHERE article_id = a.id)
WHERE NOT EXISTS (SELECT 1 FROM copies c WHERE c.merged_id = a.id AND c.split_id IS NULL);

ALTER TABLE entries ADD COLUMN reissued INTEGER NOT NULL DEFAULT 0 CHECK (reissued IN (0, 1));

ALTER TABLE entries ADD COLUMN text_hash TEXT;
ALTER TABLE entries ADD COLUMN looks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN looked_at TEXT;

CREATE TABLE looks_due (
  entry_id INTEGER PRIMARY KEY REFERENCES entries (id),
  host TEXT NOT NULL,
  due_at TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  -- as the feed has it now
  title TEXT,
  summary TEXT,
  content TEXT
) STRICT;
CREATE INDEX looks_due_at ON looks_due (due_at, host);

DROP VIEW feed_health;
CREATE VIEW feed_health AS
SELECT f.id, coalesce(f.name, f.title, f.url) AS name, f.url,
       CASE WHEN f.gone_at IS NOT NULL THEN 'gone' WHEN f.active = 0 THEN 'off' WHEN f.polled_at IS NULL THEN 'new'
            WHEN f.failures > 0 THEN 'failing' ELSE 'ok' END AS state,
       f.polled_at, f.changed_at, f.due_at, f.failures, f.last_status, f.last_error,
       count(e.id) AS entries,
       count(CASE WHEN e.outcome IN ('archived', 'revised') THEN 1 END) AS articles,
       count(CASE WHEN e.outcome = 'pending' THEN 1 END) AS pending
FROM feeds f LEFT JOIN entries e ON e.feed_id = f.id GROUP BY f.id;
