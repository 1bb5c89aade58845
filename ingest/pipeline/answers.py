"""What an answer means that is not a page of an article, judged before its body is parsed (pure)."""

from datetime import datetime

from ingest.dedupe.urls import is_home_page
from ingest.pipeline.context import GOOD_STATUSES
from ingest.pipeline.fetched import Shortfall
from ingest.text.markup import clean_line
from ingest.web.botcheck import bot_check
from ingest.web.headers import retry_after_at
from ingest.web.response import Response
from ingest.web.sniffing import non_page_type
from storage.records import Outcome

HTML_TYPES = ("", "text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain")
RETRY_STATUSES = frozenset(
    {206, 304, 401, 403, 404, 408, 409, 421, 423, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 530}
)
WALL_STATUSES = frozenset({401, 402, 403, 407, 511})
MAX_TYPE_CHARS = 100  # in a reason


def no_page(response: Response, url: str, now: datetime) -> Shortfall | None:
    """Return why a response cannot be a page of the article, before its body is parsed."""
    status = response.status
    not_before = retry_after_at(response.headers.get("retry-after", ""), now)
    if vendor := bot_check(status, response.headers, response.body):
        reason = f"the page is a bot check by {vendor} (HTTP {status})"
        return Shortfall(Outcome.WALLED, reason, status in RETRY_STATUSES, status, not_before)
    if status not in GOOD_STATUSES:
        outcome = Outcome.WALLED if status in WALL_STATUSES else Outcome.FAILED
        return Shortfall(outcome, f"the page answered HTTP {status}", status in RETRY_STATUSES, status, not_before)
    content_type = clean_line(response.content_type or "").partition(";")[0].strip().lower()[:MAX_TYPE_CHARS]
    if content_type not in HTML_TYPES:
        return Shortfall(Outcome.REFUSED, f"not a page but {content_type}")
    if real_type := non_page_type(response.body):
        return Shortfall(Outcome.REFUSED, f"not a page but {real_type}")
    if is_home_page(response.final_url) and not is_home_page(url):
        return Shortfall(Outcome.NO_TEXT, f"redirected to the home page {response.final_url}")
    return None
