"""The lines next to a page's headline, with its byline and date, and the asides, with those of other articles."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeAlias

from lxml import etree

from ingest.articles.tree import Element
from ingest.text.markup import BLOCK_TAGS
from ingest.text.words import first_of_fold, fold

MAX_MARGIN_CHARS = 200  # white space before and after a headline
MAX_LINES_BEFORE = 5
MAX_LINES_AFTER = 10
MAX_PIECES = 250  # texts and breaks read on each side: some pages have thousands of blocks without a word
MAX_SMALL_ASIDE_CHARS = 200  # an aside or a footer with less text may hold the byline

_BREAKING = BLOCK_TAGS | {"br"}
_SILENT = frozenset("script style template noscript iframe object svg select textarea figcaption".split())
_ASIDE_TAGS = frozenset({"aside", "footer", "nav"})
# In lower case: a pattern that ignores case takes three times as long.
_ASIDE_NAME = re.compile(
    r"comment|related|sidebar|footer|(?<!elementor-)widget|recommend|teaser|popular|latest|avatar|cookie|newsletter"
)
_TEXT_LENGTH = etree.XPath("string-length()")
_BREAK = None
_END = object()

Piece: TypeAlias = tuple[str, Element] | None
"""A text and its element, or a break between lines."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as a reader sees it, and the elements that hold its text, in order."""

    text: str
    nodes: tuple[Element, ...]


def headline_element(tree: Element, headline: str | None) -> Element | None:
    """Return the element that shows the headline, a heading if possible, else the first <h1>."""
    wanted = fold(headline or "")
    firsts = (None, wanted[:1])
    headings = ((node, node.xpath("string()")) for node in chain(tree.iter("h1"), tree.iter("h2", "h3", "h4")))
    others = ((node, node.text or "") for node in tree.iter("p", "div", "span", "a", "td", "b", "strong", "font"))
    longest = 2 * len(headline or "") + MAX_MARGIN_CHARS
    short = ((node, text.lstrip()) for node, text in chain(headings, others) if wanted and len(text) <= longest)
    found = (node for node, text in short if text and first_of_fold(text) in firsts and fold(text) == wanted)
    return next(found, next(tree.iter("h1"), None))


def is_in_aside(node: Element, headline: Element | None) -> bool:
    """Return whether the node is in an aside that does not also hold the headline.

    The footer of the <article> that holds the headline belongs to the article.
    """
    holders = [] if headline is None else [headline, *headline.iterancestors()]
    for outer in (node, *node.iterancestors()):
        if outer in holders:
            return False
        if _is_aside(outer) and not (outer.tag == "footer" and next(outer.iterancestors("article"), None) in holders):
            return True
    return False


def lines_after(headline: Element) -> list[Line]:
    """Return the lines below the headline, without menus, asides and comments."""
    return list(islice(_lines(headline, back=False), MAX_LINES_AFTER))


def lines_before(headline: Element) -> list[Line]:
    """Return the lines above the headline, in reading order."""
    return list(islice(_lines(headline, back=True), MAX_LINES_BEFORE))[::-1]


def _is_aside(node: Element) -> bool:
    if node.tag in _ASIDE_TAGS:
        return True
    names = (node.get("class") or "") + " " + (node.get("id") or "")
    return len(names) > 1 and node.tag not in ("body", "html") and bool(_ASIDE_NAME.search(names.lower()))


def _lines(headline: Element, *, back: bool) -> Iterator[Line]:
    line: list[tuple[str, Element]] = []
    pieces = islice(_pieces(_outward(headline, back=back), back=back), MAX_PIECES)
    for piece in chain(pieces, [_BREAK]):
        if piece is not _BREAK:
            if line or not piece[0].isspace():
                line.append(piece)
        elif line:
            yield _line(line[::-1] if back else line)
            line = []


def _line(pieces: list[tuple[str, Element]]) -> Line:
    text = " ".join("".join(_spaced(text for text, _ in pieces)).split())
    return Line(text, tuple(dict.fromkeys(node for text, node in pieces if not text.isspace())))


def _spaced(texts: Iterable[str]) -> Iterator[str]:
    """Add a space where a style sheet sets one: "By<b>Anna</b>", "<i>News</i><time>May 17"."""
    last = " "
    for text in texts:
        if text[0].isupper() and last.isalnum():
            yield " "
        yield text
        last = text[-1]


def _outward(node: Element, *, back: bool) -> Iterator[Piece | Element]:
    """Yield what follows the node, or if `back` what precedes it, up to the body: elements, and texts between them."""
    yield _BREAK
    while node.tag != "body" and (parent := node.getparent()) is not None:
        if node.tail and not back:
            yield node.tail, parent
        yield from node.itersiblings(preceding=back)
        if parent.text and back:
            yield parent.text, parent
        if parent.tag in _BREAKING:
            yield _BREAK
        node = parent


def _pieces(items: Iterator[Piece | Element], *, back: bool) -> Iterator[Piece]:
    """Replace each element by its pieces."""
    waiting = [items]
    while waiting:
        item = next(waiting[-1], _END)
        if item is _END:
            waiting.pop()
        elif item is _BREAK or isinstance(item, tuple):
            yield item
        else:
            waiting.append(_children(item, back=back))


def _children(node: Element, *, back: bool) -> Iterator[Piece | Element]:
    """Yield the node's texts, children and tail, last first if `back`, with a break at each edge of a block."""
    tail = [(node.tail, node.getparent())] if node.tail else []
    if not isinstance(node.tag, str) or node.tag in _SILENT or _is_skipped(node):
        inside: Iterable[Piece | Element] = [_BREAK]  # counts as a piece, so that many asides end the walk
    else:
        edge = [_BREAK] if node.tag in _BREAKING else []
        text = [(node.text, node)] if node.text else []
        inside = chain(edge, reversed(node), text, edge) if back else chain(edge, text, node, edge)
    return chain(tail, inside) if back else chain(inside, tail)


def _is_skipped(node: Element) -> bool:
    return bool(_TEXT_LENGTH(node) > MAX_SMALL_ASIDE_CHARS) if node.tag in _ASIDE_TAGS else _is_aside(node)
