"""A document of more entries than are taken → the same with the newest of them.

feedparser needs a quarter of a millisecond an entry: 200,000 of them would outlast every time limit, and none would
come of it.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from ingest.text.dates import parse_instant

_MARK = rb"<!\[CDATA\[|<!--|<(/?)(%s)(?=[\s>/])"
_ENDS = {b"<![CDATA[": b"]]>", b"<!--": b"-->"}
_ENTRY = rb"(?:\w+:)?(?:item|entry)"
_PUBLISHED = re.compile(rb"<(?:pubDate|(?:\w+:)?(?:published|issued|created|date))\b[^<>]*>([^<]{1,100})<")
_UPDATED = re.compile(rb"<(?:\w+:)?(?:updated|modified)\b[^<>]*>([^<]{1,100})<")
_UNDATED = datetime.min.replace(tzinfo=UTC)


def newest(instants: Sequence[datetime | None], limit: int) -> list[int]:
    """The positions of the `limit` newest, in order; the undated come after the dated."""
    by_age = sorted(range(len(instants)), key=lambda n: instants[n] or _UNDATED, reverse=True)
    return sorted(by_age[:limit])


def thinned(body: bytes, now: datetime, limit: int) -> tuple[bytes, int]:
    """The document with no more than `limit` entries, and how many it had."""
    spans = _entries(body)
    if len(spans) <= limit:
        return body, len(spans)
    kept = [spans[n] for n in newest([_published_at(body, *span, now) for span in spans], limit)]
    return body[: spans[0][0]] + b"".join(body[start:end] for start, end in kept) + body[spans[-1][1] :], len(spans)


def _entries(body: bytes) -> list[tuple[int, int]]:
    """Where each entry begins and ends: one that nobody closed does where the next begins."""
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
        if entry is _ENTRY:  # what has another name is none, and may stand in one
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
