"""Dates in a page's texts and addresses → instants. Ambiguous dates are skipped: no date is invented."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from ingest.text.dates import MIN_DATE, Instant, read_instant
from ingest.text.months import month

_MAX_CHARS = 100
_YEAR = r"(?:19|20)\d\d"
_A_YEAR = re.compile(rf"{_YEAR}|\d\.\d\d?\.\d\d(?!\d)")
_ISO = re.compile(
    rf"(?<!\d){_YEAR}(-?)\d\d\1\d\d"
    r"(?:[T\s]+\d\d:?\d\d(?::?\d\d(?:[.,]\d+)?)?\s*(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?(?!\d)",
    re.IGNORECASE,
)
_CENTURY = 2000  # of a year in two digits
_WORD = r"[^\W\d_]{3,13}"
_SHOWN = re.compile(
    rf"(?<!\d)(?P<y1>{_YEAR})-(?P<m1>\d\d)-(?P<d1>\d\d)(?!\d)"
    rf"|(?<!\d)(?P<y2>{_YEAR})\s*[年년]\s*(?P<m2>\d\d?)\s*[月월]\s*(?P<d2>\d\d?)\s*[日일]"
    rf"|(?<!\d)(?P<y3>{_YEAR})(?P<sep3>[./])\s?(?P<m3>\d\d?)(?P=sep3)\s?(?P<d3>\d\d?)(?!\d)"
    rf"|(?<![\d.,])(?P<a4>\d\d?)(?P<sep4>[./-])\s?(?P<b4>\d\d?)(?P=sep4)\s?(?P<y4>{_YEAR})(?!\d)"
    r"|(?<!\d)(?P<d5>\d\d?)(?:st|nd|rd|th|er|ère|º|\.)?[\s\-/]*(?:(?:of|de|di)\s+|d['’])?"
    rf"(?P<w5>{_WORD})\.?,?[\s\-/]*(?:del?\s+)?(?P<y5>{_YEAR})(?!\d)"
    rf"|(?P<w6>{_WORD})\.?\s*(?P<d6>\d\d?)(?:st|nd|rd|th)?\.?,?\s+(?P<y6>{_YEAR})(?!\d)"
    rf"|(?<!\d)(?P<y7>{_YEAR})\.?\s+(?P<w7>{_WORD})\.?\s+(?P<d7>\d\d?)(?!\d)"
    r"|(?<![\d.,])(?P<d8>\d\d?)\.(?P<m8>\d\d?)\.(?P<y8>\d\d)(?![\d.]\d)",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"[\s,|@/•·–—-]*(?:(?:at|um|à|kl\.?|alle|ore|a\s+las|às|om|в)\s+)?"
    r"(\d{1,2}[:h時时]\d\d(?::\d\d)?\s*(?:[ap]\.?m\b\.?)?(?:\s*(?:Z|[A-Z]{2,4}(?:\s*[+-]\d{1,2}(?::?\d\d)?)?"
    r"|[+-]\d\d:?\d\d)(?![a-z]))?)",
    re.IGNORECASE,
)
_HOUR_SIGN = re.compile(r"(?<=\d)[h時时](?=\d)")
_IN_PATH = re.compile(r"/((?:19|20)\d\d)[/-](\d\d?)[/-](\d\d?)(?=[/_-]|$)|[/_-]((?:19|20)\d\d)(\d\d)(\d\d)(?=[/_.-]|$)")


@dataclass(frozen=True, slots=True)
class ShownDate:
    """A date at `start` to `end` of a text. 3/4 has two `days`: 4 March, then 3 April."""

    start: int
    end: int
    days: tuple[date, ...]
    instant: Instant | None
    """The day, if there is only one, with the time behind it. Without a zone it is in UTC."""


def read_date(text: str, *, now: datetime) -> Instant | None:
    """Return the instant in `text`, which may have other words too. Without a zone it is in UTC."""
    text = text.strip()[:_MAX_CHARS]
    if found := _ISO.search(text):
        return read_instant(found.group(), now)
    shown = next(shown_dates(text, now=now), None)
    return shown.instant if shown else read_instant(text, now)


def shown_dates(text: str, *, now: datetime) -> Iterator[ShownDate]:
    """Yield the dates in `text` as people write them, from 1990 to `now`."""
    for found in _forms(text):
        last = (now + timedelta(days=1)).date()
        days = tuple(day for day in dict.fromkeys(_days(found.groupdict())) if MIN_DATE.date() <= day <= last)
        if not days:
            continue
        end = found.end()
        instant = None
        if len(days) == 1:
            if clock := _CLOCK.match(text, end):
                time = _HOUR_SIGN.sub(":", clock[1].replace(".", ""))
                instant = read_instant(f"{days[0]} {time}", now)
                end = clock.end() if instant else end
            instant = instant or midnight(days[0])
        yield ShownDate(found.start(), end, days, instant)


def midnight(day: date) -> Instant:
    return Instant(datetime(day.year, day.month, day.day, tzinfo=UTC), "day")


def without_dates(text: str, instead: str) -> str:
    """Replace the dates in a text."""
    spans = [found.span() for found in _forms(text) if any(_days(found.groupdict()))]
    for start, end in reversed(spans):
        text = text[:start] + instead + text[end:]
    return text


def _forms(text: str) -> Iterator[re.Match[str]]:
    """Find the dates by their form. A cheap search for a year comes first: most lines have none."""
    return _SHOWN.finditer(text) if _A_YEAR.search(text) else iter(())


def _days(groups: dict[str, str | None]) -> Iterator[date]:
    """Yield the day, or both days that the groups of `_SHOWN` may mean, the month first."""
    form = next(name[1] for name, value in groups.items() if name[0] == "y" and value)
    year = int(groups[f"y{form}"] or 0)
    year += _CENTURY if form == "8" else 0
    if form == "4":
        first, second = int(groups["a4"] or 0), int(groups["b4"] or 0)
        orders = [(second, first)] if groups["sep4"] == "." else [(first, second), (second, first)]
    else:
        word = groups.get(f"w{form}")
        orders = [((month(word) or 0) if word else int(groups[f"m{form}"] or 0), int(groups[f"d{form}"] or 0))]
    for number, day in orders:
        try:
            yield date(year, number, day)
        except ValueError:
            continue


def date_in_path(url: str, *, now: datetime) -> Instant | None:
    """Return the day in the URL's path, as in /2024/05/17/."""
    for match in _IN_PATH.finditer(urlsplit(url).path):
        try:
            found = midnight(date(*(int(number) for number in match.groups() if number)))
        except ValueError:
            continue
        if MIN_DATE <= found.at <= now + timedelta(days=1):
            return found
    return None
