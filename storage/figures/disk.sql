-- The size of the file, and the part of it that is free for what comes next, in bytes.
SELECT page_count * page_size AS file_bytes, freelist_count * page_size AS free_bytes
FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size();
