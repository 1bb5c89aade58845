-- What the next poll of a feed need not read again.

-- the entries of a feed's last document, 24 bytes each, big-endian: 8 of a digest of its source, 8 of the entry's id,
-- 4 of a checksum of its guid and 4 of one of its page, 0 for none
CREATE TABLE documents (
  feed_id INTEGER PRIMARY KEY REFERENCES feeds (id),
  -- of the way in which entries are read
  version INTEGER NOT NULL,
  -- a digest of the bytes before and after the entries
  frame BLOB NOT NULL,
  entries BLOB NOT NULL
) STRICT;
