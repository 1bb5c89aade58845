-- The rule that filtered an entry.

ALTER TABLE entries ADD COLUMN rule TEXT;
ALTER TABLE entries ADD COLUMN rule_hash TEXT;
-- With the outcome, so that counting by rule reads the index alone.
CREATE INDEX entries_filtered ON entries (rule, outcome) WHERE outcome = 'filtered';
