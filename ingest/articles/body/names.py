"""What the names of a page's elements (tags, classes, ids, roles) say of their text."""

from collections.abc import Mapping, Sequence

import numpy as np

from ingest.articles.body.blocks import Place

MAX_WEIGHT = 6.0
MAX_STEPS = 9

_TAGS = "p li h1 h2 h3 h4 h5 h6 td tr div a figcaption blockquote pre dt dd section article main body caption".split()
TAG_NUMBERS = {tag: number for number, tag in enumerate(_TAGS, 1)}
# Kinds of elements by the words of their class or id, in the languages of the marked pages.
_KINDS = [
    frozenset(kind.split())
    for kind in (
        "caption captions figcaption legend bildunterschrift thumb wp podpis zdjecia foto photo",
        "factbox infobox fact info information box kasten highlight faktaboks",
        "hidden hide visually invisible screen reader only sronly offscreen",
        "embed embedded twitter tweet instagram facebook youtube consent",
        "excerpt subtitle subtitles standfirst dek strapline lead intro summary epigraph kicker sub chapo vorspann",
        "opinie opinia komentarz komentarze komentarzy comm otzyvy otzyv mnenie comments comment kommentare forum",
        "lenta newslist nlist headlines seealso list teaser teasers most popular latest related",
        "tags tag tagi keywords topics schlagworte",
        "author byline autor signature signatur writer meta date time timestamp published",
    )
]
_KIND_WORDS = frozenset[str]().union(*_KINDS)
_KIND_NUMBERS = np.arange(len(_KINDS))


def _kinds(names: frozenset[str]) -> int:
    """Return a bit for each kind that an element's names have a word of."""
    if _KIND_WORDS.isdisjoint(names):
        return 0
    return sum(1 << number for number, kind in enumerate(_KINDS) if not kind.isdisjoint(names))


class Names:
    """The places of a page as arrays by the place's number.

    `own` are the log-odds, by a place's own names, that its text is the article's. `sum`, `least` and `most` are over
    its ancestors too. `steps` are the levels up to the nearest place of each of `_KINDS`, at most MAX_STEPS.
    """

    def __init__(self, places: Sequence[Place], weights: Mapping[str, float]) -> None:
        numbers: dict[frozenset[str], int] = {}
        index = np.array([numbers.setdefault(place.tokens, len(numbers)) for place in places])
        odds = [sum([weights.get(token, 0.0) for token in tokens]) for tokens in numbers]
        own = np.clip(odds, -MAX_WEIGHT, MAX_WEIGHT)[index]
        kinds = np.array([_kinds(tokens) for tokens in numbers])[index]
        steps = np.where(kinds[:, None] >> _KIND_NUMBERS & 1, 0, MAX_STEPS)
        self.parents = np.maximum(0, [place.parent for place in places])
        depth = np.array([place.depth for place in places])
        total, nearest = own.copy(), np.column_stack([own, -own, steps])
        further = np.array([0, 0, *[1] * len(_KINDS)])
        levels = np.split(np.argsort(depth, kind="stable"), np.cumsum(np.bincount(depth))[:-1])
        for level in levels[1:]:
            above = self.parents[level]
            total[level] += total[above]
            nearest[level] = np.minimum(nearest[level], nearest[above] + further)
        self.own, self.sum = own.astype(np.float32), total.astype(np.float32)
        nearest = nearest.astype(np.float32)
        self.least, self.most, self.steps = nearest[:, 0], -nearest[:, 1], nearest[:, 2:]
        self.depth = depth.astype(np.float32)
        self.tags = np.array([TAG_NUMBERS.get(place.tag, 0) for place in places], np.float32)
        self.sectioning = np.array([place.sectioning for place in places])
        self.labels = np.array([place.labels for place in places])
        self.hidden = np.array([place.hidden for place in places], np.float32)
