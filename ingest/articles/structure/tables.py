"""Rows of cells → a table of GitHub Flavored Markdown."""

from collections.abc import Sequence
from itertools import zip_longest

_MAX_CELLS = 50_000  # a page of a few kilobytes could ask for millions of empty cells

Row = tuple[bool, Sequence[Sequence[str]]]
"""Whether a row has headings, and its lines, each with its cells as inline Markdown."""


def table(rows: Sequence[Row]) -> list[str]:
    """Return a table's lines. Only the first row can have headings; without any, an empty row stands there."""
    merged = [(header, _cells(lines)) for header, lines in rows]
    merged = [(header, cells) for header, cells in merged if any(cells)]
    if not merged:
        return []
    width = max(len(cells) for _, cells in merged)
    if not merged[0][0]:
        merged.insert(0, (True, []))
    padded = width if width * len(merged) <= _MAX_CELLS else 0
    lines = [
        _line(cells + [""] * ((padded if place else width) - len(cells))) for place, (_, cells) in enumerate(merged)
    ]
    return [lines[0], _line(["---"] * width), *lines[1:]]


def _cells(lines: Sequence[Sequence[str]]) -> list[str]:
    """Return a row's cells. Several lines of one cell are joined by a space."""
    columns = zip_longest(*lines, fillvalue="")
    return [" ".join(filter(None, column)).replace("|", "\\|") for column in columns]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
