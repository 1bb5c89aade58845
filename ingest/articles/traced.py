"""The blocks of a page with the reasons why they are not in the article's text. Cheap to import."""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

OTHER_PAGE = "another page of the article has it too"


class TracedBlock(NamedTuple):
    """A block, or some lines of one. `reason` says why it is not in the article's text, None if it is."""

    text: str
    reason: str | None


class TracedLine(NamedTuple):
    """A line of a block, or a block; `number` is the block's, None if the page has no such block."""

    text: str
    number: int | None
    reason: str | None


def grouped(lines: Iterable[TracedLine]) -> list[TracedBlock]:
    """Join the lines of each block that have one reason."""
    found = []
    for (number, reason), group in groupby(lines, key=lambda line: (line.number, line.reason)):
        texts = [line.text for line in group]
        found += [TracedBlock(text, reason) for text in (texts if number is None else ["\n".join(texts)])]
    return found


def joined(blocks: Iterable[TracedBlock], body: str) -> list[TracedBlock]:
    """Return the blocks of all pages of an article. A line that the pages repeat is in the text once."""
    wanted = iter([*body.split("\n"), None])
    line = next(wanted)
    found: list[TracedLine] = []
    for number, block in enumerate(blocks):
        if block.reason is not None:
            found.append(TracedLine(block.text, number, block.reason))
            continue
        for text in block.text.split("\n"):
            found.append(TracedLine(text, number, None if text == line else OTHER_PAGE))
            line = next(wanted) if text == line else line
    return grouped(found)
