"""The bytes of a feed → its entries: RSS 0.9x to 2.0, RDF, Atom through feedparser, JSON Feed beside it.

decode     into UTF-8, from whatever it is in
thin       flood.thinned: of too many entries the newest
read       jsonfeed.read, or feedparser (this is the one module that knows it); names.bare if that gives no entry
settle     together.settle: repeated entries, the limit, shared links
"""

import io
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import feedparser

from ingest.errors import ParseError, is_out_of_memory
from ingest.feeds import fields, jsonfeed
from ingest.feeds.discover import is_html
from ingest.feeds.flood import thinned
from ingest.feeds.links import absolute, page_link
from ingest.feeds.names import bare
from ingest.feeds.parsed import ParsedFeed
from ingest.feeds.together import is_empty, settle
from ingest.text.charset import decode
from ingest.text.dates import read_instant
from ingest.text.markup import clean, clean_line, from_markup, from_title
from storage.records import NewEntry

LONGEST_CAUSE = 200  # characters, of what a library says
LONGEST_ASKED_S = 30 * 86400  # a ttl or update period beyond this is nonsense

_PERIODS_S = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}
_TEXT_TYPES = ("text/", "application/xhtml+xml")
_WRAPPED_IN_A_TAG = re.compile(
    r"\s*<(?:p|div|span|a|img|h\d|ul|ol|table|blockquote|figure|section|article)[\s>].*>\s*", re.IGNORECASE | re.DOTALL
)
_CDF = re.compile(rb"<channel\s[^>]*\bhref=", re.IGNORECASE)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_END = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_END_BYTES = 4096
_ENTRY = ((b"<item", b"</item"), (b"<entry", b"</entry"))
_CHARACTER = re.compile(rb"&#(?:x([0-9a-f]+)|([0-9]+));", re.IGNORECASE)
_NOT_FEEDS = {
    "opml": "an OPML list of feeds, which `ingest feeds import` reads",
    "urlset": "a sitemap",
    "sitemapindex": "a sitemap",
    "channel": "CDF, a format that died in 1999",
    "error": "an error message in XML",
}

_Mixin = feedparser.mixin._FeedParserMixin  # noqa: SLF001 (there is no option for what follows)
# xml:base would be put before ids, and every entry would be new when it changes.
_Mixin.can_be_relative_uri.discard("id")


def _leave_element(reader: Any, tag: str, leave: Callable[[Any, str], None] = _Mixin.unknown_endtag) -> None:  # noqa: ANN401 (a _Mixin)
    """Without a base of the document feedparser lets an xml:base outlive its element, and misleads later links."""
    leave(reader, tag)
    if reader.basestack:
        reader.baseuri = reader.basestack[-1]


_Mixin.unknown_endtag = _leave_element

_Node = dict[str, Any]


def parse(body: bytes, *, url: str, content_type: str | None, now: datetime, limit: int = 5000) -> ParsedFeed:
    """The feed in `body`, which came from `url`; of more than `limit` entries the newest.

    Raises ParseError, whose cause says what the bytes are instead, or that none of the entries in them can be read.
    A feed that is broken but readable is read, with a warning; so is one without entries.
    """
    body = decode(body, content_type).encode(errors="replace")  # in UTF-16, no pattern over bytes would see anything
    if not body.strip(b" \t\r\n\0"):
        raise ParseError(url, "the body is empty")
    if jsonfeed.looks_like_json(body):
        feed = jsonfeed.read(body, url=url, now=now, limit=limit)
    elif is_html(body):
        raise ParseError(url, "this is an HTML page, not a feed")
    else:
        body, held = thinned(body, now, limit)
        feed = _read_either_way(body, url, now) if held else _read(body, url, now)
        feed = replace(feed, entries_seen=max(held, feed.entries_seen))
    feed = settle(feed, url=url, limit=limit)
    if feed.entries_seen and not feed.entries:
        why = f": {feed.warning}" if feed.warning and not feed.whole else ""
        raise ParseError(url, f"no entry could be read, of {feed.entries_seen} that are in it{why}")
    return feed


def _read_either_way(body: bytes, url: str, now: datetime) -> ParsedFeed:
    """Read a document with entries as it is written; if that gives none of them, with bare names."""
    fault = None
    try:
        feed = _read(body, url, now)
        if not all(map(is_empty, feed.entries)):
            return feed
    except ParseError as error:
        fault = error
    try:
        return _read(bare(body), url, now)
    except ParseError as error:
        raise fault or error from None


