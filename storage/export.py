"""Articles in the formats that other tools read."""

import csv
import io
import json
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from storage.files import Protected, writing
from storage.rows import Row

COLUMNS = (
    "id url site title authors published_at published_from archived_at revised_at language summary body body_from words"
    " image_url tags content_hash extractor site_name section published_precision published_ahead markdown access"
    " access_reason"
).split()

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 (the wide ones count in Japanese)

_TXT_NAME = re.compile(r"([0-9]{8,18})-[a-z0-9]+(?:-[a-z0-9]+)*\.txt")


def jsonl(articles: Iterable[Row]) -> Iterator[str]:
    """Yield a JSON object a line, with the columns of `current_articles` as keys."""
    for article in articles:
        yield json.dumps(article, ensure_ascii=False) + "\n"


def as_csv(articles: Iterable[Row], *, raw: bool) -> Iterator[str]:
    """Yield RFC 4180 with a header line. Lists are joined by "; ".

    Unless `raw`, a cell that a spreadsheet would run as a formula is prefixed with an apostrophe
    (https://owasp.org/www-community/attacks/CSV_Injection).
    """
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for article in articles:
        row = article | {name: "; ".join(article[name]) for name in ("authors", "tags")}
        writer.writerow(row if raw else {name: _defused(row[name]) for name in COLUMNS})
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _defused(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell


def txt(article: Row) -> str:
    """Return the title on the first line, then one paragraph a line, without a final newline."""
    return "\n".join([(article["title"] or "").replace("\n", " "), *article["body"].split("\n")])


def write_txt(articles: Iterable[Row], folder: Path, protected: Protected, *, gone: Iterable[int]) -> int:
    """Write a file for each article, `00000042-the-title.txt`. Return how many.

    The files of earlier exports are replaced. Those of articles that are `gone`, merged or forgotten, are removed.
    Raises OSError if the folder cannot be made or written, and OutputRefused.
    """
    folder.mkdir(parents=True, exist_ok=True)
    earlier = _files_of_articles(folder)
    count = 0
    for article in articles:
        name = f"{article['id']:08d}-{_slug(article['title'] or article['url'])}.txt"
        with writing(folder / name, protected, durable=False) as file:
            file.write(txt(article).encode())
        _remove(earlier.get(article["id"], set()) - {name}, folder, protected)
        count += 1
    for article_id in gone:
        _remove(earlier.get(article_id, set()), folder, protected)
    return count


def _remove(names: set[str], folder: Path, protected: Protected) -> None:
    for name in names:
        protected.check(folder / name)
        (folder / name).unlink(missing_ok=True)


def _files_of_articles(folder: Path) -> dict[int, set[str]]:
    """Return the regular files that have a name as `write_txt` gives it, by the article's id."""
    files: dict[int, set[str]] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            match = _TXT_NAME.fullmatch(entry.name)
            if match and entry.is_file(follow_symlinks=False) and f"{int(match[1]):08d}" == match[1]:
                files.setdefault(int(match[1]), set()).add(entry.name)
    return files


def _slug(text: str) -> str:
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(sign))
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:60].strip("-") or "article"
