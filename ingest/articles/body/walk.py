"""A page's tree → its blocks, in one walk without recursion: trees may be deep."""

import re
from functools import lru_cache
from itertools import takewhile

from lxml.etree import iterwalk

from ingest.articles.body import labels
from ingest.articles.body.blocks import SECTIONING_BIT, Blocks, MediaPlace, Place, Source
from ingest.articles.tree import Element
from ingest.text.words import length

MAX_MISUSED_CHECKS = 20  # nested; deeper ones count as misused unchecked, since a check reads all that is inside
MAX_CACHED_CHARS = 500  # of an element's names
MIN_MISUSED_CHARS = 600  # in a control that holds blocks: it was never closed, and the article is inside

_BUTTONS = frozenset(("button", "input"))
_PLAYERS = frozenset(("video", "audio", "iframe"))
_NEVER_CLOSED = frozenset("svg object select button noscript template".split())
_BLOCKS_WITHIN = frozenset("p div h1 h2 h3 section article ul".split())
_KINDS = {
    **dict.fromkeys(
        "abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr picture q ruby s"
        " samp small source span strike strong sub sup time tt u var wbr".split(),
        "inline",
    ),
    **dict.fromkeys(
        "script style noscript template iframe embed head option input textarea canvas video audio map datalist meta"
        " link math svg object select button rp rt".split(),
        "silent",
    ),
    "a": "link",
    "br": "break",
    "img": "picture",
    "td": "cell",
    "th": "cell",
}
_TOKEN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NO_LETTER = {number: " " for number in range(128) if not chr(number).isalpha()}  # three times faster than _TOKEN
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def blocks(page: Element) -> Blocks:
    """Cut the body of a page into blocks. `page` may be a body itself."""
    body = page.find(".//body")
    return _Walk(page if body is None else body).found


def _read(names: str, role: str | None, itemprop: str | None) -> tuple[frozenset[str], int]:
    """Return the tokens of an element's names, and the bits of its labels."""
    if names.isascii() and names.islower():
        words = names.translate(_NO_LETTER).split()
    else:
        words = [word.lower() for word in _TOKEN.findall(names)]
    tokens = {word for word in words if 2 < len(word) < 20}  # noqa: PLR2004
    own_labels = labels.of_names(names, tokens)
    if role:
        tokens.add(f"role={role.lower()}")
    if itemprop:
        tokens.add(f"itemprop={itemprop.lower()}")
    return frozenset(tokens), own_labels


_read_cached = lru_cache(maxsize=8192)(_read)


