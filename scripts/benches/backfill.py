"""Measure `ingest backfill` over a crawl: with local workers, with Dask's, and what the past by the million needs.

    .venv/bin/python scripts/benches/backfill.py CRAWL.warc.gz [--workers 1,2] [--rounds 3] [--ways local,dask,cluster]
        [--articles 2000] [--sizes 0,10000,100000] [--pages FOLDER]... [--folder DIR]

`crawl.py` makes the crawl. Each run has an archive of its own, and the ways take turns:

local N      N workers of this process (`articles.workers`)
dask N       `--cluster local:N`
cluster N    `--cluster tcp://…`: a `dask scheduler`, and N `dask worker` of one thread; both have started before

A row has the medians of the rounds: pages a second by the clock, start included; milliseconds of CPU a page of the
process that reads and writes, and of all others; the peak memory of all of them (PSS); and the pages a second by those
of as many local workers, round by round. Then comes what the writer alone records (`backfill_writer.py`; `--articles`,
`--sizes` and `--pages` are its options), and what follows from both for CC-NEWS.
"""

import argparse
import contextlib
import sqlite3
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benches import backfill_writer, newsweb
from benches.dask_cluster import DaskCluster

WAYS = ("local", "dask", "cluster")
CC_NEWS_A_DAY = 1_000_000
HOUR_S, DAY_S, YEAR_DAYS = 3600, 86_400, 365


@dataclass(frozen=True)
class Run:
    """One run: its cost, its pages, and what became of them."""

    cost: newsweb.Cost
    outcomes: Counter[str]

    @property
    def pages(self) -> int:
        return self.outcomes.total()

    @property
    def a_second(self) -> float:
        return self.pages / self.cost.wall_s

    @property
    def own_ms(self) -> float:
        return 1000 * self.cost.own_cpu_s / self.pages

    @property
    def others_ms(self) -> float:
        return 1000 * (self.cost.cpu_s - self.cost.own_cpu_s) / self.pages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("crawl", type=Path)
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--sizes", default="0,10000,100000")
    parser.add_argument("--pages", type=Path, action="append")
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    numbers = [int(number) for number in arguments.workers.split(",")]
    cases = [(way, number) for number in numbers for way in arguments.ways.split(",")]
    runs: dict[tuple[str, int], list[Run]] = defaultdict(list)
    newsweb.adopt_orphans()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        for _ in range(arguments.rounds):
            for way, number in cases:
                done = run(Path(folder), arguments.crawl, way, number)
                runs[way, number].append(done)
                print(
                    f"{way} {number}: {done.a_second:.1f} pages/s, {dict(done.outcomes)}", file=sys.stderr, flush=True
                )
    print(f"{'':12}{'pages/s':>10}{'own ms':>10}{'others ms':>10}{'peak MB':>10}{'by local':>20}")
    for case in cases:
        print(_row(case, runs))
    print(f"\nthe writer alone\n{backfill_writer.heading()}")
    sizes = [int(size) for size in arguments.sizes.split(",")]
    rates = backfill_writer.rates(arguments.pages, arguments.articles, sizes, arguments.folder)
    print()
    for line in on_paper(next(iter(runs.values())), rates[-1]):
        print(line)


def run(folder: Path, crawl: Path, way: str, number: int) -> Run:
    command = newsweb.configure(folder, [], interval_s=0.0)
    archive = folder / "news.db"
    newsweb.remove_archive(archive)
    with cluster_of(folder, way, number) as (options, beside):
        words = [*command, "-q", "--json", "backfill", str(crawl), *options]
        cost = newsweb.cost(words, beside=beside, environment={"INGEST_ARTICLES__WORKERS": str(number)})
    with contextlib.closing(sqlite3.connect(archive)) as db:
        return Run(cost, Counter(dict(db.execute("SELECT outcome, count(*) FROM entries GROUP BY 1"))))


@contextlib.contextmanager
def cluster_of(folder: Path, way: str, number: int) -> Iterator[tuple[list[str], list[int]]]:
    """Yield the options of a way, and the processes that are there already."""
    if way != "cluster":
        yield (["--cluster", f"local:{number}"] if way == "dask" else []), []
        return
    cluster = DaskCluster(folder / "dask", number)
    try:
        yield ["--cluster", cluster.address], cluster.processes()
    finally:
        cluster.stop()


def _row(case: tuple[str, int], runs: dict[tuple[str, int], list[Run]]) -> str:
    way, number = case
    these, local = runs[case], runs.get(("local", number), [])
    ratios = [run.a_second / other.a_second for run, other in zip(these, local, strict=False)]
    shown = f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})" if ratios else ""
    figures = (
        median(run.a_second for run in these),
        median(run.own_ms for run in these),
        median(run.others_ms for run in these),
        max(run.cost.peak_mb for run in these),
    )
    cells = "".join(f"{figure:10.{digits}f}" for figure, digits in zip(figures, (1, 1, 1, 0), strict=True))
    return f"{way} {number:<{11 - len(way)}}{cells}{shown:>20}"


def on_paper(runs: list[Run], writer: backfill_writer.Rate) -> list[str]:
    """Return what CC-NEWS needs: cleaning from the runs, writing from the writer's rate in the largest archive."""
    own_ms, others_ms = median(run.own_ms for run in runs), median(run.others_ms for run in runs)
    cleaning_h, own_h = (CC_NEWS_A_DAY * ms / 1000 / HOUR_S for ms in (others_ms, own_ms))
    writing_h = CC_NEWS_A_DAY / writer.a_second / HOUR_S
    disk_gb = CC_NEWS_A_DAY * writer.bytes / 1e9
    cores = CC_NEWS_A_DAY / DAY_S * (own_ms + others_ms) / 1000
    feeds = writer.a_second * others_ms / 1000
    return [
        f"{'CC-NEWS, a million pages a day':36}{'a day':>12}{'a year':>12}",
        f"{'cleaning, core-hours':36}{cleaning_h:12.1f}{cleaning_h * YEAR_DAYS:12,.0f}",
        f"{'reading and writing, core-hours':36}{own_h:12.1f}{own_h * YEAR_DAYS:12,.0f}",
        f"{'writing alone, hours by the clock':36}{writing_h:12.1f}{writing_h * YEAR_DAYS:12,.0f}",
        f"{'disk, GB':36}{disk_gb:12,.0f}{disk_gb * YEAR_DAYS:12,.0f}",
        f"to keep up with the present: {cores:.2f} cores of {CC_NEWS_A_DAY / DAY_S:.1f} pages a second",
        f"a writer feeds {feeds:.0f} cores of cleaning: with them, a year takes {writing_h * YEAR_DAYS / 24:.0f} days",
    ]


if __name__ == "__main__":
    main()
