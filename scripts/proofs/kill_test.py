"""Disturb runs of `ingest` and run it again each time: every article must be archived exactly once.

    .venv/bin/python scripts/proofs/kill_test.py [WEB] [--at FAULT] [--times 50] [--jobs 1] [--seed 1]

WEB is a folder with manifest.json and nginx.conf; without it the sample newsroom is the web. FAULT is one of

time           `kill -9` at a random moment. One of five is before the first article, the others between it and the end.
               Killed is the process alone, or the process and its workers; with `--command daemon` the daemon.
workers        `kill -9` of one or all workers and the process that starts them. The run must go on and lose nothing.
before, after  `kill -9` just before, or just after, each commit in turn
SQLITE_FULL or SQLITE_IOERR_WRITE
               every commit from the n-th on fails with this error, n being each commit in turn
pwrite64:EIO   (with strace) this system call fails with this error on the archive's files, once at random. With
               `--every`, every n-th call fails, n being 1, 2, 3, 5, 7, 20 and 50 in turn.

If a run ends before the drawn moment, another moment is drawn. The files left behind are checked (`integrity_check`,
`foreign_key_check`). Nothing is removed. Then `ingest now` runs once more, and its archive is checked in the same way;
no process and no temporary file may be left. An error must be one sentence. The exit code is 1 if anything was wrong.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from benches import newsweb

FAULTY = [sys.executable, str(newsweb.ROOT / "scripts" / "proofs" / "faulty.py")]
STRACE = ["strace", "-f", "-qq", "--seccomp-bpf"]
EVERY = (1, 2, 3, 5, 7, 20, 50)
MARK = "KILL_TEST_GROUND"  # in the environment of a run, and of every process that it starts
EARLY = 0.2  # the share of moments before the first article, by the times of an undisturbed run
LATER = 1.2  # the other moments are drawn from 1.2 times an undisturbed run, since a run may be slower
LAST_PROCESS_TIMEOUT_S = 10

Ended = subprocess.CompletedProcess[bytes]


@dataclass
class Ground:
    """A folder in which one run after another is disturbed."""

    folder: Path
    feeds: list[str]
    command: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.temporary.mkdir(parents=True)
        self.command = newsweb.configure(self.folder, self.feeds, interval_s=0.0)

    @property
    def archive(self) -> Path:
        return self.folder / "news.db"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def now(self) -> list[str]:
        return [*self.command, "-q", "--json", "now"]

    def start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        environment = os.environ | {MARK: str(self.folder), "TMPDIR": str(self.temporary), "INGEST_DAEMON__HTTP": ""}
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=newsweb.ROOT, env=environment
        )

    def run(self, command: list[str]) -> Ended:
        process = self.start(command)
        out, err = process.communicate()
        return Ended(command, process.returncode, out, err)

    def started(self, command: list[str]) -> "subprocess.Popen[bytes]":
        """Start a run and wait until its archive exists."""
        process = self.start(command)
        while not self.archive.exists() and process.poll() is None:
            time.sleep(0.001)
        return process

    def wait_for_an_article(self, process: "subprocess.Popen[bytes]") -> None:
        with contextlib.closing(sqlite3.connect(f"{self.archive.as_uri()}?mode=ro", uri=True)) as db:
            while process.poll() is None:
                with contextlib.suppress(sqlite3.OperationalError):  # the tables do not exist yet
                    if db.execute("SELECT 1 FROM articles").fetchone():
                        return
                time.sleep(0.001)

    def processes(self) -> list[int]:
        """Return the living processes that were started by its runs. An ended process has no environment."""
        return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/environ") if self._is_marked(path)]

    def workers(self) -> list[int]:
        """Return the workers of the current run, and the server that forks them."""
        return [pid for pid in self.processes() if b"fork_server.serve" in _command_line(pid)]

    def _is_marked(self, environ: Path) -> bool:
        with contextlib.suppress(OSError):
            return f"{MARK}={self.folder}".encode() in environ.read_bytes().split(b"\0")
        return False


@dataclass(frozen=True)
class Plan:
    """How each run is disturbed, by the times of an undisturbed run."""

    at: str
    words: list[str]
    seed: int
    every: bool
    held: list[str]
    first_s: float  # from the archive to the first article
    rest_s: float  # from there to the end
    calls: int  # the commits, or system calls, at which a fault is possible


@dataclass(frozen=True)
class Trial:
    what: str
    articles: int
    wrong: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("web", type=Path, nargs="?")
    parser.add_argument("--at", default="time")
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--command", choices=["now", "daemon"], default="now")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.command == "daemon" and arguments.at != "time":
        parser.error("a daemon has no end: it is killed at --at time")
    with newsweb.served(arguments.web) as feeds, tempfile.TemporaryDirectory() as folder:
        grounds = [Ground(Path(folder) / str(n), feeds) for n in range(arguments.jobs)]
        plan = _plan(arguments, grounds[0])
        free: SimpleQueue[Ground] = SimpleQueue()
        for ground in grounds:
            free.put(ground)
        trials = []
        with ThreadPoolExecutor(arguments.jobs) as threads:
            for trial in threads.map(partial(_try, plan, free), range(arguments.times)):
                trials.append(trial)
                after = f"{trial.what:>44} at {trial.articles:4} articles"
                print(f"{len(trials):4}: {after}; the next run: {trial.wrong or 'the same'}", flush=True)
    early = sum(trial.articles == 0 for trial in trials)
    wrong = sum(bool(trial.wrong) for trial in trials)
    print(
        f"{len(trials)} faults ({arguments.command}, {arguments.at}), {early} before the first article and"
        f" {len(trials) - early} after it; {wrong} that lost, doubled, damaged or left behind anything"
    )
    return 1 if wrong else 0


def _plan(arguments: argparse.Namespace, ground: Ground) -> Plan:
    process = ground.started(ground.now)
    began = time.perf_counter()
    ground.wait_for_an_article(process)
    first_s = time.perf_counter() - began
    process.communicate()
    rest_s = time.perf_counter() - began - first_s
    held, articles = _held(ground.archive), len(newsweb.articles(ground.archive))
    calls = _calls(arguments.at, ground)
    print(f"undisturbed: {articles} articles, the first after {first_s:.1f} s, the end {rest_s:.1f} s later")
    words = ["-q", arguments.command]
    return Plan(arguments.at, words, arguments.seed, arguments.every, held, first_s, rest_s, calls)


def _calls(at: str, ground: Ground) -> int:
    newsweb.remove_archive(ground.archive)
    if ":" in at:
        return ground.run(_traced(at, ground)).stderr.count(at.partition(":")[0].encode() + b"(")
    if at in ("time", "workers"):
        return 0
    return int(ground.run([*FAULTY, "count", "0", *ground.now[3:]]).stderr.split()[-1])


def _try(plan: Plan, free: "SimpleQueue[Ground]", number: int) -> Trial:
    ground = free.get()
    try:
        rng = random.Random(f"{plan.seed} {number}")
        what, problems = _disturb(plan, ground, number, rng)
        at_death, unsound = _as_it_lies(ground)
        problems += [f"left {unsound}"] if unsound else []
        problems += _after_the_next_run(plan, ground)
        return Trial(what, at_death, "; ".join(problems))
    finally:
        free.put(ground)


def _disturb(plan: Plan, ground: Ground, number: int, rng: random.Random) -> tuple[str, list[str]]:
    """Disturb one run. Return what was done, and what the run did wrong."""
    if plan.at in ("time", "workers"):
        kill = _kill_workers if plan.at == "workers" else _kill
        while True:
            newsweb.remove_archive(ground.archive)
            if done := kill(plan, ground, rng):
                return done
    newsweb.remove_archive(ground.archive)
    if ":" in plan.at:
        n = EVERY[number % len(EVERY)] if plan.every else rng.randint(1, plan.calls)
        when = f"{n}+{n}" if plan.every else str(n)
        return f"{plan.at} {when}", _unclear(ground, ground.run(_traced(plan.at, ground, when)))
    n = number % plan.calls + 1
    run = ground.run([*FAULTY, plan.at, str(n), *ground.now[3:]])
    return f"{plan.at} {n}", _unclear(ground, run) if plan.at.startswith("SQLITE_") else []


def _started(plan: Plan, ground: Ground, rng: random.Random) -> "tuple[subprocess.Popen[bytes], str]":
    """Start a run and wait for a random moment. Return the run and the moment."""
    process = ground.started([*ground.command, *plan.words])
    early = rng.random() < EARLY
    if not early:
        ground.wait_for_an_article(process)
    moment_s = rng.uniform(0, plan.first_s if early else plan.rest_s * LATER)
    time.sleep(moment_s)
    return process, f"{moment_s:.3f} s after {'the start' if early else 'the first'}"


def _kill(plan: Plan, ground: Ground, rng: random.Random) -> tuple[str, list[str]] | None:
    process, moment = _started(plan, ground, rng)
    all_processes = rng.random() < 0.5
    for pid in ground.processes() if all_processes else [process.pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.communicate()
    if process.returncode != -signal.SIGKILL:
        return None
    return f"kill {'all' if all_processes else 'one'} {moment}", []


def _kill_workers(plan: Plan, ground: Ground, rng: random.Random) -> tuple[str, list[str]] | None:
    process, moment = _started(plan, ground, rng)
    workers = ground.workers()
    victims = workers if rng.random() < 0.5 else rng.sample(workers, min(1, len(workers)))
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _, err = process.communicate()
    if not victims:
        return None
    wrong = process.returncode != 0 or _held(ground.archive) != plan.held
    said = err.decode().strip()
    what = f"kill {len(victims)} of {len(workers)} workers {moment}"
    return what, [f"the run itself ended otherwise, exit code {process.returncode} {said}"] if wrong else []


def _command_line(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _traced(at: str, ground: Ground, when: str | None = None) -> list[str]:
    """Return a command that traces this system call on the archive's files, or lets it fail at `when`."""
    call, error = at.split(":")
    files = [word for suffix in ("", "-wal", "-shm", "-lock") for word in ("-P", f"{ground.archive}{suffix}")]
    inject = ["-o", "/dev/null", "-e", f"inject={call}:error={error}:when={when}"] if when else []
    return [*STRACE, "-e", f"trace={call}", *files, *inject, *ground.now]


