"""The article stage: one pending entry to its end, or to its next try.

get       the entry's page, unless its feed is trusted with the text or the page is not its own
clean     in a worker: page → article without what its site repeats, its hash, the page compressed
record    article, known or the reason why not, in one transaction with the entry's outcome; what the site repeats
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ingest import schedule
from ingest.articles.repeats import repeated
from ingest.dedupe.urls import canonical_url, is_home_page, site, trusted_canonical, url_key
from ingest.errors import FetchError, HostBusy, Refused, WorkError
from ingest.pipeline.parts import AFTER_A_FAULT, GOOD, Parts
from ingest.web.headers import retry_after_at
from ingest.web.response import Response
from ingest.workers import CleanedPage, clean_page, take_from_feed
from storage.archive import Archive
from storage.records import KnownOfSite, NewArticle, NewPage, Outcome, PendingEntry

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
HTML_TYPES = ("", "text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain")
TRY_AGAIN = frozenset(
    {401, 403, 404, 408, 409, 421, 423, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 530}
)
WALLS = frozenset({401, 402, 403, 407, 511})
SAME_TEXT_WORDS = 5  # a shorter text ("Watch the video.") may stand on many pages without being one article
TEASER_WORDS = 20
LOOKED_BACK = 25  # articles of the site, among which a new one's lines may repeat: 0.5 ms in an archive of 10,000
KEPT_HEADERS = ("content-type", "content-language", "last-modified", "etag", "date", "x-robots-tag", "link")


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why the page gave no article, and whether another try may."""

    outcome: Outcome
    reason: str
    try_again: bool = False
    status: int | None = None
    not_before: datetime | None = None


Record = Callable[[Archive, PendingEntry], tuple[Outcome, str | None]]


def claim(
    archive: Archive, host: str, now: datetime, *, limit: int, ids: Collection[int], keys: Collection[str]
) -> tuple[list[PendingEntry], list[int]]:
    """The host's next entries to work on, and the feed ids of those that were settled on the way as known.

    `ids` and `keys` (`url_key`) are being worked on already: an entry with the same address waits, and will
    be known when its turn comes.
    """
    claimed: list[PendingEntry] = []
    known: list[int] = []
    taken = set(keys)
    for pending in archive.pending_entries(host, now, limit=limit, besides=ids):
        key = key_of(pending)
        if key and key in taken:
            continue
        article_id = archive.article_at([key]) if key else None
        if article_id is None:
            claimed.append(pending)
            taken.add(key or "")
        else:
            archive.settle(pending.id, Outcome.KNOWN, article_id=article_id, reason="this address is archived")
            known.append(pending.feed_id)
    return claimed, known


def key_of(pending: PendingEntry) -> str | None:
    url = pending.addressed.canonical_url
    return url_key(url) if url else None


async def work_on(pending: PendingEntry, parts: Parts) -> None:
    """Never raises but for the archive's sake: an entry ends, or waits for its next try, with a reason."""
    now = parts.clock()
    addressed = pending.addressed
    record: Record
    if not addressed.canonical_url or not addressed.entry.url:
        record = partial(
            _record_shortfall, shortfall=Shortfall(Outcome.NO_TEXT, "the entry has neither a link nor a text")
        )
    elif pending.article == "feed" or addressed.entry.shared_url:
        record = await _from_feed(pending, parts, now, None)
    else:
        record = await _from_page(pending, addressed.entry.url, parts, now)
    await _carry_out(record, pending, parts)


async def record_fault(pending: PendingEntry, parts: Parts, reason: str) -> None:
    """After a fault of ours: another try while there are tries, then the end."""
    record: Record = partial(_record_shortfall, shortfall=Shortfall(Outcome.FAILED, reason))
    if pending.tries + 1 < parts.limits.tries:
        record = partial(_postpone, due_at=parts.clock() + AFTER_A_FAULT, reason=reason, tried=True)
    await _carry_out(record, pending, parts)


