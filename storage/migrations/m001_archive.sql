-- The first archive: feeds, entries, polls, articles with copies and revisions, the change log, the search index.

CREATE TABLE feeds (
  id INTEGER PRIMARY KEY,
  -- as the feed list wants it
  url TEXT NOT NULL UNIQUE,
  name TEXT,
  tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
  interval_s INTEGER,
  article TEXT NOT NULL DEFAULT 'page' CHECK (article IN ('page', 'feed')),
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  -- as it describes itself
  title TEXT,
  site_url TEXT,
  language TEXT,
  -- where it is polled, and what to send there
  address TEXT NOT NULL,
  move_seen TEXT,
  etag TEXT,
  last_modified TEXT,
  validators_url TEXT,
  body_hash TEXT,
  -- when, and how it went
  asked_interval_s INTEGER NOT NULL DEFAULT 0,
  due_at TEXT,
  polled_at TEXT,
  changed_at TEXT,
  gone_at TEXT,
  failures INTEGER NOT NULL DEFAULT 0,
  last_status INTEGER,
  last_error TEXT,
  added_at TEXT NOT NULL
) STRICT;
CREATE INDEX feeds_due ON feeds (due_at) WHERE active = 1;

CREATE TABLE entries (
  id INTEGER PRIMARY KEY,
  feed_id INTEGER NOT NULL REFERENCES feeds (id),
  -- as the feed announced it
  guid TEXT NOT NULL,
  url TEXT,
  title TEXT,
  authors TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(authors)),
  published_at TEXT,
  published_raw TEXT,
  updated_at TEXT,
  summary TEXT,
  content TEXT,
  language TEXT,
  image_url TEXT,
  tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
  shared_url INTEGER NOT NULL DEFAULT 0 CHECK (shared_url IN (0, 1)),
  -- how it is told from others
  canonical_url TEXT,
  host TEXT NOT NULL,
  first_seen_at TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  -- what came of it
  outcome TEXT NOT NULL DEFAULT 'pending' CHECK (outcome IN
    ('pending', 'archived', 'known', 'copy', 'revised', 'no_text', 'walled', 'failed', 'refused', 'filtered')),
  reason TEXT,
  article_id INTEGER REFERENCES articles (id),
  tries INTEGER NOT NULL DEFAULT 0,
  due_at TEXT
) STRICT;
CREATE INDEX entries_guid ON entries (feed_id, guid);
CREATE INDEX entries_instant ON entries (feed_id, coalesce(published_at, first_seen_at));
CREATE INDEX entries_url ON entries (canonical_url);
CREATE INDEX entries_article ON entries (article_id) WHERE article_id IS NOT NULL;
CREATE INDEX entries_pending ON entries (host, due_at) WHERE outcome = 'pending';

CREATE TABLE polls (
  id INTEGER PRIMARY KEY,
  feed_id INTEGER NOT NULL REFERENCES feeds (id),
  at TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('parsed', 'not_modified', 'same_body', 'failed', 'gone', 'deferred')),
  status INTEGER,
  entries_seen INTEGER NOT NULL,
  entries_new INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  ms INTEGER NOT NULL,
  error TEXT
) STRICT;
CREATE INDEX polls_feed ON polls (feed_id, id);

CREATE TABLE hosts (
  host TEXT PRIMARY KEY,
  robots TEXT,
  robots_status INTEGER,
  robots_at TEXT,
  blocked_until TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE articles (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  url TEXT NOT NULL,
  site TEXT NOT NULL,
  title TEXT,
  authors TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(authors)),
  published_at TEXT,
  published_from TEXT,
  archived_at TEXT NOT NULL,
  language TEXT,
  summary TEXT,
  body TEXT NOT NULL,
  body_from TEXT NOT NULL CHECK (body_from IN ('page', 'feed')),
  words INTEGER NOT NULL,
  image_url TEXT,
  tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
  content_hash TEXT NOT NULL,
  extractor TEXT NOT NULL
) STRICT;
CREATE INDEX articles_hash ON articles (content_hash);
CREATE INDEX articles_published ON articles (published_at);
CREATE INDEX articles_site ON articles (site, published_at);

