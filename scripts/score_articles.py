"""Runs the product's own cleaning over the marked pages and writes what ../shared/quality/score.py reads.

    .venv/bin/python scripts/score_articles.py OUT.jsonl [--feed] [--pages DIR]

DIR (default: ../shared/data/articles) holds truth.jsonl and html/ID.html.gz. Of the truth only the page's address is
used; with --feed, a feed's entry beside the page has the true title and date, and the first two sentences as summary.
"""

import argparse
import gzip
import json
import re
from datetime import UTC, datetime
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import Any

from ingest.articles.extract import extract
from storage.records import NewEntry

ARTICLES = Path(__file__).resolve().parents[2] / "shared/data/articles"
SENTENCE = re.compile(r"(?<=[.!?。])\s+")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--feed", action="store_true")
    parser.add_argument("--pages", type=Path, default=ARTICLES)
    arguments = parser.parse_args()
    with (arguments.pages / "truth.jsonl").open(encoding="utf-8") as lines:
        truth = list(map(json.loads, lines))
    clean = partial(cleaned, folder=arguments.pages / "html", told=arguments.feed, now=datetime.now(UTC))
    with Pool() as pool, arguments.out.open("w", encoding="utf-8") as rows:
        for row in pool.imap(clean, truth, chunksize=16):
            rows.write(json.dumps(row, ensure_ascii=False) + "\n")


def cleaned(page: dict[str, Any], *, folder: Path, told: bool, now: datetime) -> dict[str, Any]:
    body = gzip.decompress((folder / f"{page['id']}.html.gz").read_bytes())
    entry = entry_of(page) if told else NewEntry(guid="", url=page["url"], title=None)
    found = extract(body, url=page["url"] or "", content_type=None, entry=entry, now=now)
    return {
        "id": page["id"],
        "title": found.title,
        "author": ", ".join(found.authors) or None,
        "date": found.published_at.isoformat() if found.published_at else None,
        "body": found.body,
    }


def entry_of(page: dict[str, Any]) -> NewEntry:
    summary = " ".join(SENTENCE.split(page["body"] or "")[:2]) or None
    try:
        published_at = datetime.fromisoformat(page["date"] or "").replace(tzinfo=UTC)
    except ValueError:
        published_at = None
    return NewEntry(guid="", url=page["url"], title=page["title"], summary=summary, published_at=published_at)


if __name__ == "__main__":
    main()
