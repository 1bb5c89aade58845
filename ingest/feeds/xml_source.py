"""Edits of a feed's XML source, made before feedparser reads it.

feedparser needs a quarter of a millisecond an entry: 200,000 entries would outlast every time limit, and be lost.
"""

import re
from datetime import datetime

from ingest.feeds.parsed import newest
from ingest.text.dates import parse_instant

_MARK = rb"<!\[CDATA\[|<!--|<(/?)(%s)(?=[\s>/])"
_ENDS = {b"<![CDATA[": b"]]>", b"<!--": b"-->"}
_ENTRY = rb"(?:\w+:)?(?:item|entry)"
_PUBLISHED = re.compile(rb"<(?:pubDate|(?:\w+:)?(?:published|issued|created|date))\b[^<>]*>([^<]{1,100})<")
_UPDATED = re.compile(rb"<(?:\w+:)?(?:updated|modified)\b[^<>]*>([^<]{1,100})<")
_ELEMENTS = (
    rb"rss|channel|image|item|feed|entry|title|link|description|guid|pubDate|author|category|comments|enclosure|id|summary"
    rb"|content|published|updated|issued|modified|created"
)
_PREFIXED = re.compile(rb"(</?)[A-Za-z_][\w.-]*:(?=(?:" + _ELEMENTS + rb")[\s/>])", re.IGNORECASE)
_DEFAULT_NAMESPACE = re.compile(
    rb"(<(?:rdf:RDF|" + _ELEMENTS + rb")(?:\s[^<>]*?)?)\sxmlns\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*')", re.IGNORECASE
)


def keep_newest(body: bytes, now: datetime, limit: int) -> tuple[bytes, int]:
    """Return the document with its newest `limit` entries, and how many it had."""
    spans = entry_spans(body)
    if len(spans) <= limit:
        return body, len(spans)
    kept = [spans[n] for n in newest([_published_at(body, *span, now) for span in spans], limit)]
    return body[: spans[0][0]] + b"".join(body[start:end] for start, end in kept) + body[spans[-1][1] :], len(spans)


def without_namespaces(body: bytes) -> bytes:
    """Return the document with the elements of RSS and Atom in no namespace.

    Some feeds have them under a prefix that is not declared, or in an unknown namespace. Use this only if nothing
    could be read: it makes an extension's `media:title` a title too.
    """
    return _DEFAULT_NAMESPACE.sub(rb"\1", _PREFIXED.sub(rb"\1", body))


def entry_spans(body: bytes) -> list[tuple[int, int]]:
    """Return where each entry begins and ends. An unclosed entry ends where the next begins."""
    spans: list[tuple[int, int]] = []
    entry, begin, at = _ENTRY, -1, 0
    marks = re.compile(_MARK % entry, re.IGNORECASE)
    while mark := marks.search(body, at):
        start, at = mark.span()
        if until := _ENDS.get(mark[0].upper()):
            at = body.find(until, at)
            if at < 0:
                break
            continue
        if entry is _ENTRY:  # the first entry names all entries; an element of another name may be inside an entry
            entry = re.escape(mark[2])
            marks = re.compile(_MARK % entry, re.IGNORECASE)
        if mark[1]:
            at = body.find(b">", at) + 1
            if not at:
                break
        if begin >= 0:
            spans.append((begin, at if mark[1] else start))
        begin = -1 if mark[1] else start
    return spans


def _published_at(body: bytes, start: int, end: int, now: datetime) -> datetime | None:
    found = _PUBLISHED.search(body, start, end) or _UPDATED.search(body, start, end)
    return parse_instant(found[1].decode(errors="replace"), now, localised=False) if found else None
