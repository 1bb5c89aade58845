"""Measure exports of a large archive in every format, and of what has changed in it.

    .venv/bin/python scripts/benches/exports.py [--size 1000000] [--folder DIR] [--keep] [--formats jsonl,parquet]

An archive is filled with articles of 220 words and their Markdown, without pages. A million take 7 GB in the folder and
15 minutes, and the exports some 20 GB more. With --keep the archive stays there, and is used again.

Each export is a process of its own. The columns are articles a second of CPU and by the wall, the greatest memory of
the process, and the size of the file or folder. Then a thousand articles get another text, and the seconds of CPU and
by the wall are those of an export with --changes-after.

With --archive another archive is exported, and not changed: one with raw pages, for `--formats warc`.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing, nullcontext
from pathlib import Path

import selections_archive as filled

from storage.archive import Archive
from storage.connection import connect_read_only
from storage.exports import FORMATS

CHANGES = 1000

# The peak memory that the system tells of a child is at least its parent's: this one is of the program itself.
RUN = """import re, sys, time
from ingest.cli import run
code = run(sys.argv[1:])
print(code, time.process_time(), re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""

CHANGED = """INSERT INTO revisions (article_id, title, body, content_hash, archived_at, words, access, cause, markdown)
  SELECT id, title, body || ' changed', content_hash || 'c', archived_at, words + 1, access, 'edit', markdown
  FROM current_articles WHERE id IN (SELECT article_id FROM selectable WHERE article_id % ? = 0 LIMIT ?)"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--formats", default=",".join(name for name in FORMATS if name != "warc"))
    arguments = parser.parse_args()
    if arguments.keep and not arguments.folder:
        parser.error("--keep needs --folder")
    with (
        nullcontext(arguments.folder)
        if arguments.keep
        else tempfile.TemporaryDirectory(dir=arguments.folder) as folder,
        tempfile.TemporaryDirectory(dir=arguments.folder) as out,
    ):
        path = arguments.archive or Path(folder) / f"exports-{arguments.size}.db"
        if not path.exists():
            filled.fill(path, arguments.size, markdown=True)
        seq = measure(path, Path(out), arguments.formats.split(","))
        if not arguments.archive:
            measure_changes(path, Path(out), arguments.formats.split(","), seq)


def measure(path: Path, out: Path, formats: Sequence[str]) -> int:
    """Measure exports of everything. Return the number of the last change."""
    with closing(connect_read_only(path)) as db:
        (articles,) = db.execute("SELECT count(*) FROM selectable").fetchone()
        (seq,) = db.execute("SELECT max(seq) FROM changes").fetchone()
    print(f"{articles:,} articles     CPU/s   wall/s  peak MB  size MB", flush=True)
    for name in formats:
        cpu_s, wall_s, peak_mb = export(path, name, out)
        size_mb = size_bytes(out / name) / 1e6
        print(f"  {name:16}{articles / cpu_s:10.0f}{articles / wall_s:9.0f}{peak_mb:9.0f}{size_mb:9.0f}", flush=True)
        if (out / name).is_file():
            (out / name).unlink()
    return int(seq)


def measure_changes(path: Path, out: Path, formats: Sequence[str], seq: int) -> None:
    with closing(connect_read_only(path)) as db:
        (articles,) = db.execute("SELECT count(*) FROM selectable").fetchone()
    change(path, articles)
    print(f"{CHANGES:,} changes      CPU s   wall s  peak MB", flush=True)
    for name in formats:
        cpu_s, wall_s, peak_mb = export(path, name, out, "--changes-after", str(seq))
        print(f"  {name:16}{cpu_s:10.2f}{wall_s:9.2f}{peak_mb:9.0f}", flush=True)
        if (out / name).is_dir():
            shutil.rmtree(out / name)


def export(path: Path, name: str, out: Path, *words: str) -> tuple[float, float, float]:
    """Run the command. Return its seconds of CPU and by the wall, and its greatest memory in MB."""
    command = [sys.executable, "-c", RUN, "--archive", path, "export", "--format", name, "--output", out / name, *words]
    began = time.monotonic()
    ran = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    code, cpu_s, peak_kb = ran.stdout.split()
    assert int(code) == 0
    return float(cpu_s), time.monotonic() - began, int(peak_kb) / 1024


def size_bytes(path: Path) -> int:
    """Return what the texts of files take, without what is lost to the blocks of the disk."""
    if path.is_file():
        return path.stat().st_size
    return sum((Path(folder) / file).stat().st_size for folder, _, files in os.walk(path) for file in files)


def change(path: Path, articles: int) -> None:
    """Give articles from all of the archive another text."""
    with Archive(path, "bench") as archive, archive.transaction():
        archive.db.execute(CHANGED, [max(articles // CHANGES, 1), CHANGES])


if __name__ == "__main__":
    main()
