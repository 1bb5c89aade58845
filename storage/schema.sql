-- The archive's schema as storage/migrations leave it, to read, and to read archives of earlier schemas by. A test holds
-- it to the migrations, which alone make archives.
-- An instant is text, `YYYY-MM-DDTHH:MM:SSZ`. A list (authors, tags) is a JSON array in text.

-- A subscribed feed.
CREATE TABLE feeds (
  id INTEGER PRIMARY KEY,
  -- from the feed list
  url TEXT NOT NULL UNIQUE,
  name TEXT,
  tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
  interval_s INTEGER,
  article TEXT NOT NULL DEFAULT 'page' CHECK (article IN ('page', 'feed')),
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  -- from the feed itself
  title TEXT,
  site_url TEXT,
  language TEXT,
  -- the next request: the address, a move seen once, and validators with the address they came from
  address TEXT NOT NULL,
  move_seen TEXT,
  etag TEXT,
  last_modified TEXT,
  validators_url TEXT,
  body_hash TEXT,
  -- when it is polled, and the results so far
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

-- One poll of a feed, kept for 90 days.
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

-- What a host has answered that holds across runs: its robots.txt, and Retry-After.
CREATE TABLE hosts (
  host TEXT PRIMARY KEY,
  robots TEXT,
  robots_status INTEGER,
  robots_at TEXT,
  blocked_until TEXT
) STRICT, WITHOUT ROWID;

-- An entry of a feed. A pending one is in the queue of its host.
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
  -- how it is recognised, and the host of its page
  canonical_url TEXT,
  host TEXT NOT NULL,
  first_seen_at TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  -- what became of it: the article it leads to, or when it is tried next
  outcome TEXT NOT NULL DEFAULT 'pending' CHECK (outcome IN
    ('pending', 'archived', 'known', 'copy', 'revised', 'no_text', 'walled', 'failed', 'refused', 'filtered')),
  reason TEXT,
  article_id INTEGER REFERENCES articles (id),
  tries INTEGER NOT NULL DEFAULT 0,
  due_at TEXT,
  -- 1 if most of its feed turned new with it
  reissued INTEGER NOT NULL DEFAULT 0 CHECK (reissued IN (0, 1)),
  -- hash of the title and text that the feed had last: another hash leads to a recheck
  text_hash TEXT,
  rechecks INTEGER NOT NULL DEFAULT 0,
  rechecked_at TEXT,
  -- the copy of the article that it leads to, NULL if to the article itself
  copy_id INTEGER REFERENCES copies (id),
  published_precision TEXT CHECK (published_precision IN ('second', 'minute', 'day'))
) STRICT;
CREATE INDEX entries_guid ON entries (feed_id, guid);
CREATE INDEX entries_instant ON entries (feed_id, coalesce(published_at, first_seen_at));
CREATE INDEX entries_url ON entries (canonical_url);
CREATE INDEX entries_article ON entries (article_id) WHERE article_id IS NOT NULL;
CREATE INDEX entries_copy ON entries (copy_id) WHERE copy_id IS NOT NULL;
CREATE INDEX entries_pending ON entries (host, due_at) WHERE outcome = 'pending';

-- A known entry whose page is fetched again. The row is deleted at the end of the recheck.
CREATE TABLE rechecks_due (
  entry_id INTEGER PRIMARY KEY REFERENCES entries (id),
  host TEXT NOT NULL,
  due_at TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  -- as the feed has it now
  title TEXT,
  summary TEXT,
  content TEXT
) STRICT;
CREATE INDEX rechecks_due_at ON rechecks_due (due_at, host);

-- A distinct article with its first text. Rows never change, and ids ascend in commit order.
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
  -- plain text, one paragraph a line
  body TEXT NOT NULL,
  body_from TEXT NOT NULL CHECK (body_from IN ('page', 'feed')),
  words INTEGER NOT NULL,
  image_url TEXT,
  tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
  -- hash of the normalised text, and the method and version that made `body`
  content_hash TEXT NOT NULL,
  extractor TEXT NOT NULL,
  site_name TEXT,
  section TEXT,
  published_precision TEXT CHECK (published_precision IN ('second', 'minute', 'day'))
) STRICT;
CREATE INDEX articles_hash ON articles (content_hash);
CREATE INDEX articles_published ON articles (published_at);
CREATE INDEX articles_site ON articles (site, published_at);
CREATE INDEX articles_of_site ON articles (site);

-- A later text of an article.
CREATE TABLE revisions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  article_id INTEGER NOT NULL REFERENCES articles (id),
  title TEXT,
  body TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  archived_at TEXT NOT NULL,
  words INTEGER,
  extractor TEXT
) STRICT;
CREATE INDEX revisions_article ON revisions (article_id);
CREATE INDEX revisions_hash ON revisions (content_hash);

