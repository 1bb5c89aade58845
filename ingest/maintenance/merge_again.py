"""Which texts are copies, decided again with today's method, over what earlier ones have left in an archive.

    copies    those found by an earlier method: confirmed, split off, or made the article that they are the full text of
    known     entries that ended as known by an equal text, under another title: a copy gets its row, or is an article

What was decided by hand stays. Each change is in the change log and is undone by `ingest split` or `ingest merge`; a
run that ends at any instant is run again.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ingest.dedupe.aliases import guid_key
from ingest.dedupe.titles import same_title
from ingest.dedupe.urls import url_key
from ingest.hosts import site
from ingest.pipeline.copies import article_of, merge_teasers, split
from ingest.pipeline.decide import FULL_TEXT, NEW, SAME_TEXT, Decision, equal_to, like
from storage.archive import Archive
from storage.copies import CopyRow, SameTextEntry
from storage.queries import Queries
from storage.records import Copy, NewArticle

AT_ONCE = 20  # copies or entries in one transaction, a fifth of a second

Becomes = Literal["article", "full text", "copy"]


@dataclass(frozen=True, slots=True)
class Change:
    """A text that was tied wrongly, and what it becomes: an article, the full text of `article_id`, or a copy of it."""

    becomes: Becomes
    article_id: int
    url: str
    title: str | None
    copy_id: int | None = None
    entry_id: int | None = None


def decide_again(archive: Queries, now: datetime) -> Iterator[Change | None]:
    """Go over the copies and the entries, and yield None for each that stays. In a dry run `archive` is no writer."""
    writer = archive if isinstance(archive, Archive) else None
    after = 0
    while copies := archive.copies_by_other_methods(_methods(), after=after, limit=AT_ONCE):
        with writer.transaction() if writer else nullcontext():
            changes = [_copy_again(copy, archive, writer, now) for copy in copies]
        yield from changes
        after = copies[-1].id
    after = 0
    while entries := archive.same_text_entries(after=after, limit=AT_ONCE):
        with writer.transaction() if writer else nullcontext():
            changes = [_known_again(entry, archive, writer, now) for entry in entries]
        yield from changes
        after = entries[-1].id


def _methods() -> tuple[str, ...]:
    from ingest.dedupe.near import METHOD

    return METHOD, SAME_TEXT, FULL_TEXT


def _copy_again(copy: CopyRow, archive: Queries, writer: Archive | None, now: datetime) -> Change | None:
    decision = _decided(copy, archive)
    article_id = archive.current_id(copy.article_id)
    found = decision.copy
    if found and found.article_id == article_id:
        if writer:
            writer.confirm(copy.id, found)
        return None
    if writer:
        own_id = split(copy.id, writer, now, reason="split off: decided again")
        merge_teasers(decision.full_of, own_id, writer, now)
        if found:
            writer.merge(own_id, found.article_id, now, method=found.method, score=found.score, adds=found.adds)
    if decision.full_of:
        return Change("full text", decision.full_of[0].article_id, copy.url, copy.title, copy_id=copy.id)
    becomes: Becomes = "copy" if found else "article"
    return Change(becomes, found.article_id if found else article_id, copy.url, copy.title, copy_id=copy.id)


def _decided(copy: CopyRow, archive: Queries) -> Decision:
    from ingest.dedupe.near import hashes_of

    article = article_of(copy)
    equal = archive.text_matches([article.content_hash])
    own_ids = {text.own_id for text in equal}
    if equal:
        feed_id, entry_id = archive.entry_of_copy(copy) or (0, 0)
        is_repeated = archive.has_announced(feed_id, own_ids, exclude=entry_id)
        decision = equal_to(article, equal, is_repeated=is_repeated)
        if decision.known:
            return Decision(copy=Copy(archive.current_id(decision.known), SAME_TEXT, 1, adds=False))
        if decision.copy:
            return decision
    return like(article, hashes_of(copy.body), archive, besides=own_ids, again=copy)


def _known_again(entry: SameTextEntry, archive: Queries, writer: Archive | None, now: datetime) -> Change | None:
    """The text is the article's: it was known by that alone."""
    equal = archive.text_matches([entry.content_hash])
    titles = [(text.title, text.site, text.site_name) for text in equal]
    if any(same_title(entry.title, title, (site(entry.canonical_url), *of_site)) for title, *of_site in titles):
        return None
    article = _article_of(entry)
    is_repeated = archive.has_announced(entry.feed_id, {text.own_id for text in equal}, exclude=entry.id)
    is_apart = equal_to(article, equal, is_repeated=is_repeated) is NEW
    standing = archive.current_id(entry.article_id)
    copy_id = None
    if writer:
        copy_id = writer.add_copy(article, Copy(standing, SAME_TEXT, 1, adds=False), now)
        keys = [url_key(entry.canonical_url), guid_key(entry.guid, entry.feed_url)]
        writer.assign_to_copy(
            copy_id, entry.id, filter(None, keys), f"the same text as {archive.article_url(standing)}"
        )
        if is_apart:
            split(copy_id, writer, now, reason="split off: decided again")
    becomes: Becomes = "article" if is_apart else "copy"
    return Change(becomes, standing, entry.canonical_url, entry.title, copy_id=copy_id, entry_id=entry.id)


def _article_of(entry: SameTextEntry) -> NewArticle:
    copy = CopyRow(
        id=0,
        article_id=entry.article_id,
        url=entry.canonical_url,
        site=site(entry.canonical_url),
        title=entry.title,
        published_at=entry.published_at,
        published_precision=entry.published_precision,
        body=entry.body,
        method=SAME_TEXT,
        merged_id=None,
        split_id=None,
        language=entry.language,
    )
    return article_of(copy)
