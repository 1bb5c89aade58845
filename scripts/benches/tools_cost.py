"""Measure the CPU time that ingest and other tools take to extract a page.

    .venv/bin/python scripts/benches/tools_cost.py PAGES… [--pages 240]

PAGES are folders of *.html or *.html.gz; `--pages` are taken at random from each. Every tool extracts every page in
turn, in one process. Printed are the CPU milliseconds of a page, for each tool, and the ratio to trafilatura. A tool
that is not installed is left out; `.venv/bin/pip install -c scripts/constraints.txt -e '.[bench]'` installs all.
"""

import argparse
import gzip
import logging
import random
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from quality.cleaners import CLEANERS, missing

URL = "https://news.example/stories/a-ferry-stays-in-service"
OTHER = "trafilatura"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="PAGES")
    parser.add_argument("--pages", type=int, default=240)
    arguments = parser.parse_args()
    logging.disable()
    tools = [tool for tool in CLEANERS if tool not in missing(list(CLEANERS))]
    spent_s: Counter[str] = Counter()
    bodies = [body for folder in arguments.folders for body in _pages(folder, arguments.pages)]
    for tool in tools:  # the first call loads the tool's data
        CLEANERS[tool](bodies[0], URL)
    for body in bodies:
        for tool in tools:
            started = time.process_time()
            with suppress(Exception):  # a page that a tool cannot read costs time too
                CLEANERS[tool](body, URL)
            spent_s[tool] += time.process_time() - started
    print(f"{len(bodies)} pages of {sum(map(len, bodies)) / len(bodies) / 1000:.0f} KB")
    for tool in tools:
        print(f"{tool:18}{1000 * spent_s[tool] / len(bodies):8.1f} ms{spent_s[tool] / spent_s[OTHER]:8.2f}")


def _pages(folder: Path, count: int) -> list[bytes]:
    files = sorted(file for file in folder.iterdir() if ".html" in file.name)
    chosen = random.Random(1).sample(files, min(count, len(files)))
    return [gzip.decompress(body) if file.suffix == ".gz" else body for file in chosen for body in [file.read_bytes()]]


if __name__ == "__main__":
    main()