class _Walk:
    """`_pieces` is the text of the current block, `_open` the places that hold it, the outermost first."""

    def __init__(self, body: Element) -> None:
        self.found = Blocks()
        self._open: list[int] = []
        self._pieces: list[str] = []
        self._sources: list[Source | None] = []
        self._linked = self._links = 0
        self._in_links = self._in_pre = 0
        self._misused: list[Element] = []
        pieces, sources = self._pieces, self._sources
        steps = iterwalk(body, events=("start", "end"))
        for event, node in steps:
            kind = _KINDS.get(node.tag, "block")
            if event == "end":
                if kind != "inline":
                    self._finish(kind, node)
                text = node.tail
            elif kind == "silent" and not (len(self._misused) > MAX_MISUSED_CHECKS or _is_misused(node)):
                self._note_silent(node)
                steps.skip_subtree()
                continue
            else:
                if kind != "inline":
                    self._begin(kind, node)
                text = node.text
            if text and (pieces or not text.isspace()):
                pieces.append(text if self._in_pre or "\n" not in text else text.replace("\n", " "))
                sources.append((event, node))
                if self._in_links:
                    self._linked += length(text.strip())

    def _begin(self, kind: str, node: Element) -> None:
        if kind in {"block", "silent"}:
            if self._pieces or self._links:
                self._end_block()
            self._enter(node)
            if node.tag == "pre":
                self._in_pre += 1
            elif kind == "silent":
                self._misused.append(node)
        elif kind == "link":
            self._links += 1
            self._in_links += 1
            if "/" not in (node.get("href") or ""):
                self._note_button(node.text)
        elif kind == "break":
            self._break()
        elif kind == "picture":
            self._note_media(node)
        else:
            self._add_space()
            self._enter(node)

    def _finish(self, kind: str, node: Element) -> None:
        if kind == "block" or (kind == "silent" and self._misused and self._misused[-1] is node):
            if self._pieces or self._links:
                self._end_block()
            self._leave()
            if node.tag == "pre":
                self._in_pre -= 1
            elif kind == "silent":
                self._misused.pop()
        elif kind == "link":
            self._in_links -= 1
        elif kind == "cell":
            self._leave()
            self._add_space()

    def _break(self) -> None:
        """End the line, or the block if this is the second <br> in a row."""
        if "\n" in takewhile(str.isspace, reversed(self._pieces)):
            self._end_block()
        else:
            self._pieces.append("\n")
            self._sources.append(None)

    def _add_space(self) -> None:
        self._pieces.append(" ")
        self._sources.append(None)

    def _note_media(self, node: Element) -> None:
        found = self.found
        found.media.append(MediaPlace(len(found.texts), len(self._pieces), self._open[-1], node))

    def _note_silent(self, node: Element) -> None:
        """Note a button, a player, and the picture that is shown without scripts."""
        if node.tag in _BUTTONS:
            self._note_button(node.text or node.get("value"))
        elif node.tag in _PLAYERS:
            self._note_media(node)
        elif node.tag == "noscript" and (picture := node.find(".//img")) is not None:
            self._note_media(picture)

    def _note_button(self, label: str | None) -> None:
        if label and labels.is_consent_button(label):
            self.found.notices.add(self._open[-1])

    def _end_block(self) -> None:
        text = "".join(self._pieces)
        if text and not text.isspace():
            if "\n" in text:
                text = "\n".join(line for raw in text.split("\n") if (line := " ".join(raw.split())))
            else:
                text = " ".join(text.split())
            found = self.found
            found.texts.append(text)
            found.places.append(self._open[-1])
            found.chars.append(length(text))
            found.linked.append(min(self._linked, found.chars[-1]))
            found.links.append(self._links)
            found.pieces.append(tuple(self._pieces))
            found.sources.append(tuple(self._sources))
        self._pieces.clear()
        self._sources.clear()
        self._linked = self._links = 0

    def _enter(self, node: Element) -> None:
        elements = self.found.elements
        number, tag = len(elements), node.tag
        parent = self._open[-1] if self._open else -1
        above = elements[parent] if self._open else _NOWHERE
        all_labels, hidden = above.labels, above.hidden
        css, tokens, itemprop = "", _NOWHERE.tokens, None
        if pairs := node.items():
            if len(pairs) == 1 and pairs[0][0] == "class":
                css = names = pairs[0][1]
                role = None
            else:
                attributes = dict(pairs)
                css, role, itemprop = attributes.get("class", ""), attributes.get("role"), attributes.get("itemprop")
                names = f"{css} {attributes.get('id', '')}"
                hidden = hidden or hides(attributes)
            tokens, own = (_read_cached if len(names) <= MAX_CACHED_CHARS else _read)(names, role, itemprop)
            all_labels |= own
        sectioning = above.sectioning | SECTIONING_BIT.get(tag, 0)
        template = (tag, css, above.template[1])
        elements.append(Place(parent, tag, above.depth + 1, tokens, sectioning, all_labels, hidden, template))
        if tag == "h1" or (itemprop and itemprop.lower() == "articlebody"):
            self.found.article.add(number)
        self._open.append(number)

    def _leave(self) -> None:
        self.found.elements[self._open.pop()].end = len(self.found.elements)


_NOWHERE = Place(-1, "", -1, frozenset(), 0, 0, hidden=False, template=("", "", ""))


def hides(attributes: dict[str, str]) -> bool:
    """Return whether an element with these attributes is not shown to readers."""
    is_marked = "hidden" in attributes or attributes.get("aria-hidden") == "true"
    return is_marked or ("style" in attributes and bool(_INVISIBLE.search(attributes["style"])))


def _is_misused(node: Element) -> bool:
    return (
        node.tag in _NEVER_CLOSED
        and len(node) > 0
        and any(inner.tag in _BLOCKS_WITHIN for inner in node.iter())
        and length(node.xpath("string()")) > MIN_MISUSED_CHARS
    )
