"""Blocks that are boilerplate beyond doubt, whatever the model says of them.

Each rule takes out what is named by its class, its heading or its buttons, only as far as it is named, and never when
the page's text would go with it.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.articles.body import boilerplate
from ingest.articles.body.blocks import Blocks, Place

CALL_CHARS = 600  # a box that asks for an address
NOTICE_CHARS = 1500  # a consent notice with its list of purposes; longer ones are pages about privacy
NOTICE_SLACK = 1.25
CHARS_A_LINK = 300  # a teaser's headline and sentence
RELATED_SHARE = 0.4  # of the page's text, over which "related" names the page rather than what is beside it
COMMENTS_SHARE = 0.9  # readers often write more than the author
BOX_SHARE = 0.62  # of the words that are likely the article's
CAPTIONS_SHARE = 0.4  # likewise; the captions of a gallery are the article

_HEADINGS = frozenset(("h2", "h3", "h4", "h5", "h6"))
_ASIDES = boilerplate.RELATED | boilerplate.BOX | boilerplate.CAPTION
_FRAMES = frozenset("html body main article td".split())
_NAMED = frozenset("div section aside ul ol table form dialog".split())


def vetoes(page: Blocks) -> list[bool]:
    """Return for each block whether it is out."""
    whole = page.sums.chars[0]
    found = _within(page, {place for place, share in _places(page) if _may_go(page, place, share * whole)})
    for number, (text, linked) in enumerate(zip(page.texts, page.linked, strict=True)):
        if linked and boilerplate.announces_another(text, linked):
            found[number] = True
    for number in (*boilerplate.legal(page.texts), *_headed(page)):
        found[number] = True
    return found


def asides(page: Blocks, likely: NDArray[np.float64]) -> list[bool]:
    """Return for each block whether it stands in a caption, a box of facts, or a list of related links.

    `likely` is how many words of each block are expected to be the article's. A place that holds most of them is
    the article, whatever its name.
    """
    running = np.concatenate([[0], np.cumsum(np.bincount(page.places, likely, minlength=len(page.within)))])
    captions: dict[int, float] = {}
    out: set[int] = set()
    for number, place in enumerate(page.within):
        if not place.named and place.tag != "figcaption":
            continue
        named = _own_name(page, place)
        kind = boilerplate.CAPTION if place.tag == "figcaption" else named & _ASIDES
        if not kind or page.holds_article(number):
            continue
        share = float(running[place.end] - running[number]) / max(1.0, running[-1])
        if kind & boilerplate.CAPTION:
            captions[number] = share
        elif share <= BOX_SHARE and (kind & boilerplate.BOX or _is_related(page, number)):
            out.add(number)
    return _within(page, out if sum(captions.values()) > CAPTIONS_SHARE else out | captions.keys())


def _is_related(page: Blocks, number: int) -> bool:
    is_list = page.within[number].tag in _NAMED and _is_linked(page, number)
    return is_list and _may_go(page, number, RELATED_SHARE * page.sums.chars[0])


def _within(page: Blocks, places: set[int]) -> list[bool]:
    """Return for each block whether it stands in one of the places."""
    if not places:
        return [False] * len(page.texts)
    gone: list[bool] = []  # by place; a place comes after its parent
    for number, place in enumerate(page.within):
        gone.append(number in places or (place.parent >= 0 and gone[place.parent]))
    return [gone[place] for place in page.places]


def _own_name(page: Blocks, place: Place) -> int:
    """The bits of the place's own names, without those of the places it stands in."""
    return place.named & ~page.within[place.parent].named if place.parent >= 0 else place.named


def _may_go(page: Blocks, number: int, most_chars: float) -> bool:
    return bool(page.sums.chars[number] <= most_chars) and not page.holds_article(number)


def _places(page: Blocks) -> Iterator[tuple[int, float]]:
    """Elements named for what they hold, and notices known by a button, with the share of the page they may be."""
    speaking = _speaking(page)
    for number, place in enumerate(page.within):
        named = place.tag in _NAMED and place.named and _own_name(page, place)
        if named:
            if named & boilerplate.COMMENTS:
                yield number, COMMENTS_SHARE
            elif (named & boilerplate.CALL and page.sums.chars[number] <= CALL_CHARS) or (
                named & boilerplate.CONSENT and page.sums.chars[number] <= NOTICE_CHARS and speaking[number]
            ):
                yield number, RELATED_SHARE
            elif named & boilerplate.CONSENT_TOOL:
                yield number, 1.0
        if number in page.notices and (notice := _notice(page, number, speaking)) is not None:
            yield notice, RELATED_SHARE


def _headed(page: Blocks) -> Iterator[int]:
    """The blocks below a heading that opens comments or related links, up to the next heading of its rank."""
    within = page.within
    total = page.sums.chars[0]
    for number, (text, place) in enumerate(zip(page.texts, page.places, strict=True)):
        kind = boilerplate.headed(text) if within[place].tag in _HEADINGS else 0
        if not kind:
            continue
        share = COMMENTS_SHARE if kind == boilerplate.COMMENTS else RELATED_SHARE
        parent = within[place].parent
        opens = within[parent].tag not in _FRAMES and (number == 0 or not page.is_in(page.places[number - 1], parent))
        if opens and not _may_go(page, parent, share * total):
            opens = False
        yield number
        for follower in range(number + 1, len(page.texts)):
            sibling = _child_of(page, page.places[follower], parent)
            if sibling is None:
                break
            if not opens:
                one = within[sibling]
                ends = one.tag in _HEADINGS and one.tag <= within[place].tag
                if ends or not _may_go(page, sibling, share * total):
                    break
                if kind == boilerplate.RELATED and one.tag not in _HEADINGS and not _is_linked(page, sibling):
                    break
            yield follower


def _child_of(page: Blocks, place: int, parent: int) -> int | None:
    """The child of `parent` that `place` is or stands in; `place` itself for the parent's own text; None outside."""
    if place == parent:
        return place
    while place >= 0 and page.within[place].parent != parent:
        place = page.within[place].parent
    return place if place >= 0 else None


def _notice(page: Blocks, number: int, speaking: Sequence[bool]) -> int | None:
    """The consent notice that a button stands in: the first element around it that speaks of consent, and those
    around that which add little.
    """
    found = None
    while number >= 0 and page.within[number].tag not in _FRAMES and _may_go(page, number, NOTICE_CHARS):
        if found is not None and page.sums.chars[number] > NOTICE_SLACK * page.sums.chars[found]:
            break
        if found is not None or speaking[number]:
            found = number
        number = page.within[number].parent
    return found


def _is_linked(page: Blocks, number: int) -> bool:
    """Whether links are as dense as where other pages are announced."""
    return bool(page.sums.chars[number] <= CHARS_A_LINK * page.sums.links[number])


def _speaking(page: Blocks) -> list[bool]:
    """Return for each place whether a text in it speaks of consent; False for all where none is named for that."""
    count = len(page.within)
    if not page.notices and not any(place.named & boilerplate.CONSENT for place in page.within):
        return [False] * count
    texts = [boilerplate.speaks_of_consent(text) for text in page.texts]
    running = np.concatenate([[0], np.cumsum(np.bincount(page.places, texts, minlength=count))])
    return [bool(running[place.end] > running[number]) for number, place in enumerate(page.within)]
