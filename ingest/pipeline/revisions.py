"""Another look at an article whose entry its feed has edited.

ask       its page, if that is not as it was kept (conditional GET), and what it goes on over; or the feed's own text
compare   with the text as it stands, and with the page as it was kept, cleaned alike: words, without boilerplate,
          counters and dates; what is lost is no edit
record    the revision, or why the text stays, in one transaction with the look's end
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from http import HTTPStatus

from ingest.articles.boilerplate import without
from ingest.dedupe.material import material_change
from ingest.dedupe.titles import same_title
from ingest.errors import WorkError
from ingest.hosts import site
from ingest.pipeline.context import RETRY_AFTER_BUG, Context, Observer
from ingest.pipeline.visits import Shortfall, next_try, site_profile, visit
from ingest.pipeline.whole import Whole, extract_stored, follow
from ingest.text.words import fold, likeness
from ingest.web.response import Validators
from ingest.workers.tasks import extract_page, take_from_feed
from storage.archive import Archive
from storage.articles import CurrentText
from storage.pages import StoredPage
from storage.records import NewEntry, NewRevision, Outcome, PendingEntry

TRIES = 3  # of one look
LEAST_SHARE = 0.4  # of the words there are; a text with fewer has been put behind a wall, or taken down
LEAST_LIKENESS = 0.5  # of what a new address has to what there is; one pair of unrelated articles in a hundred has 0.33

Record = Callable[[Archive, PendingEntry], Outcome | None]
"""What the entry has become, None when it stays what it was."""


async def work_on(pending: PendingEntry, context: Context) -> None:
    """Never raises but for the archive's sake: a look ends, or waits for its next try; the article is there anyhow."""
    now = context.clock()
    text, pages = await context.writer(partial(_standing, pending=pending))
    entry = pending.addressed.entry
    if text is None:
        await _carry_out(partial(_end, at=now, reason="its article is a copy of another"), pending, context)
        return
    if pending.article == "feed" or entry.shared_url or not entry.url:
        found = await _from_feed(pending, text, context, now)
    else:
        found = await _from_page(pending, entry.url, text, pages, context, now)
    if isinstance(found, Whole):
        record: Record = partial(_compare, found=found, at=now, kept=await _kept(pages, entry, context, now))
    elif found.status == HTTPStatus.NOT_MODIFIED:
        record = partial(_end, at=now, reason=None)
    else:
        record = _after(found, pending, context, now)
    await _carry_out(record, pending, context)


async def record_fault(pending: PendingEntry, context: Context, reason: str) -> None:
    """After a fault of ours: another try while there are tries, then the look's end."""
    now = context.clock()
    record: Record = partial(_end, at=now, reason=reason)
    if pending.tries + 1 < TRIES:
        record = partial(_postpone, due_at=now + RETRY_AFTER_BUG)
    await _carry_out(record, pending, context)


async def _carry_out(record: Record, pending: PendingEntry, context: Context) -> None:
    def notify(observer: Observer, outcome: Outcome | None) -> None:
        if outcome:
            observer.settled(pending.feed_id, outcome)

    await context.record(lambda archive: record(archive, pending), notify)


def _standing(archive: Archive, pending: PendingEntry) -> tuple[CurrentText | None, list[StoredPage]]:
    """The article's text, None where it is merged into another, and the pages of its first text that were kept."""
    assert pending.article_id
    text = archive.current_text(pending.article_id)
    return text, archive.readable_pages(pending.article_id) if text and not text.edited else []


async def _kept(pages: Sequence[StoredPage], entry: NewEntry, context: Context, now: datetime) -> str | None:
    """What today's method makes of the kept pages with what the feed says now: neither is an edit of the site's."""
    if not pages:
        return None
    try:
        known = await site_profile(site(pages[0].final_url), context)
        return (await extract_stored(pages, entry, known, context.limits.method, context.pool, now)).content.body
    except WorkError:
        return None


