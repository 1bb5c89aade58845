"""Feed lists of other readers: OPML 2.0 (opml.org/spec2.opml), read and written.

A folder is a tag that begins with a slash, "/News/Tech", as OPML writes the path of a category. A slash in a folder's
name is written %2F.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.errors import ParseError
from ingest.feeds.links import absolute
from ingest.hosts import for_message, without_credentials
from ingest.text.charset import decode
from ingest.text.markup import clean_line
from storage.records import WantedFeed

if TYPE_CHECKING:
    from lxml.etree import _Element

_NAMESPACE = "urn:ingest:feeds"  # of attributes that OPML has no word for
# In a URL's query, written by hand; lxml's recovery would drop it.
_BARE_AMPERSAND = re.compile(r"&(?!#?\w+;)")
# Control characters, which XML cannot hold. They are replaced: a URL that loses one is another URL.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#0*(?:[0-8]|1[124-9]|2[0-9]|3[01]);|&#x0*(?:[0-8bcef]|1[0-9a-f]);", re.IGNORECASE
)
_MAX_DEPTH = 50  # of folders
_INTERVAL = re.compile(r"[1-9][0-9]{0,8}")
_ESCAPES = re.compile(r"%(2F|25)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An outline that is not put on the feed list. `url` is the written one without credentials, or ""."""

    url: str
    name: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Outlines:
    feeds: tuple[WantedFeed, ...]
    left_out: tuple[LeftOut, ...]


