"""Blocks of a page → one row of numbers a block, from which the model tells article from the rest.

What a row says, in order: the block's own text; what the page (or the feed) calls the article; where the block
stands; the elements around it, three up; how alike elements fare; the kind of section; its neighbours.
A change here changes the model: run `scripts/train_model.py` after it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ingest.articles.body import furniture
from ingest.articles.body.blocks import SECTIONING, Blocks, Place
from ingest.articles.words import fold, words

Matrix: TypeAlias = NDArray[np.float32]

SAMPLE_CHARS = 240  # of a block's text: enough to tell what it speaks of
EVIDENCE_CHARS = 2000
FAR = 999
WORDS = 1  # the column that counts them
TITLE_SLACK_CHARS = 20
ADVICE_REACH = 3
MOST_WEIGHT = 6.0

_TAGS = "p li h1 h2 h3 h4 h5 h6 td tr div a figcaption blockquote pre dt dd section article main body caption".split()
_TAG_NUMBER = {tag: number for number, tag in enumerate(_TAGS, 1)}
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_NO_CONTAINERS = frozenset("p li h1 h2 h3 h4 h5 h6 tr dt dd pre blockquote figcaption".split())
_ENDS = tuple('.!?…。\uff01\uff1f"”»:;')
_STOPS = ".!?"
_DENSE_STOPS = re.compile("[…。\uff01\uff1f]")
_DENSE_COMMAS = re.compile("[\uff0c、]")
_DIGITS = b"0123456789"
_CAPITALS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def weight(names: Iterable[str], weights: Mapping[str, float]) -> float:
    """What an element's names say by themselves, as log-odds of holding the article's text."""
    return max(-MOST_WEIGHT, min(MOST_WEIGHT, sum([weights.get(name, 0.0) for name in names])))


def features(page: Blocks, weights: Mapping[str, float], titles: Sequence[str], evidence: str) -> Matrix:
    """`titles` is what feed and page call the article, `evidence` is what they say of its text."""
    texts = _texts(page, titles, evidence)
    around = _Around(page.within, weights)
    sums = page.sums
    density = sums.linked / np.maximum(1, sums.chars)
    numbers = np.array(page.places)
    parents = around.parents[numbers]
    grand = around.parents[parents]
    great = around.parents[grand]
    own = [around.own[numbers], around.own[parents], around.own[grand]]
    total = max(1.0, float(texts[:, 0].sum()))
    count = len(numbers)
    order = np.arange(count, dtype=np.float32)
    before = np.cumsum(texts[:, 0]) - texts[:, 0]
    prose = np.where((texts[:, 0] > 80) & (texts[:, 2] < 0.4), texts[:, 0], 0)  # noqa: PLR2004 (see is_prose)
    columns = [
        *texts.T,
        order / count, before / total, np.full(count, count), np.full(count, total),
        *own, around.sum[numbers], around.least[numbers], around.most[numbers],
        around.tags[parents], around.tags[grand], around.depth[numbers],
        *(column[at]
          for at in (numbers, parents, grand)
          for column in (sums.chars / total, sums.prose / total, sums.blocks, sums.paragraphs, sums.items)),
        *(density[at] for at in (numbers, parents, grand, great)),
        sums.prose[great] / total,
        *_alike(page, texts, total),
        *_centre(page, prose, total),
        *_sections(page, around, numbers),
        *_near(prose, texts, total),
    ]  # fmt: skip
    alone = np.column_stack(columns).astype(np.float32)
    return np.hstack([alone, *_neighbours(np.column_stack([texts[:, [0, 2, 4, 5]], *own[:1], around.sum[numbers]]))])


def with_advice(rows: Matrix, advice: Matrix) -> Matrix:
    """`advice` is what another extractor says of each block, 0 to 1; beside it stands its mean over seven blocks."""
    reach = np.ones(2 * ADVICE_REACH + 1)
    around = np.convolve(np.pad(advice, ADVICE_REACH, mode="edge"), reach / reach.sum(), "valid")
    return np.column_stack([rows, advice, around]).astype(np.float32)


class _Around:
    """The places of a page as arrays."""

    def __init__(self, places: Sequence[Place], weights: Mapping[str, float]) -> None:
        own: list[float] = []
        total: list[float] = []
        least: list[float] = []
        most: list[float] = []
        known: dict[frozenset[str], float] = {}
        for place in places:
            tokens, up = place.tokens, place.parent
            value = known.get(tokens)
            if value is None:
                value = known[tokens] = weight(tokens, weights)
            own.append(value)
            if up < 0:
                total.append(value)
                least.append(value)
                most.append(value)
            else:
                total.append(total[up] + value)
                least.append(min(least[up], value))
                most.append(max(most[up], value))
        self.own, self.sum, self.least, self.most = (np.array(one, np.float32) for one in (own, total, least, most))
        self.parents = np.array([max(0, place.parent) for place in places])
        self.tags = np.array([_TAG_NUMBER.get(place.tag, 0) for place in places], np.float32)
        self.depth = np.array([place.depth for place in places], np.float32)
        self.sectioning = np.array([place.sectioning for place in places])
        self.named = np.array([place.named for place in places])
        self.hidden = np.array([place.hidden for place in places], np.float32)


def _texts(page: Blocks, titles: Sequence[str], evidence: str) -> Matrix:
    """What each text is like, and how it stands to what is known of the article.

    Columns 0 to 5: length, words, share of links, links, tag, "ends as a
    sentence does".
    """
    folded = {fold(title) for title in titles if title} - {""}
    longest = max((len(title) for title in titles if title), default=0) + TITLE_SLACK_CHARS
    title_words = {word for title in titles if title for word in words(title)}
    known = set(words(evidence[:EVIDENCE_CHARS]))
    rows = []
    for text, chars, place, linked, links in zip(
        page.texts, page.chars, page.places, page.linked, page.links, strict=True
    ):
        stops, commas = sum(map(text.count, _STOPS)), text.count(",")
        if not text.isascii():
            stops += len(_DENSE_STOPS.findall(text))
            commas += len(_DENSE_COMMAS.findall(text))
        dense = (chars - len(text)) // 2  # see `length`
        sample = text[:SAMPLE_CHARS]
        raw = sample.encode("utf-8", "replace")
        said = set(words(sample))
        of_title = len(title_words & said)
        rows.append((
            chars, text.count(" ") + 1 + dense, linked / chars, links, _TAG_NUMBER.get(page.within[place].tag, 0),
            text.endswith(_ENDS), stops, commas,
            1 - len(raw.translate(None, _DIGITS)) / len(raw), 1 - len(raw.translate(None, _CAPITALS)) / len(raw),
            text.count("\n"), furniture.hints(text, said),
            of_title > 0 and len(text) <= longest and fold(text) in folded,
            of_title / len(title_words) if title_words else -1,
            len(known & said) / len(said) if known and said else -1,
            len(known & said) / len(known) if known else -1,
        ))  # fmt: skip
    return np.array(rows, np.float32)


def _alike(page: Blocks, texts: Matrix, total: float) -> list[NDArray[np.float32]]:
    """Blocks in elements made by one template: how many, how long together and each, how linked; and the same text."""
    kinds: dict[object, int] = {}
    kind = np.array([kinds.setdefault(page.within[place].looks, len(kinds)) for place in page.places])
    count = np.bincount(kind)
    chars = np.bincount(kind, texts[:, 0])
    linked = np.bincount(kind, texts[:, 0] * texts[:, 2])
    firsts: dict[str, int] = {}
    first = np.array([firsts.setdefault(text, number) for number, text in enumerate(page.texts)])
    times = np.bincount(first, minlength=len(first))
    return [
        count[kind], chars[kind] / total, chars[kind] / count[kind], linked[kind] / np.maximum(1, chars[kind]),
        times[first], np.arange(len(first)) - first,
    ]  # fmt: skip


def _centre(page: Blocks, prose: Matrix, total: float) -> list[NDArray[np.float32]]:
    """How far each block is from the container of most prose: steps up to its line, and from there to it."""
    within = page.within
    scores: dict[int, float] = {}
    for number, chars in zip(page.places, prose.tolist(), strict=True):
        place = within[number].parent if chars and within[number].tag in _NO_CONTAINERS else number
        share = chars
        for _ in range(3):
            if not share or place < 0:
                break
            scores[place] = scores.get(place, 0.0) + share
            place, share = within[place].parent, share / 2
    centre = max(scores, key=scores.__getitem__, default=0)
    line: dict[int, int] = {}
    place, steps = centre, 0
    while place >= 0:
        line[place] = steps
        place, steps = within[place].parent, steps + 1
    ways: dict[int, tuple[int, int]] = {}
    for number in page.places:
        if number not in ways:
            place, steps = number, 0
            while place not in line:
                place, steps = within[place].parent, steps + 1
            ways[number] = (steps, line[place])
    ups, downs = zip(*(ways[number] for number in page.places), strict=True)
    whole = np.full(len(ups), page.sums.prose[centre] / total)
    return [np.array(ups), np.array(downs), whole]


def _sections(page: Blocks, around: _Around, numbers: NDArray[np.int64]) -> list[NDArray[np.float32]]:
    """The kinds of section a block stands in, and how long ago a heading opened comments, related links, any part."""
    last = dict.fromkeys((furniture.COMMENTS, furniture.RELATED, "any", "first"), -FAR)
    rows = []
    for at, (text, number) in enumerate(zip(page.texts, page.places, strict=True)):
        tag = page.within[number].tag
        if kind := furniture.headed(text):
            last[kind] = at
        if tag in _HEADINGS:
            last["any"] = at
            if tag == "h1":
                last["first"] = at
        rows.append(tuple(last.values()))
    since = np.minimum(np.arange(len(rows))[:, None] - np.array(rows), FAR)
    named = around.named[numbers]
    sectioning = around.sectioning[numbers]
    return [
        *since.T,
        *((named & bit) > 0 for bit in (furniture.COMMENTS, furniture.RELATED, furniture.CONSENT, furniture.CALL)),
        around.hidden[numbers],
        *((sectioning & (1 << bit)) > 0 for bit in range(len(SECTIONING))),
    ]


def _near(prose: Matrix, texts: Matrix, total: float) -> list[NDArray[np.float32]]:
    """Prose and links among the blocks before and after: 4 and 10 each way, and to the page's ends."""
    count = len(prose)
    sums = np.concatenate([[0], np.cumsum(prose)])
    linked = np.concatenate([[0], np.cumsum(texts[:, 0] * texts[:, 2])])
    chars = np.concatenate([[0], np.cumsum(texts[:, 0])])
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


def _neighbours(columns: Matrix) -> list[Matrix]:
    shifted = []
    for step in (1, 2, 3):
        for way in (step, -step):
            moved = np.full_like(columns, -1)
            if len(columns) > step:
                if way > 0:
                    moved[way:] = columns[:-way]
                else:
                    moved[:way] = columns[-way:]
            shifted.append(moved)
    return shifted
