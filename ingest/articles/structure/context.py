"""What encloses a text of a page: the containers it stands in, and the marks it has."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urljoin

from ingest.articles.tree import Element
from ingest.hosts import MAX_URL_CHARS, without_credentials
from storage.content import Container

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
LEAVES = HEADINGS | {"pre", "tr"}
MAX_ADDRESSES_CHARS = 10_000_000  # of a page; a short link may become a long address
MAX_COLUMNS = 50  # of a table; what is further right shares the last one
MAX_NESTING = 12  # of containers: what no reader can follow is set as deep as this

LISTS = frozenset(("ul", "ol"))
_STRONG = frozenset(("strong", "b"))
_EMPHASIS = frozenset(("em", "i"))
_CODE = frozenset(("code", "kbd", "samp", "tt"))
_CELLS = ("td", "th")
_NO_DATA = ("table", "blockquote", "pre", "figure", *HEADINGS)  # in a table that only lays out its page
_SCHEMES = frozenset(("http", "https", "mailto", "tel", "ftp"))
_LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|highlight-source|highlight-text|brush:?)[-:\s]\s*([\w+#.-]{1,40})")
_ABSOLUTE = re.compile(r"https?://[a-z0-9.-]+(?:[/?#]|$)", re.IGNORECASE | re.ASCII)
_ROOTED = re.compile(r"/(?!/)")  # on the server of the base; joined ten times faster
_ORIGIN = re.compile(r"^https?://[^/?#]+(?=([/?#])|$)", re.IGNORECASE)
_CONTROLS = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")


class Context(NamedTuple):
    """What encloses a text. `link` is an absolute address, `cell` the column of a data table.

    `link_number`, `strong` and `emphasis` are the numbers of the outermost elements with these marks, 0 for none.
    """

    within: tuple[Container, ...] = ()
    link: str | None = None
    link_number: int = 0
    strong: int = 0
    emphasis: int = 0
    code: bool = False
    cell: int | None = None


class Contexts:
    """The contexts of a page's elements, each found once. `base` is the address that relative links start from."""

    def __init__(self, page: Element, url: str) -> None:
        head = page.getroottree().find("head")
        hrefs = (node.get("href") for node in (() if head is None else head.iter("base")))
        href = next(filter(None, hrefs), None)
        self.url = url
        self.base = _joined(url, href) or url if href else url
        origin = _ORIGIN.match(self.base)
        self._origin = origin[0] if origin else None
        self._room_chars = MAX_ADDRESSES_CHARS
        self._known: dict[Element, Context] = {}
        self._numbers: dict[object, int] = {}
        self._tables: dict[Element, bool] = {}
        self._columns: dict[Element, int] = {}

    def of(self, node: Element) -> Context:
        """Return the context of the text inside `node`."""
        context = self._known.get(node)
        if context:
            return context
        chain = []
        while context is None and node is not None:
            chain.append(node)
            node = node.getparent()
            context = self._known.get(node) if node is not None else Context()
        assert context is not None
        for inner in reversed(chain):
            context = self._known[inner] = self._inside(context, inner)
        return context

    def absolute(self, address: str | None) -> str | None:
        """Return the address as an absolute one without credentials. Return None if it leads nowhere or runs code."""
        address = _CONTROLS.sub(" ", address or "").strip()
        if not address or address.startswith("#"):
            return None
        if _ROOTED.match(address) and "/." not in address:
            joined = self._origin and self._origin + address
        else:
            joined = address if _ABSOLUTE.match(address) else _joined(self.base, address)
        if not joined or len(joined) > MAX_URL_CHARS or self._room_chars < 0:
            return None
        self._room_chars -= len(joined)
        return _ORIGIN.sub(_normal_origin, without_credentials(joined))

    def number_of(self, key: object) -> int:
        """Return the number of an element or block, the same at each call."""
        return self._numbers.setdefault(key, len(self._numbers) + 1)

    def _inside(self, context: Context, node: Element) -> Context:
        tag = node.tag
        if not isinstance(tag, str):
            return context
        if tag in _STRONG:
            is_marked = context.strong or _leaf(context) in HEADINGS
            return context if is_marked else context._replace(strong=self.number_of(node))
        if tag in _EMPHASIS:
            return context if context.emphasis else context._replace(emphasis=self.number_of(node))
        if tag == "a":
            return self._linked(context, node)
        if tag in _CODE:
            return context if _leaf(context) == "pre" or context.code else context._replace(code=True)
        if context.cell is not None:  # a cell has no containers
            return context
        if tag in _CELLS:
            return context._replace(cell=self._column(node)) if _leaf(context) == "tr" else context
        if tag == "caption" and _leaf(context) == "table":  # it stands above its table
            return context._replace(within=context.within[:-1])
        container = self._container(node, context)
        if container is None or len(context.within) >= MAX_NESTING:
            return context
        is_heading = tag in HEADINGS
        return context._replace(within=(*context.within, container), strong=0 if is_heading else context.strong)

    def _container(self, node: Element, context: Context) -> Container | None:
        tag = node.tag
        outer = _leaf(context)
        if outer in LEAVES:
            return None
        if tag in LISTS:
            start = node.get("start") or ""
            is_number = tag == "ol" and start.isascii() and start.isdigit() and len(start) <= 9  # noqa: PLR2004 (CommonMark)
            return Container(tag, self.number_of(node), str(int(start)) if is_number else "")
        if tag in HEADINGS or tag in ("pre", "blockquote") or (tag == "li" and outer in LISTS):
            return Container(tag, self.number_of(node), _language(node) if tag == "pre" else "")
        if tag == "table" and self._is_data(node):
            return Container(tag, self.number_of(node))
        if tag == "tr" and outer == "table":
            cells = [cell for cell in node if cell.tag in _CELLS]
            is_head = node.getparent().tag == "thead" or all(cell.tag == "th" for cell in cells)
            return Container(tag, self.number_of(node), "th" if is_head else "")
        return None

    def _linked(self, context: Context, node: Element) -> Context:
        link = self.absolute(node.get("href"))
        if link is None or self._is_same_page(link):
            return context
        return context._replace(link=link, link_number=self.number_of(node))

    def _is_same_page(self, link: str) -> bool:
        page, has_fragment, _ = link.partition("#")
        return bool(has_fragment) and page in (self.url.partition("#")[0], self.base.partition("#")[0])

    def _column(self, cell: Element) -> int:
        if cell not in self._columns:
            self._columns.update(_columns(next(cell.iterancestors("table"))))
        return self._columns[cell]

    def _is_data(self, table: Element) -> bool:
        """Return whether a table has data: rows and columns, and nothing that is more than a paragraph."""
        if table not in self._tables:
            has_text = next(table.iterdescendants(*_NO_DATA), None) is not None
            widths = () if has_text else [sum(cell.tag in _CELLS for cell in row) for row in table.iter("tr")]
            self._tables[table] = len(widths) > 1 and max(widths) > 1
        return self._tables[table]


