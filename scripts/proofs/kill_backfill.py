"""Kill what takes part in `ingest backfill` in mid-run, again and again: every page must be archived exactly once.

    .venv/bin/python scripts/proofs/kill_backfill.py [TARGET]... [--kills 100] [--count 600] [--pages FOLDER]...
        [--seed 1] [--folder DIR]

TARGET is what gets `kill -9`; without one each has its turn:

writer       the command alone, or with its workers; then it is run again
workers      one or all of its local workers, or the process that starts them; the run itself must go on to its end
dask-worker  one or all of two `dask worker`; they are started again at once, and the run must go on to its end
scheduler    the `dask scheduler`; it and what has ended of the workers and the command are started again
daemon       the daemon that records for the command; it is started again, and so is the command if it ends

The crawl has `--count` pages of `crawl.py`, each on a site of its own: what a site repeats is learned sooner or later,
and would be a difference. A round begins with an empty archive and has some kills, until the crawl is read to its end.
One of five kills is in the first moments of a run. The others come soon after a random share of the rest of the pages
was recorded, or at a random moment after the run's first page if that is sooner: pages are recorded many at once. Then
the command runs once more. The archive must then hold what an undisturbed run's holds: each entry with its record,
address, outcome and reason; each article with its address, title and text; the crawl read to its end, with its counts.
`integrity_check` and `foreign_key_check` must hold, and no process may be left. Each kill is printed
with the share of the pages that were recorded by then. The exit code is 1 if anything was wrong.
"""

import argparse
import contextlib
import math
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benches import crawl, newsweb
from benches.dask_cluster import DaskCluster
from proofs.kill_test import Ground

TARGETS = ("writer", "workers", "dask-worker", "scheduler", "daemon")
WORKERS = 2
EARLY, START_S = 0.2, 2.0  # the share of kills in the first moments of a run, and how long these last
STEP = 32  # pages: so many are recorded at once
MAX_RUNS = 50  # of the command, after the kills of a round
AWAY_S = 2.0  # at most, until a killed scheduler is started again
LAST_PROCESS_TIMEOUT_S = 15


@dataclass
class Round:
    """An empty archive, and the processes that fill it from a crawl. `kills` are the shares recorded at each kill."""

    ground: Ground
    crawl: Path
    target: str
    pages: int
    rng: random.Random
    undisturbed_s: float
    cluster: DaskCluster | None
    daemon: "subprocess.Popen[bytes] | None" = None
    kills: list[float] = field(default_factory=list)
    runs: int = 0
    said: list[str] = field(default_factory=list)

    @property
    def command(self) -> list[str]:
        options = ["--cluster", self.cluster.address] if self.cluster else []
        return [*self.ground.command, "-q", "--json", "backfill", str(self.crawl), *options]

    def disturb(self, most: int) -> None:
        """Run the command to its end, and kill what is to be killed up to `most` times meanwhile."""
        newsweb.remove_archive(self.ground.archive)
        self._tend()
        run = self._start()
        while True:
            if len(self.kills) < most:
                self._kill_in_mid_run(run)
            elif run.poll() is None:
                time.sleep(0.01)
            self._tend()
            if run.poll() is None:
                continue
            _, err = run.communicate()
            if run.returncode == 0:
                break
            if run.returncode != -signal.SIGKILL:
                self.said.append(err.decode().strip())
            assert self.runs < MAX_RUNS, self.said
            run = self._start()
        if self.daemon:
            self.daemon.send_signal(signal.SIGTERM)
            self.daemon.communicate()

    def wrong(self, wanted: list[str]) -> list[str]:
        """Run the command once more. Return what is wrong with the archive, and with what is left."""
        once_more = self.ground.run(self.command)
        problems = [f"once more: exit code {once_more.returncode} {once_more.stderr!r}"] if once_more.returncode else []
        if self.target in ("workers", "dask-worker") and self.said:
            problems.append(f"the run itself ended: {self.said[0]}")
        found = held(self.ground.archive)
        lost, more = set(wanted) - set(found), set(found) - set(wanted)
        problems += [f"missing {line[:300]}" for line in sorted(lost)[:3]] + [
            f"instead {line[:300]}" for line in sorted(more)[:3]
        ]
        if len(found) != len(wanted):
            problems.append(f"{len(found)} rows instead of {len(wanted)}")
        give_up_at = time.monotonic() + LAST_PROCESS_TIMEOUT_S
        while left := self.ground.processes():
            if time.monotonic() > give_up_at:
                problems.append(f"{len(left)} processes left behind")
                for pid in left:
                    os.kill(pid, signal.SIGKILL)
                break
            time.sleep(0.05)
        return problems

    def _start(self) -> "subprocess.Popen[bytes]":
        self.runs += 1
        return self.ground.start(self.command)

    def _tend(self) -> None:
        """Start again what has ended, but the command."""
        if self.cluster:
            self.cluster.tend()
        if self.target == "daemon" and (self.daemon is None or self.daemon.poll() is not None):
            if self.daemon:
                self.daemon.communicate()
            self.daemon = self.ground.start([*self.ground.command, "-q", "daemon"])

    def _kill_in_mid_run(self, run: "subprocess.Popen[bytes]") -> None:
        before = self._recorded()
        if self.rng.random() < EARLY:
            time.sleep(self.rng.uniform(0, START_S))
        else:
            wanted, until = self.rng.uniform(before, 1), math.inf
            wait_s = self.rng.uniform(0, self.undisturbed_s)
            while (recorded := self._recorded()) < wanted and time.monotonic() < until and run.poll() is None:
                if recorded > before:
                    until = min(until, time.monotonic() + wait_s)
                self._tend()
                time.sleep(0.01)
            time.sleep(self.rng.uniform(0, self.undisturbed_s * STEP / self.pages))
        share = self._recorded()
        if run.poll() is None and share < 1 and self._kill(run):
            self.kills.append(share)
            print(f"  {self.target} at {share:4.0%}", flush=True)

    def _kill(self, run: "subprocess.Popen[bytes]") -> bool:
        """Kill something of the target. Return whether there was anything."""
        if self.target == "writer":
            others = self.ground.processes() if self.rng.random() < 0.5 else []
            return _kill({run.pid, *others})
        if self.target == "workers":
            return _kill(self._some(self.ground.workers()))
        if self.target == "daemon":
            return self.daemon is not None and _kill({self.daemon.pid})
        assert self.cluster
        if self.target == "scheduler":
            _kill({self.cluster.scheduler.pid})
            self.cluster.scheduler.wait()
            time.sleep(self.rng.uniform(0, AWAY_S))
            return True
        victims = self._some([worker.pid for worker in self.cluster.workers])
        killed = _kill(victims)
        for worker in self.cluster.workers:
            if worker.pid in victims:
                worker.wait()
        return killed

    def _some(self, pids: list[int]) -> set[int]:
        return set(pids if self.rng.random() < 0.5 else self.rng.sample(pids, min(1, len(pids))))

    def _recorded(self) -> float:
        """Return the share of the pages that are recorded."""
        with contextlib.suppress(sqlite3.Error), _read(self.ground.archive) as db:
            return float(db.execute("SELECT count(*) FROM entries").fetchone()[0]) / self.pages
        return 0.0


