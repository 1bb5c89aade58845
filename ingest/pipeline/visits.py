"""One page of an article: get it and clean it in a worker, or say why not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus

from ingest import schedule
from ingest.dedupe.urls import canonical_url, is_home_page, url_key
from ingest.errors import FetchError, HostBusy, Refused, WorkError
from ingest.hosts import site
from ingest.pipeline.context import GOOD, Context
from ingest.text.markup import clean_line
from ingest.web.headers import retry_after_at
from ingest.web.response import NotModified, Response, Validators
from ingest.web.sniffing import non_page_type
from ingest.workers.tasks import ExtractedPage
from storage.pages import NewPage
from storage.records import Outcome, PendingEntry, SiteProfile

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
HTML_TYPES = ("", "text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain")
TRY_AGAIN = frozenset(
    {206, 304, 401, 403, 404, 408, 409, 421, 423, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 530}
)
WALLS = frozenset({401, 402, 403, 407, 511})
LONGEST_TYPE = 100  # characters, in a reason
KEPT_HEADERS = ("content-type", "content-language", "last-modified", "etag", "date", "x-robots-tag", "link")

Clean = Callable[..., ExtractedPage | None]
"""In a worker: body, final address, content type, entry, now; `known` of the site → the page, None when it is none of
the article's."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why the page gave no article, and whether another try may; `busy_until` when the host asked for the wait."""

    outcome: Outcome
    reason: str
    try_again: bool = False
    status: int | None = None
    not_before: datetime | None = None
    busy_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A page that was had; `page` is what is kept of it, `keys` (`url_key`) are the addresses it answers to."""

    final_url: str
    keys: tuple[str, ...]
    cleaned: ExtractedPage | None
    page: NewPage | None


async def visit(
    url: str, clean: Clean, pending: PendingEntry, context: Context, now: datetime, validators: Validators | None = None
) -> Visit | Shortfall:
    """A page that is as `validators` have it falls short with status 304."""
    entry = pending.addressed.entry
    try:
        asked = context.url_for(pending.feed_url, url)
        response = await context.client.get(asked, accept=ACCEPT, robots=True, validators=validators)
    except HostBusy as error:
        return Shortfall(Outcome.FAILED, error.cause, busy_until=error.until)
    except Refused as error:
        return Shortfall(Outcome.REFUSED, error.cause)
    except FetchError as error:
        return Shortfall(Outcome.FAILED, error.cause, try_again=True)
    if isinstance(response, NotModified):
        return Shortfall(Outcome.KNOWN, "the page has not changed", status=HTTPStatus.NOT_MODIFIED)
    shortfall = _shortfall_of(response, url, context.clock())
    if shortfall:
        return shortfall
    try:
        job = partial(clean, known=await site_profile(site(response.final_url), context))
        cleaned = await context.pool.run(job, response.body, response.final_url, response.content_type, entry, now)
    except WorkError as error:
        return Shortfall(Outcome.FAILED, f"cleaning the page {error.cause}", try_again=True)
    page = None
    if cleaned and cleaned.html:
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        page = NewPage(now, response.status, response.final_url, headers, cleaned.html, cleaned.dictionary_id)
    return Visit(response.final_url, keys_of(url, response.final_url), cleaned, page)


def next_try(shortfall: Shortfall, tries: int, most: int, context: Context) -> datetime | None:
    """When, after so many failed tries of at most so many; None when there is no other.

    Counted from now: the page may have waited long for its turn.
    """
    if shortfall.busy_until and tries < most:
        return shortfall.busy_until
    if not shortfall.try_again or tries + 1 >= most:
        return None
    return schedule.retry_at(
        context.clock(),
        tries,
        status=shortfall.status,
        retry_after_at=shortfall.not_before,
        jitter=context.rng.random(),
    )


async def site_profile(host: str, context: Context) -> SiteProfile:
    return await context.writer(lambda archive: archive.site_profile(host))


def keys_of(*urls: str) -> tuple[str, ...]:
    """What the addresses are compared by (`url_key`), each once."""
    return tuple(dict.fromkeys(url_key(canonical) for url in urls if (canonical := canonical_url(url))))


def _shortfall_of(response: Response, url: str, now: datetime) -> Shortfall | None:
    """What is wrong with an answer before anybody looks into its body (pure)."""
    status = response.status
    if status not in GOOD:
        outcome = Outcome.WALLED if status in WALLS else Outcome.FAILED
        not_before = retry_after_at(response.headers.get("retry-after", ""), now)
        return Shortfall(outcome, f"the page answered HTTP {status}", status in TRY_AGAIN, status, not_before)
    content_type = clean_line(response.content_type or "").partition(";")[0].strip().lower()[:LONGEST_TYPE]
    if content_type not in HTML_TYPES:
        return Shortfall(Outcome.REFUSED, f"not a page but {content_type}")
    if nature := non_page_type(response.body):
        return Shortfall(Outcome.REFUSED, f"not a page but {nature}")
    if is_home_page(response.final_url) and not is_home_page(url):
        return Shortfall(Outcome.NO_TEXT, f"redirected to the home page {response.final_url}")
    return None
