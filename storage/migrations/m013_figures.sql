-- What the figures of a period read: rows by when they came, without the rest of the archive.

CREATE INDEX selectable_archived ON selectable (archived_at, site, language);
CREATE INDEX entries_seen ON entries (first_seen_at, feed_id, outcome);
CREATE INDEX polls_at ON polls (at);
-- with split_id, without which SQLite reads the rows too, past their texts
CREATE INDEX copies_archived ON copies (archived_at, article_id, split_id) WHERE split_id IS NULL;
CREATE INDEX copies_linked ON copies (article_id, site, published_at, archived_at, split_id) WHERE split_id IS NULL;
