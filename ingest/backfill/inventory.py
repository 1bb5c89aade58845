"""Which answer of a crawl is at which address: for articles of several pages, and for redirects."""

from contextlib import suppress
from hashlib import blake2b
from http import HTTPStatus

from ingest.crawls.answers import Answer, CrawlError
from ingest.crawls.reading import Crawl
from ingest.dedupe.urls import canonical_url, url_key

HTML_TYPES = ("", "text/html", "application/xhtml+xml")


class Inventory:
    """The answers of a crawl, from one pass over their headers, up to the first damage. `pages` counts the pages,
    `skipped` (by reason) what cannot be read as an answer.

    It takes some 200 bytes of memory for each.
    """

    def __init__(self, crawl: Crawl) -> None:
        self.crawl = crawl
        self.pages = 0
        self._before: dict[bytes, str] = {}  # the position before the first answer of an address
        before = ""
        answers = crawl.answers()
        with suppress(CrawlError):
            for answer in answers:
                is_page = is_html(answer)
                self.pages += is_page
                if (is_page or is_redirect(answer)) and (key := _key(answer.url)):
                    self._before.setdefault(key, before)
                before = answer.position
        self.skipped = answers.skipped

    def find(self, url: str) -> Answer | None:
        """Return the first page or redirect at the address."""
        key = _key(url)
        before = self._before.get(key) if key else None
        return None if before is None else next(iter(self.crawl.answers(before)))


def is_html(answer: Answer) -> bool:
    """Return whether an answer becomes an entry: an HTML page, of an article or not, or an error in HTML."""
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return content_type in HTML_TYPES and not is_redirect(answer) and answer.status >= HTTPStatus.OK


def is_redirect(answer: Answer) -> bool:
    return HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST


def _key(url: str) -> bytes | None:
    canonical = canonical_url(url)
    return blake2b(url_key(canonical).encode(), digest_size=8).digest() if canonical else None
