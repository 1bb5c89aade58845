"""Print a query and its rows as a table, or with `--values` only the values: `show.py ARCHIVE SQL [--values]`."""

import sqlite3
import sys
import unicodedata
from contextlib import closing
from pathlib import Path

MAX_WIDTH = 64


def width(text: str) -> int:
    return sum(1 for char in text if not unicodedata.combining(char))


def shorten(text: str) -> str:
    return text if len(text) <= MAX_WIDTH else text[: MAX_WIDTH - 1].rstrip() + "…"


def table(names: list[str], rows: list[tuple[object, ...]]) -> str:
    """Lay the rows out in columns, at most `MAX_WIDTH` wide, with numbers to the right."""
    cells = [names, *([shorten("" if cell is None else str(cell)) for cell in row] for row in rows)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    right = [bool(rows) and all(isinstance(row[i], int | float) for row in rows) for i in range(len(names))]

    def line(row: list[str]) -> str:
        padded = (
            (" " * (w - width(cell)) + cell) if to_right else (cell + " " * (w - width(cell)))
            for cell, w, to_right in zip(row, widths, right, strict=True)
        )
        return "  ".join(padded).rstrip()

    head, *body = map(line, cells)
    return "\n".join([head, "  ".join("─" * w for w in widths), *body])


def main(archive: str, sql: str, *, values: bool) -> None:
    with closing(sqlite3.connect(f"{Path(archive).resolve().as_uri()}?mode=ro", uri=True)) as db:
        cursor = db.execute(sql)
        rows = cursor.fetchall()
    if values:
        for row in rows:
            print(*row, sep="\t")
        return
    print(f"\nsql> {sql}")
    print(table([column[0] for column in cursor.description], rows))


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--values"]
    main(*arguments, values="--values" in sys.argv)
