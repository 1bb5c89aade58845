from itertools import chain, combinations

import numpy as np
import pytest

from ingest.articles.body.features import features, with_advice
from ingest.articles.body.model import choose, model
from ingest.articles.body.walk import blocks
from ingest.articles.tree import parse
from tests.builders_pages import ARTICLES, article_page


@pytest.fixture
def rows() -> np.ndarray:
    page = blocks(parse(article_page(*ARTICLES["en"]), None).find("body"))
    return features(page, model().weights, [ARTICLES["en"][0]], "The vote was close.")


def test_the_model_asks_for_features_that_there_are_and_uses_most(rows):
    advised = with_advice(rows, np.zeros(len(rows), np.float32))
    for forest, known in ((model().alone, rows), (model().advised, advised)):
        assert forest.asked.max() < known.shape[1]
        assert len(np.unique(forest.asked)) > known.shape[1] / 2
    assert model().advised.asked.max() >= rows.shape[1]


def test_a_block_is_judged_alike_whatever_stands_in_the_matrix_with_it(rows):
    forest = model().alone
    together = forest.chances(rows)
    assert np.array_equal(together, forest.chances(rows))
    assert np.allclose(together, [forest.chances(row[None])[0] for row in rows])
    assert ((together > 0) & (together < 1)).all()


def test_the_models_words_are_those_that_pages_use():
    weights = model().weights
    assert weights["sidebar"] < 0 < weights["itemprop=articlebody"]


def expected_f1(chances: np.ndarray, words: np.ndarray, kept: list[int]) -> float:
    return 2 * (chances * words)[kept].sum() / (words[kept].sum() + (chances * words).sum())


@pytest.mark.parametrize("seed", range(20))
def test_no_other_choice_has_a_greater_expected_f1(seed):
    rng = np.random.default_rng(seed)
    chances, words = rng.random(8), rng.integers(1, 60, 8).astype(float)
    kept, expected = choose(chances, words)
    every = chain.from_iterable(combinations(range(8), size) for size in range(1, 9))
    assert expected == pytest.approx(max(expected_f1(chances, words, list(some)) for some in every))
    assert expected == pytest.approx(expected_f1(chances, words, list(np.flatnonzero(kept))))
