-- Hooks and what they could not deliver, alerts, the jobs of the calendar, and the calendars of feeds.

-- one row: what tells this archive's events from those of others
CREATE TABLE identity (
  archive_id TEXT NOT NULL
) STRICT;
INSERT INTO identity (archive_id) SELECT lower(hex(randomblob(8)));

CREATE TABLE hooks (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  added_at TEXT NOT NULL,
  -- cursors: what is not greater was left out, delivered, or is in `deliveries`
  change_seq INTEGER NOT NULL,
  alert_seq INTEGER NOT NULL,
  delivered INTEGER NOT NULL DEFAULT 0,
  delivered_at TEXT,
  -- of the last try
  last_status INTEGER,
  last_error TEXT,
  -- when the receiver said that it wants no more
  stopped_at TEXT
) STRICT;

CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hook_id INTEGER NOT NULL REFERENCES hooks (id) ON DELETE CASCADE,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'dead')),
  -- of its events: changes, or alert_events
  source TEXT NOT NULL CHECK (source IN ('changes', 'alert_events')),
  seqs TEXT NOT NULL,
  created_at TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  due_at TEXT,
  tried_at TEXT,
  status INTEGER,
  error TEXT
) STRICT;
CREATE INDEX deliveries_hook ON deliveries (hook_id, state, id);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'pending';

CREATE TABLE alerts (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  reason TEXT NOT NULL,
  began_at TEXT NOT NULL,
  ended_at TEXT,
  -- of site_short_texts: the median before
  usual_words INTEGER
) STRICT;
CREATE UNIQUE INDEX alerts_open ON alerts (kind, subject) WHERE ended_at IS NULL;

CREATE TABLE alert_events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('began', 'ended')),
  alert_id INTEGER NOT NULL REFERENCES alerts (id)
) STRICT;
CREATE TRIGGER alert_began AFTER INSERT ON alerts BEGIN
  INSERT INTO alert_events (at, kind, alert_id) VALUES (new.began_at, 'began', new.id);
END;
CREATE TRIGGER alert_ended AFTER UPDATE OF ended_at ON alerts
WHEN old.ended_at IS NULL AND new.ended_at IS NOT NULL BEGIN
  INSERT INTO alert_events (at, kind, alert_id) VALUES (new.ended_at, 'ended', new.id);
END;

-- What the last entries of each site brought. Not more than four an hour: one batch says little about a site.
CREATE TABLE site_texts (
  site TEXT NOT NULL,
  entry_id INTEGER NOT NULL,
  hour TEXT NOT NULL,
  outcome TEXT NOT NULL,
  words INTEGER,
  judged INTEGER NOT NULL DEFAULT 0 CHECK (judged IN (0, 1)),
  PRIMARY KEY (site, entry_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX site_texts_new ON site_texts (site) WHERE judged = 0;
CREATE TRIGGER entry_ended AFTER UPDATE OF outcome ON entries
WHEN old.outcome = 'pending' AND new.tombstone_id IS NULL
  AND new.outcome IN ('archived', 'copy', 'no_text', 'walled', 'failed', 'refused') BEGIN
  INSERT OR REPLACE INTO site_texts (site, entry_id, hour, outcome, words)
    SELECT site, new.id, hour, new.outcome,
           (SELECT words FROM selectable WHERE new.outcome = 'archived' AND article_id = new.article_id)
    FROM (SELECT iif(new.host GLOB 'www.*', substr(new.host, 5), new.host) AS site,
                 substr(new.first_seen_at, 1, 13) AS hour) AS ended
    WHERE (SELECT count(*) FROM site_texts s WHERE s.site = ended.site AND s.hour = ended.hour) < 4;
END;

CREATE TABLE jobs (
  name TEXT PRIMARY KEY,
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  schedule TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  due_at TEXT,
  -- of the last run
  began_at TEXT,
  ended_at TEXT,
  result TEXT,
  error TEXT,
  -- the cursor of an export of changes
  change_seq INTEGER
) STRICT;

ALTER TABLE feeds ADD COLUMN schedule TEXT;
ALTER TABLE feeds ADD COLUMN time_zone TEXT;
