"""When an article was published: as its page shows it beside the headline, checked against what machines are told.

What is shown is the article's own; metadata is also written by imports, relaunches and templates. The shown day
gets its time from whatever else on the page names an instant of that day.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Any, TypeAlias

from ingest.articles.around import Line
from ingest.articles.dates import read_date, shown_dates

Element: TypeAlias = Any  # of lxml, which ships no types

LINE_CHARS = 160  # a longer line is running text, and its dates are of what it tells
SENTENCE_WORDS = 6  # a shorter line may be a date with a full stop
LABEL_CHARS = 40  # a longer line is no label of the next
TOGETHER_LINES = 3  # between the dates of one article
ZONES = timedelta(hours=14)  # from UTC to the zone whose day is shown

_SAID_PUBLISHED, _SAID_NOTHING, _SAID_CHANGED = range(3)
_PUBLISHED = re.compile(
    r"publi|posted|submitted|created|veröffentlicht|erschienen|erstellt|pubblicat|gepubliceerd|geplaatst|mis en ligne"
    r"|paru\b|発表|公開|掲載|投稿|发布|發布|发表|發表|刊登|опубликован|julkaistu|publicerad|opublikowan",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"updat|modif|aktualisiert|geändert|à jour|actualizad|atualizad|aggiornat|bijgewerkt|gewijzigd|revis|review"
    r"|edited|checked|last\b|current as of|更新|修正|обновлен|uppdaterad|opdateret|zaktualizowan|päivitetty|\bstand\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """An instant that the page names, and where: "json-ld", "meta", "time", "text" or "url"."""

    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A date beside the headline, and whether it is said to be of a change."""

    claim: Claim
    changed: bool


def shown(
    before: Sequence[Line],
    after: Sequence[Line],
    *,
    elsewhere: Sequence[Claim],
    day_first: bool | None,
    now: datetime,
) -> Shown | None:
    """The date that the lines around the headline show: of the publication, else of the last change.

    `elsewhere` has what the page names in other places. It also tells whether 3/4 is in March or in April; where it
    does not, `day_first` does, and if that is None such a date is none.
    """
    for lines, reading in ((after, 1), (before, -1)):
        found = list(_dates(lines, elsewhere, day_first, now))[::reading]
        together = [(rank, seen) for number, rank, seen in found if abs(number - found[0][0]) <= TOGETHER_LINES]
        if together:
            return min(together, key=itemgetter(0))[1]
    return None


def _dates(
    lines: Sequence[Line], elsewhere: Sequence[Claim], day_first: bool | None, now: datetime
) -> Iterator[tuple[int, int, Shown]]:
    """Each with the number of its line and its rank: said to be published, said nothing, said to be changed."""
    label = ""
    for number, line in enumerate(lines):
        start = 0
        if len(line.text) <= LINE_CHARS:
            stamps = list(_stamps(line, now))
            for found in shown_dates(line.text, now=now):
                days = found.days if len(found.days) == 1 else _ordered(found.days, day_first)
                own = Claim(found.at, "text") if found.at else None
                stamp = next((stamp for stamp in stamps if any(_is_of(stamp[0].at, day) for day in found.days)), None)
                known = [*([stamp[0]] if stamp else []), *elsewhere]
                claim = _best(found.days, known, own) or (Claim(_midnight(days[0]), "text") if days else None)
                said = line.text[start : found.start].strip() or label
                rank = _rank(said, stamp[1] if stamp else "")
                if claim and not (rank == _SAID_NOTHING and _is_sentence(line.text)):
                    yield number, rank, Shown(claim, changed=rank == _SAID_CHANGED)
                start = found.end
            if not start:
                for claim, names in stamps:
                    rank = _rank(f"{label} {line.text}", names)
                    yield number, rank, Shown(claim, changed=rank == _SAID_CHANGED)
        label = line.text if not start and len(line.text) <= LABEL_CHARS else ""


def _stamps(line: Line, now: datetime) -> Iterator[tuple[Claim, str]]:
    """The instants that the line's <time> elements give to machines, with what the elements are called."""
    for node in line.nodes:
        if (stamp := node.get("datetime")) and (at := read_date(stamp, now=now)):
            yield Claim(at, "time"), _names(node)


def _names(node: Element) -> str:
    return f"{node.get('class') or ''} {node.get('itemprop') or ''}"


def _is_sentence(text: str) -> bool:
    """Whether the line tells something, rather than to date the article."""
    return text[-1] in ".!?。" and len(text.split()) > SENTENCE_WORDS


def _rank(said: str, names: str) -> int:
    for text in (said, names):
        if _PUBLISHED.search(text):
            return _SAID_PUBLISHED
        if _CHANGED.search(text):
            return _SAID_CHANGED
    return _SAID_NOTHING


def _best(days: Sequence[date], known: Sequence[Claim], own: Claim | None) -> Claim | None:
    """Of the instants of these days one with a time, else any."""
    same = [claim for claim in known if any(_is_of(claim.at, day) for day in days)]
    candidates = [*same, own] if own else same
    return next((claim for claim in candidates if claim.at.time() != time(0)), next(iter(candidates), None))


def _is_of(at: datetime, day: date) -> bool:
    """Whether some zone on earth has this day at this instant."""
    return _midnight(day) - ZONES <= at < _midnight(day) + timedelta(days=1) + ZONES


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _ordered(days: Sequence[date], day_first: bool | None) -> Sequence[date]:
    """Of the readings of 3/4, given with the month first, the one that is customary; none if nobody knows."""
    return () if day_first is None else days[1:] if day_first else days[:1]


def to_the_second(claim: Claim, others: Sequence[Claim]) -> Claim:
    """`claim`, or if it is but a day the first of the others that tells the time on that day."""
    if claim.at.time() != time(0):
        return claim
    return _best([claim.at.date()], [claim, *others], None) or claim


def says_published(node: Element) -> bool:
    """Whether the element says to hold the instant of a publication."""
    return node.get("pubdate") is not None or _rank("", _names(node)) == _SAID_PUBLISHED
