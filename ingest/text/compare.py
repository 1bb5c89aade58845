"""Two texts beside each other: which words came and went, which sentences they share.

Texts may be hostile: difflib takes the square of their length, or its cube. So words that each text has once are
aligned first, which takes no longer than sorting them (patience diff), and difflib compares only what stands between.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

MAX_STEPS = 3_000_000  # of difflib in its worst case, about a second; beyond it a passage is replaced as one
MAX_BETWEEN = 200_000  # of them in one passage

ALIKE = 0.4  # of the words of two lines; others are shown one after the other
MAX_PAIRS = 2_500  # of lines that are compared with each other; longer passages are shown one after the other
LITTLE = 4  # a change that is so many times longer than what is the same after it goes on after it

Kind = Literal["same", "removed", "added"]

_PIECE = re.compile(r"\s+|\w+|[^\w\s]")
_WORD = re.compile(r"\w+")
# A sentence ends at a full stop with a space after it, and at those of scripts without spaces.
_SENTENCE = re.compile(r".+?(?:[.!?…][\"'»”’)\]]*\s+|[\u3002\uff01\uff1f]+|$)")


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a text, or of both texts that were compared."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with the space after it. `shared`: the other text has it too."""

    text: str
    shared: bool


def changes(old: str, new: str) -> list[list[Passage]]:
    """Return the lines of both texts, with what was removed and added: lines, and words of lines that are alike."""
    budget = _Budget()
    lines: list[list[Passage]] = []
    removed: list[str] = []
    added: list[str] = []
    for kind, some in [*_compared(old.split("\n"), new.split("\n"), budget), ("same", ())]:
        if kind == "same":
            lines += _replaced(removed, added, budget)
            lines += [[Passage("same", line)] for line in some]
            removed, added = [], []
        else:
            (removed if kind == "removed" else added).extend(some)
    return lines


def _replaced(removed: list[str], added: list[str], budget: "_Budget") -> Iterator[list[Passage]]:
    i = j = 0
    for next_i, next_j in [*_alike(removed, added), (len(removed), len(added))]:
        yield from ([Passage("removed", line)] for line in removed[i:next_i])
        yield from ([Passage("added", line)] for line in added[j:next_j])
        if next_i < len(removed):
            a, b = _PIECE.findall(removed[next_i]), _PIECE.findall(added[next_j])
            found = _merged(_compared(a, b, budget))
            yield [Passage(kind, "".join(pieces)) for kind, pieces in found if pieces]
        i, j = next_i + 1, next_j + 1


def _alike(removed: list[str], added: list[str]) -> list[tuple[int, int]]:
    """Return the places of lines that share most of their words, in order: as alike together as can be."""
    if len(removed) * len(added) > MAX_PAIRS:
        return []
    a, b = ([set(_WORD.findall(line)) for line in lines] for lines in (removed, added))
    best = [[0.0] * (len(b) + 1) for _ in range(len(a) + 1)]  # by the lines from i and from j on
    likeness = [[2 * len(x & y) / max(len(x) + len(y), 1) for y in b] for x in a]
    for i in reversed(range(len(a))):
        for j in reversed(range(len(b))):
            both = likeness[i][j] + best[i + 1][j + 1] if likeness[i][j] >= ALIKE else 0.0
            best[i][j] = max(both, best[i + 1][j], best[i][j + 1])
    pairs, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            pairs.append((i, j))
            i, j = i + 1, j + 1
    return pairs


def sentences(text: str) -> list[list[str]]:
    """Return the sentences of each line."""
    return [_SENTENCE.findall(line) for line in text.split("\n")]


def normal_sentences(text: str, normalise: Callable[[str], str]) -> set[str]:
    return {normal for line in sentences(text) for piece in line if (normal := normalise(piece))}


def shared(text: str, there: set[str], normalise: Callable[[str], str]) -> list[list[Sentence]]:
    """Return the lines of a text in sentences, marked if they are `there`, the `normal_sentences` of another."""
    return [[Sentence(piece, normalise(piece) in there) for piece in line] for line in sentences(text)]


class _Budget:
    def __init__(self) -> None:
        self.left = MAX_STEPS

    def affords(self, a: int, b: int) -> bool:
        """Return whether difflib may compare `a` pieces with `b`, and count that."""
        steps = a * b * min(a, b)
        if steps > min(MAX_BETWEEN, self.left):
            return False
        self.left -= steps
        return True


_Ops = Iterator[tuple[Kind, Sequence[str]]]


def _compared(a: Sequence[str], b: Sequence[str], budget: _Budget) -> _Ops:
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    yield "same", a[:start]
    yield from _middle(a[start : len(a) - end], b[start : len(b) - end], budget)
    yield "same", a[len(a) - end :]


def _middle(a: Sequence[str], b: Sequence[str], budget: _Budget) -> _Ops:
    anchors = _anchors(a, b)
    i = j = 0
    for next_i, next_j in [*anchors, (len(a), len(b))]:
        yield from _between(a[i:next_i], b[j:next_j], budget)
        yield "same", a[next_i : next_i + 1]
        i, j = next_i + 1, next_j + 1


def _between(a: Sequence[str], b: Sequence[str], budget: _Budget) -> _Ops:
    if not a or not b or not budget.affords(len(a), len(b)):
        yield "removed", a
        yield "added", b
        return
    for op, a_from, a_to, b_from, b_to in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if op == "equal":
            yield "same", a[a_from:a_to]
        else:
            yield "removed", a[a_from:a_to]
            yield "added", b[b_from:b_to]


def _anchors(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places of pieces that each text has once, as many as stand in the same order."""
    once = {piece for piece, n in Counter(a).items() if n == 1} & {piece for piece, n in Counter(b).items() if n == 1}
    place_in_b = {piece: j for j, piece in enumerate(b) if piece in once}
    pairs = [(i, place_in_b[piece]) for i, piece in enumerate(a) if piece in once]
    ends: list[int] = []  # the least place in b at which a run of each length ends
    lasts: list[int] = []  # the pair that it ends with
    before: list[int | None] = []
    for index, (_, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        before.append(lasts[length - 1] if length else None)
        ends[length : length + 1], lasts[length : length + 1] = [j], [index]
    found, at = [], lasts[-1] if lasts else None
    while at is not None:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]


def _merged(ops: _Ops) -> Iterator[tuple[Kind, list[str]]]:
    """Join neighbours of one kind, and the little that stands between two large changes with them."""
    removed: list[str] = []
    added: list[str] = []
    same: list[str] = []
    changed = 0  # characters removed and added so far
    for kind, pieces in ops:
        if not pieces:
            continue
        if kind == "same":
            same += pieces
            continue
        if same:
            size = sum(map(len, same))
            both = removed and added and size * LITTLE <= changed
            if both or (changed and size == 1):
                removed += same
                added += same
            else:
                yield from _flushed(removed, added)
                yield "same", same
                removed, added, changed = [], [], 0
            same = []
        changed += sum(map(len, pieces))
        if kind == "removed":
            removed += pieces
        else:
            added += pieces
    yield from _flushed(removed, added)
    yield "same", same


def _flushed(removed: list[str], added: list[str]) -> Iterator[tuple[Kind, list[str]]]:
    if removed:
        yield "removed", removed
    if added:
        yield "added", added
