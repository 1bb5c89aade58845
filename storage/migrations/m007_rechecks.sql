-- `rechecks` and `boilerplate` get their names.

ALTER TABLE looks_due RENAME TO rechecks_due;
DROP INDEX looks_due_at;
CREATE INDEX rechecks_due_at ON rechecks_due (due_at, host);
ALTER TABLE entries RENAME COLUMN looks TO rechecks;
ALTER TABLE entries RENAME COLUMN looked_at TO rechecked_at;

ALTER TABLE furniture RENAME TO boilerplate;
DROP INDEX pages_plain;
CREATE INDEX pages_without_dictionary ON pages (article_id, dictionary_id) WHERE dictionary_id IS NULL;
