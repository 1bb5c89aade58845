"""What is done in a worker process: a feed parsed, a page cleaned.

The libraries are imported there, and nowhere before.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ingest.errors import ParseError
from storage.records import NewEntry, SiteProfile

if TYPE_CHECKING:
    from ingest.articles.content import Content, Method
    from ingest.feeds.parsed import ParsedFeed


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """What came out of a page: the extraction, its text's exact hash, and the page, compressed ("" if not kept).

    `whole_hash` is that of the text before the site's boilerplate was left out: other articles may have come before
    that was known. `hashes` are those by which copies are found (`near.hashes_of`), none of what is no article.
    """

    content: "Content"
    content_hash: str
    whole_hash: str
    hashes: tuple[int, ...] = ()
    html: bytes = b""
    dictionary_id: int | None = None


def parse_feed(body: bytes, url: str, content_type: str | None, now: datetime) -> "ParsedFeed | ParseError":
    """The feed, or why it is none."""
    from ingest.dedupe.material import stable_hash
    from ingest.feeds.parse import parse

    try:
        parsed = parse(body, url=url, content_type=content_type, now=now)
    except ParseError as error:
        return error
    entries = (replace(e, text_hash=stable_hash(e.title, e.content or e.summary)) for e in parsed.entries)
    return replace(parsed, entries=tuple(entries))


def extract_page(
    body: bytes,
    url: str,
    content_type: str | None,
    entry: NewEntry,
    now: datetime,
    *,
    method: "Method",
    keep: bool,
    known: SiteProfile,
) -> ExtractedPage:
    """Page → article without what its site repeats, its hash, and the page compressed."""
    from ingest.articles.extract import extract
    from storage.compression import compress

    extraction = extract(body, url=url, content_type=content_type, entry=entry, now=now, method=method)
    cleaned = _cleaned(extraction, known.boilerplate)
    if not keep or cleaned.content.verdict != "article":
        return cleaned
    html, dictionary_id = compress(body, known.dictionary)
    return replace(cleaned, html=html, dictionary_id=dictionary_id)


def extract_next_page(
    clean: Callable[..., ExtractedPage],
    so_far: "Content",
    body: bytes,
    url: str,
    content_type: str | None,
    entry: NewEntry,
    now: datetime,
    *,
    known: SiteProfile,
) -> ExtractedPage | None:
    """The article with this page's text after what there is of it, None when the page is none of its.

    A page that yields no text is answered as `clean` does.
    """
    from ingest.articles.continuation import continuation, continues, join
    from ingest.dedupe.fingerprint import content_hash
    from ingest.dedupe.near import hashes_of

    cleaned = clean(body, url, content_type, continuation(entry), now, known=known)
    if cleaned.content.verdict != "article":
        return cleaned
    if not continues(so_far, cleaned.content):
        return None
    extraction = join([so_far, cleaned.content])
    joined = content_hash(extraction.body)
    hashes = tuple(hashes_of(extraction.body))
    return replace(cleaned, content=extraction, content_hash=joined, whole_hash=joined, hashes=hashes)


def take_from_feed(entry: NewEntry, now: datetime, known: SiteProfile) -> ExtractedPage:
    """The article as the feed itself gives it."""
    from ingest.articles.extract import from_feed

    return _cleaned(from_feed(entry, now), known.boilerplate)


def _cleaned(extraction: "Content", boilerplate: frozenset[str]) -> ExtractedPage:
    from ingest.articles.boilerplate import without
    from ingest.dedupe.fingerprint import content_hash
    from ingest.dedupe.near import hashes_of
    from ingest.text.words import word_count

    whole_hash = content_hash(extraction.body)
    body = without(extraction.body, boilerplate)
    hashes = tuple(hashes_of(body))
    if body == extraction.body:
        return ExtractedPage(extraction, whole_hash, whole_hash, hashes)
    extraction = replace(extraction, body=body, words=word_count(body))
    return ExtractedPage(extraction, content_hash(body), whole_hash, hashes)
