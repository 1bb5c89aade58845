"""Date strings as pages write them → instants. What is ambiguous or nonsense is none: no date is invented."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the web there were no pages to publish
FUTURE = timedelta(days=365)  # announcements and embargoes are dated ahead, but not by years

_ISO = re.compile(
    r"(?<!\d)((?:19|20)\d\d)-?(\d\d)-?(\d\d)"
    r"(?:[T\s]+(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d(?!\d))?)?(?!\d)",
    re.IGNORECASE,
)
_SLASHED = re.compile(r"^((?:19|20)\d\d)[/.](\d\d?)[/.](\d\d?)\b")
_MONTH_FIRST = re.compile(r"\b([^\W\d]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)\b")
_DAY_FIRST = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|er|\.)?\s+(?:de\s+|of\s+)?([^\W\d]{3,10})\.?,?\s+(?:de\s+|del\s+)?((?:19|20)\d\d)\b"
)
_IN_PATH = re.compile(r"/((?:19|20)\d\d)[/-](\d\d?)[/-](\d\d?)(?=[/_-]|$)|[/_-]((?:19|20)\d\d)(\d\d)(\d\d)(?=[/_.-]|$)")

# By month: English, French, German, Spanish, Italian, Portuguese, Dutch; abbreviations are matched by their start.
_MONTHS = [
    "january janvier januar jänner enero gennaio janeiro januari",
    "february février fevrier februar febrero febbraio fevereiro februari",
    "march mars märz maerz marzo março maart mrz",
    "april avril abril aprile",
    "may mai mayo maggio maio mei",
    "june juin juni junio giugno junho",
    "july juillet juli julio luglio julho",
    "august août aout agosto augustus",
    "september septembre septiembre settembre setembro sept",
    "october octobre oktober octubre ottobre outubro",
    "november novembre noviembre novembro",
    "december décembre decembre dezember diciembre dicembre dezembro",
]
_MONTH_NUMBERS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}


def read_date(text: str, *, now: datetime) -> datetime | None:
    """The instant that `text` says in ISO 8601, RFC 2822, or with the month's name; UTC where no zone is said."""
    text = text.strip()[:100]
    found = _from_iso(text) or _from_rfc(text) or _from_names(text)
    return found if found and EARLIEST <= found <= now + FUTURE else None


def date_in_path(url: str, *, now: datetime) -> datetime | None:
    """The day that the URL's path names, as in /2024/05/17/."""
    for match in _IN_PATH.finditer(urlsplit(url).path):
        parts = [int(part) for part in match.groups() if part]
        if (found := _instant(*parts)) and EARLIEST <= found <= now + timedelta(days=1):
            return found
    return None


def _from_iso(text: str) -> datetime | None:
    if match := _SLASHED.match(text):
        return _instant(*map(int, match.groups()))
    match = _ISO.search(text)
    if not match:
        return None
    *numbers, zone = match.groups()
    found = _instant(*(int(number) for number in numbers if number))
    if found is None or not zone or zone.upper() in ("Z", "UTC", "GMT"):
        return found
    hours, minutes = int(zone[1:3]), int(zone[-2:]) if len(zone) > len("+00") else 0
    offset = timedelta(hours=hours, minutes=minutes)
    return found + offset if zone[0] == "-" else found - offset


def _from_rfc(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _from_names(text: str) -> datetime | None:
    if match := _MONTH_FIRST.search(text):
        month, day, year = match.groups()
    elif match := _DAY_FIRST.search(text):
        day, month, year = match.groups()
    else:
        return None
    number = _month(month.casefold())
    return _instant(int(year), number, int(day)) if number else None


def _month(name: str) -> int | None:
    if number := _MONTH_NUMBERS.get(name):
        return number
    starts = {number for full, number in _MONTH_NUMBERS.items() if full.startswith(name)}
    return starts.pop() if len(starts) == 1 else None


def _instant(*parts: int) -> datetime | None:
    try:
        return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]
    except (ValueError, TypeError):
        return None
