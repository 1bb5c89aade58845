"""Compare the cost of `ingest now` with that of another archiver, alternating, on a web that nginx serves.

    .venv/bin/python scripts/benches/bench_now.py WEB [--baseline ARCHIVER.PY] [--before CHECKOUT]
        [--method combined --method blocks] [--runs 3] [--interval 0]

WEB is a folder with manifest.json and nginx.conf. The baseline is a script that takes MANIFEST and DB as arguments and
prints one JSON line with "articles". `--before` is another checkout of ingest, which runs beside this one. `--interval`
is per_host_interval_s: with 0 both ask without a pause. `--method` is how pages are extracted (`articles.method`).
After its first run, `ingest now` runs again on the same archive, when nothing is new.
CPU is in ms an article. The loop's thread includes the start of the program; workers include the fork server.
"""

import argparse
import compileall
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import get_args

from benches import newsweb

from storage.content import Method

# Runs ingest and writes how long each of its threads was on a CPU.
BY_THREAD = """
import json, os, runpy, threading, time
from collections import Counter

spent, run = Counter(), threading.Thread.run

def timed(thread):
    try:
        run(thread)
    finally:
        spent[thread.name.partition("_")[0]] += time.thread_time()

threading.Thread.run = timed
try:
    runpy.run_module("ingest", run_name="__main__", alter_sys=True)
finally:
    spent.update(loop=time.thread_time(), process=time.process_time())
    with open(os.environ["BY_THREAD"], "w") as file:
        json.dump(spent, file)
"""
AGAIN = ", again"
BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a command; `by_thread` has CPU seconds of `loop`, `writer` and the whole `process`."""

    cost: newsweb.Cost
    articles: int
    by_thread: dict[str, float]

    def ms(self, seconds: float) -> float:
        return seconds / max(self.articles, 1) * 1000

    @property
    def split_ms(self) -> dict[str, float]:
        """CPU ms an article of workers, writer, loop and other threads, and of all."""
        threads = self.by_thread
        all_ms = self.ms(self.cost.cpu_s)
        if not threads:
            return {"all": all_ms}
        loop, writer, process = (self.ms(threads.get(name, 0.0)) for name in ("loop", "writer", "process"))
        return {
            "all": all_ms,
            "workers": all_ms - process,
            "writer": writer,
            "loop": loop,
            "other": process - loop - writer,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("web", type=Path)
    parser.add_argument("--baseline", type=Path)
    parser.add_argument("--before", type=Path, metavar="CHECKOUT")
    parser.add_argument("--method", action="append", choices=get_args(Method))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--interval", type=float, default=0.0)
    arguments = parser.parse_args()
    checkouts = {"": newsweb.ROOT} | ({" before": arguments.before.resolve()} if arguments.before else {})
    methods = arguments.method or [os.environ.get("INGEST_ARTICLES__METHOD", "combined")]
    results: dict[str, list[Run]] = {}
    with newsweb.served(arguments.web) as feeds, tempfile.TemporaryDirectory() as folder:
        for package in (checkout / name for checkout in checkouts.values() for name in ("ingest", "storage")):
            compileall.compile_dir(package, quiet=1)  # as pip does
        newsweb.adopt_orphans()  # only now, so that nginx is not adopted
        ours = newsweb.configure(Path(folder), feeds, interval_s=arguments.interval)
        for _ in range(arguments.runs):
            for method in methods:
                for name, checkout in checkouts.items():
                    for run, again in zip(_runs(ours, Path(folder), checkout, method), ("", AGAIN), strict=True):
                        results.setdefault(f"{method}{name}{again}", []).append(run)
            if arguments.baseline:
                other = Path(folder) / "other.db"
                other.unlink(missing_ok=True)
                manifest = str(arguments.web.resolve() / "manifest.json")
                cost = newsweb.cost([sys.executable, str(arguments.baseline.resolve()), manifest, str(other)])
                articles = json.loads(cost.output.splitlines()[-1])["articles"]
                results.setdefault(BASELINE, []).append(Run(cost, articles, {}))
    _show(results)


def _runs(command: list[str], folder: Path, checkout: Path, method: str) -> Iterator[Run]:
    """Run `ingest now` of a checkout into a new archive, and again."""
    archive, times = folder / "news.db", folder / "by_thread.json"
    newsweb.remove_archive(archive)
    by_thread = [command[0], "-c", BY_THREAD, *command[command.index("--config") :]]
    environment = {
        "PYTHONPATH": str(checkout),
        "INGEST_ARTICLES__METHOD": method,
        "BY_THREAD": str(times),
    }
    for _ in range(2):
        cost = newsweb.cost([*by_thread, "-q", "--json", "now"], environment=environment, checkout=checkout)
        yield Run(cost, len(newsweb.articles(archive)), json.loads(times.read_text()))


def _show(results: dict[str, list[Run]]) -> None:
    print(f"{'':24}{'wall s':>20}{'CPU s':>20}{'peak MB':>9}{'articles':>9}")
    for name, runs in results.items():
        walls, cpus = _spread([run.cost.wall_s for run in runs]), _spread([run.cost.cpu_s for run in runs])
        print(f"{name:24}{walls:>20}{cpus:>20}{max(r.cost.peak_mb for r in runs):>9.0f}{runs[-1].articles:>9}")
    parts = ("all", "workers", "writer", "loop", "other")
    print("CPU ms an article, medians:")
    print(f"{'':24}", *(f"{part:>8}" for part in parts))
    for name, runs in results.items():
        splits = [run.split_ms for run in runs]
        print(
            f"{name:24}", *(f"{median(split[part] for split in splits):>8.2f}" for part in parts if part in splits[0])
        )
    if BASELINE in results:
        print("CPU in units of the baseline, run by run:")
        for name, runs in results.items():
            ratios = [run.cost.cpu_s / other.cost.cpu_s for run, other in zip(runs, results[BASELINE], strict=True)]
            print(f"{name:24}{_spread(ratios):>20}")


def _spread(values: list[float]) -> str:
    return f"{median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


if __name__ == "__main__":
    main()
