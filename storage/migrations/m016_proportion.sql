-- What the next poll of a feed need not read again.

-- the entries of a feed's last document, 16 bytes each: a digest of its source and, big-endian, the entry's id
CREATE TABLE documents (
  feed_id INTEGER PRIMARY KEY REFERENCES feeds (id),
  -- of the way in which entries are read
  version INTEGER NOT NULL,
  -- a digest of what stands around the entries
  frame BLOB NOT NULL,
  entries BLOB NOT NULL
) STRICT;