-- An address or guid, normalised, and the article that it leads to, or the copy of that article.
CREATE TABLE aliases (
  key TEXT PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES articles (id),
  copy_id INTEGER REFERENCES copies (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_copy ON aliases (copy_id) WHERE copy_id IS NOT NULL;

-- The same text elsewhere.
CREATE TABLE copies (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  article_id INTEGER NOT NULL REFERENCES articles (id),
  url TEXT NOT NULL,
  site TEXT NOT NULL,
  title TEXT,
  body TEXT NOT NULL,
  published_at TEXT,
  archived_at TEXT NOT NULL,
  -- how it was found, and the share of the shorter text in the other, 0 to 1
  method TEXT NOT NULL,
  score REAL NOT NULL,
  -- 1 if it has text that the article lacks: later texts are compared with it too
  adds INTEGER NOT NULL DEFAULT 0 CHECK (adds IN (0, 1)),
  -- the article that it was before it was merged, and the article that it became when it was split off
  merged_id INTEGER REFERENCES articles (id),
  split_id INTEGER REFERENCES articles (id),
  published_precision TEXT CHECK (published_precision IN ('second', 'minute', 'day'))
) STRICT;
CREATE INDEX copies_article ON copies (article_id);
CREATE INDEX copies_adding ON copies (article_id) WHERE adds = 1;
CREATE INDEX copies_merged ON copies (merged_id) WHERE merged_id IS NOT NULL;
CREATE INDEX copies_split ON copies (split_id) WHERE split_id IS NOT NULL;

-- The articles in `shingles`. Version 0 is out of date: the text has changed, or the index was emptied.
CREATE TABLE fingerprints (
  article_id INTEGER PRIMARY KEY REFERENCES articles (id),
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX fingerprints_version ON fingerprints (version);

-- Hashes of word sequences, by which articles with a similar text are found.
CREATE TABLE shingles (
  hash INTEGER NOT NULL,
  article_id INTEGER NOT NULL,
  PRIMARY KEY (hash, article_id)
) STRICT, WITHOUT ROWID;

-- A raw page of an article. `part` is its place in an article of several pages.
CREATE TABLE pages (
  article_id INTEGER NOT NULL REFERENCES articles (id),
  part INTEGER NOT NULL DEFAULT 1,
  fetched_at TEXT NOT NULL,
  status INTEGER NOT NULL,
  final_url TEXT NOT NULL,
  headers TEXT NOT NULL CHECK (json_valid(headers)),
  -- compressed with zstandard, and with the dictionary if there is one
  html BLOB NOT NULL,
  dictionary_id INTEGER REFERENCES dictionaries (id),
  PRIMARY KEY (article_id, part)
) STRICT;
CREATE INDEX pages_dictionary ON pages (dictionary_id) WHERE dictionary_id IS NOT NULL;
CREATE INDEX pages_without_dictionary ON pages (article_id, dictionary_id) WHERE dictionary_id IS NULL;

-- What pages of a site are compressed against: a page of it. Empty if none would have paid.
CREATE TABLE dictionaries (
  id INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  trained_at TEXT NOT NULL,
  dictionary BLOB NOT NULL
) STRICT;
CREATE INDEX dictionaries_site ON dictionaries (site);

-- A line that a site repeats, and that is left out of its articles.
CREATE TABLE boilerplate (
  site TEXT NOT NULL,
  line TEXT NOT NULL,
  articles INTEGER NOT NULL,
  learned_at TEXT NOT NULL,
  PRIMARY KEY (site, line)
) STRICT, WITHOUT ROWID;

-- The change log: `seq` ascends in commit order, `id` is that of the row in the table of its kind.
CREATE TABLE changes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('article', 'copy', 'revision')),
  id INTEGER NOT NULL,
  article_id INTEGER NOT NULL
) STRICT;

-- The latest text of each article, without articles that were merged into others.
CREATE VIEW current_articles AS
SELECT a.id, a.url, a.site, coalesce(r.title, a.title) AS title, a.authors, a.published_at, a.published_from,
       a.archived_at, r.archived_at AS revised_at, a.language, a.summary, coalesce(r.body, a.body) AS body, a.body_from,
       coalesce(r.words, a.words) AS words, a.image_url, a.tags,
       coalesce(r.content_hash, a.content_hash) AS content_hash, coalesce(r.extractor, a.extractor) AS extractor,
       a.site_name, a.section, a.published_precision, a.published_at > a.archived_at AS published_ahead
FROM articles a LEFT JOIN revisions r ON r.id = (SELECT max(id) FROM revisions WHERE article_id = a.id)
WHERE NOT EXISTS (SELECT 1 FROM copies c WHERE c.merged_id = a.id AND c.split_id IS NULL);

CREATE VIEW feed_health AS
SELECT f.id, coalesce(f.name, f.title, f.url) AS name, f.url,
       CASE WHEN f.gone_at IS NOT NULL THEN 'gone' WHEN f.active = 0 THEN 'off' WHEN f.polled_at IS NULL THEN 'new'
            WHEN f.failures > 0 THEN 'failing' ELSE 'ok' END AS state,
       f.polled_at, f.changed_at, f.due_at, f.failures, f.last_status, f.last_error,
       count(e.id) AS entries,
       count(CASE WHEN e.outcome IN ('archived', 'revised') THEN 1 END) AS articles,
       count(CASE WHEN e.outcome = 'pending' THEN 1 END) AS pending
FROM feeds f LEFT JOIN entries e ON e.feed_id = f.id GROUP BY f.id;

CREATE VIEW daily_counts AS
SELECT date(at) AS day, count(CASE WHEN kind = 'article' THEN 1 END) AS articles,
       count(CASE WHEN kind = 'copy' THEN 1 END) AS copies, count(CASE WHEN kind = 'revision' THEN 1 END) AS revisions
FROM changes GROUP BY day;

-- The full-text index of `current_articles`, and of articles that were merged.
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

-- The index must be told to delete exactly what was inserted: a revision without a title has the article's.
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
