"""The extracted element tree → paragraphs, one a line, without the headline."""

import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from lxml import etree

from ingest.articles.words import fold

Element: TypeAlias = Any  # of lxml, which ships no types

HEAD_LINES = 4  # a headline that is not among these is a heading of the text
KICKER_WORDS = 8  # what stands above the headline: a section's name, a date
BYLINE_WORDS = 16

_LEAD = re.compile(r"^(?:(?:written|posted|texte|text)\s+)?(?:by|par|von|por|di|da|door)\s+", re.IGNORECASE)
_DATELINE = re.compile(
    r"(?:by|par|von|por|di|da|door|le|on|am|published|posted|updated|publiée?|mise? à jour"
    r"|veröffentlicht|stand|publicado|actualizado"
    r"|pubblicato|aggiornato|gepubliceerd)\b(?:.*\b(?:19|20)\d\d\b|(?: le| on| am| el| il)?\s*:?$)",
    re.IGNORECASE,
)

# trafilatura's element names: headings are `head`, lists `list` and `item`, tables `row` and `cell`, breaks `lb`.
_LINES = frozenset("body p head list item quote table row lb div blockquote pre ul ol li tr h1 h2 h3 h4 h5 h6".split())
_CELLS = frozenset(("cell", "td", "th"))
_VERBATIM = frozenset(("code", "pre"))


def paragraphs(body: Element) -> list[str]:
    pieces: list[str] = []
    verbatim = 0
    for event, node in etree.iterwalk(body, events=("start", "end")):
        opens = event == "start"
        text = node.text if opens else node.tail
        if node.tag in _VERBATIM:
            verbatim += 1 if opens else -1
        if node.tag in _LINES or (node.tag in _VERBATIM and "\n" in (node.text or "")):
            pieces.append("\n")
        elif node.tag in _CELLS:
            pieces.append(" ")
        if text and node is not body:
            pieces.append(text if verbatim else text.replace("\n", " ").replace("\r", " "))
    return [line for part in "".join(pieces).split("\n") if (line := part.strip())]


def without_headline(lines: list[str], titles: Sequence[str | None], authors: Sequence[str] = ()) -> list[str]:
    """`lines` from below the headline, if it is among the first and only kickers stand above, and below the byline."""
    folded = {fold(title) for title in titles if title} - {""}
    for number, line in enumerate(lines[:HEAD_LINES]):
        if fold(line) in folded:
            return without_headline(lines[number + 1 :], titles, authors)
        if len(line.split()) > KICKER_WORDS:
            break
    names = {fold(author) for author in authors}
    start = next((number for number, line in enumerate(lines[:HEAD_LINES]) if not _is_byline(line, names)), 0)
    return lines[start:]


def _is_byline(line: str, names: set[str]) -> bool:
    if len(line.split()) > BYLINE_WORDS or line.endswith((".", "!", "?", "…")):
        return False
    return bool(_DATELINE.match(line)) or fold(_LEAD.sub("", line)) in names
