"""The lines that a page shows around its headline: where bylines and dates stand."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, TypeAlias

from lxml import etree

from ingest.articles.metadata.asides import is_elsewhere
from ingest.text.words import first_of_fold, fold

Element: TypeAlias = Any  # of lxml, which ships no types

MAX_MARGIN_CHARS = 200  # white space around a headline
LINES_BEFORE = 5
LINES_AFTER = 10
MAX_STEPS = 250  # texts and breaks looked at on each side: some pages have thousands of blocks without a word

_BLOCKS = frozenset(
    "address article aside blockquote br center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3"
    " h4 h5 h6 header hr li main nav ol p pre section table tbody td tfoot th thead tr ul".split()
)
_SILENT = frozenset("script style template noscript iframe object svg select textarea figcaption".split())
_SIDE = frozenset({"aside", "footer", "nav"})
SIDE_CHARS = 200  # an aside or a footer with less text may hold the byline
_TEXT_LENGTH = etree.XPath("string-length()")
_BREAK = None
_END = object()

Piece: TypeAlias = tuple[str, Element] | None


@dataclass(frozen=True, slots=True)
class Line:
    """What is read in one line, and the elements whose text it is, in order."""

    text: str
    nodes: tuple[Element, ...]


def place(tree: Element, headline: str | None) -> Element | None:
    """The element that shows the headline, a heading if there is one; else the first <h1>."""
    wanted = fold(headline or "")
    firsts = (None, wanted[:1])
    headings = ((node, node.xpath("string()")) for node in chain(tree.iter("h1"), tree.iter("h2", "h3", "h4")))
    others = ((node, node.text or "") for node in tree.iter("p", "div", "span", "a", "td", "b", "strong", "font"))
    longest = 2 * len(headline or "") + MAX_MARGIN_CHARS
    short = ((node, text.lstrip()) for node, text in chain(headings, others) if wanted and len(text) <= longest)
    shown = (node for node, text in short if text and first_of_fold(text) in firsts and fold(text) == wanted)
    return next(shown, next(tree.iter("h1"), None))


def lines_after(headline: Element) -> list[Line]:
    """The lines that follow the headline, without those of menus, asides and comments."""
    return list(islice(_lines(islice(_pieces(_after(headline)), MAX_STEPS)), LINES_AFTER))


def lines_before(headline: Element) -> list[Line]:
    """The lines above the headline, in reading order."""
    pieces = islice(_pieces(_before(headline), back=True), MAX_STEPS)
    return list(islice(_lines(pieces, back=True), LINES_BEFORE))[::-1]


def _lines(pieces: Iterator[Piece], *, back: bool = False) -> Iterator[Line]:
    line: list[tuple[str, Element]] = []
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
    """With a space where style sheets set one: "By<b>Anna</b>", "<i>News</i><time>May 17"."""
    last = " "
    for text in texts:
        if text[0].isupper() and last.isalnum():
            yield " "
        yield text
        last = text[-1]


def _after(node: Element) -> Iterator[Piece | Element]:
    """What follows the node, outwards to the body: elements whole, with the texts between them."""
    yield _BREAK
    while node.tag != "body" and (parent := node.getparent()) is not None:
        if node.tail:
            yield node.tail, parent
        yield from node.itersiblings()
        if parent.tag in _BLOCKS:
            yield _BREAK
        node = parent


def _before(node: Element) -> Iterator[Piece | Element]:
    """The same of what precedes the node, last first."""
    yield _BREAK
    while node.tag != "body" and (parent := node.getparent()) is not None:
        yield from node.itersiblings(preceding=True)
        if parent.text:
            yield parent.text, parent
        if parent.tag in _BLOCKS:
            yield _BREAK
        node = parent


def _pieces(items: Iterator[Piece | Element], *, back: bool = False) -> Iterator[Piece]:
    """The items with the elements taken apart."""
    waiting = [items]
    while waiting:
        item = next(waiting[-1], _END)
        if item is _END:
            waiting.pop()
        elif item is _BREAK or isinstance(item, tuple):
            yield item
        else:
            waiting.append(_parts(item, back=back))


def _parts(node: Element, *, back: bool) -> Iterator[Piece | Element]:
    """The texts and children of `node` and its tail, last first if `back`, with a break at each edge of a block."""
    tail = [(node.tail, node.getparent())] if node.tail else []
    if not isinstance(node.tag, str) or node.tag in _SILENT or _is_elsewhere(node):
        inside: Iterable[Piece | Element] = [_BREAK]  # which also ends a walk among many of these
    else:
        edge = [_BREAK] if node.tag in _BLOCKS else []
        text = [(node.text, node)] if node.text else []
        inside = chain(edge, reversed(node), text, edge) if back else chain(edge, text, node, edge)
    return chain(tail, inside) if back else chain(inside, tail)


def _is_elsewhere(node: Element) -> bool:
    return bool(_TEXT_LENGTH(node) > SIDE_CHARS) if node.tag in _SIDE else is_elsewhere(node)
