"""Blocks that are not the article's beyond doubt, whatever the model says.

Each rule leaves out what a class, a heading or a button labels as something else. No rule leaves out most of a page.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ingest.articles.body import labels
from ingest.articles.body.blocks import Blocks, Place

MAX_CALL_CHARS = 600  # of a box that asks for a subscription
MAX_NOTICE_CHARS = 1500  # of a consent notice with its list of purposes; a longer text is a page about privacy
NOTICE_GROWTH = 1.25  # an ancestor of a notice is part of it if it is no longer than this
MAX_CHARS_A_LINK = 300  # of a list of teasers: a headline and a sentence for each link
MAX_RELATED_SHARE = 0.4  # of the page's text; a larger element named "related" holds the article
MAX_COMMENTS_SHARE = 0.9  # of the page's text: readers often write more than the author
MAX_BOX_SHARE = 0.62  # of the words that are likely the article's
MAX_DIGITS = 7  # of the number of a listing's line
MAX_CAPTIONS_SHARE = 0.4  # likewise; the captions of a gallery are the article

MAX_NAME_CHARS = 60  # in a reason

_HEADINGS = frozenset(("h2", "h3", "h4", "h5", "h6"))
_ASIDES = labels.RELATED | labels.BOX | labels.CAPTION
_FRAMES = frozenset("html body main article td".split())
_LABELLED_TAGS = frozenset("div section aside ul ol table form dialog".split())


def vetoes(page: Blocks) -> list[str]:
    """Return for each block the rule that leaves it out, "" if none does."""
    total = page.totals.chars[0]
    out = _inside(page, {place: why for place, share, why in _labelled(page) if _is_small(page, place, share * total)})
    for number in labels.copyright_lines(page.texts):
        out[number] = "a copyright line"
    for number, why in _below_headings(page):
        out[number] = why
    for number in _line_numbers(page):
        out[number] = "the line numbers of a listing"
    for number, linked in enumerate(page.linked):
        if linked > 0 and not out[number] and labels.is_read_also(page.texts[number], linked):
            out[number] = "a link to another article"
    return out


def asides(page: Blocks, likely: NDArray[np.float64]) -> list[str]:
    """Return for each block whether it is in a caption, a fact box or a list of related links, "" if it is not.

    `likely` is how many words of each block are expected to be the article's. A place that holds most of them is
    the article, whatever its name.
    """
    inside = page.inside(likely)
    captions: dict[int, float] = {}
    out: dict[int, str] = {}
    for number, place in enumerate(page.elements):
        if not place.labels and place.tag != "figcaption":
            continue
        kind = labels.CAPTION if place.tag == "figcaption" else _own_labels(page, place) & _ASIDES
        if not kind or page.holds_article(number):
            continue
        share = float(inside[number]) / max(1.0, inside[0])
        if kind & labels.CAPTION:
            captions[number] = share
        elif share <= MAX_BOX_SHARE and (kind & labels.BOX or _is_related(page, number)):
            out[number] = f"{'a fact box' if kind & labels.BOX else 'related links'}, by the name {_name(place)}"
    if sum(captions.values()) <= MAX_CAPTIONS_SHARE:
        out |= dict.fromkeys(captions, "a caption")
    return _inside(page, out)


def _line_numbers(page: Blocks) -> Iterator[int]:
    """Yield the listings that only number the lines of the listing after them."""
    listings = [number for number, place in enumerate(page.places) if page.elements[place].tag == "pre"]
    for number, following in pairwise(listings):
        lines = page.texts[number].split("\n")
        if following == number + 1 and lines[0].isascii() and lines[0].isdigit() and len(lines[0]) <= MAX_DIGITS:
            first = int(lines[0])
            if lines == [str(first + at) for at in range(len(lines))]:
                yield number


def _is_related(page: Blocks, number: int) -> bool:
    is_list = page.elements[number].tag in _LABELLED_TAGS and _is_linked(page, number)
    return is_list and _is_small(page, number, MAX_RELATED_SHARE * page.totals.chars[0])


def _inside(page: Blocks, places: Mapping[int, str]) -> list[str]:
    """Return for each block what `places` says of the innermost place that holds it, "" if it says nothing."""
    if not places:
        return [""] * len(page.texts)
    out: list[str] = []  # by place; a place comes after its parent
    for number, place in enumerate(page.elements):
        out.append(places.get(number) or (out[place.parent] if place.parent >= 0 else ""))
    return [out[place] for place in page.places]


def _name(place: Place) -> str:
    """Return the class, or without one the element, that a person finds in the page."""
    return f"“{place.template[1][:MAX_NAME_CHARS]}”" if place.template[1] else f"of its <{place.tag}>"


def _own_labels(page: Blocks, place: Place) -> int:
    """Return the bits of the place's names that its ancestors' names do not have."""
    return place.labels & ~page.elements[place.parent].labels if place.parent >= 0 else place.labels


def _is_small(page: Blocks, number: int, max_chars: float) -> bool:
    return bool(page.totals.chars[number] <= max_chars) and not page.holds_article(number)


def _labelled(page: Blocks) -> Iterator[tuple[int, float, str]]:
    """Yield places labelled by their names, and notices known by a button, with the largest share of the page that
    each may have, and what each is.
    """
    chars = page.totals.chars
    has_consent = _mentioning_consent(page)
    for number, place in enumerate(page.elements):
        own = _own_labels(page, place) if place.labels and place.tag in _LABELLED_TAGS else 0
        if own & labels.COMMENTS:
            yield number, MAX_COMMENTS_SHARE, f"comments, by the name {_name(place)}"
        elif own & labels.CALL and chars[number] <= MAX_CALL_CHARS:
            yield number, MAX_RELATED_SHARE, f"a call to subscribe, by the name {_name(place)}"
        elif own & labels.CONSENT and chars[number] <= MAX_NOTICE_CHARS and has_consent[number]:
            yield number, MAX_RELATED_SHARE, f"a consent notice, by the name {_name(place)}"
        elif own & labels.CONSENT_TOOL:
            yield number, 1.0, f"a consent notice, by the name {_name(place)}"
        if number in page.notices and (notice := _notice(page, number, has_consent)) is not None:
            yield notice, MAX_RELATED_SHARE, "a consent notice, by its button"


def _below_headings(page: Blocks) -> Iterator[tuple[int, str]]:
    """Yield the headings that open comments or related links, and the blocks up to the next heading of their rank.

    Each comes with what it is.
    """
    elements = page.elements
    total = page.totals.chars[0]
    for number, (text, place) in enumerate(zip(page.texts, page.places, strict=True)):
        kind = labels.of_heading(text) if elements[place].tag in _HEADINGS else 0
        if not kind:
            continue
        share = MAX_COMMENTS_SHARE if kind == labels.COMMENTS else MAX_RELATED_SHARE
        parent = elements[place].parent
        is_first = number == 0 or not page.is_in(page.places[number - 1], parent)
        opens = elements[parent].tag not in _FRAMES and is_first and _is_small(page, parent, share * total)
        why = f"{'comments' if kind == labels.COMMENTS else 'related links'}, by the heading “{text}”"
        yield number, why
        for follower in range(number + 1, len(page.texts)):
            sibling = _child_of(page, page.places[follower], parent)
            if sibling is None:
                break
            if not opens:
                tag = elements[sibling].tag
                if (tag in _HEADINGS and tag <= elements[place].tag) or not _is_small(page, sibling, share * total):
                    break
                if kind == labels.RELATED and tag not in _HEADINGS and not _is_linked(page, sibling):
                    break
            yield follower, why


def _child_of(page: Blocks, place: int, parent: int) -> int | None:
    """Return the child of `parent` that is or holds `place`; `place` if it is the parent; None if it is outside."""
    if place == parent:
        return place
    while place >= 0 and page.elements[place].parent != parent:
        place = page.elements[place].parent
    return place if place >= 0 else None


def _notice(page: Blocks, number: int, has_consent: Sequence[bool]) -> int | None:
    """Return the consent notice of a button: its first ancestor that mentions consent, or the outermost ancestor of
    this notice that is hardly longer.
    """
    chars = page.totals.chars
    found = None
    while number >= 0 and page.elements[number].tag not in _FRAMES and _is_small(page, number, MAX_NOTICE_CHARS):
        if found is not None and chars[number] > NOTICE_GROWTH * chars[found]:
            break
        if found is not None or has_consent[number]:
            found = number
        number = page.elements[number].parent
    return found


def _is_linked(page: Blocks, number: int) -> bool:
    """Return whether links are as dense as in a list of other pages."""
    return bool(page.totals.chars[number] <= MAX_CHARS_A_LINK * page.totals.links[number])


def _mentioning_consent(page: Blocks) -> list[bool]:
    """Return for each place whether a text inside mentions consent. Search only if a name or a button suggests it."""
    if not page.notices and not any(place.labels & labels.CONSENT for place in page.elements):
        return [False] * len(page.elements)
    mentions = [labels.mentions_consent(text) for text in page.texts]
    return [bool(count) for count in page.inside(mentions)]
