"""A text as tokens and shingles, and the few of its shingles that an index keeps of it.

Weights make scripts alike: a word weighs as much as two characters of a script that is written without spaces. A
shingle is the tokens from one on that weigh SHINGLE together: four words, or eight characters. Those to keep are
chosen by winnowing (Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003): what is least in a window of a given weight
is kept, so that two texts with a passage in common that is as long as a window and a shingle keep one in common.
"""

import re
from functools import cached_property
from itertools import repeat
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ingest.dedupe.fingerprint import SHINGLES_VERSION

WORD, CHARACTER = 2, 1
SHINGLE = 4 * WORD
# A teaser is a text's beginning and little of it, so the windows there are narrow. What is least in a wide window is
# least in the narrow ones within it: a passage is found wherever it stands in either text.
HEAD = 64 * WORD
HEAD_WINDOW = 8 * WORD
WINDOW = 32 * WORD

# Han, kana, bopomofo; Thai, Lao, Tibetan, Burmese, Khmer: all but their digits.
_DENSE = (
    r"\u3040-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    r"\u0e00-\u0e4f\u0e5a-\u0ecf\u0eda-\u0f1f\u0f34-\u103f\u104a-\u108f\u109a-\u109f\u1780-\u17df"
)
_DENSE_CHARACTER = re.compile(f"[{_DENSE}]")
_TOKEN = re.compile(f"[{_DENSE}]|[^ {_DENSE}]+")
_BASE = 0x9E3779B97F4A7C15  # odd, and so with an inverse modulo 2⁶⁴
_INVERSE = pow(_BASE, -1, 1 << 64)


def tokens(normal: str) -> list[str]:
    """Of a normalised text: words, numbers with their separators, characters of scripts written without spaces."""
    return normal.split() if normal.isascii() or not _DENSE_CHARACTER.search(normal) else _TOKEN.findall(normal)


def is_dense(token: str) -> bool:
    """Whether a token is a character of a script written without spaces."""
    return len(token) == 1 and bool(_DENSE_CHARACTER.match(token))


class Shingles:
    """Of a text's tokens; shingle `i` is `tokens[i:ends[i]]`."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        dense = _DENSE_CHARACTER
        weights = np.full(len(tokens) + 1, WORD)
        weights[0] = 0
        weights[[place for place, token in enumerate(tokens, 1) if len(token) == 1 and dense.match(token)]] = CHARACTER
        self.reached: NDArray[np.int64] = np.cumsum(weights)
        """The weight of what stands before each token, and of the whole."""
        ends = np.searchsorted(self.reached, self.reached[:-1] + SHINGLE)
        self.ends: NDArray[np.int64] = ends[ends <= len(self.tokens)]

    @property
    def weight(self) -> int:
        return int(self.reached[-1])

    @cached_property
    def hashes(self) -> NDArray[np.uint64]:
        """Of each shingle: a polynomial modulo 2⁶⁴ of its tokens' CRCs, mixed as MurmurHash3 ends; the same anywhere"""
        encoded = " ".join(self.tokens).encode(errors="surrogatepass").split(b" ") if self.tokens else []
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
        """The hashes of both."""
        return np.intersect1d(self.distinct, other.distinct, assume_unique=True)

    def winnowed(self) -> list[int]:
        """The hashes to keep, ascending and distinct, as signed 32-bit numbers.

        On average one for four and a half words at the beginning, for 16 further on; one for a text as short as
        a shingle, none for a shorter one.
        """
        values = self.hashes.view(np.int64) >> 32
        reached = self.reached[: len(values) + 1]
        weights = np.diff(reached)
        is_kept = np.where(
            reached[:-1] < HEAD, _are_least(values, weights, HEAD_WINDOW), _are_least(values, weights, WINDOW)
        )
        return sorted(set(values[is_kept].tolist()))


def _powers(base: int, count: int) -> NDArray[np.uint64]:
    factors = np.full(count, base, np.uint64)
    factors[:1] = 1
    return np.cumprod(factors, dtype=np.uint64)


def _are_least(values: NDArray[np.int64], weights: NDArray[np.int64], window: int) -> NDArray[np.bool_]:
    """Which of these, 32 bits each, are the least in some window of that weight, or of all where that weighs less.

    Of equal ones it is the last.
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
