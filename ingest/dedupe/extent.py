"""How a text stands in a longer one: as its beginning, or as one of several."""

import re
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from ingest.dedupe.near import BEGINNING_WEIGHT, MIN_WEIGHT, Text
from ingest.dedupe.shingles import tokens

LONGER = 2  # times as long as a text is what may be its full text
BEGUN = 0.75  # of a teaser stands in its article; the rest is what feeds write below it
HELD = 0.9  # of a text stands in what has all of it
_CUT = re.compile(r"(?:…|\.\.\.)\]?\s*$")
APART = 0.5  # of the shorter of two texts, up to which they may cover the same words of a third


class Extent:
    """What of `text` is `part`, which is much less than it."""

    def __init__(self, part: Text, text: Text) -> None:
        one, other = part.shingles, text.shingles
        hashes = one.shared_with(other)
        in_part = _covered(one.ends, np.isin(one.hashes, hashes), len(one.tokens))
        self._weights = np.diff(other.reached)
        self._covered = _covered(other.ends, np.isin(other.hashes, hashes), len(other.tokens))
        places = np.flatnonzero(self._covered)
        share = int(np.diff(one.reached)[in_part].sum()) / one.weight
        start = int(other.reached[places[0]]) if len(places) else other.weight
        self.begins = share >= BEGUN and start < BEGINNING_WEIGHT
        """Whether `part` is the beginning of the text."""
        self.is_held = share >= HELD
        """Whether the text has all of it."""
        self.ends_in_a_line = len(places) > 0 and int(places[-1]) + 1 not in _ends_of_lines(text)

    def is_apart_from(self, other: "Extent") -> bool:
        """Whether the two are of different places of one text."""
        weights, both = self._weights, self._covered & other._covered  # noqa: SLF001 (our own)
        least = min(weights[extent._covered].sum() for extent in (self, other))  # noqa: SLF001 (our own)
        return bool(weights[both].sum() < APART * least)


def extent(part: Text, text: Text) -> Extent | None:
    """None where the text is not much longer than `part`, or that is too short to tell."""
    one, other = part.shingles.weight, text.shingles.weight
    return Extent(part, text) if one >= MIN_WEIGHT and other >= LONGER * one else None


def contained_extent(part: Text, body: str, text: Text) -> Extent | None:
    """Where the text has all of `part`, whose body is given, as a digest has: not as what breaks off."""
    found = extent(part, text)
    if not found or not found.is_held or (found.ends_in_a_line and is_cut_short(body)):
        return None
    return found


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
