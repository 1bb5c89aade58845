"""The shingles of a text, and the few of them that the index keeps.

Weights make scripts comparable: a word weighs as much as two characters of a script written without spaces. A shingle
is a run of tokens that weighs SHINGLE: four words, or eight characters. The index keeps shingles by winnowing
(Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003): the least hash in each window. Two texts that share a passage as
long as a window and a shingle then share a kept hash.
"""

from functools import cached_property
from itertools import repeat
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ingest.dedupe.fingerprint import DENSE_CHARACTER, SHINGLES_VERSION, is_dense

WORD, CHARACTER = 2, 1
SHINGLE = 4 * WORD
# A teaser is the short beginning of a text, so windows are narrow there. The least hash in a wide window is also the
# least in the narrow windows within it: a passage is found wherever it is in either text.
HEAD = 64 * WORD
HEAD_WINDOW = 8 * WORD
WINDOW = 32 * WORD

_BASE = 0x9E3779B97F4A7C15  # odd, and so with an inverse modulo 2⁶⁴
_INVERSE = pow(_BASE, -1, 1 << 64)


class Shingles:
    """A text's tokens and shingles. Shingle `i` is `tokens[i:ends[i]]`.

    `weights` has the weight of each token. `reached` has the weight before each token, and last that of all.
    """

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self._text = " ".join(tokens)
        self.weights = np.full(len(tokens), WORD)
        if not self._text.isascii() and DENSE_CHARACTER.search(self._text):
            self.weights[[place for place, token in enumerate(tokens) if is_dense(token)]] = CHARACTER
        self.reached: NDArray[np.int64] = np.cumsum(np.concatenate(([0], self.weights)))
        ends = np.searchsorted(self.reached, self.reached[:-1] + SHINGLE)
        self.ends: NDArray[np.int64] = ends[ends <= len(self.tokens)]

    @property
    def weight(self) -> int:
        return int(self.reached[-1])

    @cached_property
    def hashes(self) -> NDArray[np.uint64]:
        """The hash of each shingle, the same on every machine.

        It is a polynomial modulo 2⁶⁴ of the tokens' CRCs, mixed as MurmurHash3 ends.
        """
        encoded = self._text.encode(errors="surrogatepass").split()
        codes = np.fromiter(map(crc32, encoded, repeat(SHINGLES_VERSION)), np.uint64, len(encoded))
        sums = np.zeros(len(codes) + 1, np.uint64)
        np.cumsum((codes + np.uint64(1)) * _powers(_BASE, len(codes)), out=sums[1:])
        mixed = (sums[self.ends] - sums[: len(self.ends)]) * _powers(_INVERSE, len(self.ends))
        for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
            mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(factor)
        return mixed ^ (mixed >> np.uint64(33))

    @cached_property
    def distinct(self) -> NDArray[np.uint64]:
        """The hashes, ascending, each once."""
        ascending = np.sort(self.hashes)  # np.unique takes five times as long
        distinct: NDArray[np.uint64] = ascending[np.diff(ascending, prepend=~ascending[:1]) != 0]
        return distinct

    def shared_with(self, other: "Shingles") -> NDArray[np.uint64]:
        return np.intersect1d(self.distinct, other.distinct, assume_unique=True)

    def covered_by(self, hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Mark the tokens that are in a shingle with one of these hashes, which ascend."""
        edges = np.zeros(len(self.tokens) + 1, np.int64)
        if len(hashes):
            found = hashes.take(np.searchsorted(hashes, self.hashes), mode="clip")  # np.isin takes eight times as long
            starts = np.flatnonzero(found == self.hashes)
            edges[starts] = 1
            np.subtract.at(edges, self.ends[starts], 1)
        return np.cumsum(edges[:-1]) > 0

    def winnowed(self) -> list[int]:
        """Return the hashes to keep, ascending and distinct, as signed 32-bit numbers.

        On average it is one hash for 4.5 words at the beginning, and for 16 words further on; one for a text of one
        shingle, none for a shorter text.
        """
        values = self.hashes.view(np.int64) >> 32
        weights, is_head = self.weights[: len(values)], self.reached[: len(values)] < HEAD
        is_kept = np.where(is_head, _are_least(values, weights, HEAD_WINDOW), _are_least(values, weights, WINDOW))
        return sorted(set(values[is_kept].tolist()))


def _powers(base: int, count: int) -> NDArray[np.uint64]:
    factors = np.full(count, base, np.uint64)
    factors[:1] = 1
    return np.cumprod(factors, dtype=np.uint64)


def _are_least(values: NDArray[np.int64], weights: NDArray[np.int64], window: int) -> NDArray[np.bool_]:
    """Mark each 32-bit value that is the least in some window of that weight. Of equal values the last counts.

    If all weigh less than a window, mark the least of all.
    """
    before_last = np.arange(len(values))[::-1]
    least = np.repeat((values << 32) | before_last, weights)
    window = min(window, len(least))
    width = 1
    while width < window:
        step = min(width, window - width)
        least = np.minimum(least[:-step], least[step:])
        width += step
    found = np.zeros(len(values), np.bool_)
    found[len(values) - 1 - (least & 0xFFFFFFFF)] = True
    return found
