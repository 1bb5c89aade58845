-- Polls of feeds by day, by how they ended, and the bytes of the documents that came. A 304 has none.
SELECT date(at) AS day, count(*) AS polls, sum(outcome = 'parsed') AS parsed, sum(outcome = 'not_modified') AS not_modified,
       sum(outcome = 'same_body') AS same_body, sum(outcome IN ('failed', 'gone')) AS failed,
       sum(outcome = 'deferred') AS deferred, sum(entries_new) AS new_entries, sum(bytes) AS bytes
FROM polls WHERE at >= :since AND at < :until GROUP BY 1 ORDER BY 1;
