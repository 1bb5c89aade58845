"""Finds the lines of a text again in the blocks of a page."""

from collections import defaultdict
from collections.abc import Sequence

from ingest.text.markup import clean
from ingest.text.words import squeeze


def align(lines: Sequence[str], texts: Sequence[str]) -> list[int | None]:
    """Return the number of the block that each line is a line of, None if no block has it.

    Of several such blocks, take the first at or after the block of the line before: a text keeps the order of its page.
    """
    places: defaultdict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(texts):
        for unit in {text, *text.split("\n")}:
            places[squeeze(unit)].append(number)
    numbers: list[int | None] = []
    last = 0
    for line in lines:
        found = places.get(squeeze(line), [])
        later = (number for number in found if number >= last)
        numbers.append(next(later, found[0] if found else None))
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
