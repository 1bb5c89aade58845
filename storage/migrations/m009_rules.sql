-- The rule that filtered an entry.

ALTER TABLE entries ADD COLUMN rule TEXT;
ALTER TABLE entries ADD COLUMN rule_hash TEXT;
CREATE INDEX entries_filtered ON entries (rule) WHERE outcome = 'filtered';
