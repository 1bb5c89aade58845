"""RSS 0.9x to 2.0, RDF and Atom → entries."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from ingest.errors import ParseError, is_out_of_memory
from ingest.feeds import fields
from ingest.feeds.links import absolute, page_link
from ingest.feeds.markup import kept
from ingest.feeds.nodes import SKIPPED, Node, children, number, read_document, text_of, xml_faults
from ingest.feeds.parsed import ParsedFeed, is_empty
from ingest.feeds.split import NOTHING, Last, Pieces, split, with_digests
from ingest.feeds.xml_media import read_media_of
from ingest.feeds.xml_source import keep_newest, without_namespaces
from ingest.text.dates import read_instant
from ingest.text.markup import clean, clean_line, from_title, language_tag
from storage.records import NewEntry

MAX_ASKED_S = 30 * 86400  # a longer ttl or update period is nonsense

_PERIODS_S = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}
_HOURS = {str(hour): hour for hour in range(24)} | {f"0{hour}": hour for hour in range(10)} | {"24": 0}  # of RSS 0.91
_DAYS = {name: n for n, name in enumerate("monday tuesday wednesday thursday friday saturday sunday".split())}
_XHTML = "application/xhtml+xml"
_TEXT_TYPES = ("text/", _XHTML)
_ALL_MARKUP = re.compile(
    r"\s*<(?:p|div|span|a|img|h\d|ul|ol|table|blockquote|figure|section|article)[\s>].*>\s*", re.IGNORECASE | re.DOTALL
)
_CDF = re.compile(rb"<channel\s[^>]*\bhref=", re.IGNORECASE)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_END = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_END_BYTES = 4096
_ENTRY_TAGS = ((b"<item", b"</item"), (b"<entry", b"</entry"))
_NOT_FEEDS = {
    "opml": "an OPML list of feeds, which `ingest feeds import` reads",
    "urlset": "a sitemap",
    "sitemapindex": "a sitemap",
    "channel": "CDF, a format that died in 1999",
    "error": "an error message in XML",
}


def read(body: bytes, *, url: str, now: datetime, limit: int, last: Last = NOTHING) -> ParsedFeed:
    """Parse a UTF-8 document, of more than `limit` entries the newest. Raises ParseError.

    Entries that the last document had are not read, if the document can be split.
    """
    pieces = split(body, url)
    if pieces is None or len(pieces.entries) > limit:
        body, held = keep_newest(body, now, limit)
        return _read_all(body, url, now, held)
    held = len(pieces.entries)
    if known := pieces.known(last):
        entries, _ = pieces.new(known)
        with suppress(ParseError):
            feed = _read(b"".join((pieces.head, *entries, pieces.tail)), url, now, held)
            feed = with_digests(feed, pieces, known)
            if feed.same:
                return feed
    return _read_all(body, url, now, held, pieces)


def _read_all(body: bytes, url: str, now: datetime, held: int, pieces: Pieces[bytes] | None = None) -> ParsedFeed:
    """Parse all entries. If none can be read, parse the document again without namespaces."""
    if not held:
        return _read(body, url, now, held)
    fault = None
    try:
        feed = _read(body, url, now, held)
        if not all(map(is_empty, feed.entries)):
            return with_digests(feed, pieces) if pieces else feed
    except ParseError as error:
        fault = error
    try:
        return _read(without_namespaces(body), url, now, held)
    except ParseError as error:
        raise fault or error from None


def _read(body: bytes, url: str, now: datetime, held: int) -> ParsedFeed:
    document = read_document(body, url)
    version, nodes = document.get("version", ""), document["entries"]
    if not (version or nodes) or _CDF.search(body[:4096]):
        raise ParseError(url, _kind_of(body))
    feed: Node = document["feed"]
    language = language_tag(text_of(feed, "language"))
    inherited = _authors(feed, version) if version.startswith("atom") else ()  # RFC 4287 §4.2.1
    site_url = _link(feed, url, language)[0]
    reader = _EntryReader(url, site_url or url, version, language, inherited, now)
    entries = [entry for node in nodes if (entry := reader.read(node))]
    bad = len(nodes) - len(entries)
    warnings = xml_faults(document)
    is_truncated = bool(warnings) and not _END.search(body[-_END_BYTES:])
    if is_truncated and any(body.rfind(begin) > body.rfind(end) for begin, end in _ENTRY_TAGS):
        entries = entries[:-1]  # the last entry is incomplete; a later poll brings all of it
    if bad:
        warnings.append(f"{bad} of its {len(nodes)} entries could not be read")
    return ParsedFeed(
        version=version,
        title=from_title(text_of(feed, "title")) or None,
        site_url=site_url,
        language=language,
        entries=tuple(entries),
        entries_seen=max(held, len(nodes)),
        asked_interval_s=_asked_interval_s(feed),
        skip_hours=_skipped(feed, "hour", _HOURS),
        skip_days=_skipped(feed, "day", _DAYS),
        warning="; ".join(warnings) or None,
        is_truncated=is_truncated,
    )


def _kind_of(body: bytes) -> str:
    root = _ROOT.search(body[:4096])
    if not root:
        return "this is no feed, and no XML or JSON either"
    name = root[1].decode(errors="replace").rpartition(":")[2]
    return f"this is {_NOT_FEEDS.get(name.lower(), f'XML of another kind (<{name}>), not a feed')}"


def _asked_interval_s(feed: Node) -> int:
    """Return the longer of `ttl` (minutes) and `sy:updatePeriod` / `sy:updateFrequency`, 0 for nonsense."""
    asked_s = [number(text_of(feed, "ttl")) * 60]
    if period_s := _PERIODS_S.get(text_of(feed, "sy_updateperiod").lower()):
        asked_s.append(period_s // (number(text_of(feed, "sy_updatefrequency") or "1") or period_s + 1))
    return max((s for s in asked_s if s <= MAX_ASKED_S), default=0)


def _skipped(feed: Node, name: str, values: Mapping[str, int]) -> tuple[int, ...]:
    """Return what skipHours or skipDays name. A feed that names all of them asks for no poll ever: return none."""
    named: Sequence[str] = dict.get(feed, SKIPPED[name], ())
    found = {values[text.lower()] for text in named if text.lower() in values}
    return () if len(found) == len(set(values.values())) else tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class _EntryReader:
    """Reads the entries of one document. `home` is its site. `inherited` are the authors of entries without authors."""

    url: str
    home: str
    version: str
    language: str | None
    inherited: tuple[str, ...]
    now: datetime

    def read(self, node: Node) -> NewEntry | None:
        """Return None if the entry cannot be read, so that the others are kept."""
        try:
            return self._read(node)
        except Exception as error:
            if is_out_of_memory(error):
                raise
            return None

    def _read(self, node: Node) -> NewEntry:
        published_raw = text_of(node, "published") or text_of(node, "created")
        updated_raw = text_of(node, "updated")
        # In RSS "updated" is mostly dc:date: an entry's only date is its publication.
        updated = read_instant(updated_raw, self.now)
        published = read_instant(published_raw, self.now) or updated
        is_update = bool(published_raw) or self.version.startswith("atom")
        link, link_language = _link(node, self.url, self.language)
        title = from_title(text_of(node, "title")) or None
        texts = _texts(node, title)
        home = link or self.home if dict.get(node, "source") else self.home  # as planets copy entries
        image_url, media = read_media_of(node, self.url, title=title, summary=texts.summary)
        return NewEntry(
            guid=fields.identifier(text_of(node, "id")),
            url=link,
            title=title,
            authors=_authors(node, self.version) or self.inherited,
            published_at=published.at if published else None,
            published_precision=published.precision if published else None,
            published_raw=clean_line(published_raw or updated_raw)[: fields.MAX_DATE_CHARS] or None,
            updated_at=updated.at if updated and is_update else None,
            summary=texts.summary,
            content=texts.content,
            markup=kept(texts.read_from.markup, declared=texts.read_from.base, link=link, home=home),
            language=_language(node, link_language) or self.language,
            image_url=image_url,
            media=media,
            tags=fields.tags(text_of(tag, "term") or text_of(tag, "label") for tag in children(node, "tags")),
        )


def _link(node: Node, base: str, language: str | None) -> tuple[str | None, str | None]:
    """Return the page's URL, and the language that the link declares."""
    if original := absolute(text_of(node, "feedburner_origlink"), base):
        return original, None
    links: Sequence[Mapping[str, str]] = children(node, "links")
    chosen = page_link(links, language)
    url = absolute(text_of(chosen, "href"), base)
    if url:
        return url, language_tag(text_of(chosen, "hreflang"))
    # Without a link element feedparser makes a guid the link, unless the feed denies that it is a permalink. With a
    # useless link element it does not distinguish the two cases, and the guid is the better guess.
    guid = text_of(node, "id" if links else "link")
    return (absolute(guid, base) if guid.startswith(("http:", "https:", "/")) else None), None