async def _from_page(
    pending: PendingEntry, url: str, text: CurrentText, pages: Sequence[StoredPage], context: Context, now: datetime
) -> Whole | Shortfall:
    entry = pending.addressed.entry
    clean = partial(extract_page, method=context.limits.method, keep=False)
    told = pages[0].headers if pages else {}
    validators = Validators(told.get("etag"), told.get("last-modified"), pages[0].final_url) if pages else None
    first = await visit(url, clean, pending, context, now, validators)
    if isinstance(first, Shortfall):
        no_more = next_try(first, pending.tries, TRIES, context) is None
        is_fallen_back = text.body_from == "feed" and entry.content and first.status != HTTPStatus.NOT_MODIFIED
        return await _from_feed(pending, text, context, now) if no_more and is_fallen_back else first
    whole = await follow(first, clean, pending, context, now)
    return whole.shortfall or whole


async def _from_feed(pending: PendingEntry, text: CurrentText, context: Context, now: datetime) -> Whole | Shortfall:
    known = await site_profile(site(text.url), context)
    try:
        return Whole(await context.pool.run(take_from_feed, pending.addressed.entry, now, known))
    except WorkError as error:
        return Shortfall(Outcome.FAILED, f"reading the feed's text {error.cause}")


def _after(shortfall: Shortfall, pending: PendingEntry, context: Context, now: datetime) -> Record:
    due_at = next_try(shortfall, pending.tries, TRIES, context)
    return partial(_postpone, due_at=due_at) if due_at else partial(_end, at=now, reason=shortfall.reason)


def _compare(
    archive: Archive, pending: PendingEntry, *, found: Whole, at: datetime, kept: str | None
) -> Outcome | None:
    assert pending.article_id
    text = archive.current_text(pending.article_id)
    if text is None:
        return _end(archive, pending, at=at, reason="its article is a copy of another")
    new, content_hash = found.cleaned.content, found.cleaned.content_hash
    reason = _lost(text, found) or _elsewhere(archive, text, found)
    if reason:
        return _end(archive, pending, at=at, reason=reason)
    title = new.title or text.title
    standing = without(text.body, archive.site_profile(text.site).boilerplate)
    befores = [standing] if kept is None else [standing, kept]
    if not all(material_change(text.title, before, title, new.body) for before in befores):
        return _end(archive, pending, at=at, reason=None)
    archive.revise(pending.article_id, NewRevision(title, new.body, new.words, content_hash, new.extractor), at)
    archive.revised(pending.id, pending.addressed.entry, at)
    return Outcome.REVISED


def _lost(text: CurrentText, found: Whole) -> str | None:
    """Why what was found is less than the text there is (pure)."""
    new = found.cleaned.content
    if new.verdict != "article":
        return new.reason or "it has no text"
    if text.body_from == "page" and new.body_from == "feed":
        return "the only text is the feed's, and what there is is the page's"
    if new.words < LEAST_SHARE * text.words:
        return f"there are {new.words} words left of {text.words}"
    return None


def _elsewhere(archive: Archive, text: CurrentText, found: Whole) -> str | None:
    """Why what was found is another article: one that is archived, or one that a redirect leads to."""
    at_its_addresses = [archive.article_at([key]) for visit in found.visits for key in visit.keys]
    others = [*at_its_addresses, *_under_its_title(archive, text, found)]
    other_id = next((other for other in others if other not in (None, text.id)), None)
    if other_id is not None:
        return f"it leads to {archive.article_url(other_id)} now"
    is_redirected = bool(found.visits) and None in at_its_addresses[: len(found.visits[0].keys)]
    if is_redirected and likeness(fold(text.body), fold(found.cleaned.content.body)) < LEAST_LIKENESS:
        return f"it leads to {found.visits[0].final_url} now"
    return None


def _under_its_title(archive: Archive, text: CurrentText, found: Whole) -> list[int]:
    """The articles that have what was found, under the title that it has and `text` has not."""
    new = found.cleaned.content
    if same_title(new.title, text.title, (text.site,)):
        return []
    equal = archive.text_matches([found.cleaned.content_hash])
    return [other.article_id for other in equal if same_title(new.title, other.title, (text.site, other.site))]


def _postpone(archive: Archive, pending: PendingEntry, *, due_at: datetime) -> None:
    archive.postpone_recheck(pending.id, due_at)


def _end(archive: Archive, pending: PendingEntry, *, at: datetime, reason: str | None) -> Outcome | None:
    said = f"rechecked: {reason}; the text stays" if reason else None
    archive.end_recheck(pending.id, at, reason=said)
    return None
