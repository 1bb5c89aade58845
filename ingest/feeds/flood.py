"""A document of more entries than are taken → the same with the newest of them.

feedparser needs a quarter of a millisecond an entry: 200,000 of them would outlast every time limit, and none would
come of it.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from ingest.dates import parse_instant

_BEGIN = re.compile(rb"<((?:\w+:)?(?:item|entry))[\s>]")
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
    """Where each entry that has an end begins and ends. None are seen in UTF-16, whose documents stay as they are."""
    spans: list[tuple[int, int]] = []
    begin = _BEGIN.search(body)
    while begin:
        closing = body.find(b"</" + begin[1], begin.end())
        end = body.find(b">", closing) + 1
        if closing < 0 or not end:
            break
        spans.append((begin.start(), end))
        begin = _BEGIN.search(body, end)
    return spans


def _published_at(body: bytes, start: int, end: int, now: datetime) -> datetime | None:
    found = _PUBLISHED.search(body, start, end) or _UPDATED.search(body, start, end)
    return parse_instant(found[1].decode(errors="replace"), now) if found else None
