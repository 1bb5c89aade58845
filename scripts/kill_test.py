"""`kill -9` at random moments of a run, each followed by one more run: is every article there exactly once?

    .venv/bin/python scripts/kill_test.py WEB [--times 50] [--seed 1]

WEB is a folder with manifest.json and nginx.conf. Ends with exit code 1 when an archive differs from that of
an undisturbed run.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import newsweb


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("web", type=Path)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    faults = 0
    with newsweb.served(arguments.web) as feeds, tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "news.db"
        command = [*newsweb.configure(Path(folder), feeds, interval_s=0.0), "-q", "--json", "now"]
        started = time.perf_counter()
        _finish(command)
        undisturbed_s = time.perf_counter() - started
        expected = newsweb.articles(archive)
        print(f"undisturbed: {len(expected)} articles in {undisturbed_s:.1f} s")
        for n in range(arguments.times):
            newsweb.remove_archive(archive)
            after_s = rng.uniform(0, undisturbed_s)
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=newsweb.ROOT)
            time.sleep(after_s)
            process.kill()
            process.wait()
            archived = _finish(command)["entries"].get("archived", 0)
            found = newsweb.articles(archive)
            lost, doubled = len(set(expected) - set(found)), len(found) - len(set(found))
            faults += found != expected
            at_death = len(found) - archived
            verdict = "the same" if found == expected else f"{lost} lost, {doubled} doubled"
            print(f"{n + 1:3}: killed after {after_s:5.2f} s at {at_death:4} articles; the next run: {verdict}")
    print(f"{arguments.times} kills, {faults} archives that differ from the undisturbed one")
    return 1 if faults else 0


def _finish(command: list[str]) -> dict[str, Any]:
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=newsweb.ROOT)
    return json.loads(run.stdout)


if __name__ == "__main__":
    sys.exit(main())
