"""What the names of a page's elements say: tags, classes, ids, roles."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ingest.articles.body.blocks import Column, Place

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


class Names:
    """The places of a page as arrays, a place's own number as index.

    `own` is the weight of a place's names, `sum`, `least` and `most` are over all its ancestors and itself. `steps` are
    the levels up to the nearest place of each of `_KINDS`, at most MAX_STEPS.
    """

    steps: Column

    def __init__(self, places: Sequence[Place], weights: Mapping[str, float]) -> None:
        own: list[float] = []
        total: list[float] = []
        least: list[float] = []
        most: list[float] = []
        steps: list[tuple[int, ...]] = []
        known: dict[frozenset[str], tuple[float, tuple[int, ...]]] = {}
        far = (MAX_STEPS,) * len(_KINDS)
        further = {far: far}
        for place in places:
            tokens, up = place.tokens, place.parent
            if tokens not in known:
                kinds = tuple(MAX_STEPS * kind.isdisjoint(tokens) for kind in _KINDS)
                known[tokens] = weight(tokens, weights), kinds
            value, kinds = known[tokens]
            own.append(value)
            if up < 0:
                total.append(value)
                least.append(value)
                most.append(value)
                steps.append(kinds)
            else:
                total.append(total[up] + value)
                least.append(min(least[up], value))
                most.append(max(most[up], value))
                above = further.get(steps[up])
                if above is None:
                    above = further[steps[up]] = tuple([min(MAX_STEPS, step + 1) for step in steps[up]])
                steps.append(above if kinds == far else tuple(map(min, above, kinds)))
        self.own, self.sum, self.least, self.most = (np.array(one, np.float32) for one in (own, total, least, most))
        self.steps = np.array(steps, np.float32)
        self.parents = np.array([max(0, place.parent) for place in places])
        self.tags = np.array([tag_number(place.tag) for place in places], np.float32)
        self.depth = np.array([place.depth for place in places], np.float32)
        self.sectioning = np.array([place.sectioning for place in places])
        self.named = np.array([place.named for place in places])
        self.hidden = np.array([place.hidden for place in places], np.float32)
