"""The lines of an article with the structure that they have in the page."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ingest.articles.body.blocks import Blocks
from ingest.articles.structure.context import LEAVES, LISTS, Context, Contexts
from ingest.articles.structure.inline import Picture, Run, inline
from ingest.articles.structure.media import Found, media_of
from ingest.articles.tree import Element
from ingest.text.markup import clean_line, without_controls
from storage.content import Container, Line
from storage.records import ArticleFrom, Media

MAX_LAYOUT_SHARE = {"blockquote": 0.9, "li": 0.6}  # of the text in one element; more is a page that is laid out by it
# The longest Markdown, in lengths of the text and beyond. What follows then has no links and marks. No page at hand
# comes near.
MAX_GROWTH = 8
MIN_ROOM_CHARS = 100_000

_WORD = re.compile(r"\w+")

Piece = tuple[str | Media, Context | None]
"""A text or picture and what encloses it. A space between two cells has no context."""


class Numbered(NamedTuple):
    """A line of the body, and the number of its block (None if no block has it)."""

    text: str
    number: int | None


def paragraphs(body: str) -> tuple[Line, ...]:
    """Return the lines of a text without structure."""
    return tuple(_paragraph(text, -number) for number, text in enumerate(body.split("\n"), start=1) if text)


def structured(
    page: Element,
    found: Blocks,
    lines: Sequence[Numbered],
    url: str,
    source: ArticleFrom = "page",
    picture_url: str | None = None,
) -> tuple[Line, ...]:
    """Return the lines as they stand in a page or in a feed's markup, with pictures and captions in their places.

    `url` is the address that links in the page are relative to, `picture_url` the picture that the page declares.
    """
    contexts = Contexts(page, url)
    kept = {line.number for line in lines if line.number is not None}
    media = media_of(found, kept, contexts, source, picture_url)
    room_chars = MAX_GROWTH * sum(len(line.text) for line in lines) + MIN_ROOM_CHARS
    return _without_layout(list(_Structure(found, contexts, media, room_chars).lines(lines)))


class _Structure:
    """`room_chars` is how much more the lines may take with their marks and links."""

    def __init__(self, found: Blocks, contexts: Contexts, media: Sequence[Found], room_chars: int) -> None:
        self.found, self.contexts, self.room_chars = found, contexts, room_chars
        self.waiting = sorted(media, key=lambda one: one.before)[::-1]
        self.in_cells: defaultdict[int, list[Found]] = defaultdict(list)
        for one in media:
            if one.number is not None and one.media.kind == "picture" and contexts.of(one.node).cell is not None:
                self.in_cells[one.number].append(one)

    def lines(self, lines: Sequence[Numbered]) -> Iterator[Line]:
        """Yield the lines block by block, each medium before the first block that comes after it."""
        at, last = 0, None
        while at < len(lines):
            number = lines[at].number
            end = at + 1
            while number is not None and end < len(lines) and lines[end].number == number:
                end += 1
            if number is None:
                yield _paragraph(lines[at].text, -at - 1)
            else:
                yield from self._media_before(number)
                there = self._lines_of(number)
                if last is not None and self._goes_on(last, number):
                    yield Line("", ("",), there[0].within)
                yield from _wanted(there, [line.text for line in lines[at:end]])
            at, last = end, number
        yield from self._media_before(len(self.found.texts))

    def _goes_on(self, last: int, number: int) -> bool:
        """Return whether two blocks are one listing with an empty line between them: two <br>."""
        place = self.found.places[number]
        return number == last + 1 and self.found.places[last] == place and self.found.elements[place].tag == "pre"

    def _media_before(self, number: int) -> Iterator[Line]:
        while self.waiting and self.waiting[-1].before <= number:
            one = self.waiting.pop()
            within = self.contexts.of(one.node).within
            if within and within[-1].tag in LEAVES:
                within = within[:-1]
            if one in self.in_cells[one.number or 0] or any(each.tag == "table" for each in within):
                continue
            place = (*within, Container("p", self.contexts.number_of(one.node)))
            is_shown = one.media.kind == "picture"
            cell = inline([_shown(one.media)]) if is_shown else ""
            yield Line("", (cell,), place, (one.media,))
            for caption in one.captions if is_shown else ():
                for line in self._lines_of(caption):
                    yield Line("", (" ".join(line.cells),), place, is_caption=True)

    def _lines_of(self, number: int) -> list[Line]:
        """Return the lines of a block, at least one."""
        pieces = self._pieces_of(number)
        within = next(context.within for line in pieces for _, context in line if context)
        leaf = within[-1].tag if within else ""
        if leaf == "pre":
            return _listing(pieces, within)
        if leaf == "tr":
            return [self._row(line, within) for line in pieces]
        if leaf not in LEAVES:
            within = (*within, Container("p", self.contexts.number_of(number)))
        return [Line(_text_of(runs), (self._inline(runs),), within) for line in pieces if (runs := _runs(line))]

    def _row(self, pieces: Sequence[Piece], within: tuple[Container, ...]) -> Line:
        cells: defaultdict[int, list[Piece]] = defaultdict(list)
        for text, context in pieces:
            if context:
                cells[context.cell or 0].append((text, context))
        runs = {column: _runs(cell) for column, cell in cells.items()}
        text = " ".join(filter(None, (clean_line(_text_of(runs[column])) for column in sorted(runs))))
        width = max(runs, default=0) + 1
        media = tuple(piece for piece, _ in pieces if isinstance(piece, Media))
        return Line(text, tuple(self._inline(runs.get(column, [])) for column in range(width)), within, media)

    def _inline(self, runs: Sequence[Run | Picture]) -> str:
        written = inline(runs) if self.room_chars > 0 else ""
        self.room_chars -= len(written)
        return written if self.room_chars > 0 else inline([Run(_text_of(runs))])

    def _pieces_of(self, number: int) -> list[list[Piece]]:
        """Return the pieces of each line of a block."""
        pictures = {one.offset: one for one in self.in_cells.get(number, ())}
        lines: list[list[Piece]] = [[]]
        pairs = zip(self.found.pieces[number], self.found.sources[number], strict=True)
        for offset, (text, source) in enumerate(pairs):
            if one := pictures.get(offset):
                lines[-1].append((one.media, self.contexts.of(one.node)))
            context = None
            if source:
                event, node = source
                context = self.contexts.of(node if event == "start" else node.getparent())
            if "\n" not in text:
                lines[-1].append((text, context))
                continue
            first, *others = text.split("\n")
            lines[-1].append((first, context))
            lines += [[(other, context)] for other in others]
        return lines


def _wanted(there: Sequence[Line], texts: Sequence[str]) -> Iterator[Line]:
    """Yield the lines with the words of these texts, and the empty lines between them.

    A text that is not there has no marks.
    """
    start = 0
    for text in texts:
        at = next((at for at in range(start, len(there)) if _same(there[at].text, text)), None)
        if at is None:
            *outer, leaf = there[0].within
            leaf = replace(leaf, number=-leaf.number) if leaf.tag == "tr" else leaf  # its cells have other columns
            yield Line(text, (text if leaf.tag == "pre" else inline([Run(text)]),), (*outer, leaf))
            continue
        yield from (line for line in there[start:at] if start and not line.text)
        yield there[at] if there[at].text == text else replace(there[at], text=text)
        start = at + 1


def _same(found: str, wanted: str) -> bool:
    """Return whether two texts have the same words. trafilatura marks list entries and cells."""
    return found == wanted or (found != "" and _WORD.findall(found) == _WORD.findall(wanted))


def _paragraph(text: str, number: int) -> Line:
    return Line(text, (inline([Run(text)]),), (Container("p", number),))


def _listing(pieces: Sequence[Sequence[Piece]], within: tuple[Container, ...]) -> list[Line]:
    raw = ["".join(text for text, _ in line if isinstance(text, str)).rstrip() for line in pieces]
    clean_lines = [_cleaned(line) for line in raw]
    return [Line(clean_line(line), (line,), within) for line in clean_lines]


def _cleaned(line: str) -> str:
    """Clean a line of a listing, but for its indentation."""
    bare = line.lstrip()
    indentation = line[: len(line) - len(bare)].replace("\xa0", " ")
    return indentation + unicodedata.normalize("NFC", without_controls(bare))


def _runs(pieces: Sequence[Piece]) -> list[Run | Picture]:
    """Join the pieces of a line: single spaces, none at the ends."""
    runs: list[Run | Picture] = []
    before, gap = Context(), False
    for piece, context in pieces:
        if isinstance(piece, Media):
            if gap and runs:
                runs.append(Run(" "))
            runs.append(_shown(piece))
            before, gap = Context(), False
            continue
        words = clean_line(piece)
        gap = gap or piece[:1].isspace()
        if not words:
            continue
        assert context
        if gap and runs:
            runs.append(_run(" ", _shared(before, context)))
        runs.append(_run(words, context))
        before, gap = context, piece[-1:].isspace()
    return runs


def _run(text: str, context: Context) -> Run:
    marks = bool(context.strong), bool(context.emphasis), context.code
    return Run(text, context.link, context.link_number, *marks)


def _shared(before: Context, after: Context) -> Context:
    """Return the marks of the elements that enclose two texts."""
    is_linked = before.link_number == after.link_number
    return Context(
        link=after.link if is_linked else None,
        link_number=after.link_number if is_linked else 0,
        strong=after.strong if before.strong == after.strong else 0,
        emphasis=after.emphasis if before.emphasis == after.emphasis else 0,
    )


def _shown(media: Media) -> Picture:
    return Picture(media.url, media.alt or "")


def _text_of(runs: Sequence[Run | Picture]) -> str:
    return "".join(run.text for run in runs if isinstance(run, Run))


def _without_layout(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Drop quotes and list entries that hold most of the text, and lists of nothing but pictures: they are layout."""
    sizes: Counter[Container] = Counter()
    for line in lines:
        for container in line.within:
            sizes[container] += len(line.text)
    total = sum(len(line.text) for line in lines)
    layout = {one for one, size in sizes.items() if size > MAX_LAYOUT_SHARE.get(one.tag, 1) * total}
    layout |= {one for one, size in sizes.items() if not size and one.tag in LISTS}
    if not layout:
        return tuple(lines)
    pairs = {pair for line in lines for pair in zip(line.within, line.within[1:], strict=False)}
    layout |= {outer for outer, inner in pairs if inner in layout and inner.tag == "li"}
    layout |= {inner for outer, inner in pairs if outer in layout and inner.tag == "li"}
    return tuple(
        line
        if layout.isdisjoint(line.within)
        else replace(line, within=tuple(one for one in line.within if one not in layout))
        for line in lines
    )
