-- What the figures of a period read: rows by when they came, without the rest of the archive.

CREATE INDEX selectable_archived ON selectable (archived_at, site, language);
CREATE INDEX entries_seen ON entries (first_seen_at, feed_id, outcome);
CREATE INDEX polls_at ON polls (at, outcome, entries_new, bytes);
-- with split_id, without which SQLite reads the rows too, past their texts
CREATE INDEX copies_archived ON copies (archived_at, article_id, site, split_id) WHERE split_id IS NULL;
CREATE INDEX copies_linked ON copies (article_id, site, published_at, archived_at, split_id) WHERE split_id IS NULL;
CREATE INDEX revisions_archived ON revisions (archived_at);

-- What `feed_health` counts, without the entries themselves.
CREATE INDEX entries_outcomes ON entries (feed_id, outcome);
DROP VIEW feed_health;
CREATE VIEW feed_health AS
SELECT id, coalesce(name, title, url) AS name, url,
       CASE WHEN gone_at IS NOT NULL THEN 'gone' WHEN active = 0 THEN 'off' WHEN polled_at IS NULL THEN 'new'
            WHEN failures > 0 THEN 'failing' ELSE 'ok' END AS state,
       polled_at, changed_at, due_at, failures, last_status, last_error,
       (SELECT count(outcome) FROM entries WHERE feed_id = f.id) AS entries,
       (SELECT count(*) FROM entries WHERE feed_id = f.id AND outcome IN ('archived', 'revised')) AS articles,
       (SELECT count(*) FROM entries WHERE feed_id = f.id AND outcome = 'pending') AS pending
FROM feeds f;