def read(body: bytes, *, source: str) -> Outlines:
    """Read the feeds of an OPML document, each once. Folders and categories become tags.

    Raises ParseError, naming `source`, if the document is not OPML or has no feeds. Broken XML is read as far as
    possible. Entities and DTDs are not resolved.
    """
    from lxml import etree  # not needed at start-up

    parser = etree.XMLParser(encoding="utf-8", recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    text = _CONTROL.sub("\ufffd", _BARE_AMPERSAND.sub("&amp;", decode(body, None)))
    try:
        root = etree.fromstring(text.encode(errors="replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ParseError(source, "this is not OPML: no XML in it") from error
    if root is None or _name(root) != "opml":
        raise ParseError(source, "this is not OPML" + (f" but <{_name(root)}>" if root is not None else ""))
    feeds: dict[str, WantedFeed] = {}
    tags: dict[str, dict[str, None]] = {}
    left_out: list[LeftOut] = []
    for found in _outlines(root, ()):
        if isinstance(found, LeftOut):
            left_out.append(found)
            continue
        url = without_credentials(found.url)
        if url in feeds and tags[url].keys() >= set(found.tags):
            left_out.append(LeftOut(url, found.name, "twice in the file"))
        else:
            feeds.setdefault(url, found)
            tags.setdefault(url, {}).update(dict.fromkeys(found.tags))
    if not feeds:
        reasons = Counter(left.reason for left in left_out)
        why = ", ".join(f"{reason} ({number})" for reason, number in reasons.items()) or "no outline with an xmlUrl"
        raise ParseError(source, f"this OPML has no feeds: {why}")
    return Outlines(tuple(replace(feed, tags=_needed(tags[url])) for url, feed in feeds.items()), tuple(left_out))


def _needed(tags: Iterable[str]) -> tuple[str, ...]:
    """Drop the tag of the outermost folder if the feed is in no other: a feed without tags is in that one."""
    in_folders = any(tag.startswith("/") for tag in tags if tag != "/")
    return tuple(tag for tag in tags if tag != "/" or in_folders)


def _name(element: "_Element") -> str:
    return str(element.tag).rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _outlines(parent: "_Element", folders: tuple[str, ...]) -> Iterator[WantedFeed | LeftOut]:
    for element in parent:
        if _name(element) != "outline":
            yield from _outlines(element, folders)
            continue
        raw = {str(name).lower(): str(value) for name, value in element.attrib.items()}
        attributes = {name: clean_line(value) for name, value in raw.items()}
        title = without_credentials(attributes.get("title") or attributes.get("text") or "")
        address = attributes.get("xmlurl", "")
        if address and "+" in (kind := attributes.get("type", "")):  # FreshRSS: a page that it reads by XPath
            yield LeftOut(for_message(address), title or None, f"of type {kind}, which is no feed")
        elif url := absolute(raw.get("xmlurl"), "", credentials=True):
            yield _feed(attributes, url, title, folders)
        elif address:
            yield LeftOut(for_message(address), title or None, "no http or https address")
        elif not len(element):
            is_folder = not {"type", "url", "htmlurl"} & set(attributes)
            yield LeftOut("", title or None, "a folder without feeds" if is_folder else "no address (xmlUrl)")
        is_named = bool(title) and not address and len(folders) < _MAX_DEPTH
        yield from _outlines(element, (*folders, title) if is_named else folders)


def _feed(attributes: dict[str, str], url: str, title: str, folders: tuple[str, ...]) -> WantedFeed:
    interval = attributes.get(f"{{{_NAMESPACE}}}interval_s", "")
    tags = (_folder_tag(folders), *_categories(attributes.get("category", "")))
    return WantedFeed(
        url=url,
        name=title if title and title not in (url, without_credentials(url)) else None,
        tags=tuple(dict.fromkeys(filter(None, (tag.strip() for tag in tags)))),
        interval_s=int(interval) if _INTERVAL.fullmatch(interval) else None,
        article="feed" if attributes.get(f"{{{_NAMESPACE}}}article") == "feed" else "page",
    )


def _folder_tag(names: Iterable[str]) -> str:
    """Escape a slash in a name, and a "%" that would be read as an escape."""
    return "/" + "/".join(_ESCAPES.sub(r"%25\1", name).replace("/", "%2F") for name in names)


def _folder_names(tag: str) -> tuple[str, ...]:
    """Return the names in a folder's tag, () for the outermost folder."""
    unescaped = (_ESCAPES.sub(lambda found: "%" if found[1] == "25" else "/", name) for name in tag.split("/"))
    return tuple(filter(None, map(clean_line, unescaped)))[:_MAX_DEPTH]


def _categories(attribute: str) -> Iterator[str]:
    """Split a comma-separated list: "/Science/Physics" is a path of two, "tcp/ip" is one."""
    for category in attribute.split(","):
        yield from category.split("/") if category.strip().startswith("/") else (category,)


def write(feeds: Sequence[WantedFeed], *, title: str) -> bytes:
    """Write OPML 2.0. A feed in several folders is written in each.

    `read` takes it back unchanged, but for the order of feeds and of a feed's tags, and for commas in tags, which a
    category cannot hold.
    """
    from lxml import etree

    root = etree.Element("opml", {"version": "2.0"}, nsmap={"ingest": _NAMESPACE})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = clean_line(title)
    folders: dict[tuple[str, ...], _Element] = {(): etree.SubElement(root, "body")}
    for feed in feeds:
        tags = [tag for tag in feed.tags if tag.startswith("/")] or ["/"]
        for names in dict.fromkeys(map(_folder_names, tags)):
            for depth, name in enumerate(names, start=1):
                if names[:depth] not in folders:
                    inside = {"text": name, "title": name}
                    folders[names[:depth]] = etree.SubElement(folders[names[: depth - 1]], "outline", inside)
            etree.SubElement(folders[names], "outline", _attributes(feed))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _attributes(feed: WantedFeed) -> dict[str, str]:
    name = clean_line(feed.name or feed.url)
    words = [clean_line(tag).replace(",", " ").strip() for tag in feed.tags if not tag.startswith("/")]
    attributes = {"type": "rss", "text": name, "title": name, "xmlUrl": feed.url}
    if any(words):
        attributes["category"] = ",".join(filter(None, words))
    if feed.interval_s is not None:
        attributes[f"{{{_NAMESPACE}}}interval_s"] = str(feed.interval_s)
    if feed.article != "page":
        attributes[f"{{{_NAMESPACE}}}article"] = feed.article
    return attributes
