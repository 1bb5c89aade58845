"""The article stage: one pending entry to its end, or to its next try.

visit     the entry's page, unless its feed is trusted with the text or the page is not its own: get, clean in a worker
follow    the same with the pages that the article goes on over
record    article, known or the reason why not, in one transaction with the entry's outcome; what the site repeats
"""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial

from ingest.articles.boilerplate import repeated
from ingest.dedupe.aliases import alias_keys, guid_key
from ingest.dedupe.url_junk import without_junk
from ingest.dedupe.urls import canonical_url, trusted_canonical, url_key
from ingest.errors import WorkError
from ingest.hosts import site
from ingest.pipeline.context import RETRY_AFTER_BUG, Context, Observer
from ingest.pipeline.copies import record_article, record_copy
from ingest.pipeline.decide import NEW, Decision, equal_to, like
from ingest.pipeline.visits import Shortfall, next_try, site_profile, visit
from ingest.pipeline.whole import Whole, follow
from ingest.workers.tasks import ExtractedPage, extract_page, take_from_feed
from storage.archive import Archive
from storage.copies import AliasTarget
from storage.records import NewArticle, Outcome, PendingEntry

SAME_TEXT_WORDS = 5  # a shorter text ("Watch the video.") may stand on many pages without being one article
TEASER_WORDS = 20
NOT_THERE = frozenset({400, 404, 410})
BOILERPLATE_WINDOW = (
    25  # articles of the site, among which a new one's lines may repeat: 0.5 ms in an archive of 10,000
)

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
    pending_entries = archive.pending_entries(host, now, limit=limit, exclude=ids)
    rechecks = archive.due_rechecks(host, now, limit=limit - len(pending_entries), exclude=ids)
    for pending in (*pending_entries, *rechecks):
        key = key_of(pending)
        if key and key in taken:
            continue
        named, reason = (None, "") if pending.article_id else _known_by_name(archive, pending, key)
        if named is None:
            claimed.append(pending)
            taken.add(key or "")
        else:
            _settle_known(archive, pending, named, [], reason)
            known.append(pending.feed_id)
    return claimed, known


def _known_by_name(archive: Archive, pending: PendingEntry, key: str | None) -> tuple[AliasTarget | None, str]:
    named = archive.alias_target([key]) if key else None
    if named:
        return named, "this address is archived"
    guid = guid_key(pending.addressed.entry.guid, pending.feed_url)
    named = archive.guid_target(guid, pending) if guid else None
    return named, "another feed announced it with this guid, title and instant"


def key_of(pending: PendingEntry) -> str | None:
    url = pending.addressed.canonical_url
    return url_key(url) if url else None


async def work_on(pending: PendingEntry, context: Context) -> None:
    """Never raises but for the archive's sake: an entry ends, or waits for its next try, with a reason."""
    now = context.clock()
    addressed = pending.addressed
    record: Record
    if not addressed.canonical_url or not addressed.entry.url:
        record = partial(
            _record_shortfall, shortfall=Shortfall(Outcome.NO_TEXT, "the entry has neither a link nor a text")
        )
    elif pending.article == "feed" or addressed.entry.shared_url:
        record = await _from_feed(pending, context, now, None)
    else:
        record = await _from_page(pending, addressed.entry.url, context, now)
    await _carry_out(record, pending, context)


async def record_fault(pending: PendingEntry, context: Context, reason: str) -> None:
    """After a fault of ours: another try while there are tries, then the end."""
    record: Record = partial(_record_shortfall, shortfall=Shortfall(Outcome.FAILED, reason))
    if pending.tries + 1 < context.limits.tries:
        record = partial(_postpone, due_at=context.clock() + RETRY_AFTER_BUG, reason=reason, tried=True)
    await _carry_out(record, pending, context)


async def _carry_out(record: Record, pending: PendingEntry, context: Context) -> None:
    def notify(observer: Observer, recorded: tuple[Outcome, str | None]) -> None:
        outcome, reason = recorded
        if outcome is Outcome.PENDING:
            observer.postponed(pending.feed_id, reason or "")
        else:
            observer.settled(pending.feed_id, outcome)

    await context.record(lambda archive: record(archive, pending), notify)


async def _from_page(pending: PendingEntry, url: str, context: Context, now: datetime) -> Record:
    clean = partial(extract_page, method=context.limits.method, keep=context.limits.keep_pages)
    first = await visit(url, clean, pending, context, now)
    tidy = without_junk(url)
    if isinstance(first, Shortfall) and first.status in NOT_THERE and tidy != url:
        first = await visit(tidy, clean, pending, context, now)
    if isinstance(first, Shortfall):
        return await _fall_back(pending, context, now, first)
    whole = await follow(first, clean, pending, context, now)
    record = whole.shortfall and _another_try(pending, context, whole.shortfall)
    note = whole.shortfall.reason if whole.shortfall else None
    return record or partial(_record_article, whole=whole, now=now, note=note)


async def _fall_back(pending: PendingEntry, context: Context, now: datetime, shortfall: Shortfall) -> Record:
    """Another try while there are tries; then the feed's own text where it has one."""
    record = _another_try(pending, context, shortfall)
    if record is None and pending.addressed.entry.content:
        record = await _from_feed(pending, context, now, shortfall)
    return record or partial(_record_shortfall, shortfall=shortfall)


def _another_try(pending: PendingEntry, context: Context, shortfall: Shortfall) -> Record | None:
    """A wait that the host asks for is none of the entry's tries."""
    due_at = next_try(shortfall, pending.tries, context.limits.tries, context)
    if due_at is None:
        return None
    return partial(_postpone, due_at=due_at, reason=shortfall.reason, tried=shortfall.busy_until is None)


