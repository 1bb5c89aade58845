"""The lines that a page shows around its headline: where bylines and dates stand."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, TypeAlias

from ingest.articles.elsewhere import is_elsewhere
from ingest.articles.words import fold

Element: TypeAlias = Any  # of lxml, which ships no types

LINES_BEFORE = 5
LINES_AFTER = 10
MAX_STEPS = 400  # elements looked at on each side: some pages have thousands without a word

_BLOCKS = frozenset(
    "address article aside blockquote br center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3"
    " h4 h5 h6 header hr li main nav ol p pre section table tbody td tfoot th thead tr ul".split()
)
_SILENT = frozenset("script style template noscript iframe object svg select textarea".split())
_SIDE = frozenset({"aside", "footer", "nav"})
SIDE_CHARS = 200  # an aside or a footer with less text may hold the byline
_BREAK = None

Piece: TypeAlias = tuple[str, Element] | None


@dataclass(frozen=True, slots=True)
class Line:
    """What is read in one line, and the elements whose text it is, in order."""

    text: str
    nodes: tuple[Element, ...]


def place(tree: Element, headline: str | None) -> Element | None:
    """The element that shows the headline."""
    wanted = fold(headline or "")
    if wanted:
        for tags in (("h1",), ("h2", "h3", "h4"), ("p", "div", "span", "a", "td", "b", "strong", "font")):
            for node in tree.iter(*tags):
                if fold(node.xpath("string()") if node.tag[0] == "h" else node.text or "") == wanted:
                    return node
    return next(tree.iter("h1"), None)


def around(headline: Element) -> tuple[list[Line], list[Line]]:
    """The lines before and after the headline, in reading order, without those of menus, asides and comments."""
    before = list(islice(_lines(islice(_pieces_before(headline), MAX_STEPS), back=True), LINES_BEFORE))
    after = list(islice(_lines(islice(_pieces_after(headline), MAX_STEPS)), LINES_AFTER))
    return before[::-1], after


def _lines(pieces: Iterator[Piece], *, back: bool = False) -> Iterator[Line]:
    line: list[tuple[str, Element]] = []
    for piece in pieces:
        if piece is not _BREAK:
            line.append(piece)
        elif line:
            yield from _line(line, back=back)
            line = []
    yield from _line(line, back=back)


def _line(pieces: list[tuple[str, Element]], *, back: bool) -> Iterator[Line]:
    if back:
        pieces.reverse()
    if text := " ".join("".join(_spaced(text for text, _ in pieces)).split()):
        yield Line(text, tuple(dict.fromkeys(node for text, node in pieces if text.strip())))


def _spaced(texts: Iterable[str]) -> Iterator[str]:
    """With a space where style sheets set one: "By<b>Anna</b>", "<i>News</i><time>May 17"."""
    last = " "
    for text in texts:
        if text[0].isupper() and last.isalnum():
            yield " "
        yield text
        last = text[-1]


def _pieces_after(node: Element) -> Iterator[Piece]:
    yield _BREAK
    while (parent := node.getparent()) is not None:
        if node.tail:
            yield node.tail, parent
        for sibling in node.itersiblings():
            yield from _pieces(sibling)
        if parent.tag in _BLOCKS:
            yield _BREAK
        if parent.tag == "body":
            return
        node = parent


def _pieces_before(node: Element) -> Iterator[Piece]:
    yield _BREAK
    while (parent := node.getparent()) is not None:
        for sibling in node.itersiblings(preceding=True):
            yield from _pieces(sibling, back=True)
        if parent.text:
            yield parent.text, parent
        if parent.tag in _BLOCKS:
            yield _BREAK
        if parent.tag == "body":
            return
        node = parent


def _pieces(node: Element, *, back: bool = False) -> Iterator[Piece]:
    """The texts of `node` and its tail, last first if `back`, with a break at each edge of a block."""
    tail: list[Piece] = [(node.tail, node.getparent())] if node.tail else []
    return chain(tail, _inside(node, back=back)) if back else chain(_inside(node, back=back), tail)


def _inside(node: Element, *, back: bool) -> Iterator[Piece]:
    if not isinstance(node.tag, str) or node.tag in _SILENT or _is_elsewhere(node):
        yield _BREAK  # which also ends a walk among many of these
        return
    edge = [_BREAK] if node.tag in _BLOCKS else []
    text: list[Piece] = [(node.text, node)] if node.text else []
    children = chain.from_iterable(_pieces(child, back=back) for child in (reversed(node) if back else node))
    yield from edge
    yield from chain(children, text) if back else chain(text, children)
    yield from edge


def _is_elsewhere(node: Element) -> bool:
    return len(node.xpath("string()")) > SIDE_CHARS if node.tag in _SIDE else is_elsewhere(node)
