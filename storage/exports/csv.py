"""RFC 4180 with a header line. Lists are joined by "; ".

Unless the export is `raw`, a cell that a spreadsheet would run as a formula is prefixed with an apostrophe
(https://owasp.org/www-community/attacks/CSV_Injection).
"""

import csv
import io
from typing import BinaryIO

from storage.exports.articles import COLUMNS, Articles

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 (the wide ones count in Japanese)


def write(articles: Articles, file: BinaryIO) -> None:
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for article in articles:
        row = article | {name: "; ".join(article[name]) for name in ("authors", "tags")}
        writer.writerow([row[name] if articles.raw else _defused(row[name]) for name in COLUMNS])
        file.write(lines.getvalue().encode(errors="backslashreplace"))
        lines.seek(0)
        lines.truncate()
    file.write(lines.getvalue().encode())


def _defused(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell
