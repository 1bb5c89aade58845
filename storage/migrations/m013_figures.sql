-- What the figures of a period read: rows by when they came, without the rest of the archive.

CREATE INDEX selectable_archived ON selectable (archived_at, site, language);
CREATE INDEX entries_seen ON entries (first_seen_at, feed_id, outcome);
CREATE INDEX polls_at ON polls (at);
CREATE INDEX copies_archived ON copies (archived_at) WHERE split_id IS NULL;
CREATE INDEX copies_linked ON copies (article_id, site, archived_at) WHERE split_id IS NULL;
CREATE INDEX revisions_archived ON revisions (archived_at);