async def _carry_out(record: Record, pending: PendingEntry, parts: Parts) -> None:
    outcome, reason = await parts.writer(lambda archive: record(archive, pending))
    for observer in parts.observers:
        if outcome is Outcome.PENDING:
            observer.postponed(pending.feed_id, reason or "")
        else:
            observer.settled(pending.feed_id, outcome)


async def _from_page(pending: PendingEntry, url: str, parts: Parts, now: datetime) -> Record:
    try:
        response = await parts.client.get(url, accept=ACCEPT, robots=True)
    except HostBusy as error:
        if pending.tries < parts.limits.tries:
            return partial(_postpone, due_at=error.until, reason=error.cause, tried=False)
        return await _fall_back(pending, parts, now, Shortfall(Outcome.FAILED, error.cause))
    except Refused as error:
        return await _fall_back(pending, parts, now, Shortfall(Outcome.REFUSED, error.cause))
    except FetchError as error:
        return await _fall_back(pending, parts, now, Shortfall(Outcome.FAILED, error.cause, try_again=True))
    assert isinstance(response, Response)
    shortfall = _shortfall_of(response, url, now)
    if shortfall:
        return await _fall_back(pending, parts, now, shortfall)
    keep = parts.limits.keep_pages
    known = await _known_of(site(response.final_url), parts)
    job = partial(clean_page, keep=keep, known=known)
    try:
        cleaned = await parts.pool.run(
            job, response.body, response.final_url, response.content_type, pending.addressed.entry, now
        )
    except WorkError as error:
        shortfall = Shortfall(Outcome.FAILED, f"cleaning the page {error.cause}", try_again=True)
        return await _fall_back(pending, parts, now, shortfall)
    page = None
    if keep and cleaned.html:
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        page = NewPage(now, response.status, response.final_url, headers, cleaned.html, cleaned.dictionary_id)
    return partial(_record_article, cleaned=cleaned, final_url=response.final_url, page=page, now=now, note=None)


def _shortfall_of(response: Response, url: str, now: datetime) -> Shortfall | None:
    """What is wrong with an answer before anybody looks into its body (pure)."""
    status = response.status
    if status not in GOOD:
        outcome = Outcome.WALLED if status in WALLS else Outcome.FAILED
        not_before = retry_after_at(response.headers.get("retry-after", ""), now)
        return Shortfall(outcome, f"the page answered HTTP {status}", status in TRY_AGAIN, status, not_before)
    content_type = (response.content_type or "").partition(";")[0].strip().lower()
    if content_type not in HTML_TYPES:
        return Shortfall(Outcome.REFUSED, f"not a page but {content_type}")
    if is_home_page(response.final_url) and not is_home_page(url):
        return Shortfall(Outcome.NO_TEXT, f"redirected to the home page {response.final_url}")
    return None


async def _fall_back(pending: PendingEntry, parts: Parts, now: datetime, shortfall: Shortfall) -> Record:
    """Another try while there are tries; then the feed's own text where it has one."""
    if shortfall.try_again and pending.tries + 1 < parts.limits.tries:
        due_at = schedule.retry_at(
            now,
            pending.tries,
            status=shortfall.status,
            retry_after_at=shortfall.not_before,
            jitter=parts.rng.random(),
        )
        return partial(_postpone, due_at=due_at, reason=shortfall.reason, tried=True)
    if pending.addressed.entry.content:
        return await _from_feed(pending, parts, now, shortfall)
    return partial(_record_shortfall, shortfall=shortfall)


