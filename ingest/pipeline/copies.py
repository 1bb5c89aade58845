"""Copies: told as they arrive, split off and merged by hand, found again by fingerprints of today's method."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from ingest.articles.words import word_count
from ingest.dedupe.fingerprint import SHINGLES_VERSION, content_hash
from ingest.dedupe.urls import canonical_url, url_key
from ingest.errors import IngestError
from storage.archive import Archive
from storage.copies import BY_HAND
from storage.records import Copy, NewArticle

AT_ONCE = 100  # articles, a tenth of a second: the writer waits no longer


def copy_of(article: NewArticle, hashes: Sequence[int], archive: Archive) -> Copy | None:
    """The archived article that this one is, if any."""
    candidates = archive.candidates(hashes)
    if not candidates:
        return None
    from ingest.dedupe import near  # brings numpy, which most runs never need in this process

    text = near.Text(article, near.furniture(archive.known_of(article.site).furniture))
    found = near.find(text, candidates)
    return replace(found, article_id=archive.standing(found.article_id)) if found else None


def record_copy(article: NewArticle, copy: Copy, hashes: Iterable[int], archive: Archive, now: datetime) -> None:
    archive.add_copy(article, copy, now)
    if copy.adds:
        archive.fingerprint(copy.article_id, hashes, SHINGLES_VERSION)


def split(copy_id: int, archive: Archive, now: datetime) -> int:
    """Makes a copy an article of its own; returns the article's id."""
    from ingest.dedupe.near import hashes_of

    copy = archive.copy(copy_id)
    if copy is None:
        raise IngestError(f"{copy_id}: no such copy in the archive; `ingest show` lists those of an article")
    if copy.split_id is not None:
        raise IngestError(f"copy {copy_id} was split off before: it is article {copy.split_id}")
    article_id = copy.merged_id
    if article_id is None:
        article = NewArticle(
            url=copy.url,
            site=copy.site,
            title=copy.title,
            authors=(),
            published_at=copy.published_at,
            published_from=None,
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
        article_id = archive.add_article(article, (), now)
        archive.fingerprint(article_id, hashes_of(copy.body), SHINGLES_VERSION)
    canonical = canonical_url(copy.url)
    archive.split(copy, article_id, [url_key(canonical)] if canonical else [], now)
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
