"""What share of an extraction's CPU time each room of `ingest/articles` has, the structure's above all.

    .venv/bin/python scripts/benches/structure_cost.py PAGES… [--pages 240] [--rounds 3]

PAGES are folders of *.html or *.html.gz, of each of which so many pages are taken. They are extracted as a worker does
it. Each millisecond of CPU time counts for the innermost room of the call: nothing is switched off, and no time is
measured twice.
"""

import argparse
import gzip
import random
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from ingest.workers.tasks import PageTask, extract_page
from storage.records import NewEntry, SiteProfile

ROOMS = "ingest/articles/"
INTERVAL_S = 0.001
URL = "https://news.example/stories/a-ferry-stays-in-service"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="PAGES")
    parser.add_argument("--pages", dest="count", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    pages = [page for folder in arguments.folders for page in read(folder, arguments.count)]
    extract(pages[:3])  # loads what is loaded once
    for number in range(1, arguments.rounds + 1):
        began = time.process_time()
        shares = sampled(pages)
        print(f"round {number}: {1000 * (time.process_time() - began) / len(pages):.1f} ms a page, {len(pages)} pages")
        total = shares.total()
        for room, samples in shares.most_common():
            print(f"  {room:24}{samples / total:7.1%}")


def read(folder: Path, count: int) -> list[bytes]:
    files = sorted([*folder.rglob("*.html.gz"), *folder.rglob("*.html")])
    chosen = random.Random(1).sample(files, min(count, len(files)))
    return [gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes() for file in chosen]


def sampled(pages: list[bytes]) -> Counter[str]:
    """Extract the pages. Return how many samples fell into each room."""
    samples: Counter[str] = Counter()

    def count(_number: int, frame: FrameType | None) -> None:
        samples[room_of(frame)] += 1

    before = signal.signal(signal.SIGPROF, count)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL_S, INTERVAL_S)
    try:
        extract(pages)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return samples


def room_of(frame: FrameType | None) -> str:
    """Return the folder or module of `ingest/articles` that made the innermost call."""
    while frame:
        _, found, path = frame.f_code.co_filename.rpartition(ROOMS)
        if found:
            return path.split("/")[0].removesuffix(".py")
        frame = frame.f_back
    return "outside"


def extract(pages: list[bytes]) -> None:
    task = PageTask(URL, None, NewEntry("", URL, None), datetime.now(UTC), "combined", SiteProfile())
    for page in pages:
        extract_page(page, task)


if __name__ == "__main__":
    main()