def _read(body: bytes, url: str, now: datetime) -> ParsedFeed:
    document = _document(body, url)
    version, found = document.get("version", ""), document["entries"]
    if not (version or found) or _CDF.search(body[:4096]):
        raise ParseError(url, _what_it_is(body))
    feed: _Node = document["feed"]
    language = fields.language(_said(feed, "language"))
    inherited = _authors(feed, version) if version.startswith("atom") else ()  # RFC 4287 §4.2.1
    reader = _EntryReader(url, version, language, inherited, now)
    entries = [entry for node in found if (entry := reader.read(node))]
    bad = len(found) - len(entries)
    warnings = _complaints(document)
    whole = not warnings or bool(_END.search(body[-_END_BYTES:]))
    if not whole and any(body.rfind(begin) > body.rfind(end) for begin, end in _ENTRY):
        entries = entries[:-1]  # the end fell into it: it comes whole another time
    if bad:
        warnings.append(f"{bad} of its {len(found)} entries could not be read")
    return ParsedFeed(
        version=version,
        title=from_title(_said(feed, "title")) or None,
        site_url=_link(feed, url, language)[0],
        language=language,
        entries=tuple(entries),
        entries_seen=len(found),
        asked_interval_s=_asked_interval_s(feed),
        warning="; ".join(warnings) or None,
        whole=whole,
    )


def _document(body: bytes, url: str) -> _Node:
    try:
        return _feedparsed(body)
    except Exception as error:  # whatever feedparser trips over, the mended document gets a chance
        if is_out_of_memory(error):
            raise
        try:
            return _feedparsed(_CHARACTER.sub(_possible_character, body))
        except Exception as error:  # feedparser raises all sorts
            if is_out_of_memory(error):
                raise
            cause = clean_line(f"{type(error).__name__}: {error}")[:LONGEST_CAUSE]
            raise ParseError(url, f"feedparser could not read it ({cause})") from error


def _feedparsed(body: bytes) -> _Node:
    # No content-location: guids are to stay as written. Cleaning and resolving here takes 50 times as long.
    # The charset of the header outranks what the document declares.
    headers = {"content-type": "application/xml; charset=utf-8"}
    document: _Node = feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    if is_out_of_memory(document.get("bozo_exception") or Exception()):
        raise MemoryError
    return document


def _possible_character(reference: re.Match[bytes]) -> bytes:
    """Half a surrogate pair, or a number beyond Unicode, stops feedparser's lenient parser."""
    number = int(reference[1], 16) if reference[1] else int(reference[2][:9])
    possible = number <= sys.maxunicode and unicodedata.category(chr(number)) != "Cs"
    return reference[0] if possible else "\ufffd".encode()


def _what_it_is(body: bytes) -> str:
    root = _ROOT.search(body[:4096])
    if not root:
        return "this is no feed, and no XML or JSON either"
    name = root[1].decode(errors="replace").rpartition(":")[2]
    return f"this is {_NOT_FEEDS.get(name.lower(), f'XML of another kind (<{name}>), not a feed')}"


def _complaints(document: _Node) -> list[str]:
    """Encodings and content types are declared wrongly all the time, and harm nothing."""
    error = document.get("bozo_exception")
    if error is None or isinstance(
        error, feedparser.CharacterEncodingOverride | feedparser.CharacterEncodingUnknown | feedparser.NonXMLContentType
    ):
        return []
    reason = clean_line(getattr(error, "getMessage", lambda: str(error))())[:LONGEST_CAUSE]
    line = getattr(error, "getLineNumber", lambda: None)()
    return [f"its XML is broken ({reason}{f', line {line}' if line else ''}) and entries may be missing"]


