"""Inline Markdown (CommonMark 0.31) of a line's marked text.

The rendered text is the runs' text, whatever it contains. Only what would be markup where it stands is escaped. What
would be markup only at the start of a line, at the end of a heading or in a table is escaped by `structure.markdown`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ingest.articles.structure.emphasis import MARKS, Kind, Piece, with_delimiters
from ingest.articles.structure.escapes import code_span, destination, escaped, is_address


@dataclass(frozen=True, slots=True)
class Run:
    """Text of a line whose marks are equal. It is clean: single spaces, no line breaks.

    `link` is an absolute address, and `link_number` tells its element from others with the same address.
    """

    text: str
    link: str | None = None
    link_number: int = 0
    strong: bool = False
    emphasis: bool = False
    code: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in a line. It belongs to a link if the runs before and after it belong to that link."""

    url: str
    alt: str = ""


_Link = tuple[str, int]


def inline(runs: Sequence[Run | Picture]) -> str:
    """Return the line as inline Markdown."""
    texts = [
        run.text for run in runs if isinstance(run, Run) and not (run.link or run.strong or run.emphasis or run.code)
    ]
    if len(texts) == len(runs):
        return escaped("".join(texts).strip())
    return _source(_pieces(runs), edge=" ").strip()


def picture(url: str, alt: str) -> str:
    """Return a picture as Markdown, "" if its address is no absolute one."""
    return f"![{escaped(' '.join(alt.split()), in_link=True)}]({destination(url)})" if is_address(url) else ""


def _pieces(runs: Sequence[Run | Picture]) -> list[Piece]:
    pieces: list[Piece] = []
    for link, group in groupby(zip(_links(runs), runs, strict=True), key=lambda pair: pair[0]):
        inner = [piece for _, run in group for piece in _unlinked(run) if piece.text]
        if link is None or all(piece.is_space for piece in inner):
            pieces += inner
            continue
        text = Piece("link", "", url=link[0], inner=inner)
        while inner and inner[0].kind == "text" and not inner[0].text.strip():
            pieces.append(inner.pop(0))
        after = inner.pop() if inner[-1].is_space else None
        pieces.append(text)
        if after:
            pieces.append(after)
    _lift_marks(pieces)
    return pieces


def _links(runs: Sequence[Run | Picture]) -> Iterator[_Link | None]:
    """Yield the link that each run belongs to."""
    links = [
        (run.link or "", run.link_number) if isinstance(run, Run) and is_address(run.link) else None for run in runs
    ]
    for place, run in enumerate(runs):
        if isinstance(run, Picture) and 0 < place < len(runs) - 1 and links[place - 1] == links[place + 1]:
            links[place] = links[place - 1]
    yield from links


def _unlinked(run: Run | Picture) -> Iterator[Piece]:
    """Yield a run without its link. Spaces at its ends belong neither to the link nor to code."""
    if isinstance(run, Picture):
        if source := picture(run.url, run.alt):
            yield Piece("picture", source)
        return
    if not (run.link or run.code):
        yield Piece("text", run.text, run.strong, run.emphasis)
        return
    core = run.text.strip()
    if core == run.text:
        yield Piece("code" if run.code else "text", core, run.strong, run.emphasis)
        return
    start = run.text.find(core) if core else len(run.text)
    kinds: tuple[Kind, Kind, Kind] = ("text", "code" if run.code else "text", "text")
    for kind, text in zip(kinds, (run.text[:start], core, run.text[start + len(core) :]), strict=True):
        yield Piece(kind, text, run.strong, run.emphasis)


def _lift_marks(pieces: list[Piece]) -> None:
    """Give a link the marks that its text shares with text beside it, so that one pair of delimiters serves both."""
    for place, piece in enumerate(pieces):
        beside = [near for near in pieces[max(place - 1, 0) : place + 2] if near.kind != "link"]
        for mark in MARKS if piece.kind == "link" else ():
            if any(near.has(mark) for near in beside) and all(inner.has(mark) for inner in piece.inner):
                piece.give(mark, value=True)
                for inner in piece.inner:
                    inner.give(mark, value=False)


def _source(pieces: list[Piece], edge: str) -> str:
    """Return pieces as Markdown. `edge` is the character beside them: a space, or the bracket of their link."""
    in_link = edge == "["
    pieces, delimiters = with_delimiters(pieces, edge)
    source: list[str] = []
    text = ""
    for place, piece in enumerate(pieces):
        delimiter = delimiters.get(place, "")
        # Such code would define a link at the start of a line.
        is_text = piece.kind == "text" or (piece.kind == "code" and in_link and "]:" in piece.text)
        if is_text and not delimiter:
            text += piece.text
            continue
        written = escaped(text, in_link=in_link)
        if piece.kind == "link" and not delimiter and written.endswith("!"):
            written = f"{written[:-1]}\\!"
        source += (written, delimiter)
        text = ""
        if is_text:
            text = piece.text
        elif piece.kind == "code":
            source.append(code_span(piece.text))
        elif piece.kind == "picture":
            source.append(piece.text)
        else:
            source.append(f"[{_source(piece.inner, edge='[')}]({destination(piece.url)})")
    source += (escaped(text, in_link=in_link), delimiters.get(len(pieces), ""))
    return "".join(source)
