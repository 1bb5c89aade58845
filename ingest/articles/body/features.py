"""The blocks of a page → a row of numbers for each, by which the model knows the article's.

A row has, in this order: the block's own text (`texts`); where the block is in the page; its ancestors, three up, and
their names; blocks of the same template; the kind of section; its neighbours. A change here needs a new model: run
`scripts/quality/train_model.py`.
"""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.articles.body import labels
from ingest.articles.body.blocks import SECTIONING, Blocks
from ingest.articles.body.names import Names
from ingest.articles.body.texts import WORDS, Claims, Matrix, matrix, text_rows

FAR = 999  # blocks since a heading, if no heading is above
MAX_STEPS = 99  # blocks to the nearest block that was taken
ADVICE_REACH = 3  # blocks each way

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_NO_CONTAINERS = frozenset("p li h1 h2 h3 h4 h5 h6 tr dt dd pre blockquote figcaption".split())


def features(page: Blocks, weights: Mapping[str, float], claims: Claims) -> Matrix:
    """Return the rows of the page's blocks. `weights` are the log-odds of names (`Model.weights`)."""
    texts = text_rows(page, claims)
    names = Names(page.elements, weights)
    totals = page.totals
    density = totals.linked / np.maximum(1, totals.chars)
    numbers = np.array(page.places)
    parents = names.parents[numbers]
    grand = names.parents[parents]
    great = names.parents[grand]
    own = [names.own[numbers], names.own[parents], names.own[grand]]
    chars = texts[0]
    total = max(1.0, float(chars.sum()))
    count = len(numbers)
    order = np.arange(count, dtype=np.float32)
    before = np.cumsum(chars) - chars
    of_names = names.sum[numbers]
    neighbours = np.stack([*texts[[0, 2, 4, 5]], own[0], of_names])
    return matrix([
        *texts,
        order / count, before / total, count, total,
        *own, of_names, names.least[numbers], names.most[numbers],
        names.tags[parents], names.tags[grand], names.depth[numbers],
        *(column[at]
          for at in (numbers, parents, grand)
          for column in (totals.chars / total, totals.prose / total, totals.blocks, totals.paragraphs, totals.items)),
        *(density[at] for at in (numbers, parents, grand, great)),
        totals.prose[great] / total,
        *_alike(page, texts, total),
        *_centre(page, total),
        *_sections(page, names, numbers),
        *names.steps[numbers].T,
        *_near(page.prose, texts, total),
        *(column for step in (1, -1, 2, -2, 3, -3) for column in _shifted(neighbours, step)),
    ], count)  # fmt: skip


def with_advice(rows: Matrix, page: Blocks, advice: Matrix) -> Matrix:
    """Add columns with the advice: the share of each block that another extractor took, 0 to 1.

    Further columns are its mean over seven blocks and under the same parent, grandparent and template, the distance to
    the nearest block that was taken, how much of the page was taken, and the advice for the neighbours.
    """
    count = len(advice)
    weights = rows[:, WORDS]
    here = np.arange(count)
    reach = np.ones(2 * ADVICE_REACH + 1)
    near = np.convolve(np.pad(advice, ADVICE_REACH, "edge"), reach / reach.sum(), "valid")
    parents = [page.elements[place].parent for place in page.places]
    grand = [page.elements[max(0, place)].parent for place in parents]
    templates = [page.elements[place].template for place in page.places]
    taken = np.flatnonzero(advice > 0.5)  # noqa: PLR2004 (most of the block)
    before = after = np.full(count, MAX_STEPS)
    between = np.zeros(count)
    if len(taken):
        at = np.searchsorted(taken, here)
        before = np.where(at > 0, here - taken[np.maximum(at - 1, 0)], MAX_STEPS)
        after = np.where(at < len(taken), taken[np.minimum(at, len(taken) - 1)] - here, MAX_STEPS)
        between = (here >= taken[0]) & (here <= taken[-1])
    amount = float((advice * weights).sum())
    added = matrix([
        advice, near, *(_mean(keys, advice, weights) for keys in (parents, grand, templates)),
        np.minimum(before, MAX_STEPS), np.minimum(after, MAX_STEPS), between,
        amount, amount / max(1.0, float(weights.sum())),
        *(_shifted(advice, step) for step in (1, -1, 2, -2)),
    ], count)  # fmt: skip
    return np.concatenate([rows.T, added.T]).T


def _mean(keys: Sequence[Hashable], values: Matrix, weights: Matrix) -> NDArray[np.float64]:
    """Return for each value the weighted mean of the values with the same key."""
    numbers: dict[Hashable, int] = {}
    groups = np.array([numbers.setdefault(key, len(numbers)) for key in keys])
    mean = np.bincount(groups, values * weights) / np.maximum(1, np.bincount(groups, weights))
    return np.asarray(mean[groups])


