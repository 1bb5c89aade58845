"""What the selectors of a site do to its page: `drop` cuts elements out, `keep` says where the text is.

All selectors are matched on the page as it was. Then the elements of `drop` are cut out. If `keep` has found elements
with text, their text is the article's: neither the model nor a rule chooses among its blocks. Navigation, forms,
captions and what is hidden inside them is left out.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from ingest.articles.body.blocks import Blocks
from ingest.articles.body.walk import hides
from ingest.articles.selectors import NO_SELECTORS, Selectors
from ingest.articles.tree import Element

MAX_LEFT_OUT_SHARE = 0.5  # of the kept text: a larger form or hidden element is the article

_INLINE = frozenset(
    "a abbr b bdi bdo big cite code data dfn em font i ins kbd label mark q s small span strong u".split()
)
_SILENT = frozenset("button noscript object select svg template".split())
_CELLS = frozenset(("td", "th"))
_NO_TEXT = {"nav": "navigation", "form": "a form", "figcaption": "the caption of a picture"}
_HIDDEN = "hidden from readers"
_NO_MARKUP = frozenset(("script", "style"))


class Dropped(NamedTuple):
    """An element that was cut out by `selector`, under a <div> of its own, and its number in `Applied.spans`."""

    selector: str
    element: Element
    number: int


@dataclass(frozen=True, slots=True)
class Applied:
    """What selectors did to a page.

    `held` has the elements inside the kept ones: "", or why their text is left out. It is empty if `keep` has found
    nothing. `spans` has the elements of the page as it was: the number of each, and of the last one inside it. It is
    empty if nothing was cut out.
    """

    dropped: tuple[Dropped, ...] = ()
    held: Mapping[Element, str] = field(default_factory=dict)
    spans: Mapping[Element, tuple[int, int]] = field(default_factory=dict)
    keep: str = ""


NOT_APPLIED = Applied()


def apply(page: Element, selectors: Selectors) -> Applied:
    """Cut the elements of `drop` out of a page's tree, and find those of `keep`."""
    if selectors == NO_SELECTORS:
        return NOT_APPLIED
    kept, cut = _outermost(page, selectors.keep), _outermost(page, selectors.drop)
    spans = _spans(page) if cut else {}
    holders = _cut(cut)
    dropped = tuple(Dropped(cut[node], holder, spans[node][0]) for node, holder in holders.items())
    left = [node for node in kept if page in (node, *node.iterancestors())]
    return Applied(dropped, _held(left), spans, ", ".join(selectors.keep))


def outside(applied: Applied, page: Blocks) -> list[str]:
    """Return for each block why it is not among the texts that `keep` names, "" if it is."""
    reasons = []
    for pieces, sources in zip(page.pieces, page.sources, strict=True):
        texts = (source for piece, source in zip(pieces, sources, strict=True) if source and not piece.isspace())
        holders = (node if event == "start" else node.getparent() for event, node in texts)
        found = [applied.held.get(holder, f"outside the site's keep = “{applied.keep}”") for holder in holders]
        reasons.append("" if "" in found else next(iter(found), ""))
    return reasons


@lru_cache(maxsize=1024)
def _compiled(selector: str) -> etree.XPath:
    from cssselect import HTMLTranslator

    return etree.XPath(HTMLTranslator().css_to_xpath(selector))


def _outermost(page: Element, selectors: Iterable[str]) -> dict[Element, str]:
    """Return the matched elements that are in no other one, in the order of the page, each with its first selector."""
    found: dict[Element, str] = {}
    for selector in selectors:
        for node in _compiled(selector)(page):
            found.setdefault(node, selector)
    outermost: dict[Element, str] = {}
    steps = etree.iterwalk(page, events=("start",))
    for _, node in steps:
        if node in found:
            outermost[node] = found[node]
            steps.skip_subtree()
    return outermost


def _spans(page: Element) -> dict[Element, tuple[int, int]]:
    spans: dict[Element, tuple[int, int]] = {}
    for event, node in etree.iterwalk(page, events=("start", "end")):
        first = len(spans) if event == "start" else spans[node][0]
        spans[node] = (first, len(spans) - (event == "end"))
    return spans


def _cut(nodes: Collection[Element]) -> dict[Element, Element]:
    """Move elements out of their tree, each into a new <div>, and return these. The texts after them stay.

    The elements are in the order of the page, and none is in another. An emptied root stays too.
    """
    holders: dict[Element, Element] = {}
    tails: list[str] = []  # of elements side by side: added one by one, they would be copied again and again
    for node in nodes:
        holders[node] = holder = node.makeelement("div")
        parent, previous, following = node.getparent(), node.getprevious(), node.getnext()
        if parent is None:
            holder.text, node.text = node.text, None
            holder.extend(list(node))
            continue
        tails.append(node.tail or "")
        node.tail = None
        holder.append(node)
        if following is None or following not in nodes:
            text = "".join(tails)
            tails.clear()
            if previous is None:
                parent.text = (parent.text or "") + text
            else:
                previous.tail = (previous.tail or "") + text
    return holders


def _held(kept: Iterable[Element]) -> dict[Element, str]:
    """Return the elements inside the kept ones, "" or why their text is left out.

    A kept element becomes a block of its own. A template or control that is kept, or that holds a kept element, is read
    like any element.
    """
    roots = [_as_block(node) for node in kept]
    for root in roots:
        for above in list(root.iterancestors(*_SILENT)):
            above.tag = "div"
    chars: dict[Element, int] = {}
    for root in roots:
        _count_chars(root, chars)
    total = sum(chars[root] for root in roots)
    most = MAX_LEFT_OUT_SHARE * total
    held: dict[Element, str] = {}
    for root in roots:
        steps = etree.iterwalk(root, events=("start",))
        for _, node in steps:
            reason = "" if node is root else _left_out(node)
            if reason and chars[node] <= most:
                held |= dict.fromkeys(node.iter(), reason)
                steps.skip_subtree()
            else:
                held[node] = ""
    return held if total else {}


def _as_block(node: Element) -> Element:
    if node.tag in _SILENT or node.tag in _CELLS:
        node.tag = "div"
    elif node.tag in _INLINE:
        holder = node.makeelement("div")
        holder.tail, node.tail = node.tail, None
        node.addprevious(holder)
        holder.append(node)
        return holder
    return node


def _left_out(node: Element) -> str:
    return _NO_TEXT.get(node.tag, "") or (_HIDDEN if hides(dict(node.items())) else "")


def _count_chars(root: Element, chars: dict[Element, int]) -> None:
    """Add the length of the text in each element to `chars`, without scripts and styles."""
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            chars[node] = 0 if node.tag in _NO_MARKUP else len((node.text or "").strip())
        elif node is not root:
            chars[node.getparent()] += chars[node] + len((node.tail or "").strip())
