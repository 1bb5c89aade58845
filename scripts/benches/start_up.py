"""Measure how long commands take to start with a large archive, after an orderly end and after `kill -9`.

    .venv/bin/python scripts/benches/start_up.py [--articles 100000] [--feeds 500] [--runs 5] [--log-mb 256]
        [--folder DIR]

The archive has articles of some 380 words with their search index, fingerprints, entries, and a page of 6 kB each.
Measured are `now` of one feed that has not changed, `status`, a `search`, and the daemon until it is watching.
Printed are the least, median and greatest seconds, and the median of the CPU seconds. In the second half, a writer is
killed before each command, when its write-ahead log has grown to `--log-mb`. A hundred thousand articles take 2 GB in
the folder.
"""

import argparse
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from benches import newsweb
from benches.copies_at_scale import Texts, fill

from storage.archive import Archive

PAGE_BYTES = 6000

# A writer without checkpoints, which kills itself when its write-ahead log is large enough.
KILLED_WRITER = """
import os, random, signal, sqlite3, sys
path, size = sys.argv[1], int(sys.argv[2])
db = sqlite3.connect(path, isolation_level=None)
db.execute("PRAGMA wal_autocheckpoint = 0")
(articles,) = db.execute("SELECT max(article_id) FROM pages").fetchone()
written = 0
while written < size:
    first = random.randrange(articles)
    changed = "UPDATE pages SET html = randomblob(length(html)) WHERE article_id BETWEEN ? AND ?"
    db.execute(changed, [first, first + 100])
    written = os.path.getsize(path + "-wal")
os.kill(os.getpid(), signal.SIGKILL)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--log-mb", type=int, default=256)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with unchanged() as site, tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        feeds = [f"{site}/{n}.xml" for n in range(arguments.feeds)]
        command = newsweb.configure(Path(folder), feeds, interval_s=0.0)
        archive = Path(folder) / "news.db"
        run([*command, "-q", "now", "--feed", feeds[0]])
        texts = Texts(1)
        fill(archive, arguments.articles, texts)
        add_entries_and_pages(archive)
        print(
            f"{arguments.articles} articles, {archive.stat().st_size / 1e6:.0f} MB{'':8}least  median    most     CPU"
        )
        starts: dict[str, Callable[[], None]] = {
            "now": lambda: run([*command, "-q", "now", "--feed", feeds[0]]),
            "status": lambda: run([*command, "status"]),
            "search": lambda: run([*command, "search", f"{texts.words[900]} {texts.words[901]}"]),
            "daemon": lambda: until_watching([*command, "daemon"]),
        }
        for log_bytes in (0, arguments.log_mb * 1_000_000):
            for name, start in starts.items():
                spent: list[tuple[float, float]] = []
                for _ in range(arguments.runs):
                    leave_log(archive, log_bytes)
                    spent.append(cost(start))
                after = f"{name} after a kill" if log_bytes else name
                wall, cpu = zip(*spent, strict=True)
                print(f"{after:28}{min(wall):8.2f}{median(wall):8.2f}{max(wall):8.2f}{median(cpu):8.2f}", flush=True)


@contextmanager
def unchanged() -> Iterator[str]:
    """Serve a site whose feeds are empty and never change. Yield its address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path.endswith(".xml") else 404)
            self.end_headers()
            self.wfile.write(b'<rss version="2.0"><channel><title>Still</title></channel></rss>')

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def add_entries_and_pages(archive: Path) -> None:
    """Give each article an entry and a page, and make the feeds due tomorrow."""
    with closing(sqlite3.connect(archive)) as db:
        db.execute("PRAGMA synchronous = OFF")
        (feeds,) = db.execute("SELECT count(*) FROM feeds").fetchone()
        db.execute(
            """INSERT INTO entries (feed_id, guid, url, title, canonical_url, host,
                                    first_seen_at, last_seen_at, outcome, article_id)
               SELECT 1 + id % ?, url, url, title, url, site, archived_at, archived_at, 'archived', id FROM articles""",
            [feeds],
        )
        db.execute("INSERT INTO dictionaries VALUES (1, 'a.example', '2026-01-01T00:00:00Z', x'00')")
        db.execute(
            """INSERT INTO pages (article_id, fetched_at, status, final_url, headers, html, dictionary_id)
               SELECT id, archived_at, 200, url, '{}', randomblob(?), 1 FROM articles""",
            [PAGE_BYTES],
        )
        db.execute("INSERT INTO aliases (key, article_id) SELECT url, id FROM articles")
        db.execute("UPDATE feeds SET polled_at = added_at, due_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+1 day')")
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    Archive(archive, "start_up").close()


def leave_log(archive: Path, size: int) -> None:
    if size:
        subprocess.run([sys.executable, "-c", KILLED_WRITER, archive, str(size)], check=False)


def cost(start: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds and the CPU seconds that it took."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    start()
    wall_s, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(command: list[str]) -> None:
    subprocess.run(command, check=True, cwd=newsweb.ROOT, stdout=subprocess.DEVNULL)


def until_watching(command: list[str]) -> None:
    """Start the daemon, wait until it is watching, and kill it."""
    environment = os.environ | {"INGEST_DAEMON__HTTP": "127.0.0.1:0"}
    with subprocess.Popen(command, cwd=newsweb.ROOT, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        seen = any("watching" in line for line in process.stderr)
        process.send_signal(signal.SIGKILL)
    assert seen


if __name__ == "__main__":
    main()
