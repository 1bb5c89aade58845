"""Whether two texts give the same figures in the same places.

Reports of one template share nearly every word and differ in their figures; copies share those too, but for a
corrected one. A place is what stands before a figure, or after it, whatever the figures in that. Number words are
figures, and so are the names of months and weekdays.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from itertools import pairwise

from ingest.dedupe.figure_words import FIGURE_WORDS
from ingest.dedupe.shingles import WORD, Shingles

CONTEXT = 3 * WORD  # the least weight of what stands on one side of a figure, to tell its place

_FIGURE = re.compile(r"\d")
_WEEKDAY = "曜"  # before it in Japanese, which of the seven

Places = dict[tuple[str, ...], Counter[str]]


def compared(one: Places, other: Places) -> tuple[int, int]:
    """How many figures agree, and how many differ, in the places of both; each counts on either side of it."""
    same = differing = 0
    for place in one.keys() & other.keys():
        here, there = one[place], other[place]
        common = (here & there).total()
        same += common
        differing += min(here.total(), there.total()) - common
    return same, differing


def places(text: Shingles) -> Places:
    """What stands before a figure, ended by a mark, or after it, begun by one → the figures that stand there."""
    tokens = text.tokens
    masked = ["0" if is_figure(token) or after == _WEEKDAY else token for token, after in pairwise([*tokens, ""])]
    reached: list[int] = text.reached.tolist()
    found: Places = defaultdict(Counter)
    for place, token in enumerate(tokens):
        if masked[place] != "0":
            continue
        if reached[place] >= CONTEXT:
            start = bisect_right(reached, reached[place] - CONTEXT) - 1
            found[*masked[start:place], "_"][token] += 1
        end = bisect_left(reached, reached[place + 1] + CONTEXT)
        if end < len(reached):
            found["_", *masked[place + 1 : end]][token] += 1
    return found


def is_figure(token: str) -> bool:
    return token in FIGURE_WORDS or not (token.isalpha() or _FIGURE.search(token) is None)
