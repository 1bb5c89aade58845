"""Record what becomes of entries. A decision is made and written in one transaction, from evidence gathered in it."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from ingest.articles.boilerplate import repeated
from ingest.dedupe.aliases import alias_keys, guid_key
from ingest.dedupe.fingerprint import SHINGLES_VERSION, content_hash
from ingest.dedupe.ties import Ties
from ingest.dedupe.urls import canonical_url, url_key
from ingest.pipeline.context import Context, Observer
from ingest.pipeline.decide import URL, Decision, known_by_name, without_article
from ingest.pipeline.evidence import decided
from ingest.pipeline.fetched import Fetched, Shortfall, addresses_of
from ingest.pipeline.forgotten import own_names, recognised
from ingest.rules.evaluation import drop_before_fetch, drop_with_article
from ingest.rules.rule import NO_RULES, Rules
from ingest.rules.subject import announced, article_of, with_article
from ingest.text.words import word_count
from ingest.workers.tasks import ExtractedPage
from storage.archive import Archive
from storage.content import Content, Copy, CopyRow
from storage.copies import BY_HAND, SameTextEntry
from storage.pages import NewPage
from storage.reader import Queries
from storage.records import AliasTarget, Outcome, PendingEntry

# Articles of the site that a new one's lines are compared with: 0.5 ms in an archive of 10,000.
BOILERPLATE_WINDOW = 25


async def record(pending: PendingEntry, result: Fetched | Shortfall, context: Context, now: datetime) -> None:
    """Decide on an entry and record the decision. Raises the archive's errors."""

    def notify(observer: Observer, decision: Decision) -> None:
        if decision.outcome is Outcome.PENDING:
            observer.postponed(pending.feed_id, decision.reason or "")
        elif decision.outcome:
            observer.settled(pending.feed_id, decision.outcome)

    rules = context.config.rules
    if rules.rules and pending.article_id is None and isinstance(result, Fetched):
        result = await asyncio.to_thread(ruled, pending, result, rules)  # texts may be long
    await context.record(lambda archive: decide_and_write(archive, pending, result, now), notify)


def decide_and_write(archive: Archive, pending: PendingEntry, result: Fetched | Shortfall, now: datetime) -> Decision:
    """Decide on an entry and write the decision, inside a transaction. Return the decision."""
    decision = decided(archive, pending, result) if isinstance(result, Fetched) else without_article(pending, result)
    if pending.article_id is None:
        _write_first(archive, pending, decision, now)
    else:
        pages = result.kept_pages if isinstance(result, Fetched) else []
        _write_recheck(archive, pending, pending.article_id, decision, pages, now)
    return decision


def ruled(pending: PendingEntry, fetched: Fetched, rules: Rules) -> Fetched:
    """Return the article with the rule that drops it, and its first page alone with the rule that drops that."""
    extracted = _with_drop(pending, fetched, rules)
    first = _with_drop(pending, fetched.first_alone(), rules) if fetched.pages[1:] else extracted
    return replace(fetched, extracted=extracted, first=fetched.first and first)


def _with_drop(pending: PendingEntry, fetched: Fetched, rules: Rules) -> ExtractedPage:
    if fetched.content.verdict != "article":
        return fetched.extracted
    entry, addresses = announced(pending), addresses_of(pending, fetched)
    article = article_of(fetched.content, filter(None, (addresses.url, addresses.claimed_url)))
    return replace(fetched.extracted, drop=drop_with_article(rules, entry, with_article(entry, article)))


def claim(
    archive: Archive,
    host: str,
    now: datetime,
    *,
    limit: int,
    ids: Collection[int],
    keys: Collection[str],
    rules: Rules = NO_RULES,
) -> tuple[list[PendingEntry], list[tuple[int, Outcome]]]:
    """Return the host's next entries to work on. Return too which entries have ended, by their names or by a rule.

    Of these it is the feed's id and the outcome.

    Entries with these `ids` and `keys` (`url_key`) are in flight: another entry with such an address waits, and will
    be known when its turn comes.
    """
    claimed: list[PendingEntry] = []
    ended: list[tuple[int, Outcome]] = []
    taken = set(keys)
    pending_entries = archive.pending_entries(host, now, limit=limit, exclude=ids)
    rechecks = archive.due_rechecks(host, now, limit=limit - len(pending_entries), exclude=ids)
    for pending in (*pending_entries, *rechecks):
        key = key_of(pending)
        if key and key in taken:
            continue
        outcome = settle_known(archive, pending, rules, now) if pending.article_id is None else None
        if outcome is None:
            claimed.append(pending)
            taken.add(key or "")
        else:
            ended.append((pending.feed_id, outcome))
    return claimed, ended


def settle_known(archive: Archive, pending: PendingEntry, rules: Rules, now: datetime) -> Outcome | None:
    """End an entry that is decided before anything is fetched for it. Return its outcome, None for any other entry."""
    decision = before_fetch(archive, pending, key_of(pending), rules)
    if decision:
        _write_first(archive, pending, decision, now)
    return decision.outcome if decision else None


def key_of(pending: PendingEntry) -> str | None:
    return url_key(pending.canonical_url) if pending.canonical_url else None


def merge_teasers(teasers: Iterable[Copy], article_id: int, archive: Archive, now: datetime) -> None:
    """Make articles that are the beginning of another one copies of it."""
    for copy in teasers:
        archive.merge(copy.article_id, Copy(article_id, copy.method, copy.score, adds=False), now)


def split_off(copy: CopyRow, archive: Archive, now: datetime, *, reason: str) -> int:
    """Make a copy an article of its own; return its id. `reason` is written to the entry that announced the copy."""
    from ingest.dedupe.near import hashes_of

    article_id = copy.merged_id
    if article_id is None:
        article_id = archive.add_article(content_of(copy, copy.url, copy.site), (), now)
        archive.fingerprint(article_id, hashes_of(copy.body), SHINGLES_VERSION)
    canonical = canonical_url(copy.url)
    archive.split(copy, article_id, [url_key(canonical)] if canonical else [], now, reason=reason)
    return article_id


def content_of(row: CopyRow | SameTextEntry, url: str, site: str) -> Content:
    """Return the content of a copy or of a known entry, as far as its row has it."""
    return Content(
        "article",
        None,
        row.title,
        row.body,
        word_count(row.body),
        "page",
        BY_HAND,
        published_at=row.published_at,
        published_precision=row.published_precision,
        language=row.language,
        content_hash=content_hash(row.body),
        url=url,
        site=site,
        markdown=row.markdown,
        access=row.access,
        access_reason=row.access_reason,
    )


def before_fetch(archive: Queries, pending: PendingEntry, key: str | None, rules: Rules) -> Decision | None:
    """Decide on an entry whose article is known, or dropped by a rule whatever its page has."""
    at_address = archive.alias_target([key]) if key else None
    if at_address is None:
        ((_, tombstone),) = recognised(archive, [pending], pending.feed_url)
        if tombstone:
            return Decision(Outcome.REFUSED, tombstone.reason, tombstone=tombstone)
    guid = guid_key(pending.guid, pending.feed_url) if at_address is None else None
    known = known_by_name(at_address, archive.guid_target(guid, pending) if guid else None)
    if known or not rules.rules:
        return known
    drop = drop_before_fetch(rules, announced(pending))
    return Decision(Outcome.FILTERED, drop.reason, drop=drop) if drop else None


def _write_first(archive: Archive, pending: PendingEntry, decision: Decision, now: datetime) -> None:
    reason = _reason(archive, decision)
    if decision.tombstone:
        keys = [*decision.keys, *alias_keys(pending.canonical_url, pending.guid, pending.feed_url)]
        archive.give_to_tombstone([pending.id], decision.tombstone.id, reason or "")
        archive.add_tombstone_keys(decision.tombstone.id, own_names(archive, keys, [pending.guid]))
        return
    if decision.due_at:
        archive.postpone(pending.id, decision.due_at, reason=reason or "", tried=decision.is_try)
        return
    target = decision.leads_to
    if target:
        target = archive.current_target(target.article_id, target.copy_id)
    elif decision.article and decision.ties.copy:
        copy = decision.ties.copy
        target = AliasTarget(copy.article_id, add_copy(decision.article, copy, archive, now))
    elif decision.article:
        target = AliasTarget(add_article(decision.article, decision.ties, archive, now))
    if target:
        # The entry leads to the article, and so do the entry's names from now on.
        names = [*decision.keys, *alias_keys(pending.canonical_url, pending.guid, pending.feed_url)]
        archive.add_aliases(target.article_id, names, target.copy_id)
    article_id, copy_id = (target.article_id, target.copy_id) if target else (None, None)
    assert decision.outcome
    article = decision.article if copy_id is None else None
    archive.settle(
        pending.id,
        decision.outcome,
        article_id=article_id,
        copy_id=copy_id,
        reason=reason,
        keep_markup=decision.drop is not None or (article is not None and article.content.body_from == "feed"),
        rule=decision.drop.rule if decision.drop else None,
        rule_hash=decision.drop.hash if decision.drop else None,
    )


def add_copy(article: Fetched, copy: Copy, archive: Archive, now: datetime) -> int:
    """Archive a text as a copy; return the copy's id."""
    copy_id = archive.add_copy(article.content, copy, article.kept_pages, now)
    if copy.adds:
        archive.fingerprint(copy.article_id, article.extracted.hashes, SHINGLES_VERSION)
    return copy_id


def add_article(article: Fetched, ties: Ties, archive: Archive, now: datetime) -> int:
    """Archive an article, merge its teasers, split off wrong copies, learn boilerplate; return the article's id."""
    content = article.content
    article_id = archive.add_article(content, article.kept_pages, now)
    archive.fingerprint(article_id, article.extracted.hashes, SHINGLES_VERSION)
    merge_teasers(ties.full_of, article_id, archive, now)
    for copy in ties.apart:
        split_off(copy, archive, now, reason="split off: what it was tied to holds several articles")
    lines = repeated(archive.last_bodies(content.site, BOILERPLATE_WINDOW))
    archive.add_boilerplate(content.site, lines, now)
    return article_id


def _write_recheck(
    archive: Archive,
    pending: PendingEntry,
    article_id: int,
    decision: Decision,
    pages: Sequence[NewPage],
    now: datetime,
) -> None:
    if decision.due_at:
        archive.postpone_recheck(pending.id, decision.due_at)
    elif decision.revision:
        archive.revise(article_id, decision.revision, now, cause="edit", pages=pages)
        archive.revised(pending.id, pending, now, keep_markup=decision.revision.body_from == "feed")
    else:
        archive.end_recheck(pending.id, now, reason=_reason(archive, decision))


def _reason(archive: Archive, decision: Decision) -> str | None:
    if decision.about is None or decision.reason is None:
        return decision.reason
    return decision.reason.replace(URL, archive.article_url(decision.about))
