"""Articles out of the archive, in the formats other tools read."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from storage.reader import Row

COLUMNS = (
    "id url site title authors published_at published_from archived_at revised_at language summary body body_from words"
    " image_url tags content_hash extractor site_name section"
).split()


def jsonl(articles: Iterable[Row]) -> Iterator[str]:
    """One JSON object a line, keys as the columns of `current_articles`."""
    for article in articles:
        yield json.dumps(article, ensure_ascii=False) + "\n"


def as_csv(articles: Iterable[Row]) -> Iterator[str]:
    """RFC 4180 with a header line; lists are joined by "; "."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for article in articles:
        writer.writerow(article | {name: "; ".join(article[name]) for name in ("authors", "tags")})
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


STREAMS: dict[str, Callable[[Iterable[Row]], Iterator[str]]] = {"jsonl": jsonl, "csv": as_csv}


def txt(article: Row) -> str:
    """Title on the first line, then one paragraph a line, no line end after the last."""
    return "\n".join([(article["title"] or "").replace("\n", " "), *article["body"].split("\n")])


def write_txt(articles: Iterable[Row], folder: Path) -> int:
    """One file each, `00000042-the-title.txt`; a file of an earlier export of the same article is replaced.

    Raises OSError when the folder cannot be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for article in articles:
        name = f"{article['id']:08d}-{_slug(article['title'] or article['url'])}.txt"
        (folder / name).write_text(txt(article), encoding="utf-8", newline="\n")
        count += 1
    return count


def _slug(text: str) -> str:
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(sign))
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:60].strip("-") or "article"
