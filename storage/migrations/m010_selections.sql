-- What articles are selected by; the search index over a table.

-- A row for each row of current_articles, with its latest text's words and access: a narrow table is read fast.
CREATE TABLE selectable (
  article_id INTEGER PRIMARY KEY REFERENCES articles (id),
  site TEXT NOT NULL,
  language TEXT,
  access TEXT,
  published_at TEXT,
  archived_at TEXT NOT NULL,
  words INTEGER NOT NULL
) STRICT;
INSERT INTO selectable (article_id, site, language, access, published_at, archived_at, words)
  SELECT id, site, language, access, published_at, archived_at, words FROM current_articles;

CREATE TABLE labels (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN
    ('current', 'site', 'language', 'access', 'published', 'archived', 'words', 'tag', 'author', 'feed')),
  label TEXT NOT NULL,
  UNIQUE (kind, label)
) STRICT;

-- The articles that have a label, 64 a row: bit n of `mask` is the article 64 * block + n.
CREATE TABLE postings (
  label_id INTEGER NOT NULL REFERENCES labels (id) ON DELETE CASCADE,
  block INTEGER NOT NULL,
  mask INTEGER NOT NULL,
  PRIMARY KEY (label_id, block)
) STRICT, WITHOUT ROWID;

-- The labels of an article but for its tags, authors and feeds.
CREATE VIEW selectable_labels AS
SELECT article_id, 'current' AS kind, '' AS label FROM selectable
UNION ALL SELECT article_id, 'site', site FROM selectable
UNION ALL SELECT article_id, 'language', coalesce(language, '') FROM selectable
UNION ALL SELECT article_id, 'access', coalesce(access, '') FROM selectable
UNION ALL SELECT article_id, 'published', coalesce(substr(published_at, 1, 10), '') FROM selectable
UNION ALL SELECT article_id, 'archived', substr(archived_at, 1, 10) FROM selectable
UNION ALL SELECT article_id, 'words', CAST(column1 AS TEXT)
  FROM selectable JOIN (
    VALUES (50), (100), (150), (200), (300), (400), (600), (800), (1000), (1500), (2000), (3000), (5000)
  ) ON column1 <= words;

CREATE TEMP TABLE labelled (kind TEXT, label TEXT, article_id INTEGER);
INSERT INTO temp.labelled
  SELECT kind, label, article_id FROM selectable_labels
  UNION ALL SELECT DISTINCT 'tag', folded(t.value), a.id FROM articles a, json_each(a.tags) t
    WHERE t.type = 'text'
  UNION ALL SELECT DISTINCT 'author', folded(t.value), a.id FROM articles a, json_each(a.authors) t
    WHERE t.type = 'text'
  UNION ALL SELECT DISTINCT 'feed', CAST(feed_id AS TEXT), article_id FROM entries WHERE article_id IS NOT NULL;
INSERT INTO labels (kind, label) SELECT DISTINCT kind, label FROM temp.labelled;
INSERT INTO postings (label_id, block, mask)
  SELECT l.id, article_id >> 6, sum(1 << (article_id & 63))
  FROM temp.labelled v CROSS JOIN labels l ON l.kind = v.kind AND l.label = v.label GROUP BY 1, 2;
DROP TABLE temp.labelled;

-- which articles are merged, and into which, without their rows
CREATE INDEX copies_merging ON copies (merged_id, article_id) WHERE merged_id IS NOT NULL AND split_id IS NULL;

-- `selectable` has the rows of current_articles. Labels and the text in the index come and go with its rows.

CREATE TRIGGER selectable_added AFTER INSERT ON selectable BEGIN
  INSERT INTO articles_fts (rowid, title, body)
    SELECT id, title, body FROM current_articles WHERE id = new.article_id;
  INSERT INTO labels (kind, label)
    SELECT kind, label FROM selectable_labels WHERE article_id = new.article_id ON CONFLICT DO NOTHING;
  INSERT INTO postings (label_id, block, mask)
    SELECT l.id, new.article_id >> 6, 1 << (new.article_id & 63)
    FROM selectable_labels v CROSS JOIN labels l ON l.kind = v.kind AND l.label = v.label
    WHERE v.article_id = new.article_id
    ON CONFLICT DO UPDATE SET mask = mask | excluded.mask;
