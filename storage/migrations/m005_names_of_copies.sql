-- Aliases and entries of a copy go with it when it is split off.

ALTER TABLE entries ADD COLUMN copy_id INTEGER REFERENCES copies (id);
ALTER TABLE aliases ADD COLUMN copy_id INTEGER REFERENCES copies (id);
CREATE INDEX entries_copy ON entries (copy_id) WHERE copy_id IS NOT NULL;
CREATE INDEX aliases_copy ON aliases (copy_id) WHERE copy_id IS NOT NULL;
CREATE INDEX copies_split ON copies (split_id) WHERE split_id IS NOT NULL;
