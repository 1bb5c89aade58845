"""Finds the lines of a text again in the blocks of a page."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence

from ingest.text.markup import clean
from ingest.text.words import squeeze


def align(lines: Sequence[str], texts: Sequence[str]) -> list[int | None]:
    """Return the number of the block that each line is a line of, None if no block has it.

    Of several such blocks, take the first at or after the block of the line before: a text keeps the order of its page.
    A line that stands twice in the text stands twice in the page.
    """
    places: defaultdict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(texts):
        units = text.split("\n")
        for unit in units if len(units) == 1 else (text, *units):
            places[squeeze(unit)].append(number)
    numbers: list[int | None] = []
    taken: Counter[str] = Counter()
    last = 0
    for line in lines:
        key = squeeze(line)
        found = places.get(key, [])
        at = bisect_left(found, last, lo=min(taken[key], len(found)))
        taken[key] = at + 1
        numbers.append(found[at] if at < len(found) else found[0] if found else None)
        last = numbers[-1] or last
    return numbers


def of_blocks(body: str, texts: Sequence[str]) -> list[int] | None:
    """Return the blocks that a text consists of, however their lines are broken. Return None if it has other words."""
    flat = squeeze(body)
    numbers: list[int] = []
    at = 0
    for number, text in enumerate(texts):
        piece = squeeze(clean(text))
        if flat.startswith(piece, at):
            numbers.append(number)
            at += len(piece)
    return numbers if at == len(flat) else None
