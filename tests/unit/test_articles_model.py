import numpy as np
import pytest

from ingest.articles.body.blocks import Blocks
from ingest.articles.body.features import features, with_advice
from ingest.articles.body.model import model
from ingest.articles.body.texts import Claims
from ingest.articles.body.walk import blocks
from ingest.articles.tree import parse
from tests.builders_pages import ARTICLES, article_page


@pytest.fixture
def page() -> Blocks:
    return blocks(parse(article_page(*ARTICLES["en"]), None))


@pytest.fixture
def rows(page) -> np.ndarray:
    return features(page, model().weights, Claims([ARTICLES["en"][0]], "The vote was close."))


def test_the_model_asks_for_features_that_there_are_and_uses_most(page, rows):
    advised = with_advice(rows, page, np.zeros(len(rows), np.float32))
    for forest, known in ((model().alone, rows), (model().advised, advised)):
        assert forest.asked.max() < known.shape[1]
        assert len(np.unique(forest.asked)) > known.shape[1] / 2
    assert model().advised.asked.max() >= rows.shape[1]


def test_a_block_has_the_same_chance_whatever_other_blocks_there_are(rows):
    forest = model().alone
    at_once = forest.chances(rows)
    assert np.array_equal(at_once, forest.chances(rows))
    assert np.allclose(at_once, [forest.chances(row[None])[0] for row in rows])
    assert ((at_once > 0) & (at_once < 1)).all()


def test_the_models_words_are_those_that_pages_use():
    weights = model().weights
    assert weights["sidebar"] < 0 < weights["itemprop=articlebody"]


def test_what_advice_says_of_neighbours_templates_and_places_is_in_the_row():
    page = blocks(parse(b"<body><div><p>One.</p><p>Two.</p></div><ul><li>Three.</li></ul>", None))
    rows = features(page, {}, Claims([]))
    added = with_advice(rows, page, np.array([1, 0, 0], np.float32))[:, rows.shape[1] :]
    share, _near, parent, _grandparent, template, before, after, within, amount, of_page, *neighbours = added.T
    assert share.tolist() == [1, 0, 0]
    assert parent.tolist() == template.tolist() == [0.5, 0.5, 0]
    assert (before.tolist(), after.tolist()) == ([99, 1, 2], [0, 99, 99])
    assert within.tolist() == [1, 0, 0]
    assert (amount.tolist(), of_page.tolist()) == ([1, 1, 1], pytest.approx([1 / 3] * 3))
    assert [column.tolist() for column in neighbours] == [[-1, 1, 0], [0, 0, -1], [-1, -1, 1], [0, -1, -1]]
