"""Blocks of a page → one row of numbers a block, from which the model tells article from the rest.

What a row says, in order: the block's own text, against what page and feed say of the article; where the block
stands; its ancestors, three up, and their names; blocks of the same template; the kind of section; its neighbours.
A change here changes the model: run `scripts/train_model.py` after it.
"""

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ingest.articles.body import boilerplate
from ingest.articles.body.blocks import SECTIONING, Blocks
from ingest.articles.body.names import Names, tag_number
from ingest.text.words import fold, words

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
REMEMBERED = 4096  # short texts: a site's pages have most of theirs in common
REMEMBERED_CHARS = 80
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_NO_CONTAINERS = frozenset("p li h1 h2 h3 h4 h5 h6 tr dt dd pre blockquote figcaption".split())
_ENDS = frozenset('.!?…。\uff01\uff1f"”»:;')
_COLONS = frozenset(":\uff1a")
_QUESTIONS = frozenset("?\uff1f")
_DENSE_STOPS = "…。\uff01\uff1f"
_DENSE_COMMAS = "\uff0c、"
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
    chars = texts[0]
    total = max(1.0, float(chars.sum()))
    count = len(numbers)
    order = np.arange(count, dtype=np.float32)
    before = np.cumsum(chars) - chars
    prose = np.where((chars > 80) & (texts[2] < 0.4), chars, 0)  # noqa: PLR2004 (see is_prose)
    named = names.sum[numbers]
    return _rows([
        *texts,
        order / count, before / total, count, total,
        *own, named, names.least[numbers], names.most[numbers],
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
        *_neighbours(np.stack([*texts[[0, 2, 4, 5]], own[0], named])),
    ], count)  # fmt: skip


def _rows(columns: Sequence[Any], count: int) -> Matrix:
    """The columns, or what is the same in all `count` rows, as a matrix that holds each column in one piece."""
    table = np.empty((len(columns), count), np.float32)
    for number, column in enumerate(columns):
        table[number] = column
    return table.T


def with_advice(rows: Matrix, page: Blocks, advice: Matrix) -> Matrix:
    """Add what another extractor says: `advice` is the share of each block that it took, 0 to 1.

    Beside it stand its mean over seven blocks, under the same parent, grandparent and template, its neighbours', the
    distance to the nearest block that was taken, and how much of the page was taken.
    """
    count = len(advice)
    weights = rows[:, WORDS]
    here = np.arange(count)
    reach = np.ones(2 * ADVICE_REACH + 1)
    edges = [advice[:1]] * ADVICE_REACH, [advice[-1:]] * ADVICE_REACH
    near = np.convolve(np.concatenate([*edges[0], advice, *edges[1]]), reach / reach.sum(), "valid")
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
    added = _rows([
        advice, near, *(_mean(keys, advice, weights) for keys in (parents, grand, templates)),
        np.minimum(before, MAX_STEPS), np.minimum(after, MAX_STEPS), within,
        amount, amount / max(1.0, float(weights.sum())),
        *(_shifted(advice, step) for step in (1, -1, 2, -2)),
    ], count)  # fmt: skip
    return np.concatenate([rows.T, added.T]).T


def _mean(keys: Sequence[Hashable], values: Matrix, weights: Matrix) -> NDArray[np.float64]:
    """For each value the weighted mean of those with the same key."""
    numbers: dict[Hashable, int] = {}
    groups = np.array([numbers.setdefault(key, len(numbers)) for key in keys])
    mean = np.bincount(groups, values * weights) / np.maximum(1, np.bincount(groups, weights))
    return np.asarray(mean[groups])


def _texts(page: Blocks, evidence: Evidence) -> Matrix:
    """What each text is like, and how it compares with what is known of the article; a row for each question.

    Rows 0 to 5: length, words, share of links, links, tag, "ends as a sentence does".
    """
    titles = [title for title in evidence.titles if title]
    folded = {fold(title) for title in titles} - {""}
    longest = max(map(len, titles), default=0) + TITLE_SLACK_CHARS
    title_words = {word for title in titles for word in words(title)}
    known = set(words((evidence.text or evidence.summary)[:EVIDENCE_CHARS]))
    summary = set(words(evidence.summary[:EVIDENCE_CHARS]))
    data = "".join(evidence.text.split())
    texts, within = page.texts, page.within
    read = [_remembered(text) if len(text) <= REMEMBERED_CHARS else _read(text) for text in texts]
    said = [one[1] for one in read]
    found = np.frombuffer(b"".join([one[0] for one in read]), np.float32).reshape(len(read), -1).T
    many = np.array([len(one) for one in said])
    of_title = np.array([len(title_words & one) for one in said])
    of_known = np.array([len(known & one) for one in said])
    of_summary = np.array([len(summary & one) for one in said])
    is_title = np.zeros(len(texts))
    for number in np.flatnonzero(of_title):
        is_title[number] = len(texts[number]) <= longest and fold(texts[number]) in folded
    chars = np.array(page.chars)
    dense = (chars - np.array([len(text) for text in texts])) // 2  # see `length`
    none = np.full(len(texts), -1)
    return _rows([
        chars, found[0] + dense, np.array(page.linked) / chars, page.links,
        [tag_number(within[place].tag) for place in page.places], *found[1:8], is_title,
        of_title / len(title_words) if title_words else none,
        np.where(many, of_known / np.maximum(1, many), -1) if known else none,
        of_known / len(known) if known else none,
        np.where(many, of_summary / np.maximum(1, many), -1) if summary else none,
        of_summary / len(summary) if summary else none,
        [_stands_in(text, data) for text in texts] if len(data) >= MIN_DATA_CHARS else none,
        *found[8:],
    ], len(texts)).T  # fmt: skip


