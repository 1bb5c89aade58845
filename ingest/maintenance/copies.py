"""Copies: split off and merged by hand, and found by fingerprints of today's method."""

from collections import defaultdict
from datetime import datetime

from ingest.dedupe.fingerprint import SHINGLES_VERSION
from ingest.errors import IngestError
from ingest.pipeline.record import split_off
from storage.archive import Archive
from storage.content import Copy
from storage.copies import BY_HAND

BATCH = 100  # articles, a tenth of a second: the writer waits no longer


def split(copy_id: int, archive: Archive, now: datetime) -> int:
    """Make a copy an article of its own; return the article's id. Raises IngestError."""
    copy = archive.copy(copy_id)
    if copy is None:
        if tombstone := archive.tombstone_of_copy(copy_id):
            raise IngestError(f"copy {copy_id} is gone: its article was {tombstone.reason}")
        raise IngestError(f"{copy_id}: no such copy in the archive; `ingest show` lists those of an article")
    if copy.split_id is not None:
        raise IngestError(f"copy {copy_id} was split off before: it is article {copy.split_id}")
    return split_off(copy, archive, now, reason="split off by hand")


def merge(article_id: int, into_id: int, archive: Archive, now: datetime) -> int:
    """Make an article a copy of another; return the copy's id. Raises IngestError."""
    if article_id == into_id:
        raise IngestError(f"{article_id}: an article is no copy of itself; give two articles")
    for id_ in (article_id, into_id):
        if tombstone := archive.tombstone_of(id_):
            raise IngestError(f"article {id_} was {tombstone.reason}: there is nothing to merge")
    copy_id = archive.merge(article_id, Copy(into_id, BY_HAND, 1, adds=True), now)
    if copy_id is None:
        raise IngestError(
            f"{into_id}, {article_id}: not both are articles of the archive, or one is merged into another;"
            " `ingest show` tells which"
        )
    return copy_id


def refresh(archive: Archive) -> int:
    """Fingerprint up to BATCH articles whose fingerprint is out of date; return how many."""
    texts = archive.stale(SHINGLES_VERSION, BATCH)
    if not texts:
        return 0
    from ingest.dedupe.near import hashes_of

    hashes: defaultdict[int, set[int]] = defaultdict(set)
    for text in texts:
        hashes[text.article_id].update(hashes_of(text.body))
    for article_id, of_article in hashes.items():
        archive.fingerprint(article_id, sorted(of_article), SHINGLES_VERSION)
    return len(hashes)
