"""What the names of a page's elements say: tags, classes, ids, roles."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from ingest.articles.body.blocks import Place

MAX_WEIGHT = 6.0
MAX_STEPS = 9

_TAGS = "p li h1 h2 h3 h4 h5 h6 td tr div a figcaption blockquote pre dt dd section article main body caption".split()
_TAG_NUMBER = {tag: number for number, tag in enumerate(_TAGS, 1)}
# Kinds of element by a word of their class or id, in the languages of the marked pages.
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


def tag_number(tag: str) -> int:
    return _TAG_NUMBER.get(tag, 0)


def weight(names: Iterable[str], weights: Mapping[str, float]) -> float:
    """What an element's names say by themselves, as log-odds of holding the article's text."""
    return max(-MAX_WEIGHT, min(MAX_WEIGHT, sum([weights.get(name, 0.0) for name in names])))


@lru_cache(maxsize=8192)
def _kinds(names: frozenset[str]) -> tuple[int, ...]:
    return tuple([MAX_STEPS * kind.isdisjoint(names) for kind in _KINDS])


class Names:
    """The places of a page as arrays, a place's own number as index.

    `own` is the weight of a place's names, `sum`, `least` and `most` are over all its ancestors and itself. `steps` are
    the levels up to the nearest place of each of `_KINDS`, at most MAX_STEPS.
    """

    def __init__(self, places: Sequence[Place], weights: Mapping[str, float]) -> None:
        numbers: dict[frozenset[str], int] = {}
        said = np.array([numbers.setdefault(place.tokens, len(numbers)) for place in places])
        own = np.array([weight(tokens, weights) for tokens in numbers])[said]
        steps = np.array([_kinds(tokens) for tokens in numbers], np.float32)[said]
        self.parents = np.maximum(0, [place.parent for place in places])
        depth = np.array([place.depth for place in places])
        total, least, most = own.copy(), own.copy(), own.copy()
        levels = np.split(np.argsort(depth, kind="stable"), np.cumsum(np.bincount(depth))[:-1])
        for level in levels[1:]:
            above = self.parents[level]
            total[level] += total[above]
            least[level] = np.minimum(least[above], least[level])
            most[level] = np.maximum(most[above], most[level])
            steps[level] = np.minimum(steps[above] + 1, steps[level])
        self.own, self.sum, self.least, self.most = (one.astype(np.float32) for one in (own, total, least, most))
        self.steps = steps
        self.depth = depth.astype(np.float32)
        self.tags = np.array([tag_number(place.tag) for place in places], np.float32)
        self.sectioning = np.array([place.sectioning for place in places])
        self.named = np.array([place.named for place in places])
        self.hidden = np.array([place.hidden for place in places], np.float32)
