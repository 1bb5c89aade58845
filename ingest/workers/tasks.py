"""What is done in a worker process: a feed parsed, a page cleaned.

The libraries are imported there, and nowhere before.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ingest.errors import ParseError
from storage.records import KnownOfSite, NewEntry

if TYPE_CHECKING:
    from ingest.articles.extraction import Extraction, Method
    from ingest.feeds.parsed import ParsedFeed


@dataclass(frozen=True, slots=True)
class CleanedPage:
    """What came out of a page: the extraction, its text's exact hash, and the page, compressed ("" if not kept).

    `whole_hash` is that of the text before the site's furniture was left out: other articles may have come before
    that was known. `hashes` are those by which copies are found (`near.hashes_of`), none of what is no article.
    """

    extraction: "Extraction"
    content_hash: str
    whole_hash: str
    hashes: tuple[int, ...] = ()
    html: bytes = b""
    dictionary_id: int | None = None


def parse_feed(body: bytes, url: str, content_type: str | None, now: datetime) -> "ParsedFeed | ParseError":
    """The feed, or why it is none."""
    from ingest.dedupe.material import gist_hash
    from ingest.feeds.parse import parse

    try:
        parsed = parse(body, url=url, content_type=content_type, now=now)
    except ParseError as error:
        return error
    entries = (replace(e, text_hash=gist_hash(e.title, e.content or e.summary)) for e in parsed.entries)
    return replace(parsed, entries=tuple(entries))


def clean_page(
    body: bytes,
    url: str,
    content_type: str | None,
    entry: NewEntry,
    now: datetime,
    *,
    method: "Method",
    keep: bool,
    known: KnownOfSite,
) -> CleanedPage:
    """Page → article without what its site repeats, its hash, and the page compressed."""
    from ingest.articles.extract import extract
    from storage.packing import pack

    extraction = extract(body, url=url, content_type=content_type, entry=entry, now=now, method=method)
    cleaned = _cleaned(extraction, known.furniture)
    if not keep or cleaned.extraction.verdict != "article":
        return cleaned
    html, dictionary_id = pack(body, known.dictionary)
    return replace(cleaned, html=html, dictionary_id=dictionary_id)


def clean_next_page(
    clean: Callable[..., CleanedPage],
    so_far: "Extraction",
    body: bytes,
    url: str,
    content_type: str | None,
    entry: NewEntry,
    now: datetime,
    *,
    known: KnownOfSite,
) -> CleanedPage | None:
    """The article with this page's text after what there is of it, None when the page is none of its.

    A page that yields no text is answered as `clean` does.
    """
    from ingest.articles.continuation import continuation, continues, join
    from ingest.dedupe.fingerprint import content_hash
    from ingest.dedupe.near import hashes_of

    cleaned = clean(body, url, content_type, continuation(entry), now, known=known)
    if cleaned.extraction.verdict != "article":
        return cleaned
    if not continues(so_far, cleaned.extraction):
        return None
    extraction = join([so_far, cleaned.extraction])
    joined = content_hash(extraction.body)
    hashes = tuple(hashes_of(extraction.body))
    return replace(cleaned, extraction=extraction, content_hash=joined, whole_hash=joined, hashes=hashes)


def take_from_feed(entry: NewEntry, now: datetime, known: KnownOfSite) -> CleanedPage:
    """The article as the feed itself gives it."""
    from ingest.articles.extract import from_feed

    return _cleaned(from_feed(entry, now), known.furniture)


def _cleaned(extraction: "Extraction", furniture: frozenset[str]) -> CleanedPage:
    from ingest.articles.boilerplate import without
    from ingest.dedupe.fingerprint import content_hash
    from ingest.dedupe.near import hashes_of
    from ingest.text.words import word_count

    whole_hash = content_hash(extraction.body)
    body = without(extraction.body, furniture)
    hashes = tuple(hashes_of(body))
    if body == extraction.body:
        return CleanedPage(extraction, whole_hash, whole_hash, hashes)
    extraction = replace(extraction, body=body, words=word_count(body))
    return CleanedPage(extraction, content_hash(body), whole_hash, hashes)
