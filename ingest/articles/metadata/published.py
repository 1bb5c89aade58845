"""Finds when an article was published, as its page shows it.

A date that is shown without a time takes the time of any other instant on the page that falls on that day.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from operator import itemgetter
from typing import NamedTuple

from lxml import etree

from ingest.articles.metadata.dates import ShownDate, midnight, read_date, shown_dates
from ingest.articles.metadata.lines import Line
from ingest.articles.tree import Element, text_of
from ingest.text.dates import Instant
from storage.records import Precision

MAX_LINE_CHARS = 160  # a longer line is running text, and its dates are those of events
MAX_STAMP_WORDS = 6  # a line of so many words may be a date even if it ends with a full stop
MAX_LABEL_CHARS = 40  # a longer line does not label the next one
MAX_LINES_APART = 3  # between the dates of one article
MAX_STATEMENTS = 100  # elements that mention a publication: a page with more is a list of articles
MAX_UTC_OFFSET = timedelta(hours=14)  # the day that a page shows is the day in some time zone

_PUBLISHED_RANK, _UNLABELLED_RANK, _UPDATED_RANK = range(3)
_PUBLISHED = re.compile(
    r"publi|posted|submitted|created|veröffentlicht|erschienen|erstellt|pubblicat|gepubliceerd|geplaatst|mis en ligne"
    r"|paru\b|発表|公開|掲載|投稿|发布|發布|发表|發表|刊登|опубликован|julkaistu|publicerad|opublikowan",
    re.IGNORECASE,
)
_UPDATED = re.compile(
    r"updat|modif|aktualisiert|geändert|à jour|actualizad|atualizad|aggiornat|bijgewerkt|gewijzigd|revis|review"
    r"|edited|checked|last\b|current as of|更新|修正|обновлен|uppdaterad|opdateret|zaktualizowan|päivitetty|\bstand\b",
    re.IGNORECASE,
)
# Word endings before a date of publication. To search for them is cheap.
_STATEMENTS = ("ublish", "osted", "ublié", "ublicad", "ubblicat", "ffentlicht", "公開", "发布", "發布")
_STATING = etree.XPath(
    "descendant::text()[contains(., $word)]/parent::*[not(self::script or self::style or self::title)]"
)


class FoundDate(NamedTuple):
    """An instant that the page gives. `source` is "json-ld", "meta", "time", "text" or "url".

    `is_update` is true if the page labels it as the date of an update.
    """

    at: datetime
    precision: Precision
    source: str
    is_update: bool = False


@dataclass(frozen=True, slots=True)
class Hints:
    """Help to read a shown date. `others` are the page's other dates.

    `day_first` decides about 3/4 if no other date does. If it is None, such a date is dropped.
    """

    others: Sequence[FoundDate]
    day_first: bool | None
    now: datetime


def date_near_headline(lines: Sequence[Line], hints: Hints, *, last_first: bool = False) -> FoundDate | None:
    """Return the first date in the lines, or the last if `last_first`.

    A date of publication close to it is preferred, then an unlabelled date.
    """
    dates = list(_dates(lines, hints))[:: -1 if last_first else 1]
    near = [(rank, found) for number, rank, found in dates if abs(number - dates[0][0]) <= MAX_LINES_APART]
    rank, found = min(near, key=itemgetter(0), default=(_UNLABELLED_RANK, None))
    return found._replace(is_update=rank == _UPDATED_RANK) if found else None


def only_stated_date(tree: Element, text: str, *, now: datetime) -> FoundDate | None:
    """Return the one date that the page labels as that of publication. Several belong to several articles.

    `text` is the text of the tree.
    """
    words = [word for word in _STATEMENTS if _is_dated(word, text, now)]
    stated: set[Instant] = set()
    nodes = chain.from_iterable(_STATING(tree, word=word) for word in words)
    for node in islice(nodes, MAX_STATEMENTS):
        # The date is in the element of its label, or behind it in the parent.
        for line in (text_of(holder) for holder in (node, node.getparent()) if holder is not None):
            first = next(shown_dates(line, now=now), None) if len(line) <= MAX_LINE_CHARS else None
            if first and first.instant and first.start <= MAX_LABEL_CHARS and _PUBLISHED.search(line[: first.start]):
                stated.add(first.instant)
                break
    return FoundDate(*stated.pop(), "text") if len(stated) == 1 else None


def with_time(found: FoundDate, others: Sequence[FoundDate]) -> FoundDate:
    """Return the date. If it has no time, return the first other date on the same day with a time."""
    return _timed([found, *(other for other in others if _is_on(other.at, [found.at.date()]))]) or found


def marks_publication(node: Element) -> bool:
    """Return whether the element's attributes say that it holds the instant of publication."""
    return node.get("pubdate") is not None or _rank("", _names(node)) == _PUBLISHED_RANK


