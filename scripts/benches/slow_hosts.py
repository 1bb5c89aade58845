"""Measure whether dead and slow hosts delay the others, with the good half of the feeds alone and with all feeds.

    .venv/bin/python scripts/benches/slow_hosts.py [--feeds 200] [--runs 3] [--timeout 5]

Half of the feeds are good, with three articles each. Of the others, a third never answers, a third sends a byte a
second, a third refuses connections. The two kinds of run alternate, each on a new archive. The time is that of the last
article of the good half, since a run waits for the dead hosts too.
"""

import argparse
import asyncio
import sqlite3
import subprocess
import tempfile
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from statistics import median

from benches import newsweb

PAGES = 3
PROSE = "The commission said on Tuesday that the work had gone on for longer than anybody had planned, at {n}. " * 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--timeout", type=float, default=5.0)
    arguments = parser.parse_args()
    half = arguments.feeds // 2
    port = serve()
    good = [f"http://127.0.1.{n + 1}:{port}/feed" for n in range(half)]
    dead = [f"http://127.0.{n % 3 + 2}.{n + 1}:{port if n % 3 < 2 else 1}/feed" for n in range(half)]
    mixed = [feed for pair in zip(dead, good, strict=True) for feed in pair]
    times: dict[str, list[float]] = {"alone": [], "with the dead": []}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(arguments.runs):
            for name, feeds in (("alone", good), ("with the dead", mixed)):
                times[name].append(good_s(Path(folder), feeds, half * PAGES, arguments.timeout))
                print(f"{name:>14}: {times[name][-1]:6.2f} s", flush=True)
    ratios = [b / a for a, b in zip(*times.values(), strict=True)]
    print(f"ratio: {median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})")


def good_s(folder: Path, feeds: list[str], articles: int, timeout_s: float) -> float:
    """Return the seconds from the start of the run to the last good article."""
    command = newsweb.configure(folder, feeds, interval_s=0.0)
    settings = folder / "config" / "settings.toml"
    settings.write_text(f"{settings.read_text()}timeout_s = {timeout_s}\n")
    archive = folder / "news.db"
    newsweb.remove_archive(archive)
    started = time.perf_counter()
    with subprocess.Popen([*command, "-q", "now"], stdout=subprocess.DEVNULL, cwd=newsweb.ROOT) as process:
        done_s = None
        while process.poll() is None:
            if done_s is None and archived(archive) >= articles:
                done_s = time.perf_counter() - started
            time.sleep(0.02)
    assert archived(archive) == articles, archived(archive)
    return done_s or time.perf_counter() - started


def archived(archive: Path) -> int:
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(f"{archive.as_uri()}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT count(*) FROM articles").fetchone()[0])
    return 0


def serve() -> int:
    """Serve in a thread, on one port of all loopback addresses. Return the port.

    127.0.1.x answers, 127.0.2.x hangs, 127.0.3.x sends a byte a second.
    """
    loop = asyncio.new_event_loop()

    async def answer_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        kind = host.split(".")[2]
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                if kind == "2":
                    await reader.read()
                if kind == "3":
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                    while not reader.at_eof() and not writer.is_closing():
                        writer.write(b"x")
                        await asyncio.sleep(1)
                    break
                body = answer(head.split()[1].decode(), f"http://{host}:{writer.get_extra_info('sockname')[1]}")
                writer.write(b"HTTP/1.1 %d -\r\nContent-Length: %d\r\n\r\n" % (200 if body else 404, len(body)) + body)
                await writer.drain()
        writer.close()

    server = loop.run_until_complete(asyncio.start_server(answer_connection, "0.0.0.0", 0, backlog=512))
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return int(server.sockets[0].getsockname()[1])


def answer(path: str, base: str) -> bytes:
    if path == "/feed":
        items = "".join(f"<item><title>News {n} of {base}</title><link>{base}/{n}</link></item>" for n in range(PAGES))
        return f"<rss version='2.0'><channel><title>{base}</title>{items}</channel></rss>".encode()
    if not path[1:].isdigit():
        return b""
    title = f"News {path[1:]} of {base}"
    words = "".join(f"<p>{n}. {title}. {PROSE.format(n=f'{base} {path} {n}')}" for n in range(5))
    return f"<title>{title}</title><body><article><h1>{title}</h1>{words}</article></body>".encode()


if __name__ == "__main__":
    main()
