"""How results look: neat text for people, JSON for programs; never a control character of a stranger's."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from ingest.text import clean_line
from storage.records import to_instant, to_text

# What JSON does not escape by itself: the C1 controls (ECMA-48 §5.3), and those that reorder a line.
_CONTROL = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def is_open(stream: object) -> bool:
    """A process that was started with the stream closed has None there."""
    return stream is not None


def print_json(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, default=_as_text)
    click.echo(_CONTROL.sub(lambda control: f"\\u{ord(control[0]):04x}", text))


def _as_text(value: object) -> str | None:
    return to_text(value) if isinstance(value, datetime) else str(value)


def note(text: str, *, quiet: bool = False) -> None:
    """Not a result: to stderr."""
    if not quiet:
        click.echo(safe(text), err=True)


def safe(value: object) -> str:
    return "" if value is None else clean_line(str(value))


def count(number: int, one: str, many: str | None = None) -> str:
    """`count(2, "feed")` is "2 feeds"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def counts(outcomes: Mapping[str, int]) -> str:
    """The greatest first: "29 archived, 3 no text"."""
    ordered = sorted(outcomes.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{number} {outcome.replace('_', ' ')}" for outcome, number in ordered) or "none"


def distance(instant: str | None) -> str:
    """How far an instant of the archive is from now: "3 min ago", "in 22 h"."""
    at = to_instant(instant)
    if at is None:
        return ""
    ahead_s = round((at - datetime.now(UTC)).total_seconds())
    size_s = abs(ahead_s)
    if size_s < _MINUTE_S:
        length = f"{size_s} s"
    elif size_s < 2 * _HOUR_S:
        length = f"{size_s // _MINUTE_S} min"
    elif size_s < 2 * _DAY_S:
        length = f"{size_s // _HOUR_S} h"
    else:
        length = f"{size_s // _DAY_S} days"
    return f"in {length}" if ahead_s > 0 else f"{length} ago"


def table(rows: Iterable[Sequence[Any]], header: Sequence[str]) -> None:
    """Columns as wide as their widest cell, two spaces apart; numbers to the right."""
    cells = [list(header), *[[safe(cell) for cell in row] for row in rows]]
    numeric = [
        all(cell.replace(".", "").replace(",", "").isdigit() or not cell for cell in column[1:])
        for column in zip(*cells, strict=True)
    ]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    for line in cells:
        click.echo(
            "  ".join(
                cell.rjust(w) if right else cell.ljust(w) for cell, w, right in zip(line, widths, numeric, strict=True)
            ).rstrip()
        )
