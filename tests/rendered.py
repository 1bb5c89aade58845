"""Markdown as its readers have it: rendered, block by block."""

from dataclasses import dataclass, field

from markdown_it.token import Token
from rendered_words import MARKDOWN

MARKS = {"strong_open": "strong", "em_open": "emphasis"}
ELEMENTS = {"bullet_list": "ul", "ordered_list": "ol", "list_item": "li", "blockquote": "blockquote", "table": "table"}


@dataclass(frozen=True)
class Inline:
    """A line's text with what is marked in it: each link with its text, each emphasis, each code, each picture."""

    text: str
    links: tuple[tuple[str, str], ...] = ()
    emphasis: tuple[tuple[str, str], ...] = ()
    code: tuple[str, ...] = ()
    pictures: tuple[tuple[str, str], ...] = ()
    opens_with_picture: bool = False


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, listing, table row or picture. `within` are its elements, numbered as they appear.

    `caption` are the lines after a picture that begins its paragraph.
    """

    kind: str
    within: tuple[tuple[str, int], ...]
    content: tuple[Inline, ...] = ()
    text: str = ""
    detail: str = ""
    caption: tuple[str, ...] = ()


def address(url: str) -> str:
    """Return an address as it is rendered."""
    return MARKDOWN.normalizeLink(url)


@dataclass
class _Reading:
    blocks: list[Block] = field(default_factory=list)
    path: list[tuple[str, int]] = field(default_factory=list)
    opened: int = 0
    cells: list[Inline] = field(default_factory=list)
    kind: str = ""

    def read(self, token: Token) -> None:
        name = token.type.removesuffix("_open").removesuffix("_close")
        if name in ELEMENTS:
            self.enter(name, token) if token.nesting > 0 else self.path.pop()
        elif token.type == "tr_close":
            if any(cell != Inline("") for cell in self.cells):
                self.add("row", tuple(self.cells))
            self.cells = []
        elif token.type == "inline":
            self.read_text(inline_of(token.children or []))
        elif token.type == "fence":
            self.add("pre", text=token.content.removesuffix("\n"), detail=token.info)
        elif name in {"paragraph", "heading", "th", "td"}:
            self.kind = token.tag
        elif name not in {"tr", "thead", "tbody"}:
            raise AssertionError(f"not expected in the Markdown of an article: {token.type}")

    def enter(self, name: str, token: Token) -> None:
        self.opened += 1
        first = f" {token.attrs['start']}" if "start" in token.attrs else ""
        self.path.append((ELEMENTS[name] + first, self.opened))

    def read_text(self, lines: tuple[Inline, ...]) -> None:
        if self.kind in {"th", "td"}:
            self.cells += lines
        elif lines[0].opens_with_picture and not lines[0].text:
            self.add("picture", lines[:1], caption=tuple(line.text for line in lines[1:]))
        else:
            self.add(self.kind, lines)

    def add(
        self,
        kind: str,
        content: tuple[Inline, ...] = (),
        text: str = "",
        detail: str = "",
        caption: tuple[str, ...] = (),
    ) -> None:
        self.blocks.append(Block(kind, tuple(self.path), content, text, detail, caption))


def blocks_of(markdown: str) -> list[Block]:
    reading = _Reading()
    for token in MARKDOWN.parse(markdown):
        reading.read(token)
    return reading.blocks


def inline_of(tokens: list[Token]) -> tuple[Inline, ...]:
    """Return the lines of a paragraph. They end at hard breaks."""
    lines: list[Inline] = []
    rest = list(tokens)
    while rest:
        end = next((place for place, token in enumerate(rest) if token.type == "hardbreak"), len(rest))
        lines.append(_line_of(rest[:end]))
        rest = rest[end + 1 :]
    return tuple(lines) or (Inline(""),)


def _line_of(tokens: list[Token]) -> Inline:
    text = ""
    found: dict[str, list[tuple[str, str]]] = {"link": [], "mark": [], "code": [], "picture": []}
    opened: list[tuple[Token, int]] = []
    for token in tokens:
        if token.type in {"text", "code_inline"}:
            text += token.content
            if token.type == "code_inline":
                found["code"].append(("", token.content))
        elif token.type == "image":
            alt = "".join(child.content for child in token.children or [])
            found["picture"].append((str(token.attrs["src"]), alt))
        elif token.nesting > 0:
            opened.append((token, len(text)))
        elif token.nesting < 0:
            opener, start = opened.pop()
            if opener.type == "link_open":
                found["link"].append((str(opener.attrs["href"]), text[start:]))
            else:
                found["mark"].append((MARKS[opener.type], text[start:]))
        else:
            raise AssertionError(f"not expected in a line: {token.type}")
    return Inline(
        text,
        tuple(found["link"]),
        tuple(found["mark"]),
        tuple(code for _, code in found["code"]),
        tuple(found["picture"]),
        bool(tokens) and tokens[0].type == "image",
    )
