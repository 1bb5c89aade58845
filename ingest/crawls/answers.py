"""The HTTP answers of a crawl, and where each of them is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ingest.errors import IngestError


class CrawlError(IngestError):
    """A crawl, or the rest of it, cannot be read. `position` is the end of what could be read, "" for nothing."""

    def __init__(self, cause: str, position: str = "") -> None:
        super().__init__(cause, position)
        self.cause = cause
        self.position = position

    def __str__(self) -> str:
        return self.cause


class Unreadable(IngestError):
    """This process cannot read an answer's body where it should be: the file is on another machine, or has changed."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer is: any process that has the file can read its body there.

    `offset` is where its record begins in the file, or its compressed member or frame. `id` is the record's, so that
    another file of that name is noticed. `size_bytes` is about the size of the body.
    """

    path: str
    offset: int
    id: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer of a crawl, or a saved page, without its body (`reading.read_body`).

    `url` is absolute http(s), "" if it is unknown. `fetched_at` is the instant of the crawl. Header names are
    lower-case, as in `web.response.Response`; a name that occurs several times has its values joined by ", ".
    `position` is where reading goes on after this answer.
    """

    id: str
    url: str
    fetched_at: datetime | None
    status: int
    headers: Mapping[str, str]
    place: Place
    position: str
    ip_address: str | None = None
