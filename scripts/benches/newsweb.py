"""A static web, and the cost of a command that runs against it. The benches and proofs share this module.

A web is a folder with `manifest.json` ([{"feed": URL, "articles": [URL, …]}, …]) and `nginx.conf`. nginx serves it, or
`static_web.py` where there is no nginx. Without a folder, the sample newsroom is the web.
"""

import contextlib
import ctypes
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import newsroom

ROOT = Path(__file__).resolve().parents[2]
PR_SET_CHILD_SUBREAPER = 36


@contextlib.contextmanager
def served(web: Path | None) -> Iterator[list[str]]:
    """Serve the web, or without one the sample newsroom. Yield the addresses of its feeds."""
    if web is None:
        with newsroom.serve() as room:
            yield [feed.url for feed in room.feeds]
        return
    with (_nginx if shutil.which("nginx") else _static_web)(web):
        yield [site["feed"] for site in json.loads((web / "manifest.json").read_text())]


@contextlib.contextmanager
def _nginx(web: Path) -> Iterator[None]:
    conf = str((web / "nginx.conf").resolve())
    subprocess.run(["nginx", "-c", conf], check=True, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        subprocess.run(["nginx", "-c", conf, "-s", "quit"], check=True, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def _static_web(web: Path) -> Iterator[None]:
    port = urlsplit(json.loads((web / "manifest.json").read_text())[0]["feed"]).port
    command = [sys.executable, str(Path(__file__).with_name("static_web.py")), str(web), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout
        server.stdout.readline()
        try:
            yield
        finally:
            server.terminate()


def configure(folder: Path, feeds: list[str], *, interval_s: float) -> list[str]:
    """Write a configuration for the feeds. Return the start of a command line that uses it."""
    config = folder / "config"
    config.mkdir(parents=True, exist_ok=True)
    (config / "feeds.toml").write_text("".join(f'[[feeds]]\nurl = "{url}"\n' for url in feeds))
    (config / "settings.toml").write_text(
        f'[web]\nallow_addresses = ["127.0.0.0/8"]\nper_host_interval_s = {interval_s}\n'
    )
    return [sys.executable, "-m", "ingest", "--config", str(config), "--archive", str(folder / "news.db")]


def remove_archive(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-lock", "-control"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def articles(path: Path) -> list[tuple[str, str]]:
    """Check the file's integrity. Return (url, content_hash) of every article, sorted."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        return sorted(db.execute("SELECT url, content_hash FROM articles"))


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a command with all its descendants.

    Memory is the highest sum of their proportional set sizes (PSS): pages that processes share are counted once.
    `own_cpu_s` is the CPU time of the command's first process alone.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    output: str
    own_cpu_s: float


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent ends first, so that their CPU time is counted (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def cost(
    command: list[str],
    *,
    beside: Sequence[int] = (),
    environment: Mapping[str, str] | None = None,
    checkout: Path = ROOT,
) -> Cost:
    """Run the command to its end and measure it, and with it the processes `beside` it with all their descendants.

    It starts in `checkout`: `python -m ingest` is then that of the checkout.
    """
    others = _children(os.getpid())
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    beside_s = sum(map(cpu_s, beside))
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=checkout,
        env=os.environ | (environment or {}),
    )
    peaks, own = [0.0], [0.0]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            peaks.append(sum(map(memory_mb, (process.pid, *beside))))
            own.append(_ticks(process.pid)[0])

    watching = threading.Thread(target=watch)
    watching.start()
    output, _ = process.communicate()
    wall_s = time.perf_counter() - started
    done.set()
    watching.join()
    _reap(others)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    spent_s += sum(map(cpu_s, beside)) - beside_s
    assert process.returncode == 0, output
    return Cost(wall_s, spent_s, max(peaks), output, max(own))


def cpu_s(root: int) -> float:
    """Return the CPU time of a process and all its descendants, those that have ended included."""
    return sum(sum(_ticks(pid)) for pid in _tree(root))


def memory_mb(root: int, *, besides: int = 0) -> float:
    """Return the memory of a process and all its descendants, without the process `besides`."""
    return sum(memories_mb(root, besides=besides))


def memories_mb(root: int, *, besides: int = 0) -> list[float]:
    """Return the memory of each of these processes, in the order of the tree."""
    return [_pss_mb(pid) for pid in _tree(root) if pid != besides]


def _reap(besides: Sequence[int]) -> None:
    """Wait for all that the command has left running. A descendant may leave orphans in its turn."""
    while left := [pid for pid in _children(os.getpid()) if pid not in besides]:
        for pid in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return []


def _tree(root: int) -> list[int]:
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue += _children(pid)
    return found


def _ticks(pid: int) -> tuple[float, float]:
    """Return the CPU seconds of a process, and of its children that have ended."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        own, children = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
        return own / os.sysconf("SC_CLK_TCK"), children / os.sysconf("SC_CLK_TCK")
    return 0.0, 0.0


def _pss_mb(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
