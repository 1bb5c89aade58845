"""How long `ingest report` takes, and the size of its file: `report.py [ARCHIVE] [--size 100000] [--days 7,30,90]`.

Without an archive, one of `size` articles is filled by `selections_archive.py` and `browse_archive.py` in a temporary
folder. Each report is a process of its own, as HTML and as JSON. `MB` is the most memory of its processes, the one that
draws included: the larger of the two, not their sum.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

from browse_archive import give_past
from selections_archive import fill

from storage.reader import Reader
from storage.records import to_instant, to_text


def measure(archive: Path, until: str, days: int, target: Path) -> tuple[float, float]:
    """Return the seconds and the megabytes of a report."""
    last = to_instant(until)
    assert last
    period = ["--since", to_text(last - timedelta(days=days)), "--until", until]
    words = [sys.executable, "-m", "ingest", "-q", "--archive", str(archive), "report", str(target), *period]
    begin = time.monotonic()
    process = subprocess.Popen(words)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"the report ended with exit code {process.returncode}")
    return time.monotonic() - begin, usage.ru_maxrss / 1024


def make(archive: Path, size: int) -> None:
    fill(archive, size, markdown=True)
    give_past(archive)


def compare(archive: Path, folder: Path, days: list[int]) -> None:
    with Reader(archive) as reader:
        print(f"{reader.stock()['articles']:,} articles, {archive.stat().st_size / 1e6:,.0f} MB")
        until = next(reader.rows("SELECT max(archived_at) AS at FROM selectable"))["at"]
    print(f"{'days':>4} {'format':>6} {'s':>6} {'MB':>4} {'bytes':>9}")
    for number in days:
        for kind in ("html", "json"):
            target = folder / f"report.{kind}"
            seconds, megabytes = measure(archive, until, number, target)
            print(f"{number:4} {kind:>6} {seconds:6.2f} {megabytes:4.0f} {target.stat().st_size:9,}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path, nargs="?")
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--days", default="7,30,90")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archive = options.archive or Path(folder) / "news.db"
        if not options.archive:
            filler = get_context("spawn").Process(target=make, args=(archive, options.size))
            filler.start()  # the peak memory that the system tells of a child is at least its parent's
            filler.join()
        compare(archive, Path(folder), [int(number) for number in options.days.split(",")])


if __name__ == "__main__":
    main()
