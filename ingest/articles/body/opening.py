"""Cuts headline, kicker and byline off the lines of an article."""

import re
from collections.abc import Sequence

from ingest.text.words import fold

HEAD_LINES = 4  # a headline further down is a heading of the text
MAX_KICKER_WORDS = 8  # of a line above the headline: a section's name, a date
MAX_BYLINE_WORDS = 16

_BY = "by|par|von|por|di|da|door"
_LEAD = re.compile(rf"^(?:(?:written|posted|texte|text)\s+)?(?:{_BY})\s+", re.IGNORECASE)
_DATELINE = re.compile(
    rf"(?:{_BY}|le|on|am|published|posted|updated|publiée?|mise? à jour|veröffentlicht|stand|publicado|actualizado"
    r"|pubblicato|aggiornato|gepubliceerd)\b(?:.*\b(?:19|20)\d\d\b|(?: le| on| am| el| il)?\s*:?$)"
    r"|\d{1,2}\.?\s+[^\W\d]+\.?\s+(?:19|20)\d\d\b",
    re.IGNORECASE,
)


def without_headline(lines: list[str], titles: Sequence[str | None], authors: Sequence[str] = ()) -> list[str]:
    """Return the lines below the headline, if only kickers are above it, and below the byline."""
    return lines[opening(lines, titles, authors)[1] :]


def opening(lines: list[str], titles: Sequence[str | None], authors: Sequence[str] = ()) -> tuple[int, int]:
    """Return how many lines end with the headline, and how many with the byline below it."""
    folded = {fold(title) for title in titles if title} - {""}
    names = {fold(author) for author in authors}
    below = 0
    while (headline := _headline(lines[below : below + HEAD_LINES], folded)) is not None:
        below += headline + 1
    head = lines[below : below + HEAD_LINES]
    return below, below + next((number for number, line in enumerate(head) if not _is_byline(line, names)), 0)


def _headline(head: list[str], folded: set[str]) -> int | None:
    for number, line in enumerate(head):
        if fold(line) in folded:
            return number
        if len(line.split()) > MAX_KICKER_WORDS:
            break
    return None


def _is_byline(line: str, names: set[str]) -> bool:
    is_text = len(line.split()) > MAX_BYLINE_WORDS or line.endswith((".", "!", "?", "…"))
    return not is_text and (bool(_DATELINE.match(line)) or fold(_LEAD.sub("", line)) in names)
