"""A feed's date in any common form → an instant.

feedparser does not read them: it takes CEST and IST for UTC, ignores a date without a zone, and reads an epoch as the
year 1672.
"""

import re
from datetime import UTC, datetime, time, timedelta, timezone
from typing import NamedTuple

from ingest.text.months import months
from storage.records import Precision

MIN_DATE = datetime(1990, 1, 1, tzinfo=UTC)  # earlier dates are default values (0001, 1970)
MAX_AHEAD = timedelta(days=366)  # allows scheduled entries and events, but not 2099
MAX_RAW_CHARS = 100

# A name that several zones share has the meaning of most news feeds: BST is British, IST is Indian, and CST, EST, MST
# and AST are American.
_ZONES_MINUTES = {
    name: minutes
    for minutes, names in {
        -600: "HST", -540: "AKST", -480: "AKDT PST", -420: "PDT MST", -360: "MDT CST", -300: "CDT EST",
        -240: "EDT AST CLT", -180: "ADT BRT ART CLST", -210: "NST", -150: "NDT",
        0: "UTC UT GMT WET Z", 60: "CET BST WEST MET MEZ WAT", 120: "CEST MEST MESZ EET SAST CAT",
        180: "EEST MSK EAT TRT", 210: "IRST", 240: "GST MSD", 300: "PKT", 330: "IST", 345: "NPT",
        360: "BDT", 420: "ICT WIB", 480: "SGT HKT AWST PHT MYT", 540: "JST KST", 570: "ACST", 600: "AEST",
        630: "ACDT", 660: "AEDT", 720: "NZST", 780: "NZDT",
    }.items()
    for name in names.split()
}  # fmt: skip

_ZONE = (
    r"\s*(?:(?:GMT|UTC?)?\s*(?P<sign>[+-])(?P<zone_h>\d{1,2}):?(?P<zone_m>\d{2})?|(?P<zone>[A-Z]{1,5}))?"
    r"(?:\s*\(?[A-Z ]{1,40}\)?)?"
)
_TIME = r"(?P<h>\d{1,2})[:h](?P<min>\d{2})(?::(?P<s>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\.?)?"
_BASIC_TIME = r"(?P<h2>\d\d)(?P<min2>\d\d)(?P<s2>\d\d)?"
_CLOCK = re.compile(_TIME, re.IGNORECASE | re.ASCII)
_WEEKDAY = r"(?:[A-Z]+\.?,?\s+)?"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_MONTH = r"(?P<month>[A-Z]{3,9})\.?"
_AT = rf"(?:[\s,T-]+(?:at\s+)?{_TIME}{_ZONE})?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE | re.ASCII)
    for form in (
        # ISO 8601 and W3C-DTF, extended or basic. A year or a month alone is not a date.
        rf"(?P<y>\d{{4}})(?P<dash>[-/.]?)(?P<m>\d{{1,2}})(?P=dash)(?P<d>\d{{1,2}})(?:[T\s_]+(?:{_TIME}|{_BASIC_TIME}){_ZONE})?Z?",
        # RFC 822 and its successors (RFC 5322 §3.3, §4.3), and the common errors of feeds.
        rf"{_WEEKDAY}{_DAY}[\s-]+{_MONTH}[\s,-]+(?P<y>\d{{4}}|\d\d){_AT}",
        # As Americans write it.
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+(?P<y>\d{{4}}){_AT}",
        # asctime(3), with or without a zone.
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY}\s+{_TIME}\s*(?P<zone>[A-Z]{{1,5}}\s+)?(?P<y>\d{{4}})",
    )
)
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{12,13}", re.ASCII)
_TAIL_ZONE = re.compile(rf"(?:(?<=[\d\s]){_ZONE})?$", re.IGNORECASE | re.ASCII)
_WORTH_A_DICTIONARY = re.compile(r"\b\d{1,2}\b.*[^\W\d_]{2,}.*\b\d{4}\b|\d{4}\s?[年년]")
_FOREIGN_WEEKDAY = re.compile(r"^[^\d\s]+\s*,\s*(?=\d)")  # often English before a month that is not
_LANGUAGES = "en fr de es it pt nl ru uk pl cs sv da nb fi tr el hu ro ca ja ko zh id".split()


class Instant(NamedTuple):
    """An instant in UTC, to the second, and how precisely it was given: a day is its midnight."""

    at: datetime
    precision: Precision


