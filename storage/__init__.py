"""The archive: one SQLite file of feeds, entries, articles, and what happened to each.

Later stages may use this package without `ingest`: `storage.reader` reads, `storage.exports` writes other formats.
Only `storage.archive` changes rows.
"""
