"""Crawls: the answers of each, and the body of an answer at its place."""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal

from ingest.crawls import pages, wacz, warc
from ingest.crawls.answers import CrawlError, Place, Reading
from ingest.crawls.bodies import read_record

Kind = Literal["warc", "wacz", "pages"]


@dataclass(frozen=True, slots=True)
class Crawl:
    """A WARC or WACZ file, or a folder of saved pages. `path` is absolute.

    `key` recognises a file that was moved, was renamed or has grown, and a folder by its path. Two files that begin
    alike may share it: a position of one is not a position of the other.
    """

    path: str
    kind: Kind
    size_bytes: int
    key: str

    def answers(self, after: str = "") -> Reading:
        """Read the answers after a position (`Answer.position` or `Reading.position`), "" for all."""
        if self.kind == "pages":
            return Reading(partial(pages.answers, self.path, after))
        return Reading(partial(warc.answers, self.path, self._ranges_of, after))

    def is_at_end(self, position: str) -> bool:
        """Return whether nothing follows a position at which reading ended: the file has not grown since.

        Pages may have been added to a folder anywhere: it is read again from the beginning.
        """
        return self.kind != "pages" and warc.is_at_end(self.path, self._ranges_of, position)

    @property
    def _ranges_of(self) -> Callable[[BinaryIO, str], Sequence[warc.Range]]:
        return wacz.warc_ranges if self.kind == "wacz" else warc.warc_range


def open_crawl(path: str) -> Crawl:
    """Recognise a WARC or WACZ file by its first bytes. Raises CrawlError with the cause if it is neither."""
    path = os.path.abspath(path)  # noqa: PTH100 (resolves no links)
    try:
        with Path(path).open("rb") as file:
            size_bytes = os.fstat(file.fileno()).st_size
            if not size_bytes:
                raise CrawlError(f"{path} is empty")
            if wacz.is_zip(file.read(4)):
                return Crawl(path, "wacz", size_bytes, wacz.key(file, path))
            return Crawl(path, "warc", size_bytes, warc.key(file, path))
    except OSError as error:
        raise CrawlError(f"{path} cannot be read: {error.strerror or error}") from error


def open_folder(path: str) -> Crawl | None:
    """Return the saved pages of a folder as a crawl, None if there are none."""
    if not pages.has_pages(path):
        return None
    key = hashlib.sha256(os.path.realpath(path).encode()).hexdigest()
    return Crawl(path, "pages", pages.size_bytes(path), key)


def read_body(place: Place, max_bytes: int) -> bytes:
    """Return the decoded body of an answer.

    Raises Unreadable if the answer is not at its place for this process, BadBody if its body cannot be used anywhere.
    """
    return pages.read_saved(place, max_bytes) if place.is_saved_page else read_record(place, max_bytes)


@dataclass(frozen=True, slots=True)
class BodyAt:
    """Reads the body of an answer, up to `max_bytes`, when it is called, wherever that is (`read_body`)."""

    place: Place
    max_bytes: int

    @property
    def size_bytes(self) -> int:
        return self.place.size_bytes

    def __call__(self) -> bytes:
        return read_body(self.place, self.max_bytes)
