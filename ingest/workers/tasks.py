"""The tasks that worker processes run: parse a feed, extract a page, extract a feed's text.

The libraries are imported inside the functions: only workers load them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ingest.articles.selectors import NO_SELECTORS, Selectors
from ingest.dedupe import material
from ingest.errors import ParseError
from ingest.feeds import split
from ingest.rules.evaluation import Drop
from storage.content import Content, Method, texts_of
from storage.documents import Document
from storage.records import NewEntry, SiteProfile

if TYPE_CHECKING:
    from ingest.articles.fullest import FoundText
    from ingest.articles.traced import TracedBlock
    from ingest.feeds.parsed import ParsedFeed

READING_VERSION = 1000 * split.VERSION + material.VERSION
"""The version of all that an entry's bytes are read into: its fields and the hash of its text."""


@dataclass(frozen=True, slots=True)
class PageTask:
    """A page to extract, without its bytes. `so_far` is the article on the pages before this one.

    `selectors` are those of the page's site. `trace`: the result says of each block why it is in the text or not.
    `continues`: the article's next page is there already. Else the page's own link says whether another may follow.
    `announced` is False if nobody has announced the page as an article; whether it is one is judged.
    """

    url: str
    content_type: str | None
    entry: NewEntry
    now: datetime
    method: Method
    profile: SiteProfile
    keep: bool = False
    so_far: Content | None = None
    continues: bool = False
    selectors: Selectors = NO_SELECTORS
    trace: bool = False
    announced: bool = True


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """The content of a page, hashes of its text, and the compressed page (b"" if it is not kept).

    `full_hash` is the exact hash of the text with the site's boilerplate: an equal text may have been archived before
    the boilerplate was known. `hashes` find near texts (`near.hashes_of`). `blocks` are those of this page, if they are
    traced. `drop` is the user's rule that drops the article, once the rules were asked (`pipeline.record`).
    """

    content: Content
    full_hash: str
    hashes: tuple[int, ...] = ()
    html: bytes = b""
    dictionary_id: int | None = None
    blocks: "tuple[TracedBlock, ...]" = ()
    drop: Drop | None = None


def warm_up() -> None:
    """Parse a feed and extract a page: the modules, patterns and models of first use are loaded then.

    Without it the first page of each worker takes 40 ms longer.
    """
    now, url = datetime(2026, 1, 1, tzinfo=UTC), "https://page.invalid/"
    text = f"<p>{'An archive keeps each article that its feeds announce, with all of its text. ' * 3}</p>" * 5
    item = f"<item><title>Title</title><description>{text}</description></item>"
    parse_feed(f"<rss version='2.0'><channel>{item}</channel></rss>".encode(), url, None, now)
    page = f"<html lang=en><title>Title</title><body><article><h1>Title</h1>{text}</article>"
    entry = NewEntry("", url, None)
    extract_page(page.encode(), PageTask(url, None, entry, now, "combined", SiteProfile(), keep=True))


def parse_feed(
    body: bytes,
    url: str,
    content_type: str | None,
    now: datetime,
    feed_url: str = "",
    last: Document | None = None,
) -> "ParsedFeed | ParseError":
    """Parse a feed. Return ParseError if the bytes are not one.

    Entries that the `last` document of the feed had are not read, unless one that is read shares a name with them.
    """
    from ingest.dedupe.aliases import name_checksums
    from ingest.dedupe.material import stable_hash
    from ingest.feeds.parse import parse
    from ingest.feeds.split import NOTHING, Last

    known = {e.digest: e for e in last.entries} if last and last.version == READING_VERSION else {}
    try:
        parsed = parse(
            body, url=url, content_type=content_type, now=now, last=Last(last.frame, known) if last else NOTHING
        )
        names = {name for digest in parsed.same for name in (known[digest].guid, known[digest].page) if name}
        if names and not all(names.isdisjoint(name_checksums(e.url, e.guid, feed_url)) for e in parsed.entries):
            parsed = parse(body, url=url, content_type=content_type, now=now)
    except ParseError as error:
        return error
    entries = (replace(e, text_hash=stable_hash(e.title, e.content or e.summary)) for e in parsed.entries)
    return replace(parsed, entries=tuple(entries))


def extract_page(body: bytes | Callable[[], bytes], task: PageTask) -> ExtractedPage | None:
    """Extract a page, leave out its site's boilerplate, and append its text to `task.so_far`.

    Return None if the page does not continue that article. A page without a text is returned alone.
    A body that is callable is read here, which may raise BadBody or Unreadable.
    """
    from ingest.articles.continuation import continuation, continues, join
    from ingest.articles.extract import extract_with_text

    if callable(body):
        body = body()
    entry = continuation(task.entry) if task.so_far else task.entry
    page = task.url, task.content_type, entry, task.now, task.method, task.selectors
    content, text = extract_with_text(body, *page, announced=task.announced or task.so_far is not None)
    traced = _traced(content, text, task.profile.boilerplate) if task.trace else ()
    content, full_body = _without_boilerplate(content, task.profile.boilerplate)
    if task.so_far and content.verdict == "article":
        if not continues(task.so_far, content):
            return None
        content, full_body = join(task.so_far, content), ""
    extracted = _finished(content, full_body, task.entry, keep_lines=task.continues or content.next_url is not None)
    extracted = replace(extracted, blocks=traced) if traced else extracted
    if not task.keep or content.verdict != "article":
        return extracted
    from storage.compression import compress

    html, dictionary_id = compress(body, task.profile.dictionary)
    return replace(extracted, html=html, dictionary_id=dictionary_id)


def extract_from_feed(entry: NewEntry, profile: SiteProfile) -> ExtractedPage:
    """Extract the article from the feed's own text."""
    from ingest.articles.extract import from_feed

    return _finished(*_without_boilerplate(from_feed(entry), profile.boilerplate), entry, keep_lines=False)


def _traced(content: Content, text: "FoundText", boilerplate: frozenset[str]) -> "tuple[TracedBlock, ...]":
    from ingest.articles.boilerplate import kept
    from ingest.articles.trace import trace

    lines = texts_of(content.lines)
    return tuple(trace(text, lines, kept(lines, boilerplate)))


def _without_boilerplate(content: Content, boilerplate: frozenset[str]) -> tuple[Content, str]:
    """Remove the site's boilerplate. Return the text with it too."""
    from ingest.articles.boilerplate import kept
    from ingest.text.words import word_count

    stays = iter(kept(texts_of(content.lines), boilerplate))
    lines = tuple(line for line in content.lines if not line.text or next(stays))
    if len(lines) == len(content.lines):
        return content, content.body
    body = "\n".join(texts_of(lines))
    return replace(content, body=body, words=word_count(body), lines=lines), content.body


def _finished(content: Content, full_body: str, entry: NewEntry, *, keep_lines: bool) -> ExtractedPage:
    from ingest.articles.structure.finish import finished
    from ingest.dedupe.fingerprint import content_hash
    from ingest.dedupe.near import hashes_of

    content = replace(content, content_hash=content_hash(content.body))
    content = finished(content, entry.media, keep_lines=keep_lines)
    is_full = full_body in ("", content.body)
    full_hash = content.content_hash if is_full else content_hash(full_body)
    return ExtractedPage(content, full_hash, tuple(hashes_of(content.body)))
