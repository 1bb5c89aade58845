"""What an article costs the writer's thread: CPU, SQL statements by their text, and Python functions.

    .venv/bin/python scripts/benches/writer_statements.py [--pages FOLDER]... [--articles 400] [--sites 50] [--group 2]
        [--functions] [--before CHECKOUT] [--runs 3]

The pages are those of `crawl.py`, extracted before anything is measured, `--group` of them in a transaction: `ingest
now` commits one or two at a time, `ingest backfill` 32. A trigger's work counts to the statement that sets it off, and
the rows that a query returns are read outside of it. With `--functions` Python's profile follows, and the times are
those of a slowed process. With `--before`, this checkout and another one are measured in turn, each in a process of
its own; the ratio is that of their medians.
"""

import argparse
import cProfile
import gc
import os
import pstats
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benches.backfill_writer import extracted_pages

from ingest.backfill.record import Page, Step, _begin, _record
from ingest.crawls.reading import Crawl
from ingest.pipeline import utc_now
from ingest.rules.rule import NO_RULES
from storage.archive import Archive

ROOT = Path(__file__).resolve().parents[2]
MAX_TEXT_CHARS = 100


class Traced:
    """A connection that counts statements and their CPU seconds by text."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.counts, self.cpu_s = Counter[str](), Counter[str]()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever the connection has)
        return getattr(self._db, name)

    def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
        return self._timed(self._db.execute, sql, *values)

    def executemany(self, sql: str, *values: object) -> sqlite3.Cursor:
        return self._timed(self._db.executemany, sql, *values)

    def _timed(self, method: Callable[..., sqlite3.Cursor], sql: str, *values: object) -> sqlite3.Cursor:
        began_s = time.thread_time()
        try:
            return method(sql, *values)
        finally:
            text = " ".join(sql.split())[:MAX_TEXT_CHARS]
            self.cpu_s[text] += time.thread_time() - began_s
            self.counts[text] += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, action="append")
    parser.add_argument("--articles", type=int, default=400)
    parser.add_argument("--sites", type=int, default=50)
    parser.add_argument("--group", type=int, default=2)
    parser.add_argument("--functions", action="store_true")
    parser.add_argument("--before", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--total", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.before:
        compare(arguments.before.resolve(), arguments.runs)
        return
    pages = extracted_pages(arguments.pages, arguments.articles, sites=arguments.sites)
    gc.freeze()  # the pages are not the writer's
    if arguments.total:
        record(pages, arguments.group)  # the first run loads what later ones have
        print(1000 * record(pages, arguments.group) / len(pages))
        return
    db: list[Traced] = []
    show(record(pages, arguments.group, db), db[0], len(pages))
    if arguments.functions:
        profile = cProfile.Profile()
        profile.runcall(record, pages, arguments.group)
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)


def record(pages: list[Page], group: int, traced: list[Traced] | None = None) -> float:
    """Record the pages in a new archive. Return the CPU seconds of this thread."""
    with tempfile.TemporaryDirectory() as folder, Archive(Path(folder) / "news.db", "bench") as archive:
        if traced is not None:
            traced.append(Traced(archive.db))
            archive.db = traced[0]  # type: ignore[assignment]
        with archive.transaction():
            state = _begin(archive, crawl=Crawl("bench.warc.gz", "warc", 1, "bench"), again=False, now=utc_now())
        began_s = time.thread_time()
        for at in range(0, len(pages), group):
            step = Step(state.id, str(at or ""), str(at + group), pages[at : at + group])
            with archive.transaction(), archive.savepoint():
                _record(archive, step=step, rules=NO_RULES, now=utc_now())
        return time.thread_time() - began_s


def show(cpu_s: float, db: Traced, articles: int) -> None:
    total, sql = 1000 * cpu_s / articles, 1000 * db.cpu_s.total() / articles
    print(f"an article: {total:.2f} ms, {sql:.2f} of them in {db.counts.total() / articles:.1f} statements")
    for text, seconds in db.cpu_s.most_common(40):
        print(f"{1e6 * seconds / articles:8.0f} µs {db.counts[text] / articles:8.2f}  {text}")


def compare(before: Path, runs: int) -> None:
    """Measure the checkout `before` and this one in turn. Print the milliseconds an article, and the ratio."""
    at = sys.argv.index("--before")
    options = [*sys.argv[1:at], *sys.argv[at + 2 :], "--total"]
    figures: dict[Path, list[float]] = {before: [], ROOT: []}
    for _ in range(runs):
        for root, found in figures.items():
            path = {"PYTHONPATH": os.pathsep.join(map(str, (root, ROOT / "scripts", ROOT / "scripts" / "quality")))}
            command = [sys.executable, str(ROOT / "scripts" / "benches" / Path(__file__).name), *options]
            run = subprocess.run(command, env=os.environ | path, check=True, stdout=subprocess.PIPE)
            found.append(float(run.stdout))
            print(f"{root}: {found[-1]:.2f} ms an article", flush=True)
    print(f"ratio {median(figures[ROOT]) / median(figures[before]):.2f}")


if __name__ == "__main__":
    main()
