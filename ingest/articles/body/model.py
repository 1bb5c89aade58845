"""The model: how likely each block of a page is the article's, and which blocks to keep.

The model is some hundred small decision trees of one depth. Each tree asks the same few questions of every block ("is
more than a third of it links?"). The answers, as bits, are the number of a leaf, and the values of the leaves add up to
log-odds. `scripts/quality/train_model.py` fits the trees to hand-marked pages. It also counts over those pages how
often each word of a class or id is on article text ("entry") or not ("related"); these log-odds are one more number
that a tree may ask for. Both are in `model.json`. The model needs numpy alone and gives the same answer everywhere.

The blocks with the greatest expected F1 are kept, so that texts are judged, not lines. The expectation is reliable: of
marked pages with an expectation over .93, 1 in 350 was a wrong text.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.articles.body.texts import Matrix

FILE = Path(__file__).with_name("model.json")

Chances = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Forest:
    """Question i asks whether feature `asked[i]` exceeds `bounds[i]`. `questions` (depth × trees) has the number of the
    question at each level of a tree, `values` (trees × 2^depth) has the leaves.
    """

    asked: NDArray[np.int64]
    bounds: NDArray[np.float32]
    questions: NDArray[np.int64]
    values: NDArray[np.float64]
    bias: float

    def chances(self, rows: Matrix) -> Chances:
        """Return for each row (`features.features`) the probability that it is the article's, 0 to 1."""
        columns = np.ascontiguousarray(rows.T)
        trees, leaves = self.values.shape
        answers = (columns.take(self.asked, axis=0, mode="clip") > self.bounds[:, None]).view(np.uint8)
        chosen = np.zeros((trees, len(rows)), np.uint8)
        for level, questions in enumerate(self.questions):
            chosen |= answers.take(questions, axis=0, mode="clip") << np.uint8(level)
        odds = self.values.take(chosen + np.arange(0, trees * leaves, leaves)[:, None], mode="clip").sum(axis=0)
        return np.asarray(1 / (1 + np.exp(-(odds + self.bias))))


@dataclass(frozen=True, slots=True)
class Model:
    """`alone` reads the rows of `features`, `advised` those of `with_advice`; `weights` are the log-odds of names."""

    alone: Forest
    advised: Forest
    weights: dict[str, float]


@cache
def model() -> Model:
    return made_of(json.loads(FILE.read_text(encoding="utf-8")))


def made_of(data: dict[str, Any]) -> Model:
    """Build the model from the content of its file, as `scripts/quality/train_model.py` writes it."""
    return Model(_forest(data["alone"]), _forest(data["advised"]), data["weights"])


def _forest(data: dict[str, Any]) -> Forest:
    asked, bounds = np.array(data["asked"]).T, np.array(data["bounds"], np.float32).T
    pairs, questions = np.unique(np.stack([asked.ravel(), bounds.ravel()]), axis=1, return_inverse=True)
    return Forest(
        pairs[0].astype(np.int64),
        pairs[1].astype(np.float32),
        questions.reshape(asked.shape),
        np.array(data["values"]),
        data["bias"],
    )


def choose(chances: Chances, words: Matrix) -> tuple[NDArray[np.bool_], float]:
    """Choose the blocks with the greatest expected F1 over words. Return them as flags, and that F1.

    For independent blocks these are the k likeliest, for some k (Nan et al., Optimizing F-measure, ICML 2012).
    """
    order = np.argsort(-chances, kind="stable")
    right = np.cumsum((chances * words)[order])
    expected = 2 * right / np.maximum(1e-9, np.cumsum(words[order]) + (chances * words).sum())
    best = int(expected.argmax())
    kept = np.zeros(len(chances), np.bool_)
    kept[order[: best + 1]] = True
    return kept, float(expected[best])


def expected_f1(chances: Chances, words: Matrix, shares: Matrix) -> float:
    """Return the expected F1 of a text with these shares of the blocks, 0 to 1."""
    taken = shares * words
    return float(2 * (chances * taken).sum() / max(1e-9, taken.sum() + (chances * words).sum()))
