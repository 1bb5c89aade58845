"""The HTTP answers of a crawl, and where each of them is."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
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


class BadBody(IngestError):
    """An answer's body is damaged, cut or too large in the crawl: it is so for any process that reads it."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def too_large(max_bytes: int) -> BadBody:
    return BadBody(f"the body is larger than {max_bytes / 1024**2:.3g} MiB (web.max_bytes)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer is: any process that has the file can read its body there.

    `offset` is where its record begins in the file, or its compressed member or frame. `id` is the record's, so that
    another file of that name is noticed. `size_bytes` is about the size of the body, as the crawl has it. A saved page
    is the file itself.
    """

    path: str
    offset: int
    id: str
    size_bytes: int
    is_saved_page: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer of a crawl, or a saved page, without its body (`reading.read_body`).

    `url` is absolute http(s), "" if it is unknown. `fetched_at` is the instant of the crawl. Header names are
    lower-case, as in `web.response.Response`; a name that occurs several times has its values joined by ", ".
    `position` is where reading goes on after this answer. `truncated` says why the crawl has only the beginning of the
    body ("length", "time", "disconnect"), "" if it has all of it.
    """

    id: str
    url: str
    fetched_at: datetime | None
    status: int
    headers: Mapping[str, str]
    place: Place
    position: str
    ip_address: str | None = None
    truncated: str = ""


class Reading(Iterator[Answer]):
    """The answers of a crawl, one by one. Raises CrawlError at damage, after all answers before it.

    `position` is where reading has come, past what is not an answer too. At the end of a folder of saved pages it is
    "", for pages that are added may stand anywhere. `read_bytes` is about how many of the crawl's bytes were read.
    `skipped` counts, by reason, what might have been an answer.
    """

    def __init__(self, answers: "Callable[[Reading], Iterator[Answer]]") -> None:
        self.position = ""
        self.read_bytes = 0
        self.skipped: Counter[str] = Counter()
        self._answers = answers(self)

    def __next__(self) -> Answer:
        return next(self._answers)
