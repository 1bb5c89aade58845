"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1), which feedparser cannot read.

A value of the wrong type counts as absent, an entry that is no object as bad; neither costs the others.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingest.errors import ParseError
from ingest.feeds import fields
from ingest.feeds.flood import newest
from ingest.feeds.links import absolute
from ingest.feeds.parsed import ParsedFeed
from ingest.text.dates import parse_instant, read_instant
from ingest.text.markup import clean, clean_line, from_markup, from_title
from storage.records import NewEntry

_SPEC = "jsonfeed.org/version/"
_VERSIONS = {"1": "json1", "1.0": "json1"}

_Object = Mapping[str, Any]


def looks_like_json(body: bytes) -> bool:
    return body[:64].lstrip()[:1] in (b"{", b"[")


def read(body: bytes, *, url: str, now: datetime, limit: int) -> ParsedFeed:
    """Raises ParseError for JSON that is no feed. Without a version, a list of objects named `items` will do.

    Of more than `limit` entries the newest.
    """
    document = _document(body, url)
    version, found = _text(document, "version"), document.get("items")
    if not isinstance(found, list) or not (_SPEC in version or any(_looks_like_an_entry(o) for o in found)):
        raise ParseError(url, "this is JSON, but no JSON Feed")
    default_language = fields.language(_text(document, "language"))
    default_authors = _authors(document)
    site_url = _url(document, "home_page_url", url)
    objects = [o for o in found if isinstance(o, dict)]
    bad = len(found) - len(objects)
    if len(objects) > limit:
        published = [parse_instant(_text(o, "date_published"), now, localised=False) for o in objects]
        objects = [objects[n] for n in newest(published, limit)]
    entries = tuple(_entry(o, url, now, default_authors, default_language) for o in objects)
    return ParsedFeed(
        version=_VERSIONS.get(version.rpartition("/")[2], "json11"),
        title=from_title(_text(document, "title")) or None,
        site_url=site_url,
        language=default_language,
        entries=entries,
        entries_seen=len(found),
        warning=f"{bad} of its {len(found)} entries could not be read" if bad else None,
    )


def _document(body: bytes, url: str) -> _Object:
    try:
        document = json.loads(body, strict=False)
    except RecursionError as error:
        raise ParseError(url, "this is JSON nested too deeply to be a feed") from error
    except ValueError as error:
        raise ParseError(url, f"this looks like JSON, but is broken: {error}") from error
    return document if isinstance(document, dict) else {}


def _looks_like_an_entry(o: object) -> bool:
    return isinstance(o, dict) and bool(o.keys() & {"content_html", "content_text", "date_published", "external_url"})


def _entry(
    o: _Object, base: str, now: datetime, default_authors: tuple[str, ...], default_language: str | None
) -> NewEntry:
    contents = [from_markup(_text(o, "content_html")), clean(_text(o, "content_text"))]
    title = from_title(_text(o, "title")) or None
    summary, content = fields.texts(title, clean(_text(o, "summary")), contents)
    published_raw = clean_line(_text(o, "date_published"))[: fields.LONGEST_DATE] or None
    published = read_instant(published_raw or _text(o, "date_modified"), now)
    return NewEntry(
        guid=fields.identifier(_text(o, "id")),
        url=_url(o, "url", base) or _url(o, "external_url", base) or _permalink(o, base),
        title=title,
        authors=_authors(o) or default_authors,
        published_at=published.at if published else None,
        published_precision=published.precision if published else None,
        published_raw=published_raw,
        updated_at=parse_instant(_text(o, "date_modified"), now),
        summary=summary,
        content=content,
        language=fields.language(_text(o, "language")) or default_language,
        image_url=_image(o, base),
        tags=fields.tags(tag for tag in _list(o, "tags") if isinstance(tag, str)),
    )


def _permalink(o: _Object, base: str) -> str | None:
    """An id that is the full URL of the page, as JSON Feed recommends (1.1, "Items")."""
    return _url(o, "id", base) if _text(o, "id").startswith(("http://", "https://")) else None


def _url(o: object, key: str, base: str) -> str | None:
    """As written: without its U+0000 an address would be another."""
    value = o.get(key) if isinstance(o, dict) else None
    return absolute(value, base) if isinstance(value, str) else None


def _authors(o: _Object) -> tuple[str, ...]:
    """1.1 has a list `authors`, 1.0 one `author`; some write plain names."""
    found = [*_list(o, "authors"), o.get("author")]
    return fields.names(name for a in found if (name := a if isinstance(a, str) else _text(a, "name")))


def _image(o: _Object, base: str) -> str | None:
    attached = (_url(a, "url", base) for a in _list(o, "attachments") if _text(a, "mime_type").startswith("image/"))
    candidates = (_url(o, "image", base), _url(o, "banner_image", base), *attached)
    return next(filter(None, candidates), None)


def _text(o: object, key: str) -> str:
    """A string, or a number written as one (1.1: "coerce it to a string"); "" for all else."""
    value = o.get(key) if isinstance(o, dict) else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    # JSON can hold what no database takes: U+0000 and lone surrogates.
    return value.replace("\0", "").encode(errors="replace").decode().strip() if isinstance(value, str) else ""


def _list(o: _Object, key: str) -> list[Any]:
    value = o.get(key)
    return value if isinstance(value, list) else []
