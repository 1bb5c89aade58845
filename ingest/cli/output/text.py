"""Printed results: text for people, JSON for programs, never with a foreign control character.

Text is cut to fit: a table to the terminal, a value in a line to MAX_COLUMNS. JSON is never cut.
"""

import json
import math
import re
import shutil
import sys
import textwrap
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from difflib import unified_diff
from typing import Any

import click

from ingest.text.markup import clean_line, columns_of, cut
from storage.records import to_instant, to_text

# Characters that JSON does not escape: the C1 controls (ECMA-48 §5.3), and controls that reorder a line.
_CONTROL = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# C0 and C1 controls but the newline, what breaks or reorders a line, lone surrogates.
_NOT_IN_LINES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_TAB_COLUMNS = 4
MAX_COLUMNS = 200  # of one value: more than any readable title or address
_MIN_COLUMNS = 4  # of a column that is cut: a narrower one cannot be read
_GAP = 2
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def print_json(value: object) -> None:
    click.echo(as_json(value))


def as_json(value: object) -> str:
    """Return one line without control characters."""
    text = json.dumps(value, ensure_ascii=False, default=_as_text)
    return _CONTROL.sub(lambda control: f"\\u{ord(control[0]):04x}", text)


def _as_text(value: object) -> str | None:
    return to_text(value) if isinstance(value, datetime) else str(value)


def safe(value: object) -> str:
    """Return one line without control characters; "" for None."""
    return "" if value is None else clean_line(str(value))


def safe_lines(text: str) -> str:
    """Return lines with their indentation, but without control characters."""
    return _NOT_IN_LINES.sub("", text.expandtabs(_TAB_COLUMNS))


def short(value: object, columns: int = MAX_COLUMNS) -> str:
    """Return `safe(value)`, cut to `columns`."""
    return cut(safe(value), columns)


def terminal_columns() -> int | None:
    """Return the terminal's width, or None if stdout is no terminal: a pipe has no width, whatever $COLUMNS says."""
    return shutil.get_terminal_size().columns if is_terminal() else None


def is_terminal() -> bool:
    return bool(sys.stdout) and sys.stdout.isatty()  # None if the process was started with it closed


def counts(outcomes: Mapping[str, int]) -> str:
    """Return the counts as text, the greatest first: "29 archived, 3 no text"."""
    ordered = sorted(outcomes.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{number} {outcome.replace('_', ' ')}" for outcome, number in ordered) or "none"


def distance(instant: str | None) -> str:
    """Return the time from now to an instant of the archive: "3 min ago", "in 22 h"."""
    at = to_instant(instant)
    if at is None:
        return ""
    ahead_s = round((at - datetime.now(UTC)).total_seconds())
    return f"in {length(ahead_s)}" if ahead_s > 0 else f"{length(-ahead_s)} ago"


def length(seconds: float) -> str:
    """Return a time in one unit: "40 s", "3 min", "22 h", "4 days"."""
    size_s = round(seconds)
    if size_s < _MINUTE_S:
        return f"{size_s} s"
    if size_s < 2 * _HOUR_S:
        return f"{size_s // _MINUTE_S} min"
    if size_s < 2 * _DAY_S:
        return f"{size_s // _HOUR_S} h"
    return f"{size_s // _DAY_S} days"


def table(rows: Iterable[Sequence[Any]], header: Sequence[str], *, right: Container[str] = ()) -> None:
    """Print columns as wide as their widest cell, two spaces apart.

    Numbers, and the columns that `right` names, stand right and are never cut. On a terminal the widest columns are cut
    until the table fits; otherwise each column is cut to MAX_COLUMNS.
    """
    for line in table_lines(rows, header, terminal_columns(), right=right):
        click.echo(line)


def table_lines(
    rows: Iterable[Sequence[Any]], header: Sequence[str], terminal: int | None, *, right: Container[str] = ()
) -> list[str]:
    """Return the lines of a table: its header, then the rows."""
    cells = [list(header), *[[safe(cell) for cell in row] for row in rows]]
    columns = list(zip(*cells, strict=True))
    numeric = [
        column[0] in right or all(cell.replace(".", "").replace(",", "").isdigit() or not cell for cell in column[1:])
        for column in columns
    ]
    widths = _fitted([max(map(columns_of, column)) for column in columns], numeric, terminal)
    lines = []
    for line in cells:
        padded = []
        for cell, width, is_right in zip(line, widths, numeric, strict=True):
            text = cut(cell, width)
            space = " " * (width - columns_of(text))
            padded.append(space + text if is_right else text + space)
        lines.append((" " * _GAP).join(padded).rstrip())
    return lines


def _fitted(widths: Sequence[int], numeric: Sequence[bool], terminal: int | None) -> list[int]:
    """Return the widths, the widest cut to one width, so that a line fits."""
    room = terminal - _GAP * (len(widths) - 1) if terminal else math.inf
    fitted: list[int] = []
    for limit in range(MAX_COLUMNS, _MIN_COLUMNS - 1, -1):
        fitted = [width if number else min(width, limit) for width, number in zip(widths, numeric, strict=True)]
        if sum(fitted) <= room:
            break
    return fitted


def wrapped(value: object, indent: int, *, lines: int) -> str:
    """Return a value as up to `lines` lines of a terminal, indented after the first; otherwise as one line.

    An address stays in one piece, so that it can be copied.
    """
    text = safe(value)
    columns = terminal_columns()
    if columns is None or ("://" in text and " " not in text):
        return cut(text, lines * MAX_COLUMNS)
    wide = 2 if columns_of(text) > len(text) else 1
    pieces = textwrap.wrap(
        text, max(columns - indent, 4 * _MIN_COLUMNS) // wide, max_lines=lines, placeholder="…", break_on_hyphens=False
    )
    return f"\n{' ' * indent}".join(pieces)


def differences(old: str, new: str, *, context: int = 0) -> list[str]:
    """Return the lines of a unified diff without its headers, with `context` unchanged lines before and after each."""
    lines = list(unified_diff(old.split("\n"), new.split("\n"), n=context, lineterm=""))[2:]
    return [line for line in lines if not line.startswith("@@")]
