"""What cleaning a page costs by each method, and stage by stage, beside trafilatura with metadata on the same pages.

    .venv/bin/python scripts/benches/cost_by_stage.py PAGES… [--pages 240]

PAGES are folders of *.html or *.html.gz, of each of which so many pages are taken. Each page is cleaned by trafilatura
and by each method in turn, in one process: the ratios are what counts. Then the stages of the default method are
measured; a stage includes what it calls. The feed tells nothing: all is searched for.
"""

import argparse
import gzip
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import trafilatura
import zstandard

from ingest.articles import extract, language
from ingest.articles.body import selection
from ingest.articles.body.model import Forest
from ingest.dedupe.fingerprint import content_hash
from storage.compression import LEVEL
from storage.content import Method
from storage.records import NewEntry

STAGES: list[tuple[Any, str]] = [
    (extract, "parse"), (extract, "read_metadata"), (extract, "blocks"), (extract, "select"),
    (selection, "features"), (selection, "vetoes"), (Forest, "chances"), (extract, "advice"), (extract, "judge"),
    (language, "choose"),
]  # fmt: skip
OTHER = "trafilatura with metadata"
DEFAULT, *_ = METHODS = get_args(Method)
URL = "https://news.example/stories/a-ferry-stays-in-service"
ENTRY = NewEntry("", URL, None)
NOW = datetime.now(UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="PAGES")
    parser.add_argument("--pages", dest="count", type=int, default=240)
    arguments = parser.parse_args()
    print(f"CPU in units of {OTHER}:")
    print(f"{'':34}{'pages':>6}", *(f"{method:>12}" for method in METHODS))
    pages: list[bytes] = []
    total: Counter[str] = Counter()
    for folder in arguments.folders:
        found = read(folder, arguments.count)
        spent = by_method(found)
        show("/".join(folder.parts[-2:]), found, spent)
        pages += found
        total += spent
    show("all", pages, total)
    print(f"CPU a page, {DEFAULT}:")
    for name, seconds in by_stage(pages).items():
        print(f"{name:28}{seconds / len(pages) * 1000:8.2f} ms")


def read(folder: Path, count: int) -> list[bytes]:
    files = sorted(folder.glob("*.html*"))
    chosen = random.Random(1).sample(files, min(count, len(files)))
    return [gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes() for file in chosen]


def show(name: str, pages: list[bytes], spent: Counter[str]) -> None:
    print(f"{name:34}{len(pages):6}", *(f"{spent[method] / spent[OTHER]:12.3f}" for method in METHODS), flush=True)


def by_method(pages: list[bytes]) -> Counter[str]:
    """The seconds for all pages; who goes first changes from page to page."""
    spent: Counter[str] = Counter()
    names = deque([OTHER, *METHODS])
    for body in pages:
        for name in names:
            began_s = time.process_time()
            clean(body, name)
            spent[name] += time.process_time() - began_s
        names.rotate()
    return spent


def clean(body: bytes, name: str) -> str:
    if name == OTHER:
        text = body.decode("utf-8", "replace")
        return str(trafilatura.bare_extraction(text, include_comments=False, with_metadata=True))
    return extract.extract(body, url=URL, content_type="text/html", entry=ENTRY, now=NOW, method=name).body


def by_stage(pages: list[bytes]) -> dict[str, float]:
    """The seconds for all pages, and of each stage."""
    spent: Counter[str] = Counter()

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (passed through)
            began_s = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                spent[name] += time.process_time() - began_s

        return call

    for module, name in STAGES:
        setattr(module, name, timed(f"  {name.strip('_')}", getattr(module, name)))
    extracted = timed("extract", clean)
    compress = timed("compress", zstandard.ZstdCompressor(level=LEVEL).compress)
    fingerprint = timed("content_hash", content_hash)
    for body in pages:
        fingerprint(extracted(body, DEFAULT))
        compress(body)
    return dict(sorted(spent.items(), key=lambda pair: (pair[0].startswith(" "), -pair[1])))


if __name__ == "__main__":
    main()
