"""Which blocks of a page are the article's: what the model says, with trafilatura's text as evidence, then what holds
of any article (nothing twice, no gaps, nothing from above the headline).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.articles.body.advice import Advice
from ingest.articles.body.blocks import Blocks, is_prose
from ingest.articles.body.features import TITLE_SLACK_CHARS, WORDS, Evidence, Matrix, features, with_advice
from ingest.articles.body.model import Chances, choose, expected_f1, model
from ingest.articles.body.vetoes import asides, vetoes
from ingest.text.words import first_of_fold, fold
from storage.content import Method

CLEARLY = 0.005  # of expected F1, by which the blocks must be better than trafilatura's text
TWICE_CHARS = 80  # a shorter line may stand twice in an article
NEAR = 0.1  # the chance with which a block between or beside the article's is one of them
LINKED_SHARE = 0.5

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Selection:
    """The article's lines, the headline may be first; the F1 that is expected of them, 0 to 1; whose text they are."""

    lines: list[str]
    expected: float
    by: Method


def select(page: Blocks, evidence: Evidence, advice: Advice | None) -> Selection:
    """Choose the blocks with the greatest expected F1, or trafilatura's text where that is hardly less."""
    by: Method = "combined" if advice else "blocks"
    if not page.texts:
        return Selection([], 0.0, by)
    rows = features(page, model().weights, evidence)
    words = rows[:, WORDS]
    allowed = ~np.array(vetoes(page))
    chances = _chances(page, rows, advice, allowed)
    allowed &= ~np.array(asides(page, chances * words))
    chances *= allowed
    kept, expected = choose(chances, words)
    headlines = _headlines(page, evidence.titles)
    if advice and not advice.shares[~allowed].any():
        shares = advice.shares.copy()
        shares[headlines] = 0
        if expected_f1(chances, words, shares) >= expected - CLEARLY and _are_paragraphs(advice.lines, page.texts):
            return Selection(advice.lines, expected, "trafilatura")
    kept = _without_gaps(page, kept & allowed, chances)
    start = _start(kept, headlines)
    again = _again(page, kept)
    lines: list[str] = []
    for number, text in enumerate(page.texts):
        above = number < start and not is_prose(page.chars[number], page.linked[number])
        # The headline stays until what stands between it and the text is cut off with it.
        if number == start or (kept[number] and number not in again and not above):
            lines += text.split("\n")
    return Selection(lines, expected, by)


def _chances(page: Blocks, rows: Matrix, advice: Advice | None, allowed: Flags) -> Chances:
    """The chances of the blocks that are allowed; the others have none."""
    forest = model().advised if advice else model().alone
    chances = np.zeros(len(rows))
    columns = (with_advice(rows, page, advice.shares) if advice else rows).T
    chances[allowed] = forest.chances(columns[:, allowed].T)
    return chances


def _are_paragraphs(lines: list[str], texts: list[str]) -> bool:
    """Whether each line is a block's, or a line of one, and no long line stands there twice.

    trafilatura breaks some paragraphs and glues others, which no score over words shows: in 1 of 10 of its texts.
    """
    flat = ["".join(line.split()) for line in lines]
    known = {"".join(part.split()) for text in texts for part in (text, *text.split("\n"))}
    long = [line for line in flat if len(line) >= TWICE_CHARS]
    return len(set(long)) == len(long) and all(line in known for line in flat if line)


def _again(page: Blocks, kept: Flags) -> set[int]:
    """The blocks of a text that was there before, once for telephones, once for desks: long ones, and the short ones
    that stand beside them both times.
    """
    first: dict[str, int] = {}
    order = [int(number) for number in np.flatnonzero(kept)]
    before = [first.setdefault(page.texts[number], at) for at, number in enumerate(order)]
    again: set[int] = set()
    run: list[int] = []
    for at, earlier in enumerate([*before, len(order)]):
        if run and (earlier == at or earlier != before[run[-1]] + 1):
            if any(page.chars[order[one]] >= TWICE_CHARS for one in run):
                again.update(order[one] for one in run)
            run = []
        if earlier < at:
            run.append(at)
    return again


def _without_gaps(page: Blocks, kept: Flags, chances: NDArray[np.float64]) -> Flags:
    """`kept` and what stands between or right beside it in the same element (a table's row, a note), and all listings
    between: of those that the model would leave out, 16 in 17 are the article's. Chances of 0 are vetoes.
    """
    children: defaultdict[int, list[int]] = defaultdict(list)
    for number, place in enumerate(page.places):
        children[page.within[place].parent].append(number)
    filled = kept.copy()
    for numbers in children.values():
        inside = [at for at, number in enumerate(numbers) if kept[number]]
        if inside:
            for number in numbers[max(0, inside[0] - 1) : inside[-1] + 2]:
                linked = page.linked[number] >= LINKED_SHARE * page.chars[number]
                filled[number] |= chances[number] >= NEAR and not linked
    ends = np.flatnonzero(kept)[[0, -1]] if kept.any() else (0, 0)
    for number in range(*ends):
        filled[number] |= page.within[page.places[number]].tag == "pre" and chances[number] > 0
    return filled


def _headlines(page: Blocks, titles: Sequence[str]) -> list[int]:
    """The blocks that say what the article is called, and no more."""
    headline = {fold(title) for title in titles} - {""}
    firsts = {None, *(title[0] for title in headline)}
    longest = max(map(len, titles), default=0) + TITLE_SLACK_CHARS
    short = (n for n, text in enumerate(page.texts) if len(text) <= longest and first_of_fold(text) in firsts)
    return [number for number in short if fold(page.texts[number]) in headline]


def _start(kept: Flags, headlines: list[int]) -> int:
    """The first block that is the headline, if most of what is kept stands below it; else -1."""
    start = next(iter(headlines), -1)
    return start if start >= 0 and kept[start:].sum() * 2 > kept.sum() else -1
