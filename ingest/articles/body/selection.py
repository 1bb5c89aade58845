"""Which blocks of a page are the article's.

The model decides, with trafilatura's text as evidence. Rules that hold for any article follow: nothing twice, no gaps,
nothing from above the headline.
"""

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ingest.articles.body.advice import Advice
from ingest.articles.body.align import align
from ingest.articles.body.blocks import Blocks
from ingest.articles.body.features import features, with_advice
from ingest.articles.body.model import Chances, choose, expected_f1, model
from ingest.articles.body.texts import TITLE_SLACK_CHARS, WORDS, Claims, Matrix
from ingest.articles.body.vetoes import asides, vetoes
from ingest.text.words import first_of_fold, fold, squeeze
from storage.content import Method

MIN_GAIN = 0.005  # of expected F1, by which the blocks must be better than trafilatura's text
MIN_REPEAT_CHARS = 80  # an article may repeat a shorter line
MIN_GAP_CHANCE = 0.1  # with which a block between or beside blocks of the article is taken too
MAX_GAP_LINKED = 0.5  # of such a block's characters

_ROW_GROUPS = frozenset(("thead", "tbody", "tfoot"))

Flags = NDArray[np.bool_]

Way: TypeAlias = Method | Literal["keep"]
"""The method that finds a text, or "keep" if the site's own selector says where it is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How blocks were chosen. `ruled_out` says for each block which rule leaves it out, "" if none does.

    The model gives each block a probability (`chances`) that it is the article's, 0 to those that are ruled out. It
    took those of at least `least`. `start` is the headline, above which no short block is taken; -1 if there is none.
    The blocks `repeated` are in the text already.
    """

    ruled_out: Sequence[str]
    chances: Sequence[float] | NDArray[np.float64] = ()
    least: float = 0.0
    start: int = -1
    repeated: AbstractSet[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Selection:
    """The article's lines, maybe with the headline; their expected F1, 0 to 1; and the method that found them.

    `numbers` are the blocks of the lines, None for a line that no block has. `choice` is None if no block was chosen.
    """

    lines: list[str]
    numbers: list[int | None]
    expected: float
    by: Way
    choice: Choice | None = None


def select(page: Blocks, claims: Claims, advice: Advice | None) -> Selection:
    """Choose the blocks with the greatest expected F1, or trafilatura's text if the blocks are hardly better."""
    by: Method = "combined" if advice else "blocks"
    if not page.texts:
        return Selection([], [], 0.0, by)
    rows = features(page, model().weights, claims)
    words = rows[:, WORDS]
    ruled_out = vetoes(page)
    allowed = ~np.array(ruled_out, dtype=bool)
    chances = _chances(page, rows, advice, allowed)
    beside = asides(page, chances * words)
    allowed &= ~np.array(beside, dtype=bool)
    chances *= allowed
    kept, expected = choose(chances, words)
    choice = Choice(
        [rule or aside for rule, aside in zip(ruled_out, beside, strict=True)], chances, chances[kept].min(initial=1.0)
    )
    headlines = _headlines(page, claims.titles)
    if advice and not advice.shares[~allowed].any():
        shares = advice.shares.copy()
        shares[headlines] = 0
        if expected_f1(chances, words, shares) >= expected - MIN_GAIN and _are_paragraphs(advice.lines, page.texts):
            return Selection(advice.lines, align(advice.lines, page.texts), expected, "trafilatura", choice)
    kept = _without_gaps(page, kept & allowed, chances)
    start = _start(kept, headlines)
    repeated = _repeated(page, kept)
    choice = replace(choice, start=start, repeated=repeated)
    lines: list[str] = []
    numbers: list[int | None] = []
    for number, text in enumerate(page.texts):
        above = number < start and not page.prose[number]
        # The headline stays for now: `without_headline` cuts it with the lines between it and the text.
        if number == start or (kept[number] and number not in repeated and not above):
            lines += text.split("\n")
            numbers += [number] * (len(lines) - len(numbers))
    return Selection(lines, numbers, expected, by, choice)


def select_held(page: Blocks, left_out: Sequence[str]) -> Selection:
    """Take all blocks but those that are left out, each text once. `left_out` says for each block why, "" if not."""
    kept = ~np.array(left_out, dtype=bool)
    repeated = _repeated(page, kept)
    numbers = [int(number) for number in np.flatnonzero(kept) if number not in repeated]
    lines = [(line, number) for number in numbers for line in page.texts[number].split("\n")]
    choice = Choice(left_out, repeated=repeated)
    return Selection([line for line, _ in lines], [number for _, number in lines], 1.0, "keep", choice)


def _chances(page: Blocks, rows: Matrix, advice: Advice | None, allowed: Flags) -> Chances:
    """Return the probability that each block is the article's, 0 if it is not allowed."""
    forest = model().advised if advice else model().alone
    chances = np.zeros(len(rows))
    columns = (with_advice(rows, page, advice.shares) if advice else rows).T
    chances[allowed] = forest.chances(columns[:, allowed].T)
    return chances


def _are_paragraphs(lines: list[str], texts: list[str]) -> bool:
    """Return whether each line is a block or a line of one, and no long line is repeated.

    In 1 of 10 texts trafilatura splits or joins paragraphs, which no score over words shows.
    """
    flat = list(map(squeeze, lines))
    known = {squeeze(unit) for text in texts for unit in (text, *text.split("\n"))}
    long = [line for line in flat if len(line) >= MIN_REPEAT_CHARS]
    return len(set(long)) == len(long) and all(line in known for line in flat if line)


def _repeated(page: Blocks, kept: Flags) -> set[int]:
    """Return the blocks that the page holds twice, once for phones, once for desktops.

    These are repeated long blocks, and short ones that are beside them both times.
    """
    first: dict[str, int] = {}
    order = [int(number) for number in np.flatnonzero(kept)]
    before = [first.setdefault(page.texts[number], at) for at, number in enumerate(order)]
    repeated: set[int] = set()
    run: list[int] = []
    for at, earlier in enumerate([*before, len(order)]):
        if run and (earlier == at or earlier != before[run[-1]] + 1):
            if any(page.chars[order[one]] >= MIN_REPEAT_CHARS for one in run):
                repeated.update(order[one] for one in run)
            run = []
        if earlier < at:
            run.append(at)
    return repeated


def _without_gaps(page: Blocks, kept: Flags, chances: NDArray[np.float64]) -> Flags:
    """Add blocks between or next to `kept` ones in the same element (a table's row, a note), and listings between.

    Of the listings that the model would leave out, 16 in 17 are the article's. A block with chance 0 was vetoed.
    """
    children: defaultdict[int, list[int]] = defaultdict(list)
    for number, place in enumerate(page.places):
        parent = page.elements[place].parent
        if page.elements[parent].tag in _ROW_GROUPS:
            parent = page.elements[parent].parent
        children[parent].append(number)
    filled = kept.copy()
    for numbers in children.values():
        inside = [at for at, number in enumerate(numbers) if kept[number]]
        if inside:
            for number in numbers[max(0, inside[0] - 1) : inside[-1] + 2]:
                linked = page.linked[number] >= MAX_GAP_LINKED * page.chars[number]
                filled[number] |= chances[number] >= MIN_GAP_CHANCE and not linked
    ends = np.flatnonzero(kept)[[0, -1]] if kept.any() else (0, 0)
    for number in range(*ends):
        filled[number] |= page.elements[page.places[number]].tag == "pre" and chances[number] > 0
    return filled


def _headlines(page: Blocks, titles: Sequence[str]) -> list[int]:
    headline = {fold(title) for title in titles} - {""}
    firsts = {None, *(title[0] for title in headline)}
    longest = max(map(len, titles), default=0) + TITLE_SLACK_CHARS
    short = (n for n, text in enumerate(page.texts) if len(text) <= longest and first_of_fold(text) in firsts)
    return [number for number in short if fold(page.texts[number]) in headline]


def _start(kept: Flags, headlines: list[int]) -> int:
    """Return the first headline if most kept blocks are below it, else -1."""
    start = next(iter(headlines), -1)
    return start if start >= 0 and kept[start:].sum() * 2 > kept.sum() else -1