def _authors(node: Node, version: str) -> tuple[str, ...]:
    """Return the authors' names. feedparser may mangle RSS's "a@b.example (Name)" in `authors`, but not in `author`."""
    named = [text_of(author, "name") for author in children(node, "authors")]
    return fields.names(named if len(named) > 1 or version.startswith("atom") else [text_of(node, "author")])


def _language(node: Node, link_language: str | None) -> str | None:
    texts = [dict.get(node, "title_detail"), *children(node, "content"), dict.get(node, "summary_detail")]
    declared = (language_tag(text_of(text, "language")) for text in texts)
    return language_tag(text_of(node, "language")) or link_language or next(filter(None, declared), None)


def _texts(node: Node, title: str | None) -> fields.Texts:
    raw_summary = text_of(node, "summary")
    contents = [c for c in children(node, "content") if "src" not in c and text_of(c, "type").startswith(_TEXT_TYPES)]
    copied = any(text_of(c, "value") == raw_summary for c in contents)  # by feedparser, if there is no summary
    description = fields.Text() if copied else _read_text(raw_summary, dict.get(node, "summary_detail"))
    return fields.texts(title, description, [_read_text(text_of(c, "value"), c) for c in contents])


def _read_text(text: str, detail: object) -> fields.Text:
    """Read a text. Text that Atom declares as text/plain (RFC 4287 §3.1.1.1) is no markup, unless it is all markup."""
    kind = text_of(detail, "type")
    if kind == "text/plain" and not _ALL_MARKUP.fullmatch(text):
        return fields.Text(clean(text))
    # feedparser writes an XHTML <br/> as two tags, which HTML reads as two line breaks.
    return fields.read_text(text.replace("</br>", "") if kind == _XHTML else text, text_of(detail, "base"))