async def _from_feed(pending: PendingEntry, context: Context, now: datetime, shortfall: Shortfall | None) -> Record:
    """The feed's own text; if that is none either, or a teaser, the page's `shortfall` stands."""
    known = await site_profile(site(pending.addressed.canonical_url or ""), context)
    try:
        cleaned = await context.pool.run(take_from_feed, pending.addressed.entry, now, known)
    except WorkError as error:
        return partial(_record_shortfall, shortfall=Shortfall(Outcome.FAILED, f"reading the feed's text {error.cause}"))
    if shortfall and (cleaned.content.verdict != "article" or cleaned.content.words < TEASER_WORDS):
        return partial(_record_shortfall, shortfall=shortfall)
    note = f"{shortfall.reason}; the text is the feed's" if shortfall else None
    return partial(_record_article, whole=Whole(cleaned), now=now, note=note)


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
    whole: Whole,
    now: datetime,
    note: str | None,
) -> tuple[Outcome, str | None]:
    """One article for one address, and one for one text; else it is new."""
    if archive.article_at(whole.later_keys) is not None:
        whole = whole.first_alone()  # the rest was announced by itself, and has been archived meanwhile
    cleaned = whole.cleaned
    extraction = cleaned.content
    final_url = whole.visits[0].final_url if whole.visits else None
    url = pending.addressed.canonical_url
    assert url is not None
    keys = [url_key(url)]
    if final_url and (final := canonical_url(final_url)):
        url = final
        keys.append(url_key(final))
    keys += whole.later_keys

    if named := archive.alias_target(keys):
        return _settle_known(archive, pending, named, keys, "this address is archived")
    if extraction.verdict != "article":
        outcome = Outcome.WALLED if extraction.verdict == "walled" else Outcome.NO_TEXT
        archive.settle(pending.id, outcome, reason=extraction.reason)
        return outcome, extraction.reason
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
        published_precision=extraction.published_precision,
        language=extraction.language,
        summary=extraction.summary,
        body=extraction.body,
        body_from=extraction.body_from,
        words=extraction.words,
        image_url=extraction.image_url,
        tags=extraction.tags,
        content_hash=cleaned.content_hash,
        extractor=extraction.extractor,
        site_name=extraction.site_name,
        section=extraction.section,
    )
    decision = _decision(archive, pending, article, cleaned, claimed)
    if decision.known:
        reason = f"the same text as {archive.article_url(decision.known)}"
        return _settle_known(archive, pending, archive.current_target(decision.known, None), keys, reason)
    if copy := decision.copy:
        if evidence := _named_besides(archive, pending, copy.article_id, claimed):
            same = f"{copy.score:.0%} the same as {archive.article_url(copy.article_id)}, {evidence}"
            return _settle_known(archive, pending, AliasTarget(copy.article_id), keys, same)
        named = AliasTarget(copy.article_id, record_copy(article, copy, cleaned.hashes, archive, now))
        reason = f"{copy.score:.0%} the same as {archive.article_url(copy.article_id)}"
        return _settle(archive, pending, Outcome.COPY, named, keys, reason)
    if decision.full_of:
        full = f"the full text of {archive.article_url(decision.full_of[0].article_id)}"
        note = f"{note}; {full}" if note else full
    named = AliasTarget(record_article(article, decision, cleaned.hashes, whole.pages, archive, now))
    archive.add_boilerplate(article.site, repeated(archive.last_bodies(article.site, BOILERPLATE_WINDOW)), now)
    return _settle(archive, pending, Outcome.ARCHIVED, named, keys, note)


def _decision(
    archive: Archive, pending: PendingEntry, article: NewArticle, cleaned: ExtractedPage, claimed: str | None
) -> Decision:
    hashes = [cleaned.content_hash, cleaned.whole_hash]
    equal = archive.text_matches(hashes) if article.words >= SAME_TEXT_WORDS else []
    if not equal:
        return like(article, cleaned.hashes, archive)
    named = archive.article_at([url_key(claimed)]) if claimed else None
    if named in {text.article_id for text in equal}:
        return Decision(known=named)
    own_ids = {text.own_id for text in equal}
    is_repeated = not pending.reissued and archive.has_announced(pending.feed_id, own_ids, exclude=pending.id)
    decision = equal_to(article, equal, is_repeated=is_repeated)
    if decision is not NEW:
        return decision
    # What is no copy of an equal text may be one of another; but not of the full text of what its feed repeats.
    besides = own_ids | {text.article_id for text in equal} if is_repeated else own_ids
    return like(article, cleaned.hashes, archive, besides=besides)


def _named_besides(archive: Archive, pending: PendingEntry, article_id: int, claimed: str | None) -> str | None:
    """What says, besides its text, that this is the article itself and no copy elsewhere."""
    if claimed and archive.article_at([url_key(claimed)]) == article_id:
        return "which the page names as its address"
    if pending.reissued:
        reissued = archive.article_reissued(pending)
        if reissued is not None and archive.current_id(reissued) == article_id:
            return "which the feed has announced with this title and instant"
    return None


def _settle_known(
    archive: Archive, pending: PendingEntry, named: AliasTarget, keys: list[str], reason: str
) -> tuple[Outcome, str | None]:
    return _settle(archive, pending, Outcome.KNOWN, named, keys, reason)


def _settle(
    archive: Archive, pending: PendingEntry, outcome: Outcome, named: AliasTarget, keys: list[str], reason: str | None
) -> tuple[Outcome, str | None]:
    """The entry leads there, and so do its names from now on."""
    names = [*keys, *alias_keys(pending.addressed, pending.feed_url)]
    archive.add_aliases(named.article_id, names, named.copy_id)
    archive.settle(pending.id, outcome, article_id=named.article_id, copy_id=named.copy_id, reason=reason)
    return outcome, reason
