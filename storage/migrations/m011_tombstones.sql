-- Tombstones of articles that were taken out for good, and the change that says so.

CREATE TABLE tombstones (
  id INTEGER PRIMARY KEY,
  article_id INTEGER UNIQUE,
  forgotten_at TEXT NOT NULL,
  erased_at TEXT
) STRICT;

CREATE TABLE tombstone_keys (
  key TEXT PRIMARY KEY,
  tombstone_id INTEGER NOT NULL REFERENCES tombstones (id)
) STRICT, WITHOUT ROWID;

ALTER TABLE entries ADD COLUMN tombstone_id INTEGER REFERENCES tombstones (id);
CREATE INDEX entries_forgotten ON entries (tombstone_id) WHERE tombstone_id IS NOT NULL;

ALTER TABLE dictionaries ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1));

-- without them, each revision and copy that goes would be looked for in all of `media`
CREATE INDEX media_revision ON media (revision_id) WHERE revision_id IS NOT NULL;
CREATE INDEX media_copy ON media (copy_id) WHERE copy_id IS NOT NULL;

-- `changes` may hold 'forgotten'. Views and triggers name the table: it is renamed without a check of them.
CREATE TABLE remade_changes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('article', 'copy', 'revision', 'forgotten')),
  id INTEGER NOT NULL,
  article_id INTEGER NOT NULL,
  -- of a revision
  cause TEXT CHECK (cause IN ('edit', 'reclean'))
) STRICT;
INSERT INTO remade_changes (seq, at, kind, id, article_id, cause)
  SELECT seq, at, kind, id, article_id, cause FROM changes ORDER BY seq;
-- the greatest number ever given, though its row may be gone
DELETE FROM sqlite_sequence WHERE name = 'remade_changes';
INSERT INTO sqlite_sequence (name, seq) SELECT 'remade_changes', seq FROM sqlite_sequence WHERE name = 'changes';
DROP TABLE changes;
PRAGMA legacy_alter_table = ON;
ALTER TABLE remade_changes RENAME TO changes;
PRAGMA legacy_alter_table = OFF;

CREATE TRIGGER article_forgotten AFTER INSERT ON tombstones WHEN new.article_id IS NOT NULL BEGIN
  INSERT INTO changes (at, kind, id, article_id)
    VALUES (new.forgotten_at, 'forgotten', new.article_id, new.article_id);
END;
