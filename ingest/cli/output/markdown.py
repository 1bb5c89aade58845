"""Markdown of strangers on a terminal: rendered to fit, without a control character of theirs."""

import io
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Markdown, TableElement
from rich.table import Table
from rich.text import Text

from ingest.cli.output.text import safe_lines

_LEVEL_COLUMNS = 4  # that an element takes from those in it, at most
_MIN_TEXT_COLUMNS = 20  # rich drops text that has no room
_MIN_CELL_COLUMNS = 6


class _FoldedTable(TableElement):
    """A table that cuts no cell. With too many columns for the terminal it is lines of text."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        head = [self.header.row] if self.header and self.header.row else []
        rows = [[cell.content for cell in row.cells] for row in [*head, *(self.body.rows if self.body else [])]]
        if rows and len(rows[0]) * _MIN_CELL_COLUMNS > options.max_width:
            yield from (Text(" | ").join(row) for row in rows)
            return
        for table in super().__rich_console__(console, options):
            if isinstance(table, Table):
                for column in table.columns:
                    column.overflow = "fold"
            yield table


class _Markdown(Markdown):
    elements = Markdown.elements | {"table_open": _FoldedTable}


def rendered(markdown: str, columns: int) -> str:
    """Return Markdown as a terminal's lines with styles, or as it is if its elements nest too deeply for `columns`.

    Links are hyperlinks (OSC 8). Their addresses are percent-encoded, so that none can end the hyperlink.
    """
    source = safe_lines(markdown)
    shown = _Markdown(source)
    deepest = max((token.level for token in shown.parsed), default=0)
    if deepest * _LEVEL_COLUMNS + _MIN_TEXT_COLUMNS > columns:
        return source
    _clean(shown.parsed)
    console = Console(
        file=io.StringIO(), force_terminal=True, width=columns, emoji=False, markup=False, highlight=False
    )
    with console.capture() as lines:
        console.print(shown)
    return "\n".join(line.rstrip() for line in lines.get().rstrip().split("\n"))


def _clean(tokens: Iterable[Any]) -> None:
    """Drop the control characters that entities stood for, and the marks in alternative texts."""
    for token in tokens:
        if token.type == "image":
            token.content = "".join(child.content for child in token.children or [])
        token.content = safe_lines(token.content)
        _clean(token.children or [])
