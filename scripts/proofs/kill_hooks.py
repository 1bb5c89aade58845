"""Kill the sender and the receivers of hooks while articles keep arriving: no event may be lost, or out of order.

    .venv/bin/python scripts/proofs/kill_hooks.py [--sender 200] [--receiver 200] [--seed 1] [--folder FOLDER]

A loopback site announces five new articles a second, some of them copies. The daemon polls it each second
and delivers each change by three hooks: to an address one event at a time, to an address in batches, and to a command.
The receivers store what they get in SQLite files of their own.

sender     the daemon, `kill -9` at a random moment of its life, the start included; then it is started again
receiver   the HTTP server, `kill -9` at a random moment; then it is started again. Beside that, every tenth run of the
           command kills itself: before it has stored the events, before its commit, or after it

Retries begin after 0.1 s instead of 5 s, and wait 1 s at most: else 200 kills would take hours. When all kills are
done, the site stops and the daemon delivers the rest. For each hook it is then checked that every change was received,
that each number has one id, and that the first receipts of numbers ascend. The exit code is 1 if anything was wrong.
"""

import argparse
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOOKS = ("single", "batch", "command")
ARTICLE_INTERVAL_S = 0.2
ANNOUNCED = 400  # the newest articles in the feed: those of 80 s, longer than the daemon is ever gone
COPY_EVERY = 9
EARLY = 0.2
MAX_LIFE_S = 1.5  # once it is busy
COMMAND_DIES_EVERY = 10
DELIVERY_TIMEOUT_S = 300
SETTINGS = """
[poll]
min_interval_s = 1
max_interval_s = 1
[web]
allow_addresses = ["127.0.0.0/8"]
per_host_interval_s = 0.0
robots = false
[articles]
workers = 1
[daemon]
http = ""
[[hooks]]
name = "single"
url = "http://127.0.0.1:{port}/single"
secret = "${{NEWS_SECRET}}"
allow_addresses = ["127.0.0.0/8"]
timeout_s = 5
[[hooks]]
name = "batch"
url = "http://127.0.0.1:{port}/batch"
secret = "${{NEWS_SECRET}}"
allow_addresses = ["127.0.0.0/8"]
batch_size = 7
timeout_s = 5
[[hooks]]
name = "command"
command = {command}
batch_size = 20
timeout_s = 5
"""


