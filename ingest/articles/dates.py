"""Dates where pages write them → instants. What is ambiguous or nonsense is none: no date is invented."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from ingest.dates import EARLIEST, parse_instant

_LONGEST_CHARS = 100
_DATE = (
    # ISO 8601, wherever it stands.
    re.compile(
        r"(?<!\d)(?:19|20)\d\d(-?)\d\d\1\d\d"
        r"(?:[T\s]+\d\d:?\d\d(?::?\d\d(?:[.,]\d+)?)?\s*(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?(?!\d)",
        re.IGNORECASE,
    ),
    # The month by name, before or after the day.
    re.compile(r"\b[^\W\d]{3,10}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+(?:19|20)\d\d\b"),
    re.compile(
        r"\b\d{1,2}(?:st|nd|rd|th|er|\.)?\s+(?:de\s+|of\s+)?[^\W\d]{3,10}\.?,?\s+(?:de\s+|del\s+)?(?:19|20)\d\d\b"
    ),
)
_IN_PATH = re.compile(r"/((?:19|20)\d\d)[/-](\d\d?)[/-](\d\d?)(?=[/_-]|$)|[/_-]((?:19|20)\d\d)(\d\d)(\d\d)(?=[/_.-]|$)")


def read_date(text: str, *, now: datetime) -> datetime | None:
    """The instant that `text` says, alone or among other words; UTC where no zone is said."""
    text = text.strip()[:_LONGEST_CHARS]
    return next((at for candidate in _candidates(text) if (at := parse_instant(candidate, now))), None)


def _candidates(text: str) -> Iterator[str]:
    yield text
    for form in _DATE:
        if (found := form.search(text)) and found.group() != text:
            yield found.group()


def date_in_path(url: str, *, now: datetime) -> datetime | None:
    """The day that the URL's path names, as in /2024/05/17/."""
    for match in _IN_PATH.finditer(urlsplit(url).path):
        parts = [int(part) for part in match.groups() if part]
        if (found := _instant(*parts)) and EARLIEST <= found <= now + timedelta(days=1):
            return found
    return None


def _instant(*parts: int) -> datetime | None:
    try:
        return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]
    except (ValueError, TypeError):
        return None
