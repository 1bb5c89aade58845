"""Copies: told as they arrive, split off and merged by hand, found again by fingerprints of today's method."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from ingest.dedupe.fingerprint import SHINGLES_VERSION, content_hash
from ingest.dedupe.urls import canonical_url, url_key
from ingest.errors import IngestError
from ingest.pipeline.decide import Decision
from ingest.text.words import word_count
from storage.archive import Archive
from storage.copies import BY_HAND, CopyRow
from storage.pages import NewPage
from storage.records import Copy, NewArticle

AT_ONCE = 100  # articles, a tenth of a second: the writer waits no longer


def record_copy(article: NewArticle, copy: Copy, hashes: Iterable[int], archive: Archive, now: datetime) -> int:
    """Returns the copy's id."""
    copy_id = archive.add_copy(article, copy, now)
    if copy.adds:
        archive.fingerprint(copy.article_id, hashes, SHINGLES_VERSION)
    return copy_id


def record_article(
    article: NewArticle,
    decision: Decision,
    hashes: Iterable[int],
    pages: Sequence[NewPage],
    archive: Archive,
    now: datetime,
) -> int:
    """Archives an article, with what follows for earlier ones; returns its id."""
    article_id = archive.add_article(article, pages, now)
    archive.fingerprint(article_id, hashes, SHINGLES_VERSION)
    merge_teasers(decision.full_of, article_id, archive, now)
    for copy_id in decision.apart:
        split(copy_id, archive, now, reason="split off: what it was tied to holds several articles")
    return article_id


def merge_teasers(teasers: Iterable[Copy], article_id: int, archive: Archive, now: datetime) -> None:
    """What are the beginnings of an article become its copies."""
    for copy in teasers:
        archive.merge(copy.article_id, article_id, now, method=copy.method, score=copy.score, adds=False)


def article_of(copy: CopyRow) -> NewArticle:
    """The article that a copy is by itself, as far as its row tells."""
    return NewArticle(
        url=copy.url,
        site=copy.site,
        title=copy.title,
        authors=(),
        published_at=copy.published_at,
        published_from=None,
        published_precision=copy.published_precision,
        language=copy.language,
        summary=None,
        body=copy.body,
        body_from="page",
        words=word_count(copy.body),
        image_url=None,
        tags=(),
        content_hash=content_hash(copy.body),
        extractor=BY_HAND,
    )


def split(copy_id: int, archive: Archive, now: datetime, *, reason: str = "split off by hand") -> int:
    """Makes a copy an article of its own; returns the article's id. `reason` is for the entry that announced it."""
    from ingest.dedupe.near import hashes_of

    copy = archive.copy(copy_id)
    if copy is None:
        raise IngestError(f"{copy_id}: no such copy in the archive; `ingest show` lists those of an article")
    if copy.split_id is not None:
        raise IngestError(f"copy {copy_id} was split off before: it is article {copy.split_id}")
    article_id = copy.merged_id
    if article_id is None:
        article = article_of(copy)
        article_id = archive.add_article(article, (), now)
        archive.fingerprint(article_id, hashes_of(copy.body), SHINGLES_VERSION)
    canonical = canonical_url(copy.url)
    archive.split(copy, article_id, [url_key(canonical)] if canonical else [], now, reason=reason)
    return article_id


def merge(article_id: int, into_id: int, archive: Archive, now: datetime) -> int:
    """Makes an article a copy of another; returns the copy's id."""
    if article_id == into_id:
        raise IngestError(f"{article_id}: an article is no copy of itself; give two articles")
    copy_id = archive.merge(article_id, into_id, now)
    if copy_id is None:
        raise IngestError(
            f"{into_id}, {article_id}: not both are articles of the archive, or one is merged into another;"
            " `ingest show` tells which"
        )
    return copy_id


def refresh(archive: Archive, *, limit: int = AT_ONCE) -> int:
    """Fingerprints up to so many articles whose fingerprint is not of today's method; returns how many."""
    texts = archive.stale(SHINGLES_VERSION, limit)
    if not texts:
        return 0
    from ingest.dedupe.near import hashes_of

    hashes: defaultdict[int, set[int]] = defaultdict(set)
    for text in texts:
        hashes[text.article_id].update(hashes_of(text.body))
    for article_id, its in hashes.items():
        archive.fingerprint(article_id, sorted(its), SHINGLES_VERSION)
    return len(hashes)
