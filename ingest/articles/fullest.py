"""The text found for an entry, and whether another one is fuller: the feed's, or that of the structured data."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.articles.access.found import breaks_off
from ingest.articles.body.advice import TRAFILATURA
from ingest.articles.body.blocks import Blocks
from ingest.articles.body.selection import Selection, Way
from ingest.articles.cutting import Applied
from ingest.articles.error_pages import is_fault
from ingest.articles.metadata.fields import Metadata
from ingest.articles.tree import Element
from ingest.articles.verdict import judge
from ingest.text.words import squeeze, word_count
from storage.content import Access, Verdict

METHOD = 4  # the version of this room's method; raised by every change that changes texts
PAGE_EXTRACTORS: dict[Way, str] = {
    "keep": f"keep / {METHOD}",
    "blocks": f"blocks {METHOD}",
    "combined": f"blocks {METHOD} + {TRAFILATURA}",
    "trafilatura": TRAFILATURA,
}
DATA_EXTRACTOR = f"json-ld / {METHOD}"
FEED_EXTRACTOR = f"feed / {METHOD}"

MIN_FULL_WORDS = 100  # a shorter text of the feed is a teaser
MIN_PAGE_SHARE = 0.6  # of the feed's words; a shorter text of the page is incomplete
MIN_EXPECTED_F1 = 0.75  # of the page's text; below, a full text of the feed is better (measured: such pages reach .63)
PROBE_CHARS = 60  # of the beginning, middle and end of a text that is searched for


@dataclass(frozen=True, slots=True)
class Steps:
    """How a page's text was found. Each step gets the lines that the step before it has left.

    `opening` counts the selected lines down to the headline, and down to the byline. `below` are the lines below them,
    cleaned, with their blocks.
    """

    applied: Applied
    selection: Selection
    opening: tuple[int, int]
    below: Sequence[tuple[str, int | None]]
    kept: Sequence[tuple[str, int | None]]
    """Those that are no wall's."""


@dataclass(frozen=True, slots=True)
class FoundText:
    """A text and where its lines stand: the blocks of the tree `page`. `numbers` is None until they are searched."""

    body: str
    verdict: Verdict
    reason: str | None
    extractor: str = PAGE_EXTRACTORS["blocks"]
    expected: float = 1.0
    """The expected F1 with the text that a person would mark."""
    page: Element | None = None
    found: Blocks | None = None
    numbers: Sequence[int | None] | None = None
    access: Access = "free"
    access_reason: str | None = None
    steps: Steps | None = None
    """How the text of the page was found."""
    replaced: "FoundText | None" = None
    """The text of the page that this one was taken in place of."""


def fullest(text: FoundText, feed_text: str, feed_wall: str | None, metadata: Metadata) -> FoundText:
    """Return the feed's text, else that of the structured data, if the page's is missing, shorter or doubtful.

    The text that the site's own selector keeps is never short or doubtful.
    If the page gives the beginning only, a text that is any longer is taken. `feed_wall` is why the feed's is partial.
    """
    for other, extractor in ((feed_text, FEED_EXTRACTOR), (metadata.text or "", DATA_EXTRACTOR)):
        words = word_count(other)
        if is_fault(text.reason):
            better = False  # the page is fetched again
        elif text.verdict != "article":
            better = judge(other)[0] == "article"
        elif text.access == "partial":
            longer = words > word_count(text.body)
            better = longer and (extractor == FEED_EXTRACTOR or not _is_in_blocks(text.found, other))
        elif words < MIN_FULL_WORDS or text.extractor == PAGE_EXTRACTORS["keep"]:
            better = False
        else:
            shorter = word_count(text.body) < MIN_PAGE_SHARE * words
            # If the blocks have the data's text too, it was left out for a reason: it is a box or a caption.
            lost = shorter and (extractor == FEED_EXTRACTOR or not _is_in_blocks(text.found, other))
            better = text.expected < MIN_EXPECTED_F1 or lost
        if better:
            taken = replace(
                text, body=other, verdict="article", reason=None, extractor=extractor, numbers=None, replaced=text
            )
            if feed_wall and extractor == FEED_EXTRACTOR:
                return replace(taken, access="partial", access_reason=feed_wall)
            access, reason = _access_of_taken(other, text, metadata, is_of_feed=extractor == FEED_EXTRACTOR)
            return replace(taken, access=access, access_reason=reason)
    return text


def _access_of_taken(other: str, text: FoundText, metadata: Metadata, *, is_of_feed: bool) -> tuple[Access, str | None]:
    """Return the access of a text that is taken in place of the page's.

    A full text of the feed is free: whoever follows the feed reads all of it. A full text in the structured data is
    metered if the page does not give it for free. A teaser is as partial as the page's.
    """
    if text.access == "partial" and (word_count(other) < MIN_FULL_WORDS or breaks_off(other)):
        return "partial", text.access_reason
    if is_of_feed or not (text.access != "free" or metadata.access.is_paid):
        return "free", None
    return "metered", text.access_reason or metadata.access.reason


def _is_in_blocks(found: Blocks | None, text: str) -> bool:
    """Return whether two of the text's beginning, middle and end are in the blocks."""
    flat, shown = squeeze(text), squeeze("".join(found.texts if found else ()))
    probes = (flat[at : at + PROBE_CHARS] for at in (0, len(flat) // 2, len(flat) - PROBE_CHARS))
    return sum(probe in shown for probe in probes) > 1
