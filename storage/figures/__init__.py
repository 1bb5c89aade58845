"""The figures of an archive: queries in files, a question each.

Each file is one SELECT over tables and views that README.md describes. Its first comment says in one sentence what it
counts. `:since` and `:until` are instants as text, `:since` inclusive; other parameters are named in the comment.
`ingest report` and `ingest browse` draw them, and any SQLite program runs them.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from storage.rows import Row, Rows


class FigureQueries(Rows):
    def figure(self, name: str, parameters: Mapping[str, object]) -> list[Row]:
        """Return the rows of a figure. Raises KeyError for an unknown name, and ArchiveError."""
        return [dict(row) for row in self._rows(query_of(name), parameters)]


@cache
def query_of(name: str) -> str:
    """Return the SQL of a figure. Raises KeyError for an unknown name."""
    file = files(__name__) / f"{name}.sql"
    if not file.is_file():
        raise KeyError(name)
    return file.read_text(encoding="utf-8").strip()
