"""Decide again, with today's method, which archived texts are copies.

    copies    found by an earlier method: each is confirmed, split off, or made the article whose full text it is
    known     entries that ended as known for an equal text under another title: a copy gets its row, or is an article

What was decided by hand stays. Each change is in the change log and can be undone by `ingest split` or `ingest merge`.
A run that ends at any instant is run again.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ingest.dedupe.aliases import guid_key
from ingest.dedupe.ties import FULL_TEXT, NO_TIES, SAME_TEXT, Ties, equal_to
from ingest.dedupe.titles import same_title
from ingest.dedupe.urls import url_key
from ingest.hosts import site
from ingest.pipeline.evidence import ties_of
from ingest.pipeline.record import content_of, merge_teasers, split_off
from storage.archive import Archive
from storage.content import Copy, CopyRow
from storage.copies import SameTextEntry
from storage.reader import Queries

BATCH = 20  # copies or entries in one transaction, a fifth of a second

Becomes = Literal["article", "full text", "copy"]


@dataclass(frozen=True, slots=True)
class Change:
    """A text that was tied wrongly becomes an article, the full text of the article `article_id`, or a copy of it."""

    becomes: Becomes
    article_id: int
    url: str
    title: str | None
    copy_id: int | None = None
    entry_id: int | None = None


def decide_again(archive: Queries, now: datetime) -> Iterator[Change | None]:
    """Yield the change of each copy and entry, None if it stays. Write nothing if `archive` is no writer (dry run)."""
    from ingest.dedupe.near import METHOD

    writer = archive if isinstance(archive, Archive) else None
    after = 0
    while copies := archive.copies_by_other_methods((METHOD, SAME_TEXT, FULL_TEXT), after=after, limit=BATCH):
        with writer.transaction() if writer else nullcontext():
            changes = [_copy_again(copy, archive, writer, now) for copy in copies]
        yield from changes
        after = copies[-1].id
    after = 0
    while entries := archive.same_text_entries(after=after, limit=BATCH):
        with writer.transaction() if writer else nullcontext():
            changes = [_known_again(entry, archive, writer, now) for entry in entries]
        yield from changes
        after = entries[-1].id


def _copy_again(copy: CopyRow, archive: Queries, writer: Archive | None, now: datetime) -> Change | None:
    ties = _ties_again(copy, archive)
    article_id = archive.current_id(copy.article_id)
    found = ties.copy
    if found and found.article_id == article_id:
        if writer:
            writer.confirm(copy.id, found)
        return None
    if writer:
        own_id = split_off(copy, writer, now, reason="split off: decided again")
        merge_teasers(ties.full_of, own_id, writer, now)
        if found:
            writer.merge(own_id, found, now)
    if ties.full_of:
        return Change("full text", ties.full_of[0].article_id, copy.url, copy.title, copy_id=copy.id)
    becomes: Becomes = "copy" if found else "article"
    return Change(becomes, found.article_id if found else article_id, copy.url, copy.title, copy_id=copy.id)


def _ties_again(copy: CopyRow, archive: Queries) -> Ties:
    from ingest.dedupe.near import hashes_of

    content = content_of(copy, copy.url, copy.site)
    equal = archive.text_matches([content.content_hash])
    own_ids = {text.own_id for text in equal}
    if equal:
        feed_id, entry_id = archive.entry_of_copy(copy) or (0, 0)
        is_repeated = archive.has_announced(feed_id, own_ids, exclude=entry_id)
        ties = equal_to(content, equal, is_repeated=is_repeated)
        if ties.known:
            return Ties(copy=Copy(archive.current_id(ties.known), SAME_TEXT, 1, adds=False))
        if ties.copy:
            return ties
    return ties_of(content, hashes_of(copy.body), archive, exclude=own_ids, again=copy)


def _known_again(entry: SameTextEntry, archive: Queries, writer: Archive | None, now: datetime) -> Change | None:
    """Decide again on an entry that was known for the text of its article alone."""
    equal = archive.text_matches([entry.content_hash])
    entry_site = site(entry.canonical_url)
    if any(same_title(entry.title, text.title, (entry_site, text.site, text.site_name)) for text in equal):
        return None
    content = content_of(entry, entry.canonical_url, entry_site)
    is_repeated = archive.has_announced(entry.feed_id, {text.own_id for text in equal}, exclude=entry.id)
    is_apart = equal_to(content, equal, is_repeated=is_repeated) is NO_TIES
    article_id = archive.current_id(entry.article_id)
    copy_id = None
    if writer:
        copy_id = writer.add_copy(content, Copy(article_id, SAME_TEXT, 1, adds=False), (), now)
        keys = [url_key(entry.canonical_url), guid_key(entry.guid, entry.feed_url)]
        writer.assign_to_copy(
            copy_id, entry.id, filter(None, keys), f"the same text as {archive.article_url(article_id)}"
        )
        if is_apart and (copy := writer.copy(copy_id)):
            split_off(copy, writer, now, reason="split off: decided again")
    becomes: Becomes = "article" if is_apart else "copy"
    return Change(becomes, article_id, entry.canonical_url, entry.title, copy_id=copy_id, entry_id=entry.id)