def _normal_origin(found: re.Match[str]) -> str:
    """Return scheme and host in lower case, and a path (RFC 3986 §6.2.2.1 and §6.2.3)."""
    return found[0].lower() + ("" if found[1] in ("/", None) else "/")


def _leaf(context: Context) -> str:
    return context.within[-1].tag if context.within else ""


def _columns(table: Element) -> Iterator[tuple[Element, int]]:
    """Yield the cells of a table with their columns. A cell over several rows has its columns in each."""
    taken: dict[int, int] = {}  # by column: the number of rows from this one on
    for row in table.iter("tr"):
        column = 0
        below = {at: rows - 1 for at, rows in taken.items() if rows > 1}
        for cell in row.iterdescendants(*_CELLS):
            while column in taken:
                column += 1
            yield cell, min(column, MAX_COLUMNS - 1)
            after = column + _span(cell, "colspan")
            if (rows := _span(cell, "rowspan")) > 1:
                below.update(dict.fromkeys(range(column, min(after, MAX_COLUMNS)), rows - 1))
            column = after
        taken = below


def _span(cell: Element, name: str) -> int:
    span = cell.get(name) or "1"
    return max(1, min(int(span), 1000)) if span.isascii() and span.isdigit() and len(span) < 10 else 1  # noqa: PLR2004


def _language(pre: Element) -> str:
    """Return the language of a listing as its class names it, on <pre>, its <code> or the element around it."""
    parent = pre.getparent()
    code = pre.find("code")
    for node in (code, pre, parent):
        if node is None:
            continue
        for name in (node.get("class"), node.get("data-lang"), node.get("data-language")):
            if name and (found := _LANGUAGE.search(name)):
                return found[1]
        if declared := (node.get("data-lang") or node.get("data-language")):
            return str(declared.split()[0])[:40]
    return ""


def _joined(base: str, address: str) -> str | None:
    try:
        joined = urljoin(base, address)
        return joined if joined.partition(":")[0].lower() in _SCHEMES else None
    except ValueError:
        return None
