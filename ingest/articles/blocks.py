"""A page's tree → its blocks of text in reading order, each with its place in the tree.

A block is what a browser would set as one paragraph: a list item, a heading, a table's row, a preformatted text.
Whether it belongs to the article is decided elsewhere (`ingest.articles.model`).
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from ingest.articles import furniture

Element: TypeAlias = Any  # of lxml, which ships no types

MISUSED_CHARS = 600  # in a control that holds blocks: it was never closed, and the article is in it

_SILENT = frozenset(
    "script style noscript template iframe embed head option input textarea canvas video audio map datalist meta link"
    " math svg object select button".split()
)
_NEVER_CLOSED = frozenset("svg object select button".split())
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr picture q rp rt ruby s"
    " samp small source span strike strong sub sup time tt u var wbr".split()
)
_CELLS = frozenset(("td", "th"))
_BLOCKS_WITHIN = frozenset("p div h1 h2 h3 section article ul".split())
SECTIONING = "header footer nav aside article main form table ul ol figure section blockquote dl details dialog".split()
_SECTIONING_BIT = {tag: 1 << number for number, tag in enumerate(SECTIONING)}
_TOKEN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass(slots=True)
class Place:
    """An element that bounds blocks. The counts are of all that is within, filled when the walk leaves it.

    `tokens` are the words of its class, id, role and itemprop; `sectioning` has a bit for each of SECTIONING that it
    stands in; `named` the bits of `furniture.named`, likewise; `looks` is alike for elements made by one template.
    `holds_article`: a first heading, or what the page itself calls the article's body. `has_button`: one that accepts
    or refuses cookies, directly in it.
    """

    parent: int
    tag: str
    depth: int
    tokens: frozenset[str]
    sectioning: int
    named: int
    hidden: bool
    looks: tuple[str, str, str]
    chars: int = 0
    linked: int = 0
    prose: int = 0
    blocks: int = 0
    paragraphs: int = 0
    items: int = 0
    links: int = 0
    holds_article: bool = False
    has_button: bool = False


@dataclass(slots=True)
class Blocks:
    """The blocks as columns, and the places they refer to by number; a place comes after its parent.

    `linked` counts the characters of a block that are links, `tags` and `places` are those of the element that
    bounds it.
    """

    texts: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    linked: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    within: list[Place] = field(default_factory=list)


def blocks(body: Element) -> Blocks:
    walk = _Walk(Blocks())
    walk.block(body, -1, "body", linked=False, verbatim=False)
    return walk.found


def is_prose(chars: int, linked: int) -> bool:
    """A sentence or more, and not a list of links."""
    return chars > 80 and linked < 0.4 * chars  # noqa: PLR2004 (what the model was trained with)


@lru_cache(maxsize=8192)
def _name(names: str, role: str | None, itemprop: str | None) -> tuple[frozenset[str], int]:
    tokens = {token.lower() for token in _TOKEN.findall(names) if 2 < len(token) < 20}  # noqa: PLR2004
    tokens |= {f"{kind}={value.lower()}" for kind, value in (("role", role), ("itemprop", itemprop)) if value}
    return frozenset(tokens), furniture.named(names) if tokens else 0


class _Walk:
    """One pass over the tree; `_pieces` is the text of the block that is being read."""

    def __init__(self, found: Blocks) -> None:
        self.found = found
        self._pieces: list[str] = []
        self._linked = 0
        self._links = 0

    def block(self, node: Element, parent: int, tag: str, *, linked: bool, verbatim: bool) -> None:
        if parent >= 0:
            self._end(parent)
        place = self._enter(node, parent, tag)
        self._inside(node, place, linked=linked, verbatim=verbatim or tag == "pre")
        self._end(place)
        self._leave(place)

    def _inside(self, node: Element, place: int, *, linked: bool, verbatim: bool) -> None:
        self._say(node.text, linked=linked, verbatim=verbatim)
        for child in node:
            tag = child.tag
            if tag.__class__ is str:
                if tag in _INLINE:
                    if tag == "a":
                        self._links += 1
                        if "/" not in (child.get("href") or ""):
                            self._note_button(place, child.text)
                    self._inside(child, place, linked=linked or tag == "a", verbatim=verbatim)
                elif tag == "br":
                    self._break(place)
                elif tag in _CELLS:
                    self._pieces.append(" ")
                    cell = self._enter(child, place, tag)
                    self._inside(child, cell, linked=linked, verbatim=verbatim)
                    self._leave(cell)
                    self._pieces.append(" ")
                elif tag not in _SILENT or _is_misused(child, tag):
                    self.block(child, place, tag, linked=linked, verbatim=verbatim)
                elif tag in {"button", "input"}:
                    self._note_button(place, child.text or child.get("value"))
            self._say(child.tail, linked=linked, verbatim=verbatim)

    def _say(self, text: str | None, *, linked: bool, verbatim: bool) -> None:
        if text:
            self._pieces.append(text if verbatim or "\n" not in text else text.replace("\n", " "))
            if linked:
                self._linked += len(text.strip())

    def _break(self, place: int) -> None:
        """One is a line's end, two are a paragraph's."""
        number = len(self._pieces) - 1
        while number >= 0 and self._pieces[number].isspace():
            if self._pieces[number] == "\n":
                self._end(place)
                return
            number -= 1
        self._pieces.append("\n")

    def _note_button(self, place: int, label: str | None) -> None:
        if furniture.consents(label):
            self.found.within[place].has_button = True

    def _end(self, place: int) -> None:
        if self._pieces:
            text = "".join(self._pieces)
            self._pieces.clear()
            if text and not text.isspace():
                self._add("\n".join(line for part in text.split("\n") if (line := " ".join(part.split()))), place)
        self._linked = self._links = 0

    def _add(self, text: str, number: int) -> None:
        found = self.found
        linked = min(self._linked, len(text))
        found.texts.append(text)
        found.places.append(number)
        found.linked.append(linked)
        found.links.append(self._links)
        place = found.within[number]
        place.chars += len(text)
        place.linked += linked
        place.blocks += 1
        place.links += self._links
        if is_prose(len(text), linked):
            place.prose += len(text)

    def _enter(self, node: Element, parent: int, tag: str) -> int:
        within = self.found.within
        above = within[parent] if parent >= 0 else None
        tokens, named = frozenset[str](), 0
        hidden = above.hidden if above else False
        css = ""
        if node.attrib:
            css = node.get("class") or ""
            tokens, named = _name(f"{css} {node.get('id') or ''}", node.get("role"), node.get("itemprop"))
            style = node.get("style")
            hidden |= node.get("hidden") is not None or node.get("aria-hidden") == "true"
            hidden |= bool(style and _INVISIBLE.search(style))
        bit = _SECTIONING_BIT.get(tag, 0)
        within.append(
            Place(parent, tag, above.depth + 1, tokens, above.sectioning | bit, above.named | named, hidden,
                  (tag, css, above.looks[1]))
            if above
            else Place(parent, tag, 0, tokens, bit, named, hidden, (tag, css, ""))
        )  # fmt: skip
        within[-1].holds_article = tag == "h1" or "itemprop=articlebody" in tokens
        return len(within) - 1

    def _leave(self, number: int) -> None:
        place = self.found.within[number]
        if place.parent >= 0:
            above = self.found.within[place.parent]
            above.chars += place.chars
            above.linked += place.linked
            above.prose += place.prose
            above.blocks += place.blocks
            above.paragraphs += place.tag == "p"
            above.items += place.tag == "li"
            above.links += place.links
            above.holds_article |= place.holds_article


def _is_misused(node: Element, tag: str) -> bool:
    return (
        tag in _NEVER_CLOSED
        and len(node) > 0
        and any(inner.tag in _BLOCKS_WITHIN for inner in node.iter())
        and len(node.xpath("string()")) > MISUSED_CHARS
    )
