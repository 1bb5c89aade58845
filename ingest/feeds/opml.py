"""Feed lists as other readers keep them (OPML 2.0, opml.org/spec2.opml): in and out."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.charset import decode
from ingest.errors import ParseError
from ingest.feeds.links import absolute
from ingest.hosts import without_credentials
from ingest.text import clean_line
from storage.records import WantedFeed

if TYPE_CHECKING:
    from lxml.etree import _Element

_OURS = "urn:ingest:feeds"  # attributes OPML has no word for, in a namespace of their own as it asks
# The query of an address, written by hand; recovery would drop it.
_BARE_AMPERSAND = re.compile(r"&(?!#?\w+;)")
# XML cannot hold them, and without one of them an address would be another.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#0*(?:[0-8]|1[124-9]|2[0-9]|3[01]);|&#x0*(?:[0-8bcef]|1[0-9a-f]);", re.IGNORECASE
)
_DEEPEST = 50  # folders


def read(body: bytes, *, source: str) -> tuple[WantedFeed, ...]:
    """The feeds of an OPML document, each once, with the credentials in their URLs; folders and categories become tags.

    Raises ParseError, naming `source`, when it is no OPML or has no feeds. Broken XML is read as far as it goes;
    entities and DTDs are not resolved.
    """
    from lxml import etree  # at start-up nobody needs it

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
    for feed in _feeds(root, ()):
        url = without_credentials(feed.url)
        feeds.setdefault(url, feed)
        tags.setdefault(url, {}).update(dict.fromkeys(feed.tags))
    if not feeds:
        raise ParseError(source, "this OPML has no feeds: no outline with an xmlUrl")
    return tuple(replace(feed, tags=tuple(tags[url])) for url, feed in feeds.items())


def _name(element: "_Element") -> str:
    return str(element.tag).rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _feeds(parent: "_Element", folders: tuple[str, ...]) -> Iterator[WantedFeed]:
    for element in parent:
        written = {str(name).lower(): str(value) for name, value in element.attrib.items()}
        said = {name: clean_line(value) for name, value in written.items()}
        title = without_credentials(said.get("title") or said.get("text") or "")
        url = absolute(written.get("xmlurl"), "", credentials=True)
        if _name(element) == "outline" and url:
            yield _feed(said, url, title, folders)
        if len(folders) < _DEEPEST:
            inside = (*folders, title) if _name(element) == "outline" and title and not url else folders
            yield from _feeds(element, inside)


def _feed(said: dict[str, str], url: str, title: str, folders: tuple[str, ...]) -> WantedFeed:
    interval = said.get(f"{{{_OURS}}}interval_s", "")
    return WantedFeed(
        url=url,
        name=title if title and title not in (url, without_credentials(url)) else None,
        tags=_once((*folders, *_categories(said.get("category", "")))),
        interval_s=int(interval) if interval.isascii() and interval.isdigit() else None,
        article="feed" if said.get(f"{{{_OURS}}}article") == "feed" else "page",
    )


def _categories(attribute: str) -> Iterator[str]:
    """A comma-separated list; "/Science/Physics" is a path of two, "tcp/ip" is one."""
    for category in attribute.split(","):
        yield from category.split("/") if category.strip().startswith("/") else (category,)


def _once(tags: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (tag.strip() for tag in tags))))


def write(feeds: Sequence[WantedFeed], *, title: str) -> bytes:
    """OPML 2.0, which `read` takes back unchanged, but for commas and outer slashes in tags: OPML cannot hold those."""
    from lxml import etree

    root = etree.Element("opml", {"version": "2.0"}, nsmap={"ingest": _OURS})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = clean_line(title)
    body = etree.SubElement(root, "body")
    for feed in feeds:
        name = clean_line(feed.name or feed.url)
        outline = etree.SubElement(body, "outline", {"type": "rss", "text": name, "title": name, "xmlUrl": feed.url})
        tags = [tag.strip("/ ") for tag in (clean_line(tag).replace(",", " ") for tag in feed.tags) if tag.strip("/ ")]
        if tags:
            outline.set("category", ",".join(tags))
        if feed.interval_s is not None:
            outline.set(f"{{{_OURS}}}interval_s", str(feed.interval_s))
        if feed.article != "page":
            outline.set(f"{{{_OURS}}}article", feed.article)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))
