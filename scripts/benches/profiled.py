"""Run a command of ingest and print, for each of its threads, the functions that took the most CPU time (Python 3.11).

    .venv/bin/python scripts/benches/profiled.py COMMAND…

The checkout is the folder that it is started in. The workers, which are other processes, are not profiled. The profile
makes Python's own functions look more expensive than those of C libraries: compare calls and shares, not times.
"""

import cProfile
import io
import pstats
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

LINES = 40
MIN_S = 0.01  # of a thread that is printed

profiles: dict[str, list[cProfile.Profile]] = defaultdict(list)
run_thread = threading.Thread.run


def profiled(thread: threading.Thread) -> None:
    profile = cProfile.Profile(time.thread_time)
    profiles[thread.name].append(profile)
    profile.runcall(run_thread, thread)


def main() -> int:
    sys.path.insert(0, str(Path.cwd()))
    from ingest.cli import run

    threading.Thread.run = profiled  # type: ignore[method-assign,assignment]
    profile = cProfile.Profile(time.thread_time)
    try:
        return profile.runcall(run, sys.argv[1:])
    finally:
        profiles["main"].append(profile)
        for name, found in profiles.items():
            out = io.StringIO()
            stats = pstats.Stats(*found, stream=out)
            if stats.total_tt < MIN_S:  # type: ignore[attr-defined]
                continue
            print(f"thread {name}: {stats.total_tt:.2f} s")  # type: ignore[attr-defined]
            stats.strip_dirs().sort_stats("tottime").print_stats(LINES)
            print("\n".join(out.getvalue().splitlines()[5:]))


if __name__ == "__main__":
    sys.exit(main())
