"""ingest keeps an archive of the news: it polls feeds, fetches and cleans every article they announce,
recognises what it has already, and appends the rest to one SQLite file.
"""

__version__ = "0.1.0"
