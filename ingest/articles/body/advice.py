"""What trafilatura takes for a page's text. The only importer of trafilatura."""

import logging
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import trafilatura
from trafilatura import bare_extraction
from trafilatura.settings import Document

from ingest.articles.body.features import Matrix
from ingest.memory import ran_out

Element: TypeAlias = Any  # of lxml, which ships no types

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it complains of is a verdict here

TRAFILATURA = f"trafilatura {trafilatura.__version__}"

MAX_ELEMENTS = 6000  # trafilatura takes some seconds for as many: its time is quadratic
UNIQUE_CHARS = 25  # a shorter text may stand in another by chance


@dataclass(frozen=True, slots=True)
class Advice:
    """`lines` are trafilatura's text, `shares` the share of each block that stands in it, 0 to 1."""

    lines: list[str]
    shares: Matrix


def extracted(page: Element, *, fast: bool) -> list[str] | None:
    """Return the lines of trafilatura's text. Return None if it would take too long, or fails.

    Its time is quadratic in the paragraphs, and in the elements of each. If `fast`, it compares its text with no other
    extractor's.
    """
    if page.xpath("count(.//*)") > MAX_ELEMENTS:
        return None
    try:
        found = bare_extraction(page, fast=fast, include_comments=False, with_metadata=False)
    except Exception as error:  # a page is hostile input to a library; our own blocks are there without it
        if ran_out(error):
            raise
        return None
    text = found.text if isinstance(found, Document) else None
    return text.split("\n") if text else []


def advice(lines: list[str], texts: list[str]) -> Advice:
    """Compare trafilatura's lines with the texts of the page's blocks."""
    bare = {"".join(line.split()) for line in lines}
    whole = "".join("".join(line.split()) for line in lines)
    shares = []
    for text in texts:
        parts = ["".join(line.split()) for line in text.split("\n")]
        agreed = sum(len(part) for part in parts if part in bare or (len(part) > UNIQUE_CHARS and part in whole))
        shares.append(agreed / max(1, sum(map(len, parts))))
    return Advice(lines, np.array(shares, np.float32))