def parse_instant(raw: str, now: datetime, *, localised: bool = True) -> datetime | None:
    """Return the instant that `read_instant` finds, without its precision."""
    found = read_instant(raw, now, localised=localised)
    return found.at if found else None


def read_instant(raw: str, now: datetime, *, localised: bool = True) -> Instant | None:
    """Parse a date. Return None if `raw` is not a date between 1990 and a year after `now`. Never raises.

    A date without a zone is in UTC. If not `localised`, month names must be English: other languages take up to 6 ms
    a date, too much for thousands of dates.
    """
    raw = " ".join(raw.split())
    if not raw or len(raw) > MAX_RAW_CHARS:
        return None
    try:
        found = _read(raw, now, localised)
        return found if found and MIN_DATE <= found.at <= now + MAX_AHEAD else None
    except (ValueError, OverflowError):  # 30 February, an hour 25, an epoch past the year 9999
        return None


def _read(raw: str, now: datetime, localised: bool) -> Instant | None:
    if _EPOCH.fullmatch(raw):
        digits = raw.partition(".")[0]
        seconds = int(digits[:-3] if len(digits) > len("9999999999") else digits)
        return Instant(datetime.fromtimestamp(seconds, UTC), "second")
    for form in _FORMS:
        if (found := form.fullmatch(raw)) and (month := _month(found.groupdict())):
            return _instant(found.groupdict(), month)
    return _read_localised(raw, now) if localised else None


def _month(groups: dict[str, str | None]) -> int | None:
    if number := groups.get("m"):
        return int(number)
    name = (groups.get("month") or "").lower()
    return next((number for number, full in enumerate(months("en"), 1) if full.startswith(name)), None)


def _instant(groups: dict[str, str | None], month: int) -> Instant:
    digits = groups["y"] or ""
    year = int(digits)
    if len(digits) == len("YY"):  # RFC 5322 §4.3: 00 to 49 are in this century
        year += 2000 if digits < "50" else 1900
    hour, minute, second = (int(groups.get(k) or groups.get(f"{k}2") or 0) for k in ("h", "min", "s"))
    if half := groups.get("half"):
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    ends_the_day = (hour, minute, second) == (24, 0, 0)
    local = datetime(
        year, month, int(groups["d"] or ""), 0 if ends_the_day else hour, minute, min(second, 59), tzinfo=_zone(groups)
    )
    return Instant((local + timedelta(days=ends_the_day)).astimezone(UTC), _precision(groups))


def _precision(groups: dict[str, str | None]) -> Precision:
    if groups.get("s") or groups.get("s2"):
        return "second"
    return "minute" if groups.get("h") or groups.get("h2") else "day"


def _zone(groups: dict[str, str | None]) -> timezone:
    """Return the zone; UTC for an unknown name (RFC 5322 §4.3) or an offset beyond 14 hours."""
    if sign := groups.get("sign"):
        minutes = int(groups["zone_h"] or 0) * 60 + int(groups["zone_m"] or 0)
        return timezone(timedelta(minutes=minutes if sign == "+" else -minutes)) if minutes <= 14 * 60 else UTC
    return timezone(timedelta(minutes=_ZONES_MINUTES.get((groups.get("zone") or "").strip().upper(), 0)))


def _read_localised(raw: str, now: datetime) -> Instant | None:
    """Parse a date with names of months or days in another language. Day, month and year are required."""
    if not _WORTH_A_DICTIONARY.search(raw):
        return None
    from dateparser import parse  # costs 0.2 s, and few feeds need it

    raw = _FOREIGN_WEEKDAY.sub("", raw)
    tail = _TAIL_ZONE.search(raw)
    assert tail is not None
    settings = {
        "PARSERS": ["absolute-time"],
        "REQUIRE_PARTS": ["day", "month", "year"],
        "STRICT_PARSING": True,
        "RELATIVE_BASE": now.replace(tzinfo=None),
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    try:
        naive = parse(raw[: tail.start()].strip(), languages=_LANGUAGES, settings=settings)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (dateparser's own bugs on odd strings are no reason to lose the entry)
        return None
    if naive is None:
        return None
    clock = _CLOCK.search(raw)
    timed: Precision = "minute" if naive.time() > time.min else "day"  # dateparser reads more forms of time than _CLOCK
    precision = _precision(clock.groupdict()) if clock else timed
    return Instant(naive.replace(microsecond=0, tzinfo=_zone(tail.groupdict())).astimezone(UTC), precision)
