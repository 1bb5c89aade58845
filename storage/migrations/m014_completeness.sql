-- When feeds bring entries, what may have been missed of them, and which have fallen silent.

ALTER TABLE feeds ADD COLUMN due_reason TEXT;
ALTER TABLE feeds ADD COLUMN skip_hours TEXT NOT NULL DEFAULT '[]';
ALTER TABLE feeds ADD COLUMN skip_days TEXT NOT NULL DEFAULT '[]';
-- of the last document that had entries: how many, and the poll that read it, which is their `last_seen_at`
ALTER TABLE feeds ADD COLUMN window_size INTEGER;
ALTER TABLE feeds ADD COLUMN window_at TEXT;
ALTER TABLE feeds ADD COLUMN silence_s INTEGER;
ALTER TABLE feeds ADD COLUMN silent_at TEXT;
ALTER TABLE feeds ADD COLUMN empty_at TEXT;
ALTER TABLE feeds ADD COLUMN alternate_url TEXT;
ALTER TABLE feeds ADD COLUMN repeats_id INTEGER REFERENCES feeds (id);

CREATE TABLE rhythms (
  feed_id INTEGER PRIMARY KEY REFERENCES feeds (id),
  learned_at TEXT NOT NULL,
  entries INTEGER NOT NULL,
  per_day REAL NOT NULL,
  -- JSON arrays of weights of mean 1: 24 hours in UTC, 7 days from Monday on
  hours TEXT NOT NULL,
  weekdays TEXT NOT NULL
) STRICT;

CREATE TABLE gaps (
  id INTEGER PRIMARY KEY,
  feed_id INTEGER NOT NULL REFERENCES feeds (id),
  from_at TEXT NOT NULL,
  to_at TEXT NOT NULL,
  entries INTEGER NOT NULL,
  evidence TEXT NOT NULL CHECK (evidence IN ('nothing_shared', 'newest_missing')),
  noticed_at TEXT NOT NULL,
  found INTEGER NOT NULL DEFAULT 0,
  closed_at TEXT
) STRICT;
CREATE INDEX gaps_of_feed ON gaps (feed_id, noticed_at);
CREATE INDEX gaps_open ON gaps (feed_id, to_at) WHERE closed_at IS NULL;
CREATE INDEX gaps_noticed ON gaps (noticed_at);

DROP VIEW feed_health;
CREATE VIEW feed_health AS
SELECT id, coalesce(name, title, url) AS name, url,
       CASE WHEN gone_at IS NOT NULL THEN 'gone' WHEN active = 0 THEN 'off' WHEN polled_at IS NULL THEN 'new'
            WHEN failures > 0 THEN 'failing' WHEN empty_at IS NOT NULL THEN 'empty'
            WHEN silent_at IS NOT NULL THEN 'silent' ELSE 'ok' END AS state,
       polled_at, changed_at, due_at, due_reason, failures, last_status, last_error, silent_at, empty_at, alternate_url,
       (SELECT coalesce(o.name, o.title, o.url) FROM feeds o WHERE o.id = f.repeats_id) AS repeats,
       (SELECT count(outcome) FROM entries WHERE feed_id = f.id) AS entries,
       (SELECT count(*) FROM entries WHERE feed_id = f.id AND outcome IN ('archived', 'revised')) AS articles,
       (SELECT count(*) FROM entries WHERE feed_id = f.id AND outcome = 'pending') AS pending,
       (SELECT count(*) FROM gaps WHERE feed_id = f.id AND closed_at IS NULL) AS gaps,
       (SELECT coalesce(sum(max(entries - found, 0)), 0) FROM gaps WHERE feed_id = f.id AND closed_at IS NULL) AS missed
FROM feeds f;
