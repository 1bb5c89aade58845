"""Where the delimiters of emphasis stand, so that they render as emphasis (CommonMark 0.31 §6.2).

Whether `*` opens or closes depends on the characters beside it and on the other delimiters of the line. So delimiters
are set, the line is read as a renderer reads it, and emphasis that a reader would lose is narrowed to its words, or
given up.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Literal, NamedTuple

Mark = Literal["strong", "emphasis"]
Kind = Literal["text", "code", "picture", "link"]
MARKS: tuple[Mark, Mark] = ("strong", "emphasis")
_SIZES: dict[Mark, int] = {"strong": 2, "emphasis": 1}
_CHARACTERS: tuple[dict[Mark, str], ...] = (
    {"strong": "*", "emphasis": "*"},
    {"strong": "*", "emphasis": "_"},
    {"strong": "_", "emphasis": "*"},
)
_MAX_SPANS = 300  # of a line; the time grows with their square in the worst case
_MAX_TRIES = 8
_MAX_ENDS = 40  # characters beside a mark's ends that it may be taken from
_INVISIBLE = " \xad\u200b\u200c\u200d\u2060\ufeff"
_EDGES: dict[Kind, str] = {"text": "", "code": "``", "picture": "!)", "link": "[)"}  # first and last character


@dataclass(slots=True)
class Piece:
    """A piece of a line whose marks are equal. A link has its text in `inner`."""

    kind: Kind
    text: str
    strong: bool = False
    emphasis: bool = False
    url: str = ""
    inner: "list[Piece]" = field(default_factory=list)

    def has(self, mark: Mark) -> bool:
        return self.strong if mark == "strong" else self.emphasis

    def give(self, mark: Mark, value: bool) -> None:
        if mark == "strong":
            self.strong = value
        else:
            self.emphasis = value

    @property
    def is_space(self) -> bool:
        return self.kind == "text" and self.text.isspace()

    @property
    def is_blank(self) -> bool:
        return self.kind == "text" and not self.text.strip(_INVISIBLE)

    @property
    def first(self) -> str:
        return self.text[0] if self.kind == "text" else _EDGES[self.kind][0]

    @property
    def last(self) -> str:
        return self.text[-1] if self.kind == "text" else _EDGES[self.kind][1]


class _Span(NamedTuple):
    """Emphasis of the pieces from `start` to before `end`."""

    start: int
    end: int
    mark: Mark


@dataclass(slots=True)
class _DelimiterRun:
    """Equal delimiters at one place: before the piece number `at`."""

    at: int
    character: str
    size: int
    opens: bool
    closes: bool
    left: int


def with_delimiters(pieces: list[Piece], edge: str) -> tuple[list[Piece], dict[int, str]]:
    """Return the pieces, split where needed, and the delimiters before each place. `edge` stands beside the line."""
    marks = sum(piece.strong + piece.emphasis for piece in pieces)
    if not marks:
        return _merged(pieces), {}
    if marks > _MAX_SPANS:
        pieces = [Piece(piece.kind, piece.text, url=piece.url, inner=piece.inner) for piece in pieces]
    tries = 0
    while True:
        pieces = list(_split(_merged(pieces)))
        spans = _spans(pieces)
        if not spans:
            return pieces, {}
        lost = spans
        for characters in _CHARACTERS:
            delimiters = _delimiters(spans, characters)
            missing = spans - _read(_delimiter_runs(pieces, delimiters, edge))
            if not missing:
                return pieces, {place: "".join(given) for place, given in delimiters.items()}
            lost = min(lost, missing, key=len)
        tries += 1
        for span in lost:
            if tries > _MAX_TRIES or not _narrow(pieces, span, edge):
                for piece in pieces[span.start : span.end]:
                    _take(piece, span.mark)


def _merged(pieces: list[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if (
            last is not None
            and piece.kind == last.kind
            and piece.kind in {"text", "code"}
            and (piece.strong, piece.emphasis) == (last.strong, last.emphasis)
        ):
            merged[-1] = Piece(piece.kind, last.text + piece.text, piece.strong, piece.emphasis)
        else:
            merged.append(piece)
    return merged


def _split(pieces: list[Piece]) -> Iterator[Piece]:
    """Split spaces and punctuation off the ends of marked text."""
    for piece in pieces:
        if piece.kind != "text" or not (piece.strong or piece.emphasis):
            yield piece
            continue
        text = piece.text
        letters = [place for place in (0, len(text) - 1) if _kind(text[place]) == "letter"]
        if len(letters) == 2 or len(text) == 1:  # noqa: PLR2004 (both ends)
            yield piece
            continue
        size = len(text)
        start = next((place for place in range(size) if _kind(text[place]) == "letter"), size)
        end = next((place for place in range(size, 0, -1) if _kind(text[place - 1]) == "letter"), size)
        ends = (*range(1, min(start, _MAX_ENDS) + 1), *range(max(start + 1, end, size - _MAX_ENDS), size))
        places = [place for place in ends if place < size and _kind(text[place]) != _kind(text[place - 1])]
        for begin, stop in pairwise((0, *places, len(text))):
            yield replace(piece, text=text[begin:stop])


def _spans(pieces: list[Piece]) -> set[_Span]:
    """Return the emphasised stretches with visible text at their ends. Of two that cross, the later is split."""
    spans: set[_Span] = set()
    stretches = {mark: list(_stretches(pieces, mark)) for mark in MARKS}
    for mark, other in (MARKS, reversed(MARKS)):
        for start, end in stretches[mark]:
            cuts = [cut for first, cut in stretches[other] if first < start < cut < end]
            for begin, stop in pairwise((start, *cuts, end)):
                span = _without_blanks(pieces, _Span(begin, stop, mark))
                if span.start < span.end:
                    spans.add(span)
    return spans


def _stretches(pieces: list[Piece], mark: Mark) -> Iterator[tuple[int, int]]:
    start = 0
    for marked, group in groupby(pieces, key=lambda piece: piece.has(mark)):
        end = start + sum(1 for _ in group)
        if marked:
            yield start, end
        start = end


def _without_blanks(pieces: list[Piece], span: _Span) -> _Span:
    start, end, mark = span
    while start < end and pieces[start].is_blank:
        start += 1
    while start < end and pieces[end - 1].is_blank:
        end -= 1
    return _Span(start, end, mark)


def _delimiters(spans: set[_Span], characters: dict[Mark, str]) -> dict[int, list[str]]:
    """Return the delimiters at each place: what closes, the inner first, then what opens, the outer first."""
    placed: defaultdict[int, list[str]] = defaultdict(list)
    for span in sorted(spans, key=lambda span: (-span.start, span.mark)):
        placed[span.end].append(characters[span.mark] * _SIZES[span.mark])
    for span in sorted(spans, key=lambda span: (span.end, span.mark), reverse=True):
        placed[span.start].append(characters[span.mark] * _SIZES[span.mark])
    return placed


def _delimiter_runs(pieces: list[Piece], delimiters: dict[int, list[str]], edge: str) -> Iterator[_DelimiterRun]:
    for place in sorted(delimiters):
        runs = ["".join(run) for _, run in groupby("".join(delimiters[place]))]
        before = _kind(pieces[place - 1].last if place else edge)
        for run, following in pairwise((*runs, pieces[place].first if place < len(pieces) else edge)):
            after = _kind(following[0])
            left = after != "space" and (after == "letter" or before != "letter")
            right = before != "space" and (before == "letter" or after != "letter")
            inside = run[0] == "_" and left and right
            opens = left and (not inside or before == "punctuation")
            closes = right and (not inside or after == "punctuation")
            yield _DelimiterRun(place, run[0], len(run), opens, closes, len(run))
            before = "punctuation"


@lru_cache(4096)
def _kind(character: str) -> Literal["space", "punctuation", "letter"]:
    if character.isspace():
        return "space"
    return "punctuation" if unicodedata.category(character)[0] in "PS" else "letter"


def _read(runs: Iterator[_DelimiterRun]) -> set[_Span]:
    """Return the emphasis that a renderer finds (CommonMark 0.31, appendix "process emphasis")."""
    found: set[_Span] = set()
    openers: list[_DelimiterRun] = []
    for run in runs:
        place = len(openers) - 1 if run.closes else -1
        while place >= 0 and run.left:
            opener = openers[place]
            if not _match(opener, run):
                place -= 1
                continue
            size = 2 if min(opener.left, run.left) > 1 else 1
            found.add(_Span(opener.at, run.at, "strong" if size == _SIZES["strong"] else "emphasis"))
            opener.left -= size
            run.left -= size
            del openers[place + (opener.left > 0) :]
            place = len(openers) - 1
        if run.left and run.opens:
            openers.append(run)
    return found


def _match(opener: _DelimiterRun, closer: _DelimiterRun) -> bool:
    if opener.character != closer.character:
        return False
    both = opener.closes or closer.opens
    return not (both and (opener.size + closer.size) % 3 == 0 and (opener.size % 3 or closer.size % 3))


def _narrow(pieces: list[Piece], span: _Span, edge: str) -> bool:
    """Take a mark from punctuation at an end of its span, if a letter stands outside. Return whether there was any."""
    before = pieces[span.start - 1].last if span.start else edge
    after = pieces[span.end].first if span.end < len(pieces) else edge
    first, last = pieces[span.start], pieces[span.end - 1]
    narrowed = False
    for piece, inside, outside in ((first, first.first, before), (last, last.last, after)):
        if _kind(inside) == "punctuation" and _kind(outside) == "letter":
            _take(piece, span.mark)
            narrowed = True
    return narrowed


def _take(piece: Piece, mark: Mark) -> None:
    """Take a mark from a piece. A link gives it to its text."""
    piece.give(mark, value=False)
    for inner in piece.inner:
        inner.give(mark, value=True)