def _unclear(ground: Ground, run: Ended) -> list[str]:
    """Return what is wrong with the message about a failing disk. A run without harm ends with 0."""
    lines = run.stderr.decode().splitlines()
    clear = run.returncode == 3 and len(lines) == 1 and lines[0].startswith(f"ingest: {ground.archive}: ")
    return [] if clear or run.returncode == 0 else [f"exit code {run.returncode}, said {lines}"]


def _as_it_lies(ground: Ground) -> tuple[int, str]:
    """Check the files as they were left. Return the number of articles, and what is damaged.

    A copy is checked, since opening the archive would recover it.
    """
    with tempfile.TemporaryDirectory(dir=ground.folder) as folder:
        for path in (ground.archive, Path(f"{ground.archive}-wal")):
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(path, folder)
        with contextlib.closing(sqlite3.connect(Path(folder) / ground.archive.name)) as db:
            (integrity,) = db.execute("PRAGMA integrity_check(1)").fetchone()
            foreign_keys = db.execute("PRAGMA foreign_key_check").fetchall()
            is_made = db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'articles'").fetchone()
            (count,) = db.execute("SELECT count(*) FROM articles").fetchone() if is_made else (0,)
    return count, "" if integrity == "ok" and not foreign_keys else f"{integrity} {foreign_keys[:1]}"


