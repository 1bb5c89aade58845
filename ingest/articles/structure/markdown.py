"""An article's lines → Markdown: CommonMark 0.31 with the tables of GitHub Flavored Markdown.

A picture is a paragraph of its own. Its caption follows it in the same paragraph after a hard line break.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from ingest.articles.structure.escapes import escaped
from ingest.articles.structure.tables import table
from storage.content import Container, Line

_HEADINGS = {f"h{level}": f"{'#' * level} " for level in range(1, 7)}
_LISTS = frozenset({"ul", "ol"})
_NESTED = _LISTS | {"li", "blockquote"}
_MAX_NESTING = 14  # renderers give up at 20 levels; deeper lists and quotes become paragraphs
_MAX_NUMBER = 999_999_999  # of an entry: CommonMark 0.31 §5.2
_BULLETS = {"ul": ("-", "*"), "ol": (".", ")")}  # lists side by side take turns, otherwise they would be one
# What would begin a block at the start of a line (CommonMark 0.31 §4 and §5, GFM): a heading, a quote, an entry, a line
# under a heading, a rule, a line under a table's head, a definition of a link, a task.
_BLOCK_START = re.compile(
    r"#{1,6}(?: |$)|>|[-+](?: |$)|=+$|(?=[|: ]*-)[-|: ]+$|\[(?:[^\[\]\\]|\\.)*(?:\]:|$)|\[[ xX]\] "
)
_NUMBER_START = re.compile(r"(\d{1,9})([.)](?: |$))", re.ASCII)
_MAY_START_BLOCK = frozenset("#>-+=|:[0123456789")
# GFM makes a link of an address up to the next space, and a backslash would be the address's last character.
_ENDS_IN_ADDRESS = re.compile(r"(?:^|[\s*_~]|(?<!\])\()(?:(?:https?|ftp)://|www\.)[^\s<]*$", re.IGNORECASE)
_CLOSING_HASHES = re.compile(r"(?:^|(?<= ))#+$")
_BACKTICKS = re.compile("`{3,}")
_NOT_IN_LANGUAGE = re.compile(r"[^\w+#.-]")


@dataclass(slots=True)
class _Picture:
    """A picture and the lines of its caption."""

    lines: list[str]


@dataclass(slots=True)
class _Element:
    """An element with its content in order."""

    tag: str
    number: int
    detail: str = ""
    content: "list[_Element | Line | _Picture]" = field(default_factory=list)


@dataclass(slots=True)
class _Block:
    """A block's lines. `bullet` is that of a list. `may_follow`: the block can stand right below a paragraph's line."""

    lines: list[str]
    is_paragraph: bool = False
    bullet: str = ""
    may_follow: bool = False


def to_markdown(lines: Sequence[Line]) -> str:
    """Return an article's lines as Markdown, without a newline at the end."""
    return "\n".join(_apart(_blocks(_tree(lines))))


def _tree(lines: Sequence[Line]) -> _Element:
    """Return the lines in their elements. A caption joins the picture right before it; another one is left out."""
    root = _Element("", 0)
    path = [root]
    picture: _Picture | None = None
    for line in lines:
        if line.is_caption:
            if picture:
                picture.lines.append(_source(line))
            continue
        within = _known(line.within)
        same = 1
        for element, container in zip(path[1:], within, strict=False):
            if (element.tag, element.number) != (container.tag, container.number):
                break
            same += 1
        del path[same:]
        for container in within[same - 1 :]:
            element = _Element(container.tag, container.number, container.detail)
            path[-1].content.append(element)
            path.append(element)
        picture = _Picture([_source(line)]) if _is_picture(line, path[-1].tag) else None
        path[-1].content.append(picture or line)
    return root


def _known(within: tuple[Container, ...]) -> Sequence[Container]:
    """Return the elements that Markdown can have: lists and quotes, then a table's row or one element of text."""
    if len(within) == 1 and within[0].tag == "p":
        return within
    known: list[Container] = []
    text: list[Container] = []
    for container in within:
        if container.tag == "table":
            row = next((inner for inner in within if inner.tag == "tr"), None)
            return [*known, container, row] if row else [*known, container]
        if container.tag not in _NESTED:
            text.append(container)
        elif len(known) < _MAX_NESTING and (container.tag != "li" or (known and known[-1].tag in _LISTS)):
            known.append(container)
            text.clear()
    special = next((container for container in text if container.tag != "p"), None)
    return known + ([special] if special else text[-1:])


def _is_picture(line: Line, tag: str) -> bool:
    return not line.text and tag != "tr" and (tag != "pre" or bool(line.media)) and any(line.cells)


def _source(line: Line) -> str:
    return " ".join(filter(None, line.cells)) or escaped(line.text)


def _apart(blocks: Sequence[_Block], *, tight: bool = False) -> list[str]:
    """Return the lines of blocks, with an empty line between two blocks if they are not `tight`."""
    lines: list[str] = []
    for block in blocks:
        if lines and not tight:
            lines.append("")
        lines += block.lines
    return lines


