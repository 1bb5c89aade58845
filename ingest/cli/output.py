"""How results look: neat text for people, JSON for programs; never a control character of a stranger's."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click

from ingest.text import clean_line


def print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def note(text: str, *, quiet: bool = False) -> None:
    """Not a result: to stderr."""
    if not quiet:
        click.echo(text, err=True)


def safe(value: object) -> str:
    return "" if value is None else clean_line(str(value))


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