def _alike(page: Blocks, texts: Matrix, total: float) -> list[NDArray[np.float32]]:
    """Describe the blocks of the same template (number, total and mean length, links), and those with the same text
    (number, distance to the first, whether a hidden block repeats a visible one).
    """
    kinds: dict[object, int] = {}
    kind = np.array([kinds.setdefault(page.elements[place].template, len(kinds)) for place in page.places])
    count = np.bincount(kind)
    chars = np.bincount(kind, texts[0])
    linked = np.bincount(kind, texts[0] * texts[2])
    hidden = [page.elements[place].hidden for place in page.places]
    visible = {text for text, hides in zip(page.texts, hidden, strict=True) if not hides}
    copied = [hides and text in visible for text, hides in zip(page.texts, hidden, strict=True)]
    firsts: dict[str, int] = {}
    first = np.array([firsts.setdefault(text, number) for number, text in enumerate(page.texts)])
    times = np.bincount(first, minlength=len(first))
    return [
        count[kind], chars[kind] / total, chars[kind] / count[kind], linked[kind] / np.maximum(1, chars[kind]),
        times[first], np.arange(len(first)) - first, copied,
    ]  # fmt: skip


def _centre(page: Blocks, total: float) -> list[NDArray[np.float32]]:
    """Return how far each block is from the element with most prose: steps up to their common ancestor, and down."""
    elements = page.elements
    scores: dict[int, float] = {}
    for at in np.flatnonzero(page.prose).tolist():
        number, share = page.places[at], float(page.prose[at])
        place = elements[number].parent if elements[number].tag in _NO_CONTAINERS else number
        for _ in range(3):
            if place < 0:
                break
            scores[place] = scores.get(place, 0.0) + share
            place, share = elements[place].parent, share / 2
    centre = max(scores, key=scores.__getitem__, default=0)
    ways: dict[int, tuple[int, int]] = {}
    place, down = centre, 0
    while place >= 0:
        ways[place] = 0, down
        place, down = elements[place].parent, down + 1
    for place in page.places:
        climbed = []
        while place not in ways:
            climbed.append(place)
            place = elements[place].parent  # noqa: PLW2901
        up, down = ways[place]
        for one in reversed(climbed):
            up += 1
            ways[one] = up, down
    ups, downs = zip(*(ways[number] for number in page.places), strict=True)
    share_of_centre = np.full(len(ups), page.totals.prose[centre] / total)
    return [np.array(ups), np.array(downs), share_of_centre]


def _sections(page: Blocks, names: Names, numbers: NDArray[np.int64]) -> list[NDArray[np.float32]]:
    """Return the kinds of section of each block, and the distances to headings: of comments, of related links, any."""
    headed = np.array([labels.of_heading(text) if len(text) <= labels.MAX_HEADING_CHARS else 0 for text in page.texts])
    tags = [page.elements[number].tag for number in page.places]
    of_tag = [[tag in _HEADINGS for tag in tags], [tag == "h1" for tag in tags]]
    opens = np.array([headed == labels.COMMENTS, headed == labels.RELATED, *of_tag])
    here = np.arange(len(tags))
    last = np.maximum.accumulate(np.where(opens, here, -FAR), axis=1)
    bits = names.labels[numbers]
    sectioning = names.sectioning[numbers]
    return [
        *np.minimum(here - last, FAR),
        *((bits & bit) > 0 for bit in (labels.COMMENTS, labels.RELATED, labels.CONSENT, labels.CALL)),
        names.hidden[numbers],
        *((sectioning & (1 << bit)) > 0 for bit in range(len(SECTIONING))),
    ]


def _near(prose: NDArray[np.int64], texts: Matrix, total: float) -> list[NDArray[np.float32]]:
    """Return prose and links among the blocks before and after: 4 and 10 each way, and to the ends of the page."""
    count = len(prose)
    sums = np.concatenate([[0], np.cumsum(prose)])
    linked = np.concatenate([[0], np.cumsum(texts[0] * texts[2])])
    chars = np.concatenate([[0], np.cumsum(texts[0])])
    here = np.arange(count)
    columns = []
    for reach in (4, 10):
        low, high = np.maximum(here - reach, 0), np.minimum(here + reach + 1, count)
        columns += [
            sums[high] - sums[here],
            sums[here] - sums[low],
            (linked[high] - linked[low]) / np.maximum(1, chars[high] - chars[low]),
        ]
    return [*columns, (sums[-1] - sums[here]) / total, sums[here] / total]


def _shifted(columns: Matrix, step: int) -> Matrix:
    """Move one or more columns down by `step`, up if it is negative, and fill them with -1."""
    moved = np.full_like(columns, -1)
    if step > 0:
        moved[..., step:] = columns[..., :-step]
    else:
        moved[..., :step] = columns[..., -step:]
    return moved