def main() -> int:
    roles = {"--as-daemon": as_daemon, "--as-receiver": as_receiver, "--as-command": as_command}
    if sys.argv[1:] and sys.argv[1] in roles:
        return roles[sys.argv[1]](*sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sender", type=int, default=200)
    parser.add_argument("--receiver", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        ground = Ground(arguments.folder or Path(temporary))
        with site() as (url, stop_announcing):
            ground.configure(url)
            return prove(ground, arguments, stop_announcing)


@dataclass
class Ground:
    folder: Path
    port: int = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def archive(self) -> Path:
        return self.folder / "news.db"

    def received(self, hook: str) -> Path:
        return self.folder / f"{'command' if hook == 'command' else 'http'}.db"

    def configure(self, feed: str) -> None:
        config = self.folder / "config"
        config.mkdir(exist_ok=True)
        command = json.dumps([sys.executable, __file__, "--as-command", str(self.received("command"))])
        (config / "settings.toml").write_text(SETTINGS.format(port=self.port, command=command))
        (config / "feeds.toml").write_text(f'[[feeds]]\nurl = "{feed}"\narticle = "feed"\n')

    def start(self, *words: object, log: str) -> "subprocess.Popen[bytes]":
        environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'scripts'}", "NEWS_SECRET": SECRET}
        with (self.folder / log).open("ab") as file:
            command = [sys.executable, __file__, *map(str, words)]
            return subprocess.Popen(command, stdout=file, stderr=file, cwd=ROOT, env=environment)

    def start_daemon(self) -> "subprocess.Popen[bytes]":
        options = ["--config", self.folder / "config", "--archive", self.archive]
        return self.start("--as-daemon", *options, "daemon", log="daemon.log")

    def start_receiver(self) -> "subprocess.Popen[bytes]":
        return self.start("--as-receiver", self.port, self.received("single"), log="receiver.log")


class Killed(threading.Thread):
    """A process that is killed at random moments, and started again each time, `times` in all.

    One of five kills comes as the process starts, the others after it has written `busy` to its log.
    """

    def __init__(
        self, start: Callable[[], "subprocess.Popen[bytes]"], times: int, log: Path, busy: bytes, rng: random.Random
    ) -> None:
        super().__init__(daemon=True)
        self._start, self._times, self._log, self._busy, self._rng = start, times, log, busy, rng
        self.kills = 0
        self.ended_by_itself = 0
        self.process = start()

    def run(self) -> None:
        while self.kills < self._times:
            if self._rng.random() >= EARLY:
                self._wait_until_busy()
            time.sleep(self._rng.uniform(0, MAX_LIFE_S))
            if self.process.poll() is None:
                self.process.kill()
                self.kills += 1
            else:
                self.ended_by_itself += 1
                time.sleep(0.1)
            self.process.wait()
            self._log.write_bytes(b"")
            self.process = self._start()

    def _wait_until_busy(self) -> None:
        while self._busy not in self._log.read_bytes() and self.process.poll() is None:
            time.sleep(0.01)


def prove(ground: Ground, arguments: argparse.Namespace, stop_announcing: Callable[[], int]) -> int:
    rng = random.Random(arguments.seed)
    began_at = time.monotonic()
    logs = ground.folder / "receiver.log", ground.folder / "daemon.log"
    receiver = Killed(ground.start_receiver, arguments.receiver, logs[0], b"busy", random.Random(rng.random()))
    sender = Killed(ground.start_daemon, arguments.sender, logs[1], b"feed.xml: ", random.Random(rng.random()))
    try:
        for thread in (receiver, sender):
            thread.start()
        while receiver.is_alive() or sender.is_alive():
            time.sleep(10)
            kills = f"{sender.kills} kills of the sender, {receiver.kills} of the receiver"
            print(f"{time.monotonic() - began_at:5.0f} s: {kills}; {_counts(ground)}", flush=True)
        announced = stop_announcing()
        wait_until_delivered(ground, announced)
        sender.process.send_signal(signal.SIGTERM)
        ended = sender.process.wait(timeout=30)
    finally:
        for thread in (receiver, sender):
            thread.process.kill()
            thread.process.wait()
    kills = f"{sender.kills} kills of the sender and {receiver.kills} of the receiver"
    print(f"{kills} in {time.monotonic() - began_at:.0f} s; {announced} articles announced")
    wrong = [f"the daemon ended with exit code {ended}"] if ended else []
    for killed, name in ((sender, "the daemon"), (receiver, "the receiver")):
        wrong += [f"{name} ended by itself {killed.ended_by_itself} times"] if killed.ended_by_itself else []
    for hook in HOOKS:
        wrong += check(ground, hook)
    for line in wrong:
        print(f"WRONG: {line}")
    return 1 if wrong else 0


def wait_until_delivered(ground: Ground, announced: int) -> None:
    """Wait until all that was announced is in the archive, and delivered."""
    give_up_at = time.monotonic() + DELIVERY_TIMEOUT_S
    while time.monotonic() < give_up_at:
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"{ground.archive.as_uri()}?mode=ro", uri=True)) as db:
            ((entries, pending),) = db.execute("SELECT count(*), sum(outcome = 'pending') FROM entries")
            (waiting,) = db.execute("SELECT count(*) FROM deliveries").fetchone()
            (behind,) = db.execute(
                "SELECT count(*) FROM hooks WHERE change_seq < (SELECT max(seq) FROM changes)"
            ).fetchone()
            if entries >= announced and not pending and not waiting and not behind:
                return
        time.sleep(0.2)
    print("WRONG: not everything is delivered in time")


def check(ground: Ground, hook: str) -> list[str]:
    """Compare what the hook's receiver has with the archive's changes. Print counts, return what is wrong."""
    with closing(sqlite3.connect(ground.archive)) as db:
        changes = [seq for (seq,) in db.execute("SELECT seq FROM changes ORDER BY seq")]
        kinds = Counter(kind for (kind,) in db.execute("SELECT kind FROM changes"))
    with closing(sqlite3.connect(ground.received(hook))) as db:
        receipts = db.execute("SELECT seq, id FROM got WHERE hook = ? ORDER BY n", [hook]).fetchall()
        deaths = db.execute("SELECT count(*) FROM deaths").fetchone()[0] if hook == "command" else 0
    firsts = list(dict.fromkeys(seq for seq, _ in receipts))
    ids = set(receipts)
    undelivered = set(changes) - set(firsts)
    disordered = sum(later < earlier for earlier, later in pairwise(firsts))
    died = f", {deaths} deaths of the command" if hook == "command" else ""
    print(
        f"{hook:>8}: {len(changes)} changes ({dict(kinds)}), {len(receipts)} receipts,"
        f" {len(receipts) - len(firsts)} of them again, {len(undelivered)} undelivered, {disordered} out of order,"
        f" {len(ids) - len(firsts)} with another id{died}"
    )
    wrong = {
        "undelivered changes": len(undelivered),
        "events that are no change": len(set(firsts) - set(changes)),
        "events out of order": disordered,
        "events with several ids": len(ids) - len(firsts),
        "no changes at all": not changes,
    }
    return [f"{hook}: {number} {what}" for what, number in wrong.items() if number]


