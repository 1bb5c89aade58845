"""The requests of the article stage, answered from a crawl."""

from urllib.parse import urljoin

from ingest.backfill.inventory import Inventory, is_redirect
from ingest.crawls.answers import Answer, BadBody
from ingest.crawls.reading import read_body
from ingest.errors import FetchError, Unreachable
from ingest.pipeline.context import CrawledResponse
from ingest.web.client import MAX_REDIRECTS
from ingest.web.request import RequestOptions
from ingest.web.response import Validators


class CrawledPages:
    """Has the answer in question at its own address, and the crawl's first answers at all others."""

    def __init__(self, answer: Answer, inventory: Inventory, max_bytes: int) -> None:
        self._answer = answer
        self._inventory = inventory
        self._max_bytes = max_bytes

    async def get(
        self,
        url: str,
        *,
        accept: str,  # noqa: ARG002 (a crawl has what it has)
        validators: Validators | None = None,  # noqa: ARG002
        robots: bool = False,  # noqa: ARG002 (the crawler asked)
        request: RequestOptions | None = None,  # noqa: ARG002
    ) -> CrawledResponse:
        """Return the crawl's response, of any status. Raises FetchError if there is none, or a damaged one."""
        answer = self._answer if url == self._answer.url else self._find(url)
        try:
            body = read_body(answer.place, self._max_bytes)
        except BadBody as error:
            raise FetchError(url, str(error)) from error
        return CrawledResponse(
            url,
            answer.url,
            None,
            answer.status,
            answer.headers,
            body,
            0,
            ip_address=answer.ip_address,
            place=answer.place,
        )

    def _find(self, url: str) -> Answer:
        at = url
        for _ in range(MAX_REDIRECTS):
            answer = self._inventory.find(at)
            if answer is None:
                break
            if not is_redirect(answer):
                return answer
            at = urljoin(answer.url, answer.headers.get("location", ""))
        raise Unreachable(url, "is not in the crawl")
