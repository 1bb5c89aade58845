"""Crawls: the answers of each, and the body of an answer at its place."""

import os
from dataclasses import dataclass
from functools import partial
from typing import Literal

from ingest.crawls import wacz, warc
from ingest.crawls.answers import CrawlError, Place, Reading
from ingest.crawls.bodies import read_record
from ingest.crawls.wacz import is_zip

Kind = Literal["warc", "wacz", "pages"]


@dataclass(frozen=True, slots=True)
class Crawl:
    """A WARC or WACZ file, or a folder of saved pages. `path` is absolute.

    `key` recognises a file that was moved, was renamed or has grown, and a folder by its path.
    """

    path: str
    kind: Kind
    size_bytes: int
    key: str

    def answers(self, after: str = "") -> Reading:
        """Read the answers after a position (`Answer.position` or `Reading.position`), "" for all."""
        ranges_of = wacz.warc_ranges if self.kind == "wacz" else warc.warc_range
        return Reading(partial(warc.answers, self.path, ranges_of, after))


def open_crawl(path: str) -> Crawl:
    """Recognise a WARC or WACZ file by its first bytes. Raises CrawlError with the cause if it is neither."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (a path may have any bytes)
            size_bytes = os.fstat(file.fileno()).st_size
            if not size_bytes:
                raise CrawlError(f"{path} is empty")
            if is_zip(file.read(4)):
                return Crawl(path, "wacz", size_bytes, wacz.key(file, path))
            return Crawl(path, "warc", size_bytes, warc.key(file, path))
    except OSError as error:
        raise CrawlError(f"{path} cannot be read: {error.strerror or error}") from error


def read_body(place: Place, max_bytes: int) -> bytes:
    """Return the decoded body of an answer.

    Raises Unreadable if the answer is not at its place for this process, BadBody if its body cannot be used anywhere.
    """
    return read_record(place, max_bytes)