def _counts(ground: Ground) -> str:
    counts = []
    for hook in HOOKS:
        with suppress(sqlite3.Error), closing(sqlite3.connect(ground.received(hook))) as db:
            (count,) = db.execute("SELECT count(*) FROM got WHERE hook = ?", [hook]).fetchone()
            counts.append(f"{hook} {count}")
    return f"received: {', '.join(counts)}"


# the site


@contextmanager
def site() -> Iterator[tuple[str, Callable[[], int]]]:
    """Yield the address of a feed that grows, and a function that stops it and returns the number of its articles."""
    began_at = time.monotonic()
    stopped: list[int] = []

    def announced() -> int:
        return stopped[0] if stopped else 1 + int((time.monotonic() - began_at) / ARTICLE_INTERVAL_S)

    def stop() -> int:
        stopped.append(announced())
        return stopped[0]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            last = announced()
            items = "".join(_item(n) for n in range(last, max(0, last - ANNOUNCED), -1))
            body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>N</title>{items}</channel></rss>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/feed.xml", stop
    finally:
        server.shutdown()


def _item(n: int) -> str:
    """Return an article of random words; every ninth is a copy of the one before."""
    rng = random.Random(n - 1 if n % COPY_EVERY == 0 else n)
    words = ["".join(rng.choices("abcdefghijklmnoprstu", k=rng.randint(3, 9))) for _ in range(90)] + [str(n)]
    text = escape(f"<p>{' '.join(words)}.</p>")
    link = f"http://paper{n % 2}.example/{n}"
    return f"<item><title>{' '.join(words[:6])}</title><link>{link}</link><description>{text}</description></item>"


# the processes


def as_daemon(*words: str) -> int:
    """Run `ingest` with short retries."""
    from ingest.cli import run
    from ingest.deliveries import retries

    retries.FIRST_WAIT_S, retries.MAX_WAIT_S = 0.1, 1.0
    return run(list(words))


def _open(path: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE IF NOT EXISTS got (n INTEGER PRIMARY KEY, hook TEXT, seq INTEGER, id TEXT)")
    db.execute("CREATE TABLE IF NOT EXISTS deaths (n INTEGER PRIMARY KEY, moment TEXT)")
    return db


def as_receiver(port: str, path: str) -> int:
    db, lock = _open(path), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            events = event["data"] if event["type"] == "batch" else [event]
            rows = [(self.path[1:], each["data"]["seq"], each["id"]) for each in events]
            print("busy", flush=True)
            with lock:
                db.execute("BEGIN IMMEDIATE")
                db.executemany("INSERT INTO got (hook, seq, id) VALUES (?, ?, ?)", rows)
                db.execute("COMMIT")
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        allow_reuse_address = True

    Server(("127.0.0.1", int(port)), Handler).serve_forever()
    return 0


def as_command(path: str) -> int:
    db, rng = _open(path), random.Random()
    moment = rng.choice(("before", "within", "after")) if rng.randrange(COMMAND_DIES_EVERY) == 0 else None

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if moment:
        db.execute("INSERT INTO deaths (moment) VALUES (?)", [moment])
    if moment == "before":
        die()
    events = [json.loads(line) for line in sys.stdin]
    db.execute("BEGIN IMMEDIATE")
    rows = [("command", event["data"]["seq"], event["id"]) for event in events]
    db.executemany("INSERT INTO got (hook, seq, id) VALUES (?, ?, ?)", rows)
    if moment == "within":
        die()
    db.execute("COMMIT")
    if moment == "after":
        die()
    return 0


if __name__ == "__main__":
    sys.exit(main())
