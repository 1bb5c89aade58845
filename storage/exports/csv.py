"""RFC 4180 with a header line. Lists are joined by "; ".

Unless the export is `raw`, a cell that a spreadsheet would run as a formula is prefixed with an apostrophe
(https://owasp.org/www-community/attacks/CSV_Injection).
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from storage.exports.articles import COLUMNS, Articles
from storage.rows import Row

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 (the wide ones count in Japanese)


def write(articles: Articles, file: BinaryIO) -> None:
    file.writelines(lines(articles, COLUMNS, raw=articles.raw))


def lines(rows: Iterable[Row], columns: Sequence[str], *, raw: bool = False) -> Iterator[bytes]:
    """Yield the header and a line for each row."""
    line = io.StringIO(newline="")
    writer = csv.writer(line, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        yield line.getvalue().encode(errors="backslashreplace")
        line.seek(0)
        line.truncate()
        cells = ("; ".join(row[name]) if isinstance(row[name], list) else row[name] for name in columns)
        writer.writerow(list(cells) if raw else list(map(_defused, cells)))
    yield line.getvalue().encode(errors="backslashreplace")


def _defused(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell
