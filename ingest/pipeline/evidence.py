"""What the archive knows of an entry and its text, gathered for a decision inside the transaction that records it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from ingest.dedupe.ties import NearTexts, Needed, Ties, compare
from ingest.dedupe.urls import url_key
from ingest.hosts import site
from ingest.pipeline.decide import Decision, Evidence, decide
from ingest.pipeline.fetched import Fetched, addresses_of, keys_of
from ingest.pipeline.forgotten import dated_otherwise
from storage.content import CandidateText, Content, CopyRow, CurrentText
from storage.crawls import BACKFILL
from storage.reader import Queries
from storage.records import PendingEntry


def decided(archive: Queries, pending: PendingEntry, fetched: Fetched) -> Decision:
    """Gather evidence until it is enough for a decision; return that."""
    evidence = gather(archive, pending, fetched)
    while isinstance(decision := decide(evidence), Needed):
        if decision.first_page:
            evidence = gather(archive, pending, fetched.first_alone())
        else:
            near = _gather_near(evidence.near, decision, evidence.fetched.extracted.hashes, archive)
            evidence = replace(evidence, near=near)
    return decision


def gather(archive: Queries, pending: PendingEntry, fetched: Fetched) -> Evidence:
    """Return what the archive knows of addresses, guid and equal texts."""
    addresses, content_hash = addresses_of(pending, fetched), fetched.content.content_hash
    claimed = url_key(addresses.claimed_url) if addresses.claimed_url else ""
    forgotten = archive.tombstones_at([*addresses.keys, claimed])
    if (claimed_tombstone := forgotten.get(claimed)) and claimed not in addresses.keys:
        published_at = pending.published_at or fetched.content.published_at
        if dated_otherwise(published_at, archive.names_of_forgotten([claimed_tombstone.id])):
            del forgotten[claimed]  # a template names it for all pages
            addresses = addresses._replace(claimed_url=None)
    tombstone = next(iter(forgotten.values()), None)
    if pending.article_id is not None:
        current = archive.current_text(pending.article_id)
        keys = [key for page in fetched.pages for key in keys_of(page.url, page.final_url)]
        return Evidence(
            pending,
            fetched,
            addresses,
            equal=archive.text_matches([content_hash]),
            current=current,
            boilerplate=archive.site_profile(current.site).boilerplate if current else frozenset(),
            at_pages={key: archive.article_at([key]) for key in keys},
            forgotten=tombstone,
        )
    later_forgotten = not forgotten.keys().isdisjoint(fetched.later_keys)
    equal = archive.text_matches([content_hash, fetched.extracted.full_hash])
    # A crawl has many sites: the words of one are not repeated because another has them too.
    from_feed = {text.own_id for text in equal if pending.feed_url != BACKFILL or text.site == site(addresses.url)}
    reissued = archive.article_reissued(pending) if pending.reissued else None
    return Evidence(
        pending,
        fetched,
        addresses,
        named=archive.alias_target(addresses.keys),
        forgotten=None if later_forgotten else tombstone,
        later_known=later_forgotten or bool(archive.aliased(fetched.later_keys)),
        claimed_id=archive.article_at([url_key(addresses.claimed_url)]) if addresses.claimed_url else None,
        reissued_id=None if reissued is None else archive.current_id(reissued),
        equal=equal,
        is_repeated=bool(from_feed)
        and not pending.reissued
        and archive.has_announced(pending.feed_id, from_feed, exclude=pending.id),
    )


def ties_of(
    content: Content,
    hashes: Iterable[int],
    archive: Queries,
    *,
    exclude: Collection[int] = (),
    again: CopyRow | None = None,
) -> Ties:
    """Compare a text with the archived ones near it, but not with those of the articles `exclude`.

    `again` is the copy that the text is already: it is compared with its article, and not with itself.
    """
    near = None
    while isinstance(ties := compare(content, near, exclude=exclude), Needed):
        near = _gather_near(near, ties, hashes, archive, again)
    return ties


def _gather_near(
    near: NearTexts | None,
    needed: Needed,
    hashes: Iterable[int],
    archive: Queries,
    again: CopyRow | None = None,
) -> NearTexts:
    if near is None:
        assert needed.near_to
        found = archive.candidates(hashes)
        if again and again.article_id not in {text.article_id for text in found if text.copy_id != again.id}:
            found += archive.texts_of([again.article_id])
        return _near_texts(needed.near_to, [text for text in found if not again or text.copy_id != again.id], archive)
    if article := needed.beside:
        return replace(near, beside={**near.beside, article.id: _beside(article, archive)})
    return replace(near, copies={**near.copies, **{id_: archive.copies_of(id_) for id_ in needed.copies_of}})


def _near_texts(content: Content, candidates: Sequence[CandidateText], archive: Queries) -> NearTexts:
    if not candidates:
        return NearTexts()
    from ingest.dedupe import near  # imports numpy, which most runs never need in this process

    text = near.Text(content, near.boilerplate(archive.site_profile(content.site).boilerplate))
    ids = {candidate.article_id for candidate in candidates}
    merges = archive.merges_of(ids)
    current_ids = {id_: merges.get(id_, id_) for id_ in ids}
    articles = {article.id: article for article in archive.current_texts_of(set(current_ids.values()))}
    return NearTexts(
        text,
        {candidate: near.Text(candidate, text.boilerplate) for candidate in candidates},
        {own_id: articles[id_] for own_id, id_ in current_ids.items() if id_ in articles},
        frozenset(archive.split_off(current_ids.values())),
    )


def _beside(article: CurrentText, archive: Queries) -> list[CandidateText]:
    from ingest.dedupe.near import hashes_of

    candidates = archive.candidates(hashes_of(article.body))
    return [c for c in candidates if c.copy_id is None and archive.current_id(c.article_id) != article.id]
