"""Faults in the middle of a run, each followed by one more run: is every article there exactly once?

    .venv/bin/python scripts/kill_test.py [WEB] [--at FAULT] [--times 50] [--seed 1]

WEB is a folder with manifest.json and nginx.conf; without it the sample newsroom is the web. `--at time` is
`kill -9` at a random moment; `before` and `after` are `kill -9` at each commit in turn, just before it is made
and just after. SQLITE_FULL and SQLITE_IOERR_WRITE are met by the commits from each in turn, EIO and ENOSPC (with
strace) by one write to any file at random, and have to be told in one sentence. Ends with exit code 1 when an
archive differs from that of an undisturbed run.
"""

import argparse
import contextlib
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import newsweb

FAULTY = [sys.executable, str(newsweb.ROOT / "scripts" / "faulty.py")]


STRACE = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=pwrite64"]
ERRNOS = ("EIO", "ENOSPC")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("web", type=Path, nargs="?")
    parser.add_argument("--at", default="time")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    faults = kills = 0
    with newsweb.served(arguments.web) as feeds, tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "news.db"
        command = [*newsweb.configure(Path(folder), feeds, interval_s=0.0), "-q", "--json", "now"]
        started = time.perf_counter()
        _finish(command)
        undisturbed_s = time.perf_counter() - started
        expected = _held(archive)
        print(f"undisturbed: {len(newsweb.articles(archive))} articles in {undisturbed_s:.1f} s")
        while kills < arguments.times:
            for point in _points(arguments.at, command, archive, rng, undisturbed_s):
                newsweb.remove_archive(archive)
                disturbed, wrong = _disturb(arguments.at, point, command), ""
                if arguments.at.startswith("SQLITE_") or arguments.at in ERRNOS:
                    wrong = _unclear(disturbed)
                archived = _finish(command)["entries"].get("archived", 0)
                found = _held(archive)
                lost, doubled = len(set(expected) - set(found)), len(found) - len(set(found))
                if found != expected:
                    wrong += f"{lost} lost, {doubled} doubled"
                faults += bool(wrong)
                kills += 1
                at_death = len(newsweb.articles(archive)) - archived
                what = f"{arguments.at} {point:.2f}"
                print(
                    f"{kills:4}: {what:>24} at {at_death:4} articles; the next run: {wrong or 'the same'}", flush=True
                )
                if kills == arguments.times:
                    break
    print(f"{kills} faults, {faults} archives that differ from the undisturbed one")
    return 1 if faults else 0


def _held(archive: Path) -> list[str]:
    """The texts, each as often as it is there, and the entries with what became of them.

    Not the addresses: which of two sites that carry one text is heard first is a matter of chance.
    """
    texts = [content_hash for _, content_hash in newsweb.articles(archive)]
    with contextlib.closing(sqlite3.connect(archive)) as db:
        entries = db.execute(
            """SELECT feed_id, guid, CASE WHEN article_id THEN 'in' ELSE outcome END FROM entries ORDER BY 1, 2, 3"""
        )
        return sorted(texts) + [f"entry {entry}" for entry in entries]


def _points(at: str, command: list[str], archive: Path, rng: random.Random, undisturbed_s: float) -> "list[float]":
    """One pass: a moment, or every commit of a run."""
    if at == "time":
        return [rng.uniform(0, undisturbed_s)]
    if at in ERRNOS:
        newsweb.remove_archive(archive)
        run = subprocess.run([*STRACE, *command], check=True, capture_output=True, cwd=newsweb.ROOT)
        return [float(rng.randint(1, run.stderr.count(b"pwrite64(")))]
    newsweb.remove_archive(archive)
    run = subprocess.run([*FAULTY, "count", "0", *command[3:]], check=True, capture_output=True, cwd=newsweb.ROOT)
    commits = int(run.stderr.split()[-1])
    print(f"a pass over {commits} commits")
    return [float(n) for n in range(1, commits + 1)]


def _disturb(at: str, point: float, command: list[str]) -> "subprocess.CompletedProcess[bytes]":
    if at in ERRNOS:
        inject = ["-o", "/dev/null", "-e", f"inject=pwrite64:error={at}:when={int(point)}"]
        return subprocess.run([*STRACE, *inject, *command], check=False, capture_output=True, cwd=newsweb.ROOT)
    if at != "time":
        return subprocess.run(
            [*FAULTY, at, str(int(point)), *command[3:]], check=False, capture_output=True, cwd=newsweb.ROOT
        )
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=newsweb.ROOT)
    time.sleep(point)
    process.kill()
    return subprocess.CompletedProcess(command, process.wait())


def _unclear(run: "subprocess.CompletedProcess[bytes]") -> str:
    """What is wrong with how a failing disk was told; a run that had no such commit ends well."""
    lines = run.stderr.decode().splitlines()
    clear = run.returncode == 3 and len(lines) == 1 and "nothing is lost" in lines[0]
    return "" if clear or run.returncode == 0 else f"exit code {run.returncode}, said {lines}; "


def _finish(command: list[str]) -> dict[str, Any]:
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=newsweb.ROOT)
    return json.loads(run.stdout)


if __name__ == "__main__":
    sys.exit(main())