def _dates(lines: Sequence[Line], hints: Hints) -> Iterator[tuple[int, int, FoundDate]]:
    """Yield each date with the number of its line and its rank by label: published, unlabelled, updated."""
    label = ""
    for number, line in enumerate(lines):
        dates = list(_dates_in(line, label, hints)) if len(line.text) <= MAX_LINE_CHARS else []
        yield from ((number, rank, found) for rank, found in dates)
        label = line.text if not dates and len(line.text) <= MAX_LABEL_CHARS else ""


def _dates_in(line: Line, label: str, hints: Hints) -> Iterator[tuple[int, FoundDate]]:
    """Yield the dates of a line with their ranks. `label` is the line before, if it is short and has no date."""
    stamps = list(_stamps(line, hints.now))
    start = 0
    for shown in shown_dates(line.text, now=hints.now):
        own, names = next((stamp for stamp in stamps if _is_on(stamp[0].at, shown.days)), (None, ""))
        rank = _rank(line.text[start : shown.start].strip() or label, names)
        start = shown.end
        found = _resolved(shown, [*([own] if own else []), *hints.others], hints.day_first)
        if found and not (rank == _UNLABELLED_RANK and _is_sentence(line.text)):
            yield rank, found
    if not start:
        yield from ((_rank(f"{label} {line.text}", names), found) for found, names in stamps)


def _resolved(shown: ShownDate, others: Sequence[FoundDate], day_first: bool | None) -> FoundDate | None:
    """Return the day that is meant, with its time if any of `others` has it."""
    own = [FoundDate(*shown.instant, "text")] if shown.instant else []
    if same := _timed([*(other for other in others if _is_on(other.at, shown.days)), *own]):
        return same
    return None if day_first is None else FoundDate(*midnight(shown.days[day_first]), "text")


def _stamps(line: Line, now: datetime) -> Iterator[tuple[FoundDate, str]]:
    """Yield the `datetime` of the line's <time> elements, each with the element's names."""
    for node in line.nodes:
        if (stamp := node.get("datetime")) and (instant := read_date(stamp, now=now)):
            yield FoundDate(*instant, "time"), _names(node)


def _names(node: Element) -> str:
    return f"{node.get('class') or ''} {node.get('itemprop') or ''}"


def _is_sentence(text: str) -> bool:
    """Return whether the line is a sentence, whose date is that of an event."""
    return text[-1] in ".!?。" and len(text.split()) > MAX_STAMP_WORDS


def _rank(label: str, names: str) -> int:
    for text in (label, names):
        if _PUBLISHED.search(text):
            return _PUBLISHED_RANK
        if _UPDATED.search(text):
            return _UPDATED_RANK
    return _UNLABELLED_RANK


def _timed(dates: Sequence[FoundDate]) -> FoundDate | None:
    return next((found for found in dates if found.at.time() != time(0)), next(iter(dates), None))


def _is_on(at: datetime, days: Sequence[date]) -> bool:
    """Return whether the instant is on one of the days in some time zone."""
    starts = (midnight(day).at for day in days)
    return any(start - MAX_UTC_OFFSET <= at < start + timedelta(days=1) + MAX_UTC_OFFSET for start in starts)


def _is_dated(word: str, text: str, now: datetime) -> bool:
    """Return whether a date follows the word anywhere in the text. This is cheaper than to search the elements."""
    after = (text[found.end() : found.end() + MAX_LINE_CHARS] for found in re.finditer(word, text))
    return any(next(shown_dates(" ".join(piece.split()), now=now), None) for piece in after)
