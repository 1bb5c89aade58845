"""Runs the product's own cleaning over the marked pages and writes what ../shared/quality/score.py reads.

.venv/bin/python scripts/score_articles.py OUT.jsonl
"""

import gzip
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from ingest.articles.extract import extract
from storage.records import NewEntry

ARTICLES = Path(__file__).resolve().parents[2] / "shared/data/articles"


def main(out: Path) -> None:
    """Of the truth only the page's address is used."""
    now = datetime.now(UTC)
    with (ARTICLES / "truth.jsonl").open(encoding="utf-8") as lines, out.open("w", encoding="utf-8") as rows:
        for page in map(json.loads, lines):
            body = gzip.decompress((ARTICLES / "html" / f"{page['id']}.html.gz").read_bytes())
            entry = NewEntry(guid="", url=page["url"], title=None)
            found = extract(body, url=page["url"] or "", content_type=None, entry=entry, now=now)
            row = {
                "id": page["id"],
                "title": found.title,
                "author": ", ".join(found.authors) or None,
                "date": found.published_at.isoformat() if found.published_at else None,
                "body": found.body,
            }
            rows.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