def _asked_interval_s(feed: _Node) -> int:
    """The longer of `ttl` (minutes) and `sy:updatePeriod` / `sy:updateFrequency`; 0 for nonsense."""
    asked_s = [_number(_said(feed, "ttl")) * 60]
    if period_s := _PERIODS_S.get(_said(feed, "sy_updateperiod").lower()):
        asked_s.append(period_s // (_number(_said(feed, "sy_updatefrequency") or "1") or period_s + 1))
    return max((s for s in asked_s if s <= LONGEST_ASKED_S), default=0)


def _number(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= len("99999999") else 0


class _EntryReader:
    """Reads the entries of one document; `inherited` are the authors of entries that name none."""

    def __init__(self, url: str, version: str, language: str | None, inherited: tuple[str, ...], now: datetime) -> None:
        self._url = url
        self._version = version
        self._language = language
        self._inherited = inherited
        self._now = now

    def read(self, node: _Node) -> NewEntry | None:
        """None for one that cannot be read: those beside it still can."""
        try:
            return self._read(node)
        except Exception as error:  # one entry's oddity, whichever, must not cost the others
            if is_out_of_memory(error):
                raise
            return None

    def _read(self, node: _Node) -> NewEntry:
        published_raw = _said(node, "published") or _said(node, "created")
        updated_raw = _said(node, "updated")
        # In RSS "updated" is mostly dc:date: the entry's only date is when it was published.
        updated = read_instant(updated_raw, self._now)
        published = read_instant(published_raw, self._now) or updated
        is_update = bool(published_raw) or self._version.startswith("atom")
        link, link_language = _link(node, self._url, self._language)
        title = from_title(_said(node, "title")) or None
        summary, content = _texts(node, title)
        return NewEntry(
            guid=fields.identifier(_said(node, "id")),
            url=link,
            title=title,
            authors=_authors(node, self._version) or self._inherited,
            published_at=published.at if published else None,
            published_precision=published.precision if published else None,
            published_raw=clean_line(published_raw or updated_raw)[: fields.LONGEST_DATE] or None,
            updated_at=updated.at if updated and is_update else None,
            summary=summary,
            content=content,
            language=_language(node, link_language) or self._language,
            image_url=_image(node, self._url),
            tags=fields.tags(_said(tag, "term") or _said(tag, "label") for tag in _all(node, "tags")),
        )


def _said(node: object, key: str) -> str:
    """A string that the document holds. Past feedparser's own look-up, which answers `updated` with `published`."""
    value = dict.get(node, key) if isinstance(node, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _all(node: _Node, key: str) -> list[_Node]:
    found = dict.get(node, key) if isinstance(node, dict) else None
    return [value for value in found if isinstance(value, dict)] if isinstance(found, list) else []


def _link(node: _Node, base: str, language: str | None) -> tuple[str | None, str | None]:
    """(the page's URL, the language the link says it is in)."""
    if original := absolute(_said(node, "feedburner_origlink"), base):
        return original, None
    links: Sequence[Mapping[str, str]] = _all(node, "links")
    chosen = page_link(links, language)
    url = absolute(_said(chosen, "href"), base)
    if url:
        return url, fields.language(_said(chosen, "hreflang"))
    # Without a link element feedparser puts a permalink guid here, and nothing when the feed denies that it is one;
    # with a useless link it no longer tells the two apart, and the guid is the better guess.
    guid = _said(node, "id" if links else "link")
    return (absolute(guid, base) if guid.startswith(("http:", "https:", "/")) else None), None


def _authors(node: _Node, version: str) -> tuple[str, ...]:
    """All are in `authors`, but RSS's "a@b.example (Name)" may be mangled there; `author` is the last, as written."""
    named = [_said(author, "name") for author in _all(node, "authors")]
    return fields.names(named if len(named) > 1 or version.startswith("atom") else [_said(node, "author")])


def _language(node: _Node, link_language: str | None) -> str | None:
    texts = [dict.get(node, "title_detail"), *_all(node, "content"), dict.get(node, "summary_detail")]
    said = (fields.language(_said(text, "language")) for text in texts)
    return fields.language(_said(node, "language")) or link_language or next(filter(None, said), None)


def _texts(node: _Node, title: str | None) -> tuple[str | None, str | None]:
    raw_summary = _said(node, "summary")
    contents = [c for c in _all(node, "content") if "src" not in c and _said(c, "type").startswith(_TEXT_TYPES)]
    copied = any(_said(c, "value") == raw_summary for c in contents)  # feedparser fills a missing summary so
    description = "" if copied else _plain(raw_summary, _said(dict.get(node, "summary_detail"), "type"))
    return fields.texts(title, description, [_plain(_said(c, "value"), _said(c, "type")) for c in contents])


def _plain(text: str, kind: str) -> str:
    """Atom's plain text stays as it is (RFC 4287 §3.1.1.1), unless it is all markup that nobody declared."""
    if kind == "text/plain" and not _WRAPPED_IN_A_TAG.fullmatch(text):
        return clean(text)
    return from_markup(text)


def _image(node: _Node, base: str) -> str | None:
    """The widest picture of media:content; else a thumbnail, an enclosure, the podcast's cover."""
    pictures = [m for m in _all(node, "media_content") if _is_picture(m)]
    pictures.sort(key=lambda m: _number(_said(m, "width")), reverse=True)
    enclosed = [link for link in _all(node, "links") if link.get("rel") == "enclosure" and _is_picture(link)]
    cover = dict.get(node, "image")
    found: Iterable[_Node] = (
        *pictures,
        *_all(node, "media_thumbnail"),
        *enclosed,
        cover if isinstance(cover, dict) else {},
    )
    urls = (absolute(_said(picture, "url") or _said(picture, "href"), base) for picture in found)
    return next((url for url in urls if url and "gravatar.com/avatar" not in url), None)  # WordPress: the author's face


def _is_picture(node: _Node) -> bool:
    address = (_said(node, "url") or _said(node, "href")).partition("?")[0].lower()
    kind = _said(node, "medium") or _said(node, "type")
    return kind.startswith("image") if kind else address.endswith((".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"))
