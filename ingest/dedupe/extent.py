"""Where a short text is in a longer one: as its beginning, or as one of several texts."""

import re
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from ingest.dedupe.fingerprint import tokens
from ingest.dedupe.near import BEGINNING_WEIGHT, MIN_WEIGHT, Text

MIN_LENGTH_RATIO = 2  # of a full text to its teaser
MIN_BEGUN = 0.75  # of a teaser that is in its article; feeds write the rest below it
MIN_CONTAINED = 0.9  # of a text that is in another one, to be contained in it
MAX_OVERLAP = 0.5  # of the shorter of two texts that are in different places of a third
_CUT = re.compile(r"(?:…|\.\.\.)\]?\s*$")


class Extent:
    """The tokens of `text` that are also in `short`, a much shorter text.

    `begins`: `short` is the beginning of the text. `is_contained`: the text has all of `short`. `ends_in_a_line`: the
    shared text ends within a line.
    """

    def __init__(self, short: Text, text: Text) -> None:
        one, other = short.shingles, text.shingles
        hashes = one.shared_with(other)
        in_short = _covered(one.ends, np.isin(one.hashes, hashes), len(one.tokens))
        self.weights = np.diff(other.reached)
        self.covered = _covered(other.ends, np.isin(other.hashes, hashes), len(other.tokens))
        places = np.flatnonzero(self.covered)
        share = int(np.diff(one.reached)[in_short].sum()) / one.weight
        start = int(other.reached[places[0]]) if len(places) else other.weight
        self.begins = share >= MIN_BEGUN and start < BEGINNING_WEIGHT
        self.is_contained = share >= MIN_CONTAINED
        line_ends = set(accumulate(len(tokens(line)) for line in text.lines))
        self.ends_in_a_line = len(places) > 0 and int(places[-1]) + 1 not in line_ends

    def is_apart_from(self, other: "Extent") -> bool:
        """Return whether two extents are different places of one text."""
        both = self.weights[self.covered & other.covered].sum()
        least = min(self.weights[extent.covered].sum() for extent in (self, other))
        return bool(both < MAX_OVERLAP * least)


def extent(short: Text, text: Text) -> Extent | None:
    """Return None if the text is not much longer than `short`, or if `short` is too short to tell."""
    one, other = short.shingles.weight, text.shingles.weight
    return Extent(short, text) if one >= MIN_WEIGHT and other >= MIN_LENGTH_RATIO * one else None


def contained_extent(short: Text, body: str, text: Text) -> Extent | None:
    """Return where a digest (`text`) has all of `short`, whose body is given.

    Return None if it has not, or if `short` is only cut short: the text goes on in the same line.
    """
    found = extent(short, text)
    if not found or not found.is_contained or (found.ends_in_a_line and is_cut_short(body)):
        return None
    return found


def is_cut_short(body: str) -> bool:
    """Return whether a text ends in an ellipsis; a line such as "Read more" may follow."""
    return any(_CUT.search(line) for line in body.rstrip().split("\n")[-3:])


def _covered(ends: NDArray[np.int64], shared: NDArray[np.bool_], tokens: int) -> NDArray[np.bool_]:
    """Mark the tokens that are in a shared shingle."""
    edges = np.zeros(tokens + 1, np.int64)
    starts = np.flatnonzero(shared)
    edges[starts] += 1
    np.subtract.at(edges, ends[starts], 1)
    return np.cumsum(edges[:-1]) > 0
