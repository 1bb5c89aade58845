"""Why a cleaned page is not as it was marked: the passages that came in, those that were lost, and where they stand."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ingest.articles.body.blocks import Blocks

RUN = 4  # words in a row that stand in two texts by no chance
SHARE = 0.5  # of a line's runs, from which on the line stands in the other text
PATH_STEPS = 4
CLASS_CHARS = 40
SAMPLE_CHARS = 60
PLACES = 2

Words = Callable[[str], list[str]]
Run = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines that stand one below the other. `places` are the paths of the elements they stand in, each once."""

    text: str
    words: int
    places: tuple[str, ...]

    def __str__(self) -> str:
        sample = self.text[:SAMPLE_CHARS]
        return f"{self.words} words, {sample!r} in {' + '.join(self.places[:PLACES])}"


def passages(text: str, other: str, page: Blocks, words: Words) -> list[Passage]:
    """Return what of the text does not stand in the other, the longest first."""
    said = ["".join(block.split()) for block in page.texts]
    found = []
    for lines in _apart(text, other, words):
        places = dict.fromkeys(_place(line, page, said) for line in lines)
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
    """Yield the lines that do not stand in the other text, adjacent ones as one. A line counts as often as there."""
    there = Counter(_runs(words(other)))
    short = Counter(tuple(words(line)) for line in other.split("\n"))
    lines: list[str] = []
    for line in text.split("\n"):
        said = words(line)
        if not said:
            continue
        runs = Counter(_runs(said))
        if runs:
            common = runs & there
            there -= common
            stands = common.total() >= SHARE * runs.total()
        else:
            stands = short[tuple(said)] > 0
            short[tuple(said)] -= 1
        if not stands:
            lines.append(line.strip())
        elif lines:
            yield lines
            lines = []
    if lines:
        yield lines


def _runs(said: Sequence[str]) -> Iterator[Run]:
    return zip(*(said[start:] for start in range(RUN)), strict=False)


def _place(line: str, page: Blocks, said: list[str]) -> str:
    """Return the path of the first block that holds the line, else of one that is most of it."""
    wanted = "".join(line.split())
    holding = (number for number, block in enumerate(said) if wanted in block)
    pieces = (number for number, block in enumerate(said) if len(block) > SAMPLE_CHARS and block in wanted)
    number = next(holding, next(pieces, None))
    return "no block of the page" if number is None else path(page, page.places[number])
