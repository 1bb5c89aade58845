"""The archive's tables, views, indexes and triggers, and how a file gets from one version to the next.

Migrations are append-only: a released one is never edited. Each runs in one transaction with its record.
A list (authors, tags) is a JSON array in text; an instant is text, `YYYY-MM-DDTHH:MM:SSZ`.
"""

import sqlite3

from sqlite_utils import Database, Migrations

from storage import passwords
from storage.connection import APPLICATION_ID

migrations = Migrations("archive")


def migrate(connection: sqlite3.Connection) -> None:
    """Brings the file to SCHEMA_VERSION; a file that is there already is not written to."""
    database = Database(connection, strict=True, execute_plugins=False)
    if migrations.pending(database):
        # Before the first table: a file whose making was cut short is known as ours.
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations.apply(database)
    passwords.rewrite(connection)


def _run(database: Database, script: str) -> None:
    """Each statement of `script` by itself: `executescript` would commit the migration's transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            database.execute(statement)
            statement = ""


@migrations()
def m001_archive(database: Database) -> None:
    database.execute("PRAGMA user_version = 1")
    _run(database, FEEDS_AND_ENTRIES)
    _run(database, ARTICLES)
    _run(database, CHANGES_AND_SEARCH)
    _run(database, VIEWS)


@migrations()
def m002_cleaning(database: Database) -> None:
    database.execute("PRAGMA user_version = 2")
    _run(database, PAGES_AND_FURNITURE)
    _run(database, CURRENT_TEXTS)


@migrations()
def m003_same_or_not(database: Database) -> None:
    database.execute("PRAGMA user_version = 3")
    _run(database, FINGERPRINTS)
    _run(database, DECISIONS)
    _run(database, REISSUES)
    _run(database, LOOKS)


@migrations()
def m004_no_passwords(database: Database) -> None:
    database.execute("PRAGMA user_version = 4")
    passwords.take_out(database.conn)


@migrations()
def m005_names_of_copies(database: Database) -> None:
    database.execute("PRAGMA user_version = 5")
    _run(database, NAMES_OF_COPIES)


@migrations()
def m006_precision(database: Database) -> None:
    database.execute("PRAGMA user_version = 6")
    _run(database, PRECISION)


@migrations()
def m007_rechecks(database: Database) -> None:
    database.execute("PRAGMA user_version = 7")
    _run(database, RECHECKS)


FEEDS_AND_ENTRIES = """
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
"""

ARTICLES = """
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
"""

CHANGES_AND_SEARCH = """
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
"""

VIEWS = """
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
"""

PAGES_AND_FURNITURE = """
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
"""

CURRENT_TEXTS = """
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
"""

FINGERPRINTS = """
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
"""

DECISIONS = """
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
"""

REISSUES = """
ALTER TABLE entries ADD COLUMN reissued INTEGER NOT NULL DEFAULT 0 CHECK (reissued IN (0, 1));
"""

LOOKS = """
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
"""

NAMES_OF_COPIES = """
ALTER TABLE entries ADD COLUMN copy_id INTEGER REFERENCES copies (id);
ALTER TABLE aliases ADD COLUMN copy_id INTEGER REFERENCES copies (id);
CREATE INDEX entries_copy ON entries (copy_id) WHERE copy_id IS NOT NULL;
CREATE INDEX aliases_copy ON aliases (copy_id) WHERE copy_id IS NOT NULL;
CREATE INDEX copies_split ON copies (split_id) WHERE split_id IS NOT NULL;
"""

PRECISION = """
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
"""

RECHECKS = """
ALTER TABLE looks_due RENAME TO rechecks_due;
DROP INDEX looks_due_at;
CREATE INDEX rechecks_due_at ON rechecks_due (due_at, host);
ALTER TABLE entries RENAME COLUMN looks TO rechecks;
ALTER TABLE entries RENAME COLUMN looked_at TO rechecked_at;

ALTER TABLE furniture RENAME TO boilerplate;
DROP INDEX pages_plain;
CREATE INDEX pages_without_dictionary ON pages (article_id, dictionary_id) WHERE dictionary_id IS NULL;
"""