async def _from_feed(pending: PendingEntry, parts: Parts, now: datetime, shortfall: Shortfall | None) -> Record:
    """The feed's own text; if that is none either, or a teaser, the page's `shortfall` stands."""
    known = await _known_of(site(pending.addressed.canonical_url or ""), parts)
    try:
        cleaned = await parts.pool.run(take_from_feed, pending.addressed.entry, now, known)
    except WorkError as error:
        return partial(_record_shortfall, shortfall=Shortfall(Outcome.FAILED, f"reading the feed's text {error.cause}"))
    if shortfall and (cleaned.extraction.verdict != "article" or cleaned.extraction.words < TEASER_WORDS):
        return partial(_record_shortfall, shortfall=shortfall)
    note = f"{shortfall.reason}; the text is the feed's" if shortfall else None
    return partial(_record_article, cleaned=cleaned, final_url=None, page=None, now=now, note=note)


async def _known_of(host: str, parts: Parts) -> KnownOfSite:
    return await parts.writer(lambda archive: archive.known_of(host))


def _postpone(
    archive: Archive, pending: PendingEntry, *, due_at: datetime, reason: str, tried: bool
) -> tuple[Outcome, str]:
    archive.postpone(pending.id, due_at, reason=reason, tried=tried)
    return Outcome.PENDING, reason


def _record_shortfall(archive: Archive, pending: PendingEntry, *, shortfall: Shortfall) -> tuple[Outcome, str]:
    archive.settle(pending.id, shortfall.outcome, reason=shortfall.reason)
    return shortfall.outcome, shortfall.reason


def _record_article(
    archive: Archive,
    pending: PendingEntry,
    *,
    cleaned: CleanedPage,
    final_url: str | None,
    page: NewPage | None,
    now: datetime,
    note: str | None,
) -> tuple[Outcome, str | None]:
    """One article for one address, and one for one text; else it is new."""
    extraction = cleaned.extraction
    url = pending.addressed.canonical_url
    assert url is not None
    keys = [url_key(url)]
    if final_url and (final := canonical_url(final_url)):
        url = final
        keys.append(url_key(final))

    article_id = archive.article_at(keys)
    if article_id is not None:
        return _settle_known(archive, pending, article_id, keys, "this address is archived")
    if extraction.verdict != "article":
        outcome = Outcome.WALLED if extraction.verdict == "walled" else Outcome.NO_TEXT
        archive.settle(pending.id, outcome, reason=extraction.reason)
        return outcome, extraction.reason
    article_id = None
    if extraction.words >= SAME_TEXT_WORDS:
        article_id = archive.article_with(cleaned.content_hash) or archive.article_with(cleaned.whole_hash)
    if article_id is not None:
        return _settle_known(archive, pending, article_id, keys, f"the same text as {archive.article_url(article_id)}")

    # What the page says of its own address is believed only where no other article has it: templates
    # that name one address for all pages would hide articles behind the first.
    claimed = trusted_canonical(final_url, extraction.canonical_url) if final_url else None
    if claimed and archive.article_at([url_key(claimed)]) is None:
        url = claimed
        keys.append(url_key(claimed))
    article = NewArticle(
        url=url,
        site=site(url),
        title=extraction.title,
        authors=extraction.authors,
        published_at=extraction.published_at,
        published_from=extraction.published_from,
        language=extraction.language,
        summary=extraction.summary,
        body=extraction.body,
        body_from=extraction.body_from,
        words=extraction.words,
        image_url=extraction.image_url,
        tags=extraction.tags,
        content_hash=cleaned.content_hash,
        extractor=extraction.extractor,
    )
    article_id = archive.add_article(article, page, now)
    archive.add_aliases(article_id, keys)
    archive.settle(pending.id, Outcome.ARCHIVED, article_id=article_id, reason=note)
    archive.add_furniture(article.site, repeated(archive.last_bodies(article.site, LOOKED_BACK)), now)
    return Outcome.ARCHIVED, note


def _settle_known(
    archive: Archive, pending: PendingEntry, article_id: int, keys: list[str], reason: str
) -> tuple[Outcome, str]:
    archive.add_aliases(article_id, keys)
    archive.settle(pending.id, Outcome.KNOWN, article_id=article_id, reason=reason)
    return Outcome.KNOWN, reason
