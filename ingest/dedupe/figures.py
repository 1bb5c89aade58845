"""The figures of a text by their places, compared with another text's.

Reports of one template share nearly every word and differ in their figures. Copies share the figures too, except a
corrected one. A place is the text before a figure, or after it, whatever its own figures are. Number words are figures,
and so are the names of months and weekdays.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from itertools import pairwise

from ingest.dedupe.figure_words import FIGURE_WORDS
from ingest.dedupe.shingles import WORD, Shingles

CONTEXT_WEIGHT = 3 * WORD  # the least weight on one side of a figure that makes a place

_DIGIT = re.compile(r"\d")
_WEEKDAY = "曜"  # in Japanese it follows the character that tells the day

Places = dict[tuple[str, ...], Counter[str]]


def compare_figures(one: Places, other: Places) -> tuple[int, int]:
    """Return how many figures agree and how many differ in the places of both. A figure counts once on each side."""
    same = differing = 0
    for place in one.keys() & other.keys():
        here, there = one[place], other[place]
        common = (here & there).total()
        same += common
        differing += min(here.total(), there.total()) - common
    return same, differing


def places(text: Shingles) -> Places:
    """Return the figures by their places: the tokens before a figure, then "_", or "_", then the tokens after it."""
    tokens = text.tokens
    masked = ["0" if is_figure(token) or after == _WEEKDAY else token for token, after in pairwise([*tokens, ""])]
    reached: list[int] = text.reached.tolist()
    found: Places = defaultdict(Counter)
    for place, token in enumerate(tokens):
        if masked[place] != "0":
            continue
        if reached[place] >= CONTEXT_WEIGHT:
            start = bisect_right(reached, reached[place] - CONTEXT_WEIGHT) - 1
            found[*masked[start:place], "_"][token] += 1
        end = bisect_left(reached, reached[place + 1] + CONTEXT_WEIGHT)
        if end < len(reached):
            found["_", *masked[place + 1 : end]][token] += 1
    return found


def is_figure(token: str) -> bool:
    return token in FIGURE_WORDS or not (token.isalpha() or _DIGIT.search(token) is None)