def _after_the_next_run(plan: Plan, ground: Ground) -> list[str]:
    run = ground.run(ground.now)
    if run.returncode:
        return [f"the next run: exit code {run.returncode} {run.stderr.decode().strip()}"]
    found = _held(ground.archive)
    problems = []
    if found != plan.held:
        lost, doubled = len(set(plan.held) - set(found)), len(found) - len(set(found))
        problems.append(f"{lost} lost, {doubled} doubled")
    patient_until = time.monotonic() + LAST_PROCESS_TIMEOUT_S
    while left := ground.processes():
        if time.monotonic() > patient_until:
            return [*problems, f"{len(left)} processes left behind"]
        time.sleep(0.01)
    if left_files := sorted(path.name for path in ground.temporary.iterdir()):
        return [*problems, f"{left_files} left in the temporary folder"]
    return problems


def _held(archive: Path) -> list[str]:
    """Return the text of every article, and every entry with its outcome.

    Addresses are left out: which of two sites with the same text is fetched first is a matter of chance.
    """
    texts = [content_hash for _, content_hash in newsweb.articles(archive)]
    with contextlib.closing(sqlite3.connect(archive)) as db:
        entries = db.execute(
            """SELECT feed_id, guid, CASE WHEN article_id THEN 'in' ELSE outcome END FROM entries ORDER BY 1, 2, 3"""
        )
        return sorted(texts) + [f"entry {entry}" for entry in entries]


if __name__ == "__main__":
    sys.exit(main())