END;

-- Before: afterwards there are no labels of the row. The index must be told the text that it has.
CREATE TRIGGER selectable_removed BEFORE DELETE ON selectable BEGIN
  INSERT INTO articles_fts (articles_fts, rowid, title, body)
    SELECT 'delete', a.id, coalesce(r.title, a.title), coalesce(r.body, a.body)
    FROM articles a LEFT JOIN revisions r ON r.id = (SELECT max(id) FROM revisions WHERE article_id = a.id)
    WHERE a.id = old.article_id;
  UPDATE postings SET mask = mask & ~(1 << (old.article_id & 63))
    WHERE block = old.article_id >> 6 AND label_id IN (
      SELECT l.id FROM selectable_labels v CROSS JOIN labels l ON l.kind = v.kind AND l.label = v.label
      WHERE v.article_id = old.article_id);
END;

DROP TRIGGER article_archived;
CREATE TRIGGER article_archived AFTER INSERT ON articles BEGIN
  INSERT INTO changes (at, kind, id, article_id) VALUES (new.archived_at, 'article', new.id, new.id);
  INSERT INTO selectable (article_id, site, language, access, published_at, archived_at, words)
    VALUES (new.id, new.site, new.language, new.access, new.published_at, new.archived_at, new.words);
END;

CREATE TRIGGER article_removed BEFORE DELETE ON articles BEGIN
  DELETE FROM selectable WHERE article_id = old.id;
  UPDATE postings SET mask = mask & ~(1 << (old.id & 63))
    WHERE block = old.id >> 6 AND label_id IN (SELECT id FROM labels);
  DELETE FROM postings WHERE block = old.id >> 6 AND label_id IN (SELECT id FROM labels) AND mask = 0;
  DELETE FROM labels WHERE NOT EXISTS (SELECT 1 FROM postings WHERE label_id = labels.id);
END;

CREATE TRIGGER revision_coming BEFORE INSERT ON revisions BEGIN
  DELETE FROM selectable WHERE article_id = new.article_id;
END;

DROP TRIGGER revision_archived;
CREATE TRIGGER revision_archived AFTER INSERT ON revisions BEGIN
  INSERT INTO changes (at, kind, id, article_id, cause)
    VALUES (new.archived_at, 'revision', new.id, new.article_id, new.cause);
  INSERT INTO selectable (article_id, site, language, access, published_at, archived_at, words)
    SELECT id, site, language, access, published_at, archived_at, words FROM current_articles
    WHERE id = new.article_id;
END;

CREATE TRIGGER article_merged AFTER INSERT ON copies WHEN new.merged_id IS NOT NULL AND new.split_id IS NULL BEGIN
  DELETE FROM selectable WHERE article_id = new.merged_id;
END;

CREATE TRIGGER article_split AFTER UPDATE OF split_id ON copies
WHEN old.merged_id IS NOT NULL AND old.split_id IS NULL AND new.split_id IS NOT NULL BEGIN
  INSERT INTO selectable (article_id, site, language, access, published_at, archived_at, words)
    SELECT id, site, language, access, published_at, archived_at, words FROM current_articles
    WHERE id = old.merged_id AND NOT EXISTS (SELECT 1 FROM selectable WHERE article_id = old.merged_id);
END;

CREATE TRIGGER merge_removed AFTER DELETE ON copies WHEN old.merged_id IS NOT NULL AND old.split_id IS NULL BEGIN
  INSERT INTO selectable (article_id, site, language, access, published_at, archived_at, words)
    SELECT id, site, language, access, published_at, archived_at, words FROM current_articles
    WHERE id = old.merged_id AND NOT EXISTS (SELECT 1 FROM selectable WHERE article_id = old.merged_id);
