"""The text that trafilatura finds in a page: advice for the choice of blocks. The one importer of trafilatura."""

import logging
from collections.abc import Collection
from copy import copy
from dataclasses import dataclass
from importlib import import_module

import numpy as np
import trafilatura
from lxml import etree
from trafilatura import bare_extraction, xpaths
from trafilatura.settings import Document, Extractor

from ingest.articles.body.patterns import faster_expressions, slots
from ingest.articles.body.texts import Matrix
from ingest.articles.tree import Element
from ingest.text.words import squeeze

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # its failures are verdicts here

TRAFILATURA = f"trafilatura {trafilatura.__version__}"

MAX_ELEMENTS = 6000  # so many in one paragraph take most of a second, more take quadratic time; no marked page has more
MIN_UNIQUE_CHARS = 25  # a shorter text may be part of another by chance

# Removed before trafilatura does it more slowly. This saves a tenth of the time and changes the text of 1 in 728 marked
# pages. <noscript>, <button> and <nav> stay, since the article may be inside, and so do data in scripts.
_NO_TEXT = (
    "style svg head aside footer fencedframe iframe object embed canvas audio video map area source track input"
    " datalist param link meta".split()
)
_ELEMENTS = etree.XPath("count(descendant::*)")
_NO_TEXT_EITHER = etree.XPath(
    "descendant::script[not(@type='application/ld+json')] | descendant::nav[not(descendant::p)]"
)

EXPRESSIONS = [*slots(xpaths), *slots(import_module("trafilatura.baseline"))]
_OPTIONS = {fast: Extractor(output_format="python", fast=fast, comments=False) for fast in (False, True)}


@dataclass(frozen=True, slots=True)
class Advice:
    """`lines` are trafilatura's text, `shares` the share of each block that is part of it, 0 to 1."""

    lines: list[str]
    shares: Matrix


def advice(page: Element, texts: list[str]) -> Advice | None:
    """Compare trafilatura's text, found in its fast mode, with that of the blocks. Return None if it fails."""
    lines = trafilatura_lines(page, fast=True)
    if lines is None:
        return None
    lines = without_marks(lines, texts)
    bare = list(map(squeeze, lines))
    units, joined = set(bare), "".join(bare)
    return Advice(lines, np.array([_share(text, units, joined) for text in texts], np.float32))


def trafilatura_lines(page: Element, *, fast: bool = False) -> list[str] | None:
    """Return the lines of trafilatura's text. Return None if it fails, or if the page has too many elements.

    In fast mode trafilatura does not try other extractors. As advice the text is as good. By itself its F1 is .01 to
    .02 lower.
    """
    if _ELEMENTS(page) > MAX_ELEMENTS:
        return None
    try:
        page = _stripped(page) if fast else page
        with faster_expressions(EXPRESSIONS):
            found = bare_extraction(page, options=_OPTIONS[fast])
    except Exception:  # noqa: BLE001 (a page may break the library or exhaust its memory; the blocks remain)
        return None
    text = found.text if isinstance(found, Document) else None
    return text.split("\n") if text else []


def without_marks(lines: list[str], texts: list[str]) -> list[str]:
    """Remove trafilatura's marks of list items and table rows. A line of the blocks `texts` may begin with a dash."""
    known = {line for text in texts for line in text.split("\n")}
    return [line if line in known else _unmarked(line) for line in lines]


def _stripped(page: Element) -> Element:
    page = copy(page)
    for node in _NO_TEXT_EITHER(page):
        node.tag = "style"
    etree.strip_elements(page, *_NO_TEXT, with_tail=False)
    return page


def _unmarked(line: str) -> str:
    """Remove the marks of a list item or a table row. Return "" for the rule below a table's head."""
    line = line.lstrip()
    if line.startswith("|"):
        cells = [cell.strip() for cell in line.split("|")]
        return " ".join(filter(None, cells)) if any(cell.strip("-") for cell in cells) else ""
    return line.removeprefix("- ")


def _share(text: str, known: Collection[str], joined: str) -> float:
    """Return the share of a single-spaced text that is in the lines `known`, or in all of them joined.

    The lines have no white space.
    """
    flat = text.replace(" ", "")
    if flat in known:
        return 1.0
    if "\n" not in flat:
        return float(len(flat) > MIN_UNIQUE_CHARS and flat in joined)
    lines = flat.split("\n")
    agreed = sum(len(line) for line in lines if line in known or (len(line) > MIN_UNIQUE_CHARS and line in joined))
    return agreed / max(1, sum(map(len, lines)))
