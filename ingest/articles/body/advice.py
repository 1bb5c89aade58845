"""What trafilatura takes for a page's text. The only importer of trafilatura."""

import logging
from collections.abc import Collection
from copy import copy
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np
import trafilatura
from lxml import etree
from trafilatura import bare_extraction, xpaths
from trafilatura.settings import Document, Extractor

from ingest.articles.body.features import Matrix
from ingest.articles.body.patterns import places, sooner

Element: TypeAlias = Any  # of lxml, which ships no types

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it complains of is a verdict here

TRAFILATURA = f"trafilatura {trafilatura.__version__}"

MAX_ELEMENTS = 6000  # no news page at hand has more; as many in one paragraph take most of a second, and more quadratic
UNIQUE_CHARS = 25  # a shorter text may stand in another by chance

# What trafilatura takes out itself, later and more slowly. Without it the text of 727 in 728 marked pages is the same,
# in nine tenths of the time. <noscript>, <button> and <nav> may hold the article, data in scripts may be it.
_NO_TEXT = (
    "style svg head aside footer fencedframe iframe object embed canvas audio video map area source track input"
    " datalist param link meta".split()
)
_ELEMENTS = etree.XPath("count(descendant::*)")
_NO_TEXT_EITHER = etree.XPath(
    "descendant::script[not(@type='application/ld+json')] | descendant::nav[not(descendant::p)]"
)

EXPRESSIONS = [*places(xpaths), *places(import_module("trafilatura.baseline"))]
_OPTIONS = {fast: Extractor(output_format="python", fast=fast, comments=False) for fast in (False, True)}


@dataclass(frozen=True, slots=True)
class Advice:
    """`lines` are trafilatura's text, `shares` the share of each block that stands in it, 0 to 1."""

    lines: list[str]
    shares: Matrix


def advice(page: Element, texts: list[str]) -> Advice | None:
    """Compare trafilatura's text, as it is found fast, with the texts of the page's blocks.

    Return None if there is none to compare with: see `extracted`.
    """
    lines = extracted(page, fast=True)
    if lines is None:
        return None
    shown = {line for text in texts for line in text.split("\n")}
    lines = [line if line in shown else _unmarked(line) for line in lines]  # a page may have dashes of its own
    return Advice(lines, _shares(lines, texts))


def extracted(page: Element, *, fast: bool = False) -> list[str] | None:
    """Return the lines of trafilatura's text. Return None if it fails, or if the page has too many elements.

    If `fast`, the text is not compared with that of other extractors: as evidence it is as good, as a text worse by
    .01 to .02 of F1.
    """
    if _ELEMENTS(page) > MAX_ELEMENTS:
        return None
    try:
        page = _stripped(page) if fast else page
        with sooner(EXPRESSIONS):
            found = bare_extraction(page, options=_OPTIONS[fast])
    except Exception:  # noqa: BLE001 (a page is hostile to a library, and heavy in its copies; the blocks are there)
        return None
    text = found.text if isinstance(found, Document) else None
    return text.split("\n") if text else []


def _stripped(page: Element) -> Element:
    page = copy(page)
    for node in _NO_TEXT_EITHER(page):
        node.tag = "style"
    etree.strip_elements(page, *_NO_TEXT, with_tail=False)
    return page


def _unmarked(line: str) -> str:
    """Return a line without the marks of a list's item or a table's row, "" for the rule below a table's head."""
    line = line.lstrip()
    if line.startswith("|"):
        cells = [cell.strip() for cell in line.split("|")]
        return " ".join(filter(None, cells)) if any(cell.strip("-") for cell in cells) else ""
    return line.removeprefix("- ")


def _shares(lines: list[str], texts: list[str]) -> Matrix:
    """The share of each text that stands in `lines`, spaces apart. The words of `texts` have single spaces between."""
    bare = ["".join(line.split()) for line in lines]
    known, joined = set(bare), "".join(bare)
    return np.array([_share(text, known, joined) for text in texts], np.float32)


def _share(text: str, known: Collection[str], joined: str) -> float:
    flat = text.replace(" ", "")
    if flat in known:
        return 1.0
    if "\n" not in flat:
        return float(len(flat) > UNIQUE_CHARS and flat in joined)
    parts = flat.split("\n")
    agreed = sum(len(part) for part in parts if part in known or (len(part) > UNIQUE_CHARS and part in joined))
    return agreed / max(1, sum(map(len, parts)))
