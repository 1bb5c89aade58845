"""The blocks of a page's text in reading order, each with its place in the tree.

A block is what a browser would set as one paragraph: a list item, a heading, a table's row, a preformatted text.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ingest.articles.tree import Element

Column: TypeAlias = NDArray[np.float32]

SECTIONING = (
    "header footer nav aside article main form table ul ol figure section blockquote dl details dialog noindex".split()
)
SECTIONING_BIT = {tag: 1 << number for number, tag in enumerate(SECTIONING)}

# Prose is a sentence or more, with few links. The model was trained with these bounds.
MIN_PROSE_CHARS = 80
MAX_PROSE_LINKED = 0.4  # of the characters


@dataclass(slots=True)
class Place:
    """An element that bounds blocks. `parent` and `end` are indexes in `Blocks.elements`.

    `end` is the next place that is not inside it. `tokens` are the words of its class, id, role and itemprop. The bits
    of `sectioning` (one for each tag in SECTIONING) and `labels` (see `labels.of_names`) are those of the element and
    of its ancestors. `template` is equal for elements made by one template.
    """

    parent: int
    tag: str
    depth: int
    tokens: frozenset[str]
    sectioning: int
    labels: int
    hidden: bool
    template: tuple[str, str, str]
    end: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals by place: the characters, blocks and links inside it, and how many children are paragraphs or list items.

    `linked` and `prose` are the characters of links and of prose.
    """

    chars: Column
    linked: Column
    prose: Column
    blocks: Column
    links: Column
    paragraphs: Column
    items: Column


Source: TypeAlias = tuple[str, Element]
"""Where a piece of a block's text stands: after the "start" or after the "end" of an element."""


class MediaPlace(NamedTuple):
    """Where a picture, video or sound stands.

    `number` is that of the block that holds it, or that comes next. `offset` counts the pieces of the block's text
    before it. `place` is the place that holds it.
    """

    number: int
    offset: int
    place: int
    node: Element


@dataclass
class Blocks:
    """The blocks as columns, and the elements that bound them, an element before its descendants.

    By block: `chars` is its `length`, `linked` the length of the links in it, `links` their number, `places` the index
    of the element that bounds it. `article` are the places of <h1> and of elements with itemprop="articleBody".
    `notices` are the places of buttons that accept or refuse cookies.

    For the structure: the `pieces` of each block's text as they were joined, the `sources` of these (None for a line
    break or the edge of a cell), and the `media` in the order of the page.
    """

    texts: list[str] = field(default_factory=list)
    chars: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    linked: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    elements: list[Place] = field(default_factory=list)
    article: set[int] = field(default_factory=set)
    notices: set[int] = field(default_factory=set)
    pieces: list[tuple[str, ...]] = field(default_factory=list)
    sources: list[tuple[Source | None, ...]] = field(default_factory=list)
    media: list[MediaPlace] = field(default_factory=list)

    @cached_property
    def prose(self) -> NDArray[np.int64]:
        """The length of each block that is prose, 0 for others."""
        chars, linked = np.array(self.chars), np.array(self.linked)
        return np.where((chars > MIN_PROSE_CHARS) & (linked < MAX_PROSE_LINKED * chars), chars, 0)

    @cached_property
    def totals(self) -> Totals:
        values = (self.chars, self.linked, self.prose, None, self.links)
        columns = [self.inside(each).astype(np.float32) for each in values]
        return Totals(*columns, *map(self._children, ("p", "li")))

    def inside(self, values: NDArray[Any] | list[Any] | None) -> NDArray[Any]:
        """Add up by place the values of the blocks inside it; count the blocks if `values` is None."""
        running = np.concatenate([[0], np.cumsum(np.bincount(self.places, values, minlength=len(self.elements)))])
        return np.asarray(running[self._ends] - running[:-1])

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        return np.array([place.end for place in self.elements])

    def _children(self, tag: str) -> Column:
        parents = np.array([place.parent for place in self.elements]) + 1
        of_tag = [place.tag == tag for place in self.elements]
        return np.bincount(parents, of_tag, minlength=len(self.elements) + 1)[1:].astype(np.float32)

    def is_in(self, place: int, outer: int) -> bool:
        return outer <= place < self.elements[outer].end

    def holds_article(self, number: int) -> bool:
        return any(self.is_in(place, number) for place in self.article)

    def is_caption(self, number: int) -> bool:
        """Return whether the block `number` is in a <figcaption>."""
        place = self.places[number]
        while place >= 0 and self.elements[place].tag != "figcaption":
            place = self.elements[place].parent
        return place >= 0
