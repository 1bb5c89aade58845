"""Inline Markdown (CommonMark 0.31) of a line's marked text.

The rendered text is the runs' text, whatever it contains. Only what would be markup where it stands is escaped.
"""

from collections.abc import Sequence
from dataclasses import dataclass


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


def inline(runs: Sequence[Run | Picture]) -> str:
    """Return the line as inline Markdown that may stand at the start of a paragraph's line."""
    return "".join(run.text for run in runs if isinstance(run, Run))
