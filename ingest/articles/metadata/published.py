"""When an article was published, as its page shows it.

A day that is shown gets its time from whatever else on the page names an instant of that day.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from operator import itemgetter
from typing import Any, TypeAlias

from lxml import etree

from ingest.articles.metadata.dates import ShownDate, midnight, read_date, shown_dates
from ingest.articles.metadata.lines import Line
from ingest.text.dates import Instant
from storage.records import Precision

Element: TypeAlias = Any  # of lxml, which ships no types

LINE_CHARS = 160  # a longer line is running text, and its dates are of what it tells
SENTENCE_WORDS = 6  # a shorter line may be a date with a full stop
LABEL_CHARS = 40  # a longer line is no label of the next
TOGETHER_LINES = 3  # between the dates of one article
MAX_TOLD = 100  # elements that speak of a publication: a page with more is a list of articles
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

    instant: Instant
    source: str

    @property
    def at(self) -> datetime:
        return self.instant.at

    @property
    def precision(self) -> Precision:
        return self.instant.precision


@dataclass(frozen=True, slots=True)
class Shown:
    """A date beside the headline, and whether it is said to be of a change."""

    claim: Claim
    changed: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What helps to read a date: the instants that the page names elsewhere, the order of its language, the present.

    `day_first` tells whether 3/4 is in April where no instant does; if it is None, such a date is none.
    """

    elsewhere: Sequence[Claim]
    day_first: bool | None
    now: datetime


def shown(lines: Sequence[Line], known: Known, *, last_first: bool = False) -> Shown | None:
    """The date that the first of these lines with one show: of the publication, else of the last change."""
    found = list(_dates(lines, known))[:: -1 if last_first else 1]
    together = [(rank, claim) for number, rank, claim in found if abs(number - found[0][0]) <= TOGETHER_LINES]
    rank, claim = min(together, key=itemgetter(0), default=(_SAID_NOTHING, None))
    return Shown(claim, changed=rank == _SAID_CHANGED) if claim else None


def _dates(lines: Sequence[Line], known: Known) -> Iterator[tuple[int, int, Claim]]:
    """Each with the number of its line and its rank: said to be published, said nothing, said to be changed."""
    label = ""
    for number, line in enumerate(lines):
        found = list(_dates_in(line, label, known)) if len(line.text) <= LINE_CHARS else []
        yield from ((number, rank, claim) for rank, claim in found)
        label = line.text if not found and len(line.text) <= LABEL_CHARS else ""


def _dates_in(line: Line, label: str, known: Known) -> Iterator[tuple[int, Claim]]:
    """`label` is what stands in the line before, if that is but a word or two."""
    stamps = list(_stamps(line, known.now))
    start = 0
    for found in shown_dates(line.text, now=known.now):
        own, names = next((stamp for stamp in stamps if _is_of(stamp[0].at, found.days)), (None, ""))
        rank = _rank(line.text[start : found.start].strip() or label, names)
        start = found.end
        claim = _claim(found, [*([own] if own else []), *known.elsewhere], known.day_first)
        if claim and not (rank == _SAID_NOTHING and _is_sentence(line.text)):
            yield rank, claim
    if not start:
        yield from ((_rank(f"{label} {line.text}", names), claim) for claim, names in stamps)


def _claim(found: ShownDate, others: Sequence[Claim], day_first: bool | None) -> Claim | None:
    """The date with its time, where any of the others has it."""
    own = [Claim(found.instant, "text")] if found.instant else []
    if same := _timed([*(claim for claim in others if _is_of(claim.at, found.days)), *own]):
        return same
    return None if day_first is None else Claim(midnight(found.days[day_first]), "text")


def _stamps(line: Line, now: datetime) -> Iterator[tuple[Claim, str]]:
    """The instants that the line's <time> elements give to machines, with what the elements are called."""
    for node in line.nodes:
        if (stamp := node.get("datetime")) and (instant := read_date(stamp, now=now)):
            yield Claim(instant, "time"), _names(node)


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


def _timed(claims: Sequence[Claim]) -> Claim | None:
    """The first that has a time, else the first."""
    return next((claim for claim in claims if claim.at.time() != time(0)), next(iter(claims), None))


def _is_of(at: datetime, days: Sequence[date]) -> bool:
    """Whether some zone on earth has one of these days at this instant."""
    starts = (midnight(day).at for day in days)
    return any(start - ZONES <= at < start + timedelta(days=1) + ZONES for start in starts)


_TELLING = ("ublish", "osted", "ublié", "ublicad", "ubblicat", "ffentlicht", "公開", "发布", "發布")
_TOLD = etree.XPath("descendant::text()[contains(., $word)]/parent::*[not(self::script or self::style or self::title)]")


def told_anywhere(tree: Element, text: str, *, now: datetime) -> Claim | None:
    """The only date in the tree that is said to be of a publication; several are of several articles.

    `text` is the tree's.
    """
    telling = [word for word in _TELLING if _is_dated(word, text, now)]
    told: set[Instant] = set()
    nodes = chain.from_iterable(_TOLD(tree, word=word) for word in telling)
    for node in islice(nodes, MAX_TOLD):
        # The date is in the same element as the label, or follows it in the one around both.
        for line in (_line(part) for part in (node, node.getparent()) if part is not None):
            first = next(shown_dates(line, now=now), None) if len(line) <= LINE_CHARS else None
            if first and first.instant and first.start <= LABEL_CHARS and _PUBLISHED.search(line[: first.start]):
                told.add(first.instant)
                break
    return Claim(told.pop(), "text") if len(told) == 1 else None


def _is_dated(word: str, text: str, now: datetime) -> bool:
    """Whether a date follows the word anywhere in the text: cheap, so that elements are seldom looked for."""
    after = (text[found.end() : found.end() + LINE_CHARS] for found in re.finditer(word, text))
    return any(next(shown_dates(" ".join(part.split()), now=now), None) for part in after)


def _line(node: Element) -> str:
    return " ".join(node.xpath("string()").split())


def to_the_second(claim: Claim, others: Sequence[Claim]) -> Claim:
    """`claim`, or if it is but a day the first of the others that tells the time on that day."""
    return _timed([claim, *(other for other in others if _is_of(other.at, [claim.at.date()]))]) or claim


def says_published(node: Element) -> bool:
    """Whether the element says to hold the instant of a publication."""
    return node.get("pubdate") is not None or _rank("", _names(node)) == _SAID_PUBLISHED