CREATE TABLE aliases (
  key TEXT PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES articles (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE copies (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  article_id INTEGER NOT NULL REFERENCES articles (id),
  url TEXT NOT NULL,
  site TEXT NOT NULL,
  title TEXT,
  body TEXT NOT NULL,
  published_at TEXT,
  archived_at TEXT NOT NULL,
  method TEXT NOT NULL,
  score REAL NOT NULL
) STRICT;
CREATE INDEX copies_article ON copies (article_id);

CREATE TABLE revisions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  article_id INTEGER NOT NULL REFERENCES articles (id),
  title TEXT,
  body TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  archived_at TEXT NOT NULL
) STRICT;
CREATE INDEX revisions_article ON revisions (article_id);

CREATE TABLE pages (
  article_id INTEGER PRIMARY KEY REFERENCES articles (id),
  fetched_at TEXT NOT NULL,
  status INTEGER NOT NULL,
  final_url TEXT NOT NULL,
  headers TEXT NOT NULL CHECK (json_valid(headers)),
  html BLOB NOT NULL
) STRICT;

CREATE TABLE changes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('article', 'copy', 'revision')),
  id INTEGER NOT NULL,
  article_id INTEGER NOT NULL
) STRICT;

CREATE VIEW current_articles AS
SELECT a.id, a.url, a.site, coalesce(r.title, a.title) AS title, a.authors, a.published_at, a.published_from,
       a.archived_at, r.archived_at AS revised_at, a.language, a.summary, coalesce(r.body, a.body) AS body, a.body_from,
       a.words, a.image_url, a.tags, coalesce(r.content_hash, a.content_hash) AS content_hash, a.extractor
FROM articles a LEFT JOIN revisions r ON r.id = (SELECT max(id) FROM revisions WHERE article_id = a.id);

CREATE VIRTUAL TABLE articles_fts USING fts5 (
  title, body, content = 'current_articles', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER article_archived AFTER INSERT ON articles BEGIN
  INSERT INTO changes (at, kind, id, article_id) VALUES (new.archived_at, 'article', new.id, new.id);
  INSERT INTO articles_fts (rowid, title, body) VALUES (new.id, new.title, new.body);
END;

CREATE TRIGGER copy_archived AFTER INSERT ON copies BEGIN
  INSERT INTO changes (at, kind, id, article_id) VALUES (new.archived_at, 'copy', new.id, new.article_id);
END;

CREATE TRIGGER revision_archived AFTER INSERT ON revisions BEGIN
  INSERT INTO changes (at, kind, id, article_id) VALUES (new.archived_at, 'revision', new.id, new.article_id);
  INSERT INTO articles_fts (articles_fts, rowid, title, body)
    SELECT 'delete', new.article_id, title, body FROM (
      SELECT id, title, body FROM revisions WHERE article_id = new.article_id AND id < new.id
      UNION ALL SELECT 0, title, body FROM articles WHERE id = new.article_id
      ORDER BY 1 DESC LIMIT 1);
  INSERT INTO articles_fts (rowid, title, body)
    SELECT id, title, body FROM current_articles WHERE id = new.article_id;
END;

CREATE VIEW feed_health AS
SELECT f.id, coalesce(f.name, f.title, f.url) AS name, f.url,
       CASE WHEN f.gone_at IS NOT NULL THEN 'gone' WHEN f.active = 0 THEN 'off' WHEN f.polled_at IS NULL THEN 'new'
            WHEN f.failures > 0 THEN 'failing' ELSE 'ok' END AS state,
       f.polled_at, f.changed_at, f.due_at, f.failures, f.last_status, f.last_error,
       count(e.id) AS entries,
       count(CASE WHEN e.outcome = 'archived' THEN 1 END) AS articles,
       count(CASE WHEN e.outcome = 'pending' THEN 1 END) AS pending
FROM feeds f LEFT JOIN entries e ON e.feed_id = f.id GROUP BY f.id;

CREATE VIEW daily_counts AS
SELECT date(at) AS day, count(CASE WHEN kind = 'article' THEN 1 END) AS articles,
       count(CASE WHEN kind = 'copy' THEN 1 END) AS copies, count(CASE WHEN kind = 'revision' THEN 1 END) AS revisions
FROM changes GROUP BY day;