def held(archive: Path) -> list[str]:
    """Check the file. Return what it holds of the crawl, a line for each row."""
    newsweb.articles(archive)
    queries = (
        "SELECT 'entry', guid, url, outcome, reason, article_id IS NULL, copy_id IS NULL FROM entries",
        "SELECT 'article', url, title, body, published_at FROM articles",
        "SELECT 'page', final_url, status, fetched_at FROM pages",
        "SELECT 'copy', url, body FROM copies",
        "SELECT 'crawl', key, position, pages, others, ended_at IS NULL, error FROM crawls",
    )
    with _read(archive) as db:
        return sorted(repr(row) for query in queries for row in db.execute(query))


@contextlib.contextmanager
def _read(archive: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(f"{archive.as_uri()}?mode=ro", uri=True)) as db:
        yield db


def _kill(pids: set[int]) -> bool:
    killed = False
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            killed = True
    return killed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", default=TARGETS)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--pages", type=Path, action="append")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if unknown := set(arguments.targets) - set(TARGETS):
        parser.error(f"{', '.join(unknown)}: not a target")
    os.environ["INGEST_ARTICLES__WORKERS"] = str(WORKERS)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        path = folder / "crawl.warc.gz"
        crawl.make(path, arguments.count, arguments.pages, sites=arguments.count)
        ground = Ground(folder / "ground", [])
        began = time.perf_counter()
        undisturbed = ground.run([*ground.command, "-q", "--json", "backfill", str(path)])
        took_s = time.perf_counter() - began
        assert undisturbed.returncode == 0, undisturbed.stderr
        wanted = held(ground.archive)
        pages = sum(line.startswith("('entry'") for line in wanted)
        print(f"undisturbed: {pages} pages in {took_s:.1f} s, {len(wanted)} rows to compare")
        results = [
            prove(ground, path, target, pages, wanted, took_s, arguments.kills, arguments.seed)
            for target in arguments.targets
        ]
    return 0 if all(results) else 1


def prove(
    ground: Ground, path: Path, target: str, pages: int, wanted: list[str], took_s: float, kills: int, seed: int
) -> bool:
    """Kill the target as often as wanted, round by round. Return whether each round ended with what is wanted."""
    shares: list[float] = []
    runs = rounds = bad = 0
    began, rng = time.monotonic(), random.Random(f"{seed} {target}")
    needs_cluster = target in ("dask-worker", "scheduler")
    cluster = DaskCluster(ground.folder.parent / target, WORKERS) if needs_cluster else None
    try:
        while len(shares) < kills:
            one = Round(ground, path, target, pages, rng, took_s, cluster)
            one.disturb(kills - len(shares))
            problems = one.wrong(wanted)
            for problem in problems:
                print(f"WRONG: {target}: {problem}", flush=True)
            shares += one.kills
            runs, rounds, bad = runs + one.runs, rounds + 1, bad + bool(problems)
    finally:
        if cluster:
            cluster.stop()
    early = sum(share == 0 for share in shares)
    print(
        f"{target}: {len(shares)} kills in {rounds} rounds and {time.monotonic() - began:.0f} s, {runs} runs of the"
        f" command; {early} before the first page, the others at {min(shares):.0%} to {max(shares):.0%}"
        f" of the pages (median {median(shares):.0%}); {bad} rounds that lost, doubled or changed anything",
        flush=True,
    )
    return not bad


if __name__ == "__main__":
    sys.exit(main())