END;

-- The access of a text may be found later. Nothing else of `selectable` is ever updated.

CREATE TRIGGER article_access AFTER UPDATE OF access ON articles
WHEN NOT EXISTS (SELECT 1 FROM revisions WHERE article_id = new.id) BEGIN
  UPDATE selectable SET access = new.access WHERE article_id = new.id;
END;

CREATE TRIGGER revision_access AFTER UPDATE OF access ON revisions
WHEN new.id = (SELECT max(id) FROM revisions WHERE article_id = new.article_id) BEGIN
  UPDATE selectable SET access = new.access WHERE article_id = new.article_id;
END;

CREATE TRIGGER selectable_access AFTER UPDATE OF access ON selectable BEGIN
  UPDATE postings SET mask = mask & ~(1 << (old.article_id & 63))
    WHERE block = old.article_id >> 6
      AND label_id = (SELECT id FROM labels WHERE kind = 'access' AND label = coalesce(old.access, ''));
  INSERT INTO labels (kind, label) VALUES ('access', coalesce(new.access, '')) ON CONFLICT DO NOTHING;
  INSERT INTO postings (label_id, block, mask)
    SELECT id, new.article_id >> 6, 1 << (new.article_id & 63)
    FROM labels WHERE kind = 'access' AND label = coalesce(new.access, '')
    ON CONFLICT DO UPDATE SET mask = mask | excluded.mask;
END;

-- The feeds that announced an article. Tags and authors are added by the writer: SQLite folds the case of ASCII only.

CREATE TRIGGER entry_led AFTER INSERT ON entries WHEN new.article_id IS NOT NULL BEGIN
  INSERT INTO labels (kind, label) VALUES ('feed', CAST(new.feed_id AS TEXT)) ON CONFLICT DO NOTHING;
  INSERT INTO postings (label_id, block, mask)
    SELECT id, new.article_id >> 6, 1 << (new.article_id & 63)
    FROM labels WHERE kind = 'feed' AND label = CAST(new.feed_id AS TEXT)
    ON CONFLICT DO UPDATE SET mask = mask | excluded.mask;
END;

CREATE TRIGGER entry_moved AFTER UPDATE OF article_id ON entries WHEN new.article_id IS NOT old.article_id BEGIN
  UPDATE postings SET mask = mask & ~(1 << (old.article_id & 63))
    WHERE block = old.article_id >> 6
      AND label_id = (SELECT id FROM labels WHERE kind = 'feed' AND label = CAST(old.feed_id AS TEXT))
      AND NOT EXISTS (SELECT 1 FROM entries WHERE article_id = old.article_id AND +feed_id = old.feed_id);
  INSERT INTO labels (kind, label)
    SELECT 'feed', CAST(new.feed_id AS TEXT) WHERE new.article_id IS NOT NULL ON CONFLICT DO NOTHING;
  INSERT INTO postings (label_id, block, mask)
    SELECT id, new.article_id >> 6, 1 << (new.article_id & 63)
    FROM labels WHERE kind = 'feed' AND label = CAST(new.feed_id AS TEXT) AND new.article_id IS NOT NULL
    ON CONFLICT DO UPDATE SET mask = mask | excluded.mask;
END;

CREATE TRIGGER entry_removed AFTER DELETE ON entries WHEN old.article_id IS NOT NULL BEGIN
  UPDATE postings SET mask = mask & ~(1 << (old.article_id & 63))
    WHERE block = old.article_id >> 6
      AND label_id = (SELECT id FROM labels WHERE kind = 'feed' AND label = CAST(old.feed_id AS TEXT))
      AND NOT EXISTS (SELECT 1 FROM entries WHERE article_id = old.article_id AND +feed_id = old.feed_id);
END;
