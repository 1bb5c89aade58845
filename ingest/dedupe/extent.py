"""How a text stands in a longer one: as its beginning, or as one of several."""

import re
from collections.abc import Iterable
from itertools import accumulate, combinations

import numpy as np
from numpy.typing import NDArray

from ingest.dedupe.near import BEGINNING, LEAST, Text
from ingest.dedupe.shingles import tokens

LONGER = 2  # times as long as a text is what may be its full text
BEGUN = 0.75  # of a teaser stands in its article; the rest is what feeds write below it
HELD = 0.9  # of a text stands in what has all of it
_CUT = re.compile(r"(?:…|\.\.\.)\]?\s*$")
APART = 0.5  # of the shorter of two texts, up to which they may cover the same words of a third


class Extent:
    """What of `text` is `part`; both are long enough to tell."""

    def __init__(self, part: Text, text: Text) -> None:
        one, other = part.shingles, text.shingles
        hashes = np.intersect1d(one.hashes, other.hashes)
        self._weights = np.diff(other.reached)
        self._covered = _covered(other.ends, np.isin(other.hashes, hashes), len(other.tokens))
        in_part = _covered(one.ends, np.isin(one.hashes, hashes), len(one.tokens))
        self.share = int(np.diff(one.reached)[in_part].sum()) / max(one.weight, 1)
        places = np.flatnonzero(self._covered)
        self.start = int(other.reached[places[0]]) if len(places) else other.weight
        self.ends_in_a_line = len(places) > 0 and int(places[-1]) + 1 not in _ends_of_lines(text)
        self.is_much_less = one.weight >= LEAST and other.weight >= LONGER * one.weight

    @property
    def begins(self) -> bool:
        """Whether the text is the full one of which `part` is the beginning."""
        return self.is_much_less and self.share >= BEGUN and self.start < BEGINNING

    @property
    def is_held(self) -> bool:
        """Whether the text has all of `part`, and as much besides."""
        return self.is_much_less and self.share >= HELD

    def is_apart_from(self, other: "Extent") -> bool:
        """Whether the two are of different places of one text."""
        least = min(self._weights[self._covered].sum(), self._weights[other._covered].sum())  # noqa: SLF001 (our own)
        return bool(self._weights[self._covered & other._covered].sum() < APART * least)  # noqa: SLF001 (our own)


def holds_several(extents: Iterable[Extent]) -> bool:
    """Whether two texts at least stand in one as a digest holds them: each in full, one beside the other."""
    held = [extent for extent in extents if extent.is_held]
    return any(one.is_apart_from(other) for one, other in combinations(held, 2))


def is_cut_short(body: str) -> bool:
    """Whether a text says at its end that it breaks off; a line like "Read more" may follow."""
    return any(_CUT.search(line) for line in body.rstrip().split("\n")[-3:])


def _ends_of_lines(text: Text) -> set[int]:
    return set(accumulate(len(tokens(line)) for line in text.lines))


def _covered(ends: NDArray[np.int64], shared: NDArray[np.bool_], tokens: int) -> NDArray[np.bool_]:
    """Which tokens stand in one of the shared shingles."""
    edges = np.zeros(tokens + 1, np.int64)
    starts = np.flatnonzero(shared)
    edges[starts] += 1
    np.subtract.at(edges, ends[starts], 1)
    return np.cumsum(edges[:-1]) > 0
