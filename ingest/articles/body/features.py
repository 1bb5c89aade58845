"""Blocks of a page → one row of numbers a block, from which the model tells article from the rest.

What a row says, in order: the block's own text, against what page and feed say of the article; where the block
stands; its ancestors, three up, and their names; blocks of the same template; the kind of section; its neighbours.
A change here changes the model: run `scripts/train_model.py` after it.
"""

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ingest.articles.body import furniture
from ingest.articles.body.blocks import SECTIONING, Blocks
from ingest.articles.body.names import Names, tag_number
from ingest.articles.words import fold, words

Matrix: TypeAlias = NDArray[np.float32]

SAMPLE_CHARS = 240  # of a block's text: enough to tell what it speaks of
EVIDENCE_CHARS = 2000
FAR = 999
MAX_STEPS = 99
WORDS = 1  # the column that counts them
TITLE_SLACK_CHARS = 20
ADVICE_REACH = 3
MIN_DATA_CHARS = 200  # of the text that page or feed gives; a shorter one is a teaser
MIN_SAME_CHARS = 12  # of a block that stands in it; a shorter one may by chance
STAMP_CHARS = 80
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_NO_CONTAINERS = frozenset("p li h1 h2 h3 h4 h5 h6 tr dt dd pre blockquote figcaption".split())
_ENDS = tuple('.!?…。\uff01\uff1f"”»:;')
_STOPS = ".!?"
_DENSE_STOPS = re.compile("[…。\uff01\uff1f]")
_DENSE_COMMAS = re.compile("[\uff0c、]")
_STAMP = re.compile(r"\d{1,2}[:.]\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\b(?:19|20)\d\d\b")
_BULLETS = frozenset("-–—•·*►»>|")
_QUOTES = frozenset("\"'«„“”\u2018「『")
_DIGITS = b"0123456789"
_CAPITALS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What feed and page say of the article: its titles, its summary, its text. What they do not say is empty."""

    titles: Sequence[str]
    summary: str = ""
    text: str = ""


def features(page: Blocks, weights: Mapping[str, float], evidence: Evidence) -> Matrix:
    texts = _texts(page, evidence)
    names = Names(page.within, weights)
    sums = page.sums
    density = sums.linked / np.maximum(1, sums.chars)
    numbers = np.array(page.places)
    parents = names.parents[numbers]
    grand = names.parents[parents]
    great = names.parents[grand]
    own = [names.own[numbers], names.own[parents], names.own[grand]]
    total = max(1.0, float(texts[:, 0].sum()))
    count = len(numbers)
    order = np.arange(count, dtype=np.float32)
    before = np.cumsum(texts[:, 0]) - texts[:, 0]
    prose = np.where((texts[:, 0] > 80) & (texts[:, 2] < 0.4), texts[:, 0], 0)  # noqa: PLR2004 (see is_prose)
    columns = [
        *texts.T,
        order / count, before / total, np.full(count, count), np.full(count, total),
        *own, names.sum[numbers], names.least[numbers], names.most[numbers],
        names.tags[parents], names.tags[grand], names.depth[numbers],
        *(column[at]
          for at in (numbers, parents, grand)
          for column in (sums.chars / total, sums.prose / total, sums.blocks, sums.paragraphs, sums.items)),
        *(density[at] for at in (numbers, parents, grand, great)),
        sums.prose[great] / total,
        *_alike(page, texts, total),
        *_centre(page, prose, total),
        *_sections(page, names, numbers),
        *names.steps[numbers].T,
        *_near(prose, texts, total),
    ]  # fmt: skip
    alone = np.column_stack(columns).astype(np.float32)
    return np.hstack([alone, *_neighbours(np.column_stack([texts[:, [0, 2, 4, 5]], *own[:1], names.sum[numbers]]))])


def with_advice(rows: Matrix, page: Blocks, advice: Matrix) -> Matrix:
    """Add what another extractor says: `advice` is the share of each block that it took, 0 to 1.

    Beside it stand its mean over seven blocks, under the same parent, grandparent and template, its neighbours', the
    distance to the nearest block that was taken, and how much of the page was taken.
    """
    count = len(advice)
    weights = rows[:, WORDS]
    here = np.arange(count)
    reach = np.ones(2 * ADVICE_REACH + 1)
    near = np.convolve(np.pad(advice, ADVICE_REACH, mode="edge"), reach / reach.sum(), "valid")
    parents = [page.within[place].parent for place in page.places]
    grand = [page.within[max(0, place)].parent for place in parents]
    templates = [page.within[place].looks for place in page.places]
    taken = np.flatnonzero(advice > 0.5)  # noqa: PLR2004 (most of the block)
    before = after = np.full(count, MAX_STEPS)
    within = np.zeros(count)
    if len(taken):
        at = np.searchsorted(taken, here)
        before = np.where(at > 0, here - taken[np.maximum(at - 1, 0)], MAX_STEPS)
        after = np.where(at < len(taken), taken[np.minimum(at, len(taken) - 1)] - here, MAX_STEPS)
        within = (here >= taken[0]) & (here <= taken[-1])
    amount = float((advice * weights).sum())
    columns = [
        advice, near, *(_mean(keys, advice, weights) for keys in (parents, grand, templates)),
        np.minimum(before, MAX_STEPS), np.minimum(after, MAX_STEPS), within,
        np.full(count, amount), np.full(count, amount / max(1.0, float(weights.sum()))),
        *(_shifted(advice[:, None], step)[:, 0] for step in (1, -1, 2, -2)),
    ]  # fmt: skip
    return np.column_stack([rows, *columns]).astype(np.float32)


def _mean(keys: Sequence[Hashable], values: Matrix, weights: Matrix) -> NDArray[np.float64]:
    """For each value the weighted mean of those with the same key."""
    numbers: dict[Hashable, int] = {}
    groups = np.array([numbers.setdefault(key, len(numbers)) for key in keys])
    mean = np.bincount(groups, values * weights) / np.maximum(1, np.bincount(groups, weights))
    return np.asarray(mean[groups])


def _texts(page: Blocks, evidence: Evidence) -> Matrix:
    """What each text is like, and how it compares with what is known of the article.

    Columns 0 to 5: length, words, share of links, links, tag, "ends as a
    sentence does".
    """
    titles = [title for title in evidence.titles if title]
    folded = {fold(title) for title in titles} - {""}
    longest = max(map(len, titles), default=0) + TITLE_SLACK_CHARS
    title_words = {word for title in titles for word in words(title)}
    known = set(words((evidence.text or evidence.summary)[:EVIDENCE_CHARS]))
    summary = set(words(evidence.summary[:EVIDENCE_CHARS]))
    data = "".join(evidence.text.split())
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
        of_summary = len(summary & said)
        first = text[0]
        rows.append((
            chars, text.count(" ") + 1 + dense, linked / chars, links, tag_number(page.within[place].tag),
            text.endswith(_ENDS), stops, commas,
            1 - len(raw.translate(None, _DIGITS)) / len(raw), 1 - len(raw.translate(None, _CAPITALS)) / len(raw),
            text.count("\n"), furniture.hints(text, said),
            of_title > 0 and len(text) <= longest and fold(text) in folded,
            of_title / len(title_words) if title_words else -1,
            len(known & said) / len(said) if known and said else -1,
            len(known & said) / len(known) if known else -1,
            of_summary / len(said) if summary and said else -1,
            of_summary / len(summary) if summary else -1,
            _stands_in(text, data) if len(data) >= MIN_DATA_CHARS else -1,
            text.endswith((":", "\uff1a")), text.endswith(("?", "\uff1f")), text.endswith(("…", "...")),
            first.islower(), first.isdigit(), first in _BULLETS, first in _QUOTES,
            len(_STAMP.findall(text[:STAMP_CHARS])),
        ))  # fmt: skip
    return np.array(rows, np.float32)


def _stands_in(text: str, data: str) -> bool:
    """Whether both ends of a text stand in `data`, which has no space."""
    flat = "".join(text.split())
    return len(flat) > MIN_SAME_CHARS and flat[:60] in data and flat[-40:] in data


def _alike(page: Blocks, texts: Matrix, total: float) -> list[NDArray[np.float32]]:
    """Blocks in elements made by one template: how many, how long together and each, how linked; the same
    text, and whether a hidden one is a copy of one that is shown.
    """
    kinds: dict[object, int] = {}
    kind = np.array([kinds.setdefault(page.within[place].looks, len(kinds)) for place in page.places])
    count = np.bincount(kind)
    chars = np.bincount(kind, texts[:, 0])
    linked = np.bincount(kind, texts[:, 0] * texts[:, 2])
    seen = {text for text, place in zip(page.texts, page.places, strict=True) if not page.within[place].hidden}
    copied = [page.within[place].hidden and text in seen for text, place in zip(page.texts, page.places, strict=True)]
    firsts: dict[str, int] = {}
    first = np.array([firsts.setdefault(text, number) for number, text in enumerate(page.texts)])
    times = np.bincount(first, minlength=len(first))
    return [
        count[kind], chars[kind] / total, chars[kind] / count[kind], linked[kind] / np.maximum(1, chars[kind]),
        times[first], np.arange(len(first)) - first, copied,
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


def _sections(page: Blocks, names: Names, numbers: NDArray[np.int64]) -> list[NDArray[np.float32]]:
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
    named = names.named[numbers]
    sectioning = names.sectioning[numbers]
    return [
        *since.T,
        *((named & bit) > 0 for bit in (furniture.COMMENTS, furniture.RELATED, furniture.CONSENT, furniture.CALL)),
        names.hidden[numbers],
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
    return [_shifted(columns, way) for step in (1, 2, 3) for way in (step, -step)]


def _shifted(columns: Matrix, step: int) -> Matrix:
    """The rows moved down by `step`, up if it is negative; -1 where none is left."""
    moved = np.full_like(columns, -1)
    if step > 0:
        moved[step:] = columns[:-step]
    else:
        moved[:step] = columns[-step:]
    return moved
