"""The blocks of a page's text in reading order, each with its place in the tree.

A block is what a browser would set as one paragraph: a list item, a heading, a table's row, a preformatted text.
Whether it belongs to the article is decided elsewhere (`selection`).
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Column: TypeAlias = NDArray[np.float32]

SECTIONING = (
    "header footer nav aside article main form table ul ol figure section blockquote dl details dialog noindex".split()
)

PROSE_CHARS = 80  # a sentence or more,
PROSE_LINKED = 0.4  # and no list of links: what the model was trained with


@dataclass(slots=True)
class Place:
    """An element that bounds blocks.

    `end` is the number of the first place after it that is not within it. `tokens` are the words of its class, id,
    role and itemprop; `sectioning` has a bit for each of SECTIONING that it stands in; `named` the bits of
    `boilerplate.named`, likewise; `looks` is alike for elements made by one template.
    """

    parent: int
    tag: str
    depth: int
    tokens: frozenset[str]
    sectioning: int
    named: int
    hidden: bool
    looks: tuple[str, str, str]
    end: int = 0


@dataclass(frozen=True, slots=True)
class Sums:
    """By place: what stands within it, in characters (all, of links, of prose), blocks and links; of its children,
    how many are paragraphs and list items.
    """

    chars: Column
    linked: Column
    prose: Column
    blocks: Column
    links: Column
    paragraphs: Column
    items: Column


@dataclass
class Blocks:
    """The blocks as columns, and the places they refer to by number; a place comes before those within it.

    `chars` are the `length` of a block, `linked` that of the links in it, `places` the elements that bound them.
    `article` are the places of first headings and of what the page itself calls the article's body; `notices` those
    with a button that accepts or refuses cookies directly in them.
    """

    texts: list[str] = field(default_factory=list)
    chars: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    linked: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    within: list[Place] = field(default_factory=list)
    article: set[int] = field(default_factory=set)
    notices: set[int] = field(default_factory=set)

    @cached_property
    def sums(self) -> Sums:
        count = len(self.within)
        ends = np.array([place.end for place in self.within])
        parents = np.array([place.parent for place in self.within]) + 1
        chars, linked = np.array(self.chars), np.array(self.linked)
        prose = np.where((chars > PROSE_CHARS) & (linked < PROSE_LINKED * chars), chars, 0)

        def below(values: NDArray[Any] | list[int] | None) -> Column:
            running = np.concatenate([[0], np.cumsum(np.bincount(self.places, values, minlength=count))])
            return np.asarray(running[ends] - running[:-1], np.float32)

        def children(tag: str) -> Column:
            of_tag = [place.tag == tag for place in self.within]
            return np.asarray(np.bincount(parents, of_tag, minlength=count + 1)[1:], np.float32)

        return Sums(
            below(chars), below(linked), below(prose), below(None), below(self.links), children("p"), children("li")
        )

    def is_in(self, place: int, outer: int) -> bool:
        return outer <= place < self.within[outer].end

    def holds_article(self, number: int) -> bool:
        return any(self.is_in(place, number) for place in self.article)


def is_prose(chars: int, linked: int) -> bool:
    return chars > PROSE_CHARS and linked < PROSE_LINKED * chars
