"""The articles of an export, read as they are written."""

from array import array
from collections.abc import Iterator

from storage.reader import Reader
from storage.rows import Row
from storage.selection import Selection

COLUMNS = (
    "id url site title authors published_at published_from archived_at revised_at language summary body body_from words"
    " image_url tags content_hash extractor site_name section published_precision published_ahead markdown access"
    " access_reason"
).split()
"""The columns of `current_articles`, which are those of an exported row."""


class ExportRefused(Exception):
    """`str()` is a sentence: why there is no export, and what to do."""


class Articles:
    """An iterable of rows, ids ascending. `count` is how many were read.

    An export of pages counts those that it has pages of, and those `without_pages`; `damaged` are pages that cannot be
    read, in words. A format that compresses does so if `compressed`.
    """

    def __init__(
        self, archive: Reader, ids: "array[int]", selection: Selection, *, raw: bool = False, compressed: bool = True
    ) -> None:
        self.archive = archive
        self.ids = ids
        self.selection = selection
        self.raw = raw
        self.compressed = compressed
        self.count = 0
        self.without_pages = 0
        self.damaged: list[str] = []

    def __iter__(self) -> Iterator[Row]:
        return self._counted(self.archive.rows_of(self.ids))

    def newest_first(self) -> Iterator[Row]:
        return self._counted(self.archive.rows_of(self.ids, newest_first=True))

    def _counted(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            self.count += 1
            yield row
