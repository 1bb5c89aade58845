"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1) → entries; feedparser cannot read it.

A value of the wrong type counts as absent, an entry that is not an object as unreadable. Neither costs the others.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ingest.errors import ParseError
from ingest.feeds import fields
from ingest.feeds.links import absolute
from ingest.feeds.markup import kept
from ingest.feeds.media import Named, read_media
from ingest.feeds.parsed import ParsedFeed, is_empty, newest
from ingest.feeds.split import NOTHING, Last, Pieces, digest, with_digests
from ingest.text.dates import parse_instant, read_instant
from ingest.text.markup import clean, clean_line, from_title, language_tag
from storage.records import NewEntry

_SPEC = "jsonfeed.org/version/"
_VERSIONS = {"1": "json1", "1.0": "json1"}

_Object = Mapping[str, Any]


def is_json(body: bytes) -> bool:
    return body[:64].lstrip()[:1] in (b"{", b"[")


def read(body: bytes, *, url: str, now: datetime, limit: int, last: Last = NOTHING) -> ParsedFeed:
    """Parse a document, of more than `limit` entries the newest. Raises ParseError if it is not a feed.

    Entries that the last document had are not read.

    A document without a version is a feed if one of its `items` has a field that only entries have.
    """
    document = _document(body, url)
    version, items = _text_of(document, "version"), document.get("items")
    if not isinstance(items, list) or not (_SPEC in version or any(map(_is_entry, items))):
        raise ParseError(url, "this is JSON, but no JSON Feed")
    objects: list[_Object] = [o for o in items if isinstance(o, dict)]
    bad = len(items) - len(objects)
    if len(objects) > limit:
        published = [parse_instant(_text_of(o, "date_published"), now, localised=False) for o in objects]
        objects = [objects[n] for n in newest(published, limit)]
    feed = ParsedFeed(
        version=_VERSIONS.get(version.rpartition("/")[2], "json11"),
        title=from_title(_text_of(document, "title")) or None,
        site_url=_url(document, "home_page_url", url),
        language=language_tag(_text_of(document, "language")),
        entries=(),
        entries_seen=len(items),
        warning=f"{bad} of its {len(items)} entries could not be read" if bad else None,
    )
    authors = _authors(document)
    pieces = None if bad or len(items) > limit else _pieces(document, url)
    known = pieces.known(last) if pieces else ()
    if pieces and known:
        objects, _ = pieces.new(known)
    entries = tuple(_entry(o, url, now, feed, authors) for o in objects)
    if known and any(map(is_empty, entries)):
        return read(body, url=url, now=now, limit=limit)
    feed = replace(feed, entries=entries)
    return with_digests(feed, pieces, known) if pieces else feed


def _pieces(document: _Object, url: str) -> Pieces[_Object] | None:
    """Split a document into its entries and its other fields. Return None if it is nested too deeply."""
    items = document["items"]
    try:
        digests = [digest(json.dumps(o).encode()) for o in items]
        frame = digest(json.dumps([url, {**document, "items": None}]).encode())
    except RecursionError:
        return None
    return Pieces(frame, items, digests)


def _document(body: bytes, url: str) -> _Object:
    try:
        document = json.loads(body, strict=False)
    except RecursionError as error:
        raise ParseError(url, "this is JSON nested too deeply to be a feed") from error
    except ValueError as error:
        raise ParseError(url, f"this looks like JSON, but is broken: {error}") from error
    return document if isinstance(document, dict) else {}


def _is_entry(o: object) -> bool:
    return isinstance(o, dict) and bool(o.keys() & {"content_html", "content_text", "date_published", "external_url"})


def _entry(o: _Object, base: str, now: datetime, feed: ParsedFeed, default_authors: tuple[str, ...]) -> NewEntry:
    contents = [fields.read_text(_text_of(o, "content_html")), fields.Text(clean(_text_of(o, "content_text")))]
    title = from_title(_text_of(o, "title")) or None
    texts = fields.texts(title, fields.Text(clean(_text_of(o, "summary"))), contents)
    link = _url(o, "url", base) or _url(o, "external_url", base) or _permalink(o, base)
    published_raw = clean_line(_text_of(o, "date_published"))[: fields.MAX_DATE_CHARS] or None
    published = read_instant(published_raw or _text_of(o, "date_modified"), now)
    return NewEntry(
        guid=fields.identifier(_text_of(o, "id")),
        url=link,
        title=title,
        authors=_authors(o) or default_authors,
        published_at=published.at if published else None,
        published_precision=published.precision if published else None,
        published_raw=published_raw,
        updated_at=parse_instant(_text_of(o, "date_modified"), now),
        summary=texts.summary,
        content=texts.content,
        markup=kept(texts.read_from.markup, link=link, home=feed.site_url or base),
        language=language_tag(_text_of(o, "language")) or feed.language,
        image_url=_image(o, base),
        media=read_media(_named(o), base, title=title, summary=texts.summary),
        tags=fields.tags(tag for tag in _list(o, "tags") if isinstance(tag, str)),
    )


def _permalink(o: _Object, base: str) -> str | None:
    """Return an id that is the page's full URL, as JSON Feed recommends (1.1, "Items")."""
    return _url(o, "id", base) if _text_of(o, "id").startswith(("http://", "https://")) else None


def _url(o: object, key: str, base: str) -> str | None:
    return absolute(_address(o, key), base)


def _address(o: object, key: str) -> str:
    """Return an address as written: `_text_of` drops U+0000, which makes it another URL."""
    value = o.get(key) if isinstance(o, dict) else None
    return value if isinstance(value, str) else ""


def _authors(o: _Object) -> tuple[str, ...]:
    """Return the authors. Version 1.1 has a list `authors`, 1.0 one `author`. Some feeds write strings."""
    found = [*_list(o, "authors"), o.get("author")]
    return fields.names(name for a in found if (name := a if isinstance(a, str) else _text_of(a, "name")))


def _image(o: _Object, base: str) -> str | None:
    attached = (_url(a, "url", base) for a in _list(o, "attachments") if _text_of(a, "mime_type").startswith("image/"))
    return next(filter(None, (_url(o, "image", base), _url(o, "banner_image", base), *attached)), None)


def _named(o: _Object) -> Iterator[Named]:
    for key in ("image", "banner_image"):
        yield Named(_address(o, key), medium="image")
    for a in _list(o, "attachments"):
        media_type, length = _text_of(a, "mime_type"), _text_of(a, "size_in_bytes")
        yield Named(_address(a, "url"), type=media_type, length=length, alt=_text_of(a, "title"))


def _text_of(o: object, key: str) -> str:
    """Return a string, a number as a string (1.1: "coerce it to a string"), "" for other values."""
    value = o.get(key) if isinstance(o, dict) else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    # JSON can hold U+0000 and lone surrogates, which no database takes.
    return value.replace("\0", "").encode(errors="replace").decode().strip() if isinstance(value, str) else ""


def _list(o: _Object, key: str) -> list[Any]:
    value = o.get(key)
    return value if isinstance(value, list) else []
