"""The archive: one SQLite file of feeds, entries, articles, and what happened to each.

Later stages may use this package without `ingest`: `storage.reader` for looking, `storage.export` for
taking out. Only `storage.archive` changes rows.
"""
