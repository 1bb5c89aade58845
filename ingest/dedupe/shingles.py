"""A text as tokens and shingles, and the few of its shingles that an index keeps of it.

Weights make scripts alike: a word weighs as much as two characters of a script that is written without spaces. A
shingle is the tokens from one on that weigh SHINGLE together: four words, or eight characters. Those to keep are
chosen by winnowing (Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003): what is least in a window of a given weight
is kept, so that two texts with a passage in common that is as long as a window and a shingle keep one in common.
"""

import re
from functools import cached_property
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
    return _TOKEN.findall(normal) if _DENSE_CHARACTER.search(normal) else normal.split()


def is_dense(token: str) -> bool:
    """Whether a token is a character of a script written without spaces."""
    return len(token) == 1 and bool(_DENSE_CHARACTER.match(token))


class Shingles:
    """Of a text's tokens; shingle `i` is `tokens[i:ends[i]]`."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        dense = _DENSE_CHARACTER
        weights = [CHARACTER if len(token) == 1 and dense.match(token) else WORD for token in self.tokens]
        self.reached: NDArray[np.int64] = np.cumsum([0, *weights])
        """The weight of what stands before each token, and of the whole."""
        ends = np.searchsorted(self.reached, self.reached[:-1] + SHINGLE)
        self.ends: NDArray[np.int64] = ends[ends <= len(self.tokens)]

    @property
    def weight(self) -> int:
        return int(self.reached[-1])

    @cached_property
    def hashes(self) -> NDArray[np.uint64]:
        """Of each shingle: a polynomial modulo 2⁶⁴ of its tokens' CRCs, mixed as MurmurHash3 ends; the same anywhere"""
        codes = np.array(
            [crc32(token.encode(errors="surrogatepass"), SHINGLES_VERSION) for token in self.tokens], np.uint64
        )
        sums = np.zeros(len(codes) + 1, np.uint64)
        np.cumsum((codes + np.uint64(1)) * _powers(_BASE, len(codes)), out=sums[1:])
        mixed = (sums[self.ends] - sums[: len(self.ends)]) * _powers(_INVERSE, len(self.ends))
        for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
            mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(factor)
        return mixed ^ (mixed >> np.uint64(33))

    def winnowed(self) -> list[int]:
        """The hashes to keep, ascending and distinct, as signed 32-bit numbers.

        On average one for four and a half words at the beginning, for 16 further on; one for a text as short as
        a shingle, none for a shorter one.
        """
        hashes: list[int] = (self.hashes.view(np.int64) >> 32).tolist()
        reached: list[int] = self.reached[: len(hashes) + 1].tolist()
        kept = set()
        for start, (low, high) in enumerate(_least_between(hashes)):
            window = HEAD_WINDOW if reached[start] < HEAD else WINDOW
            if reached[high] - reached[low] >= min(window, reached[-1]):
                kept.add(hashes[start])
        return sorted(kept)


def _powers(base: int, count: int) -> NDArray[np.uint64]:
    factors = np.full(count, base, np.uint64)
    factors[:1] = 1
    return np.cumprod(factors, dtype=np.uint64)


def _least_between(values: list[int]) -> list[tuple[int, int]]:
    """For each, the span around it, end exclusive, in which it is the least; of equal ones it is the last."""
    lows = [0] * len(values)
    highs = [len(values)] * len(values)
    rising: list[int] = []
    for place, value in enumerate(values):
        while rising and values[rising[-1]] >= value:
            highs[rising.pop()] = place
        lows[place] = rising[-1] + 1 if rising else 0
        rising.append(place)
    return list(zip(lows, highs, strict=True))
