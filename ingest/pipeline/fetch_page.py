"""Fetch the article of an entry: its pages, or its feed's text.

An article continues on the page that each page names as its next. It ends where the next page is missing, already
read, on another site, part of another article, empty, or archived as an article of its own.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus

from ingest.crawls.reading import BodyAt
from ingest.dedupe.url_junk import without_junk
from ingest.dedupe.urls import canonical_url
from ingest.errors import FetchError, HostBusy, Refused, WorkError
from ingest.hosts import host_key, same_publisher, site
from ingest.pipeline.answers import no_page
from ingest.pipeline.context import RETRY_AFTER_BUG, CrawledResponse, FetchContext
from ingest.pipeline.fetched import Fetched, Shortfall, keys_of
from ingest.pipeline.stored_pages import extract, extract_stored
from ingest.schedule.entries import retry_at
from ingest.text.markup import clean_line
from ingest.web.headers import retry_after_at, without_secrets
from ingest.web.response import NotModified, Validators
from ingest.workers.tasks import ExtractedPage, PageTask, extract_from_feed
from storage.content import Content, CurrentText
from storage.pages import NewPage, StoredPage
from storage.reader import Queries
from storage.records import Outcome, PendingEntry, SiteProfile

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
# Of a later page, besides 5xx; a 404 comes back too seldom to keep the article waiting.
LATER_RETRY_STATUSES = frozenset({408, 421, 425, 429})
NOT_FOUND_STATUSES = frozenset({400, 404, 410})
MAX_ADDRESS_CHARS = 200  # in a reason
MAX_PAGES = 20  # long reviews have up to fifteen; a longer document is a gallery, a forum or a book
MAX_BYTES = 1024 * 1024  # of compressed pages, some 35 kB each: they are in memory until the last one is fetched
RECHECK_TRIES = 3
TEASER_WORDS = 20  # a shorter text of the feed does not stand in for a page that cannot be fetched


@dataclass(frozen=True, slots=True)
class Policy:
    """How an article is fetched: for the first time, or at a recheck.

    `site` is the site whose boilerplate is removed from the feed's text. `feed_stands_in`: after the last try, the
    feed's text is taken. `stored` are the kept pages of the article's latest text. `announced`: a feed says that the
    page is an article's; of a page of a crawl, that is judged.
    """

    tries: int
    site: str
    keep_pages: bool
    feed_stands_in: bool = True
    is_recheck: bool = False
    stored: Sequence[StoredPage] = ()
    trace: bool = False
    announced: bool = True

    @property
    def validators(self) -> Validators | None:
        if not self.stored:
            return None
        headers = self.stored[0].headers
        return Validators(headers.get("etag"), headers.get("last-modified"), self.stored[0].final_url)


async def fetch_article(
    pending: PendingEntry, context: FetchContext, now: datetime, *, trace: bool = False, announced: bool = True
) -> Fetched | Shortfall:
    """Fetch the article of an entry. Return the reason, and when to try again, if that fails.

    `trace`: the article says of each block of its pages why it is in the text or not (`ExtractedPage.blocks`).
    `announced` is that of the policy.
    """
    if not pending.canonical_url or not pending.url:
        return Shortfall(Outcome.NO_TEXT, "the entry has neither a link nor a text")
    settings, article_id = context.settings, pending.article_id
    keep_pages = settings.archive.keep_pages
    policy = Policy(settings.articles.tries, site(pending.canonical_url), keep_pages, trace=trace, announced=announced)
    if article_id is not None:
        article, pages = await context.writer.read(lambda archive: _archived(archive, article_id))
        if article is None:
            return Shortfall(Outcome.KNOWN, "its article is a copy of another")
        stands_in = article.body_from == "feed"
        policy = Policy(RECHECK_TRIES, site(article.url), keep_pages, stands_in, is_recheck=True, stored=pages)
    fetch = _Fetch(pending, policy, context, now)
    is_of_feed = pending.article_from == "feed" or pending.shared_url
    fetched = await (fetch.from_feed() if is_of_feed else fetch.from_pages(pending.url))
    if policy.stored and isinstance(fetched, Fetched):
        return replace(fetched, stored_body=await fetch.stored_body())
    return fetched


def pending_at(url: str, feed_url: str) -> PendingEntry:
    """Return an entry that has an address and nothing else. Its page is fetched, whatever its feed gives."""
    return PendingEntry(
        guid="",
        url=url,
        title=None,
        canonical_url=canonical_url(url),
        host=host_key(url),
        id=0,
        feed_id=0,
        feed_url=feed_url,
        article_from="page",
        tries=0,
    )


def after_fault(pending: PendingEntry, context: FetchContext, fault: Exception) -> Shortfall:
    """Return the shortfall after a fault of ours, with another try if tries are left."""
    tries = context.settings.articles.tries if pending.article_id is None else RECHECK_TRIES
    due_at = context.clock() + RETRY_AFTER_BUG if pending.tries + 1 < tries else None
    return Shortfall(Outcome.FAILED, f"a fault in ingest: {fault!r}", due_at=due_at)


@dataclass(frozen=True, slots=True)
class _Fetch:
    """The fetch of one entry's article."""

    pending: PendingEntry
    policy: Policy
    context: FetchContext
    now: datetime

    async def from_pages(self, url: str) -> Fetched | Shortfall:
        """Fetch the pages. After the last try, take the pages that could be fetched, or else the feed's text."""
        found = await self._pages(url)
        shortfall = found if isinstance(found, Shortfall) else found.shortfall
        if shortfall is None:
            return found
        if self.policy.is_recheck and shortfall.status == HTTPStatus.NOT_MODIFIED:
            return shortfall
        if due_at := self._next_try(shortfall):
            return replace(shortfall, due_at=due_at)
        if isinstance(found, Fetched):
            return shortfall if self.policy.is_recheck else found
        if not self.pending.content or not self.policy.feed_stands_in:
            return shortfall
        article = await self.from_feed()
        if self.policy.is_recheck or isinstance(article, Shortfall):
            return article
        if article.content.verdict != "article" or article.content.words < TEASER_WORDS:
            return shortfall
        return replace(article, shortfall=replace(shortfall, reason=f"{shortfall.reason}; the text is the feed's"))

    async def from_feed(self) -> Fetched | Shortfall:
        profile = await self._site_profile(self.policy.site)
        try:
            return Fetched(await self.context.pool.run(extract_from_feed, self.pending, profile))
        except WorkError as error:
            return Shortfall(Outcome.FAILED, f"reading the feed's text {error.cause}")

    async def stored_body(self) -> str | None:
        """Extract the stored pages by today's method and with what the feed says now: neither is an edit."""
        pages, method, context = self.policy.stored, self.context.settings.articles.method, self.context
        profile = await self._site_profile(site(pages[0].final_url))
        try:
            stored = (pages, self.pending, profile, method, context.config.sites, context.pool, self.now)
            return (await extract_stored(*stored)).content.body
        except WorkError:
            return None

    async def _pages(self, url: str) -> Fetched | Shortfall:
        """Fetch the first page and the pages that the article continues on, and join them."""
        found, tidy = await self._page(url), without_junk(url)
        is_missing = isinstance(found, Shortfall) and found.status in NOT_FOUND_STATUSES
        if is_missing and tidy != url and not self.policy.is_recheck and self.policy.announced:
            found = await self._page(tidy)
        if isinstance(found, Shortfall):
            return found
        page, extracted = found
        assert extracted
        article = Fetched(extracted, (page,), extracted)
        while (next_url := self._next_url(article)) and await self._is_new(next_url, article):
            size_bytes = len(article.content.body) + sum(len(page.html) for page in article.pages)
            if len(article.pages) >= MAX_PAGES or size_bytes > MAX_BYTES:
                most = f"{MAX_PAGES} pages and {MAX_BYTES // 1024} KiB of them"
                return _broken_off(article, Shortfall(Outcome.FAILED, f"no more than {most} are asked for"))
            found = await self._page(next_url, article.content)
            if isinstance(found, Shortfall):
                return _broken_off(article, found)
            page, extracted = found
            if extracted is None or not same_publisher(article.pages[0].final_url, page.final_url):
                break
            if extracted.content.verdict != "article":
                return _broken_off(article, Shortfall(Outcome.FAILED, extracted.content.reason or "it has no text"))
            extracted = replace(extracted, blocks=(*article.extracted.blocks, *extracted.blocks))
            article = replace(article, extracted=extracted, pages=(*article.pages, page))
        return article

    def _next_url(self, article: Fetched) -> str | None:
        """Return the article's next page, None if the site's settings leave it out.

        A recheck of an article of several pages fetches them all: one page of it is no edit.
        """
        wanted = self.context.config.sites.of(site(article.pages[0].final_url)).next_pages
        return article.content.next_url if wanted or len(self.policy.stored) > 1 else None

    async def _page(self, url: str, so_far: Content | None = None) -> tuple[NewPage, ExtractedPage | None] | Shortfall:
        """Fetch a page and extract it in a worker. Follow one redirect by <meta>; the target is then the page.

        An unchanged page is a shortfall with status 304.
        """
        found = await self._page_at(url, url, so_far)
        if isinstance(found, Shortfall) or not (found[1] and (target := found[1].content.refresh_url)):
            return found
        found = await self._page_at(target, url, so_far)
        if isinstance(found, Shortfall):
            reason = f"the page leads on to {clean_line(target)[:MAX_ADDRESS_CHARS]}: {found.reason}"
            return found if found.status == HTTPStatus.NOT_MODIFIED else replace(found, reason=reason)
        page, extracted = found
        if extracted and extracted.content.refresh_url and extracted.content.verdict != "article":
            reason = f"{extracted.content.reason}; only one such redirect is followed"
            extracted = replace(extracted, content=replace(extracted.content, reason=reason))
        return page, extracted

    async def _page_at(
        self, address: str, url: str, so_far: Content | None
    ) -> tuple[NewPage, ExtractedPage | None] | Shortfall:
        """Fetch the page at `address` for the link `url`, and extract it."""
        client, request = self.context.client, self.context.requests.get(self.pending.feed_url)
        validators = None if so_far else self.policy.validators
        try:
            response = await client.get(address, accept=ACCEPT, robots=True, validators=validators, request=request)
        except HostBusy as error:
            return Shortfall(Outcome.FAILED, error.cause, busy_until=error.until)
        except Refused as error:
            return Shortfall(Outcome.REFUSED, error.cause)
        except FetchError as error:
            return Shortfall(Outcome.FAILED, error.cause, try_again=True)
        if isinstance(response, NotModified):
            return Shortfall(Outcome.KNOWN, "the page has not changed", status=HTTPStatus.NOT_MODIFIED)
        if shortfall := no_page(response, url, self.context.clock()):
            return shortfall
        task = PageTask(
            response.final_url,
            response.content_type,
            self.pending,
            self.now,
            self.context.settings.articles.method,
            await self._site_profile(site(response.final_url)),
            self.policy.keep_pages,
            so_far,
            trace=self.policy.trace,
            announced=self.policy.announced,
        )
        body: bytes | Callable[[], bytes] = response.body
        if isinstance(response, CrawledResponse):
            body = BodyAt(response.place, self.context.settings.web.max_bytes)
            response = replace(response, body=b"")  # so that many fit into memory
        try:
            extracted = await extract(body, task, self.context.config.sites, self.context.pool)
        except WorkError as error:
            return Shortfall(Outcome.FAILED, f"cleaning the page {error.cause}", try_again=True)
        if extracted and _is_fault(extracted.content):
            not_before = retry_after_at(response.headers.get("retry-after", ""), self.context.clock())
            status = HTTPStatus.SERVICE_UNAVAILABLE
            return Shortfall(Outcome.NO_TEXT, extracted.content.reason or "", True, status, not_before)
        headers = without_secrets(response.headers)
        html, dictionary_id = (extracted.html, extracted.dictionary_id) if extracted else (b"", None)
        page = NewPage(
            self.now, response.status, response.final_url, headers, html, dictionary_id, url, response.ip_address
        )
        return page, extracted

    async def _is_new(self, url: str, article: Fetched) -> bool:
        """Return whether a next page is on the site, not yet read, not another archived article, and not forgotten."""
        keys, first = keys_of(url), article.pages[0]
        read = {*keys_of(first.url, first.final_url), *article.later_keys}
        if not same_publisher(first.final_url, url) or not read.isdisjoint(keys):
            return False
        if await self.context.writer.read(lambda archive: archive.tombstone_at(keys)):
            return False
        at_url = await self.context.writer.read(lambda archive: archive.article_at(keys))
        return at_url in (None, self.pending.article_id)

    async def _site_profile(self, host: str) -> SiteProfile:
        return await self.context.writer.read(lambda archive: archive.site_profile(host))

    def _next_try(self, shortfall: Shortfall) -> datetime | None:
        """Return when to try again, counted from now: the page may have waited long for its turn."""
        tries = self.pending.tries
        if shortfall.busy_until and tries < self.policy.tries:
            return shortfall.busy_until
        if not shortfall.try_again or tries + 1 >= self.policy.tries:
            return None
        return retry_at(
            self.context.clock(),
            tries,
            status=shortfall.status,
            retry_after_at=shortfall.not_before,
            jitter=self.context.rng.random(),
        )


def _archived(archive: Queries, article_id: int) -> tuple[CurrentText | None, list[StoredPage]]:
    """Return an article, None if it is merged into another, and the kept pages of its latest text."""
    article = archive.current_text(article_id)
    if article:
        with suppress(ValueError):  # a page is damaged
            return article, archive.current_pages(article_id)
    return article, []


def _is_fault(content: Content) -> bool:
    """Return whether the page says that its site is out of order, whatever its status."""
    if content.verdict != "no_text":
        return False
    from ingest.articles.error_pages import is_fault  # its patterns take as long to load as this whole room

    return is_fault(content.reason)


def _broken_off(article: Fetched, why: Shortfall) -> Fetched:
    status = why.status
    is_soon = status is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in LATER_RETRY_STATUSES
    reason = f"page {len(article.pages) + 1} of the article is missing: {why.reason}"
    return replace(article, shortfall=replace(why, reason=reason, try_again=why.try_again and is_soon))
