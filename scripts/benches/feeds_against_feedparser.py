"""Compare the entries that `ingest.feeds.parse` finds with those that feedparser finds, feed by feed.

    .venv/bin/python scripts/benches/feeds_against_feedparser.py [DIR]

DIR holds gzipped documents and an index.json: a list of {"file", "url"}. Each feed that differs is printed with the
reason. The exit code is 1 if a feed could not be read, or if a difference has no known reason.
"""

import gzip
import io
import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import feedparser

from ingest.errors import ParseError
from ingest.feeds.parse import parse

SAMPLES = Path(__file__).resolve().parents[3] / "shared/data/feeds"


def main(directory: Path) -> int:
    now = datetime.now(UTC)
    differing = unexplained = ours = theirs = 0
    spent_s = 0.0
    index = json.loads((directory / "index.json").read_text())
    for row in index:
        body = gzip.decompress((directory / row["file"]).read_bytes())
        reference = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
        started = time.perf_counter()
        try:
            parsed = parse(body, url=row["url"], content_type=None, now=now)
        except ParseError as error:
            print(f"{error}: not read")
            unexplained += 1
            continue
        spent_s += time.perf_counter() - started
        ours += len(parsed.entries)
        theirs += len(reference.entries)
        if len(parsed.entries) != len(reference.entries):
            reason = why(parsed.version, len(parsed.entries), reference)
            differing += 1
            unexplained += reason is None
            print(f"{row['url']}: {len(parsed.entries)} against {len(reference.entries)}: {reason or 'UNEXPLAINED'}")
    read = len(index) - unexplained
    print(f"{read} of {len(index)} feeds read or explained, {differing} differ; {ours} entries against {theirs};")
    print(f"{1000 * spent_s / max(len(index), 1):.1f} ms a feed")
    return 1 if unexplained else 0


def why(version: str, ours: int, reference: feedparser.FeedParserDict) -> str | None:
    if version.startswith("json"):
        return "JSON Feed, which feedparser cannot read"
    seen = Counter((e.get("id"), e.get("link"), e.get("title")) for e in reference.entries)
    repeated = sum(seen.values()) - len(seen)
    if repeated and ours == len(seen):
        return f"{repeated} entries occur twice, with the same guid, link and title"
    return None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES))
