"""Whose text the archive gets: the chosen blocks', or trafilatura's own."""

import numpy as np
import pytest

from ingest.articles.body.advice import Advice, advice
from ingest.articles.body.selection import select
from ingest.articles.body.texts import Claims
from ingest.articles.body.walk import blocks
from ingest.articles.tree import parse
from tests.builders_pages import ENGLISH, ENGLISH_TITLE, article_page
from tests.builders_structure import FIRST, TITLE, clock_page

CLAIMS = Claims([ENGLISH_TITLE])
PAGE = parse(article_page(ENGLISH_TITLE, ENGLISH), None)
BLOCKS = blocks(PAGE)
OWN = [ENGLISH_TITLE, *reversed(ENGLISH)]  # which no choice of blocks gives


def shares_of(*texts: str) -> np.ndarray:
    return np.array([text in texts for text in BLOCKS.texts], np.float32)


@pytest.mark.parametrize("also", [(), (ENGLISH_TITLE,)], ids=["", "with the headline"])
def test_where_the_blocks_are_hardly_better_the_text_is_trafilaturas(also):
    chosen = select(BLOCKS, CLAIMS, Advice(OWN, shares_of(*ENGLISH, *also)))
    assert (chosen.lines, chosen.by) == (OWN, "trafilatura")
    assert chosen.expected > 0.95


@pytest.mark.parametrize(
    "shares",
    [shares_of(*ENGLISH[:3]), np.ones(len(BLOCKS.texts), np.float32), shares_of()],
    ids=["half of the article", "the complete page", "nothing"],
)
def test_where_the_blocks_are_clearly_better_the_text_is_theirs(shares):
    chosen = select(BLOCKS, CLAIMS, Advice(OWN, shares))
    assert chosen.by == "combined"
    assert set(ENGLISH) <= set(chosen.lines)


def test_a_repeated_text_of_trafilatura_is_not_taken():
    assert select(BLOCKS, CLAIMS, Advice(OWN * 2, shares_of(*ENGLISH))).by == "combined"


@pytest.mark.parametrize(
    "lines",
    [[*OWN[:-1], *OWN[-1].split(" ", 3)], [*OWN[:-2], " ".join(OWN[-2:])]],
    ids=["a paragraph in pieces", "two paragraphs in one"],
)
def test_a_text_of_other_paragraphs_than_the_pages_is_not_taken(lines):
    assert select(BLOCKS, CLAIMS, Advice(lines, shares_of(*ENGLISH))).by == "combined"


def test_a_text_with_what_the_rules_leave_out_is_not_taken():
    legal = next(text for text in BLOCKS.texts if text.startswith("©"))
    chosen = select(BLOCKS, CLAIMS, Advice(OWN, shares_of(*ENGLISH, legal)))
    assert (chosen.by, legal in chosen.lines) == ("combined", False)


def test_without_advice_the_blocks_alone_are_chosen_from():
    chosen = select(BLOCKS, CLAIMS, None)
    assert chosen.by == "blocks"
    assert set(ENGLISH) <= set(chosen.lines)


def test_trafilaturas_lines_lose_the_marks_of_lists_and_tables():
    text = "".join(f"<p>{paragraph}</p>" for paragraph in ENGLISH)
    listed = "<ul><li>One ferry<ul><li>Two quays</li></ul></li></ul>"
    table = "<table><tr><th>Quay</th><th>Boats</th></tr><tr><td>North</td><td>-</td></tr></table>"
    page = parse(f"<html><body><article>{text}{listed}{table}</article></body></html>".encode(), None)
    found = advice(page, blocks(page).texts)
    assert [line for line in found.lines if line][-4:] == ["One ferry", "Two quays", "Quay Boats", "North -"]
    assert found.shares.all()


def test_dashes_that_a_page_has_itself_are_no_marks():
    spoken = [f"- {paragraph}" for paragraph in ENGLISH]
    page = parse(article_page(ENGLISH_TITLE, spoken), None)
    found = advice(page, [*spoken, "Contact"])
    assert found.lines[1:] == spoken
    assert found.shares.tolist() == [1.0] * len(spoken) + [0.0]


def test_the_head_of_a_table_is_taken_with_its_rows():
    page = parse(clock_page(FIRST).encode(), None)
    found = blocks(page)
    chosen = select(found, Claims([TITLE]), advice(page, found.texts))
    at = chosen.lines.index("A carriage clock that stands still 90 pounds without the case")
    assert chosen.lines[at - 1] == "clock hours price | net"
