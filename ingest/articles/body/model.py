"""How likely each block of a page is the article's, and which of them to keep.

The model is some hundred small decision trees, all of one depth. Each asks the same few questions of every block ("is
more than a third of it links?") and the answers, as bits, number a leaf with a value; the values add up to log-odds.
`scripts/train_model.py` fitted it to hand-marked pages; it also counted, over those pages, how often each word of a
class or id stands around article text ("entry", "related"): its log-odds are one more thing a tree may ask for. Both
are in `model.json`, the same input gives the same output, and numpy is all it needs.

Kept are the blocks that make the expected F1 greatest: whole texts are judged, not lines. What the model expects of
its own choice is known to be right: of marked pages with an expectation over .93, 1 in 350 was a wrong text.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.articles.body.features import Matrix

FILE = Path(__file__).with_name("model.json")

Chances = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Forest:
    """`asked` and `bounds` are questions, each once: a feature, and what it must exceed. `questions` (depth × trees)
    numbers the one at each level of a tree; `values` (trees × 2^depth) are the leaves.
    """

    asked: NDArray[np.int64]
    bounds: NDArray[np.float32]
    questions: NDArray[np.int64]
    values: NDArray[np.float64]
    bias: float

    def chances(self, rows: Matrix) -> Chances:
        """The probability of each row (`features.features`) to be article, 0 to 1."""
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
    """`alone` reads the rows of `features.features`, `advised` those of `features.with_advice`; `weights` are the
    log-odds of names.
    """

    alone: Forest
    advised: Forest
    weights: dict[str, float]


@cache
def model() -> Model:
    return made_of(json.loads(FILE.read_text(encoding="utf-8")))


def made_of(data: dict[str, Any]) -> Model:
    """`data` is what `scripts/train_model.py` writes."""
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
    """The blocks whose text has the greatest expected F1 over words, and that F1.

    For independent blocks they are the likeliest k, for some k (Nan et al., Optimizing F-measure, ICML 2012).
    """
    order = np.argsort(-chances, kind="stable")
    right = np.cumsum((chances * words)[order])
    expected = 2 * right / np.maximum(1e-9, np.cumsum(words[order]) + (chances * words).sum())
    best = int(expected.argmax())
    kept = np.zeros(len(chances), np.bool_)
    kept[order[: best + 1]] = True
    return kept, float(expected[best])


def expected_f1(chances: Chances, words: Matrix, shares: Matrix) -> float:
    """Return the F1 that is expected of a text that holds these shares of the blocks, 0 to 1."""
    taken = shares * words
    return float(2 * (chances * taken).sum() / max(1e-9, taken.sum() + (chances * words).sum()))