def _blocks(element: _Element) -> list[_Block]:
    blocks: list[_Block] = []
    for kind, group in groupby(element.content, key=type):
        content = list(group)
        if kind is Line:
            blocks += _text_blocks(element, [line for line in content if isinstance(line, Line)])
            continue
        for part in content:
            if isinstance(part, _Picture):
                blocks.append(_picture(part))
            elif isinstance(part, _Element):
                bullet = blocks[-1].bullet if blocks else ""
                blocks += [block for block in _of_element(part, bullet) if block.lines]
    return blocks


def _of_element(element: _Element, bullet: str) -> list[_Block]:
    """Return the blocks of an element. `bullet` is that of the list right before it, if there is one."""
    if element.tag in _LISTS:
        return [_list(element, bullet)]
    if element.tag == "blockquote":
        return [_Block([f"> {line}" if line else ">" for line in _apart(_blocks(element))])]
    if element.tag == "table":
        return _table(element)
    return _blocks(element)


def _text_blocks(element: _Element, lines: list[Line]) -> list[_Block]:
    if element.tag == "pre":
        return _listing([line.cells[0] if line.cells else line.text for line in lines], element.detail)
    sources = [source for line in lines if (source := _source(line))]
    if not sources:
        return []
    if element.tag in _HEADINGS:
        return [_Block([_HEADINGS[element.tag] + _CLOSING_HASHES.sub(r"\\\g<0>", " ".join(sources))])]
    if element.tag in {"p", "li"}:
        return [_paragraph(sources)]
    return [_paragraph([source]) for source in sources]


def _paragraph(sources: list[str]) -> _Block:
    """Return a paragraph with hard breaks between its lines."""
    lines = [_at_start(source) for source in sources]
    broken = (line + ("  " if _ENDS_IN_ADDRESS.search(line) else "\\") for line in lines[:-1])
    return _Block([*broken, lines[-1]], is_paragraph=True)


def _picture(picture: _Picture) -> _Block:
    """Return a picture's paragraph. One with a caption is a paragraph also in a list."""
    block = _paragraph(picture.lines)
    block.is_paragraph = len(picture.lines) == 1
    return block


def _at_start(source: str) -> str:
    """Escape what would begin a block."""
    if source[:1] not in _MAY_START_BLOCK:
        return source
    if _BLOCK_START.match(source):
        return f"\\{source}"
    return _NUMBER_START.sub(r"\1\\\2", source, count=1) if _NUMBER_START.match(source) else source


def _listing(lines: list[str], language: str) -> list[_Block]:
    if not any(line.strip() for line in lines):
        return []
    fence = "```"
    for line in lines:
        for ticks in _BACKTICKS.findall(line):
            fence = max(fence, f"{ticks}`", key=len)
    return [_Block([fence + _NOT_IN_LANGUAGE.sub("", language), *(line.rstrip() for line in lines), fence])]


def _list(element: _Element, before: str) -> _Block:
    """Return a list. Its entries have no empty lines between them if they are paragraphs with lists below."""
    entries = [entry for entry in _entries(element) if entry]
    tight = all(
        (entry[0].is_paragraph or entry[0].bullet) and all(block.may_follow for block in entry[1:]) for entry in entries
    )
    first, second = _BULLETS[element.tag]
    bullet = second if before == first else first
    start = int(element.detail) if element.detail.isascii() and element.detail.isdigit() else 1
    if len(element.detail) > len(str(_MAX_NUMBER)) or start + len(entries) > _MAX_NUMBER:
        start = 1
    lines: list[str] = []
    for number, entry in enumerate(entries, start):
        marker = f"{number}{bullet} " if element.tag == "ol" else f"{bullet} "
        indent = " " * len(marker)
        text = _apart(entry, tight=tight)
        if lines and not tight:
            lines.append("")
        lines += [marker + text[0], *(indent + line if line else "" for line in text[1:])]
    return _Block(lines, bullet=bullet, may_follow=element.tag == "ul" or start == 1)


def _entries(element: _Element) -> list[list[_Block]]:
    """Return the blocks of each entry. What stands in a list, but in no entry, joins the entry before it."""
    entries: list[list[_Block]] = []
    for is_entry, group in groupby(element.content, key=lambda part: isinstance(part, _Element) and part.tag == "li"):
        if is_entry:
            entries += [_blocks(part) for part in group if isinstance(part, _Element)]
            continue
        if not entries:
            entries.append([])
        entries[-1] += _blocks(_Element("", 0, content=[*group]))
    return entries


def _table(element: _Element) -> list[_Block]:
    """Return a table, and after it the pictures that stand in none of its rows."""
    rows: list[tuple[bool, list[Line]]] = []
    for part in element.content:
        if isinstance(part, Line):
            rows.append((False, [part]))
        elif isinstance(part, _Element):
            rows.append((part.detail == "th", [line for line in part.content if isinstance(line, Line)]))
    pictures = [_picture(part) for part in element.content if isinstance(part, _Picture)]
    return [_Block(table([(header, [line.cells for line in lines]) for header, lines in rows])), *pictures]
