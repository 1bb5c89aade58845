"""What cleaning a page costs, stage by stage, beside trafilatura with metadata on the same pages.

    .venv/bin/python scripts/cost_by_stage.py PAGES [--pages 240]

PAGES is a folder of *.html or *.html.gz. CPU milliseconds a page, one process; a stage includes what it calls.
The feed tells nothing: all is searched for.
"""

import argparse
import gzip
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trafilatura
import zstandard

from ingest.articles import extract as stage
from ingest.articles.body import selection
from ingest.articles.body.model import Forest
from ingest.articles.metadata import facts
from ingest.dedupe.fingerprint import content_hash
from ingest.packing import LEVEL
from storage.records import NewEntry

STAGES: list[tuple[Any, str]] = [
    (stage, "parse"), (facts, "read"), (stage, "page_blocks"), (stage, "select"), (selection, "features"),
    (selection, "vetoes"), (Forest, "chances"), (stage, "extracted"), (stage, "advice"), (stage, "judge"),
    (stage, "_extraction"),
]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--pages", dest="count", type=int, default=240)
    arguments = parser.parse_args()
    files = sorted(arguments.pages.glob("*.html*"))[: arguments.count]
    bodies = [gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes() for file in files]
    spent: defaultdict[str, float] = defaultdict(float)

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (passed through)
            began = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                spent[name] += time.process_time() - began

        return call

    for module, name in STAGES:
        setattr(module, name, timed(f"  {name.strip('_')}", getattr(module, name)))
    now = datetime.now(UTC)
    url = "https://news.example/stories/a-ferry-stays-in-service"
    entry = NewEntry("", url, None)
    clean = timed("extract", stage.extract)
    compress = timed("compress", zstandard.ZstdCompressor(level=LEVEL).compress)
    fingerprint = timed("content_hash", content_hash)
    other = timed("trafilatura, with metadata", trafilatura.bare_extraction)
    for body in bodies:
        text = clean(body, url=url, content_type="text/html", entry=entry, now=now).body
        compress(body)
        fingerprint(text)
        other(body.decode("utf-8", "replace"), include_comments=False, with_metadata=True)
    cost = spent["extract"] / spent["trafilatura, with metadata"]
    print(f"extract costs {cost:.3f} of trafilatura with metadata, on the same pages in turn")
    for name, seconds in sorted(spent.items(), key=lambda pair: (pair[0].startswith(" "), -pair[1])):
        print(f"{name:28}{seconds / len(bodies) * 1000:8.2f} ms")


if __name__ == "__main__":
    main()
