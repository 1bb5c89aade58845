"""Finds the passages of one text that another lacks, and their places in the page."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ingest.articles.body.blocks import Blocks

RUN = 4  # words in a row that are not in two texts by chance
SHARE = 0.5  # of a line's runs, from which the line is in the other text
PATH_STEPS = 4
CLASS_CHARS = 40
SAMPLE_CHARS = 60
PLACES = 2

Words = Callable[[str], list[str]]
Run = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """Adjacent lines. `places` are the paths of their elements, each once."""

    text: str
    words: int
    places: tuple[str, ...]

    def __str__(self) -> str:
        sample = self.text[:SAMPLE_CHARS]
        return f"{self.words} words, {sample!r} in {' + '.join(self.places[:PLACES])}"


def passages(text: str, other: str, page: Blocks, words: Words) -> list[Passage]:
    """Return the passages of the text that the other lacks, the longest first."""
    blocks = ["".join(block.split()) for block in page.texts]
    found = []
    for lines in _apart(text, other, words):
        places = dict.fromkeys(_place(line, page, blocks) for line in lines)
        found.append(Passage(" / ".join(lines), sum(len(words(line)) for line in lines), tuple(places)))
    return sorted(found, key=lambda passage: -passage.words)


def path(page: Blocks, number: int) -> str:
    """Return the last elements down to a place, with their classes."""
    steps: list[str] = []
    while number >= 0 and len(steps) < PATH_STEPS:
        tag, classes = page.elements[number].template[:2]
        steps.insert(0, ".".join([tag, *classes[:CLASS_CHARS].split()]))
        number = page.elements[number].parent
    return " > ".join(steps)


def _apart(text: str, other: str, words: Words) -> Iterator[list[str]]:
    """Yield the lines that the other text lacks, adjacent lines as one list. A repeated line must be there as often."""
    there = Counter(_runs(words(other)))
    short = Counter(tuple(words(line)) for line in other.split("\n"))
    lines: list[str] = []
    for line in text.split("\n"):
        own = words(line)
        if not own:
            continue
        runs = Counter(_runs(own))
        if runs:
            common = runs & there
            there -= common
            is_there = common.total() >= SHARE * runs.total()
        else:
            is_there = short[tuple(own)] > 0
            short[tuple(own)] -= 1
        if not is_there:
            lines.append(line.strip())
        elif lines:
            yield lines
            lines = []
    if lines:
        yield lines


def _runs(words: Sequence[str]) -> Iterator[Run]:
    return zip(*(words[start:] for start in range(RUN)), strict=False)


def _place(line: str, page: Blocks, blocks: list[str]) -> str:
    """Return the path of the first block that has the line, else of a long block that is in the line."""
    wanted = "".join(line.split())
    holding = (number for number, block in enumerate(blocks) if wanted in block)
    pieces = (number for number, block in enumerate(blocks) if len(block) > SAMPLE_CHARS and block in wanted)
    number = next(holding, next(pieces, None))
    return "no block of the page" if number is None else path(page, page.places[number])