def _read(text: str) -> tuple[bytes, frozenset[str]]:
    """What a text is like by itself, as numbers, and the words of its beginning."""
    stops, commas = text.count(".") + text.count("!") + text.count("?"), text.count(",")
    is_ascii = text.isascii()
    if not is_ascii:
        stops += sum(map(text.count, _DENSE_STOPS))
        commas += sum(map(text.count, _DENSE_COMMAS))
    sample = text[:SAMPLE_CHARS]
    raw = sample.encode("utf-8", "replace")
    said = frozenset(words(sample))
    digits = len(raw) - len(raw.translate(None, _DIGITS))
    first, last = text[0], text[-1]
    numbers = _NUMBERS.pack(
        text.count(" ") + 1, last in _ENDS, stops, commas,
        1 - (len(raw) - digits) / len(raw), 1 - len(raw.translate(None, _CAPITALS)) / len(raw),
        text.count("\n"), boilerplate.hints(text, said),
        last in _COLONS, last in _QUESTIONS, last == "…" or text.endswith("..."),
        first.islower(), first.isdigit(), first in _BULLETS, first in _QUOTES,
        len(_STAMP.findall(text[:STAMP_CHARS])) if digits or not is_ascii else 0,
    )  # fmt: skip
    return numbers, said


_NUMBERS = Struct("16f")
_remembered = lru_cache(maxsize=REMEMBERED)(_read)


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
    chars = np.bincount(kind, texts[0])
    linked = np.bincount(kind, texts[0] * texts[2])
    hidden = [page.within[place].hidden for place in page.places]
    seen = {text for text, hides in zip(page.texts, hidden, strict=True) if not hides}
    copied = [hides and text in seen for text, hides in zip(page.texts, hidden, strict=True)]
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
    for at in np.flatnonzero(prose).tolist():
        number, share = page.places[at], float(prose[at])
        place = within[number].parent if within[number].tag in _NO_CONTAINERS else number
        for _ in range(3):
            if place < 0:
                break
            scores[place] = scores.get(place, 0.0) + share
            place, share = within[place].parent, share / 2
    centre = max(scores, key=scores.__getitem__, default=0)
    ways: dict[int, tuple[int, int]] = {}
    place, down = centre, 0
    while place >= 0:
        ways[place] = 0, down
        place, down = within[place].parent, down + 1
    for place in page.places:
        climbed = []
        while place not in ways:
            climbed.append(place)
            place = within[place].parent  # noqa: PLW2901
        up, down = ways[place]
        for one in reversed(climbed):
            up += 1
            ways[one] = up, down
    ups, downs = zip(*(ways[number] for number in page.places), strict=True)
    whole = np.full(len(ups), page.sums.prose[centre] / total)
    return [np.array(ups), np.array(downs), whole]


def _sections(page: Blocks, names: Names, numbers: NDArray[np.int64]) -> list[NDArray[np.float32]]:
    """The kinds of section a block stands in, and how long ago a heading opened comments, related links, any part."""
    headed = np.array(
        [boilerplate.headed(text) if len(text) <= boilerplate.HEADING_CHARS else 0 for text in page.texts]
    )
    tags = [page.within[number].tag for number in page.places]
    opens = [
        headed == boilerplate.COMMENTS,
        headed == boilerplate.RELATED,
        np.array([tag in _HEADINGS for tag in tags]),
        np.array([tag == "h1" for tag in tags]),
    ]
    here = np.arange(len(tags))
    last = np.maximum.accumulate(np.where(opens, here, -FAR), axis=1)
    named = names.named[numbers]
    sectioning = names.sectioning[numbers]
    return [
        *np.minimum(here - last, FAR),
        *(
            (named & bit) > 0
            for bit in (boilerplate.COMMENTS, boilerplate.RELATED, boilerplate.CONSENT, boilerplate.CALL)
        ),
        names.hidden[numbers],
        *((sectioning & (1 << bit)) > 0 for bit in range(len(SECTIONING))),
    ]


def _near(prose: Matrix, texts: Matrix, total: float) -> list[NDArray[np.float32]]:
    """Prose and links among the blocks before and after: 4 and 10 each way, and to the page's ends."""
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


def _neighbours(columns: Matrix) -> Iterator[NDArray[np.float32]]:
    for step in (1, 2, 3):
        for way in (step, -step):
            yield from _shifted(columns, way)


def _shifted(columns: Matrix, step: int) -> Matrix:
    """The values of one or of many columns moved down by `step`, up if it is negative; -1 where none is left."""
    moved = np.full_like(columns, -1)
    if step > 0:
        moved[..., step:] = columns[..., :-step]
    else:
        moved[..., :step] = columns[..., -step:]
    return moved
