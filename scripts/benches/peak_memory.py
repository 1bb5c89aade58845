"""Measure the peak memory of `ingest now` against hostile sites: all its processes must stay under 512 MB.

    .venv/bin/python scripts/benches/peak_memory.py [KIND]... [--hosts 200] [--within-s 120] [--limit-mb 512]

A separate process serves the sites on loopback, each at its own address. Each KIND is one run; "all" has all kinds in
one run. One feed in ten is a good one. Memory is PSS, summed over all processes every 50 ms: pages that processes share
are counted once. Settings are the defaults, except `allow_addresses` and `per_host_interval_s`, which is 0. A run that
takes longer than `--within-s` is stopped. The exit code is 1 if a run took more memory than `--limit-mb`, or
ended without a good article.
"""

import argparse
import asyncio
import gzip
import multiprocessing
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

from benches import newsweb

MIB = 2**20
CAP = 10 * MIB - 1024  # just below `web.max_bytes`
A_FEED = 3  # entries
EVERY_S = 0.05
GOOD = "good"
TEXT = "The committee has read the report on the harbour, and will vote on its budget in the winter. "

Answer = tuple[str, bytes, bytes, float]  # content type, more header lines, body, seconds it is spread over


def _page(filling: bytes) -> bytes:
    paragraphs = "".join(f"<p>{TEXT * 3}{n}</p>" for n in range(8))
    return f"<title>A report</title><article><h1>A report</h1>{paragraphs}</article>".encode() + filling


@cache
def _noise(size: int) -> bytes:
    return random.Random(1).randbytes(size // 2).hex().encode()


def _html(filling: Callable[[], bytes], over_s: float = 0.0) -> Callable[[str], Answer]:
    return lambda _: ("text/html", b"", _page(filling()), over_s)


@cache
def _bomb() -> bytes:
    return gzip.compress(_page(b" " * (CAP - 4096)), 9)


@cache
def _small_tags(size: int) -> bytes:
    return b"<p>a" * (size // 4)


@cache
def _flood(entries: int) -> bytes:
    items = "".join(f"<item><title>Report {n}</title><link>/{n}</link></item>" for n in range(entries))
    return f"<rss version='2.0'><channel><title>Flood</title>{items}</channel></rss>".encode()


@cache
def _heavy_feed() -> bytes:
    items = "".join(f"<item><title>R{n}</title><link>/{n}</link><description>{n} {TEXT * 100}" for n in range(1000))
    return items.replace("<item>", "</description></item><item>").replace("</description></item>", "", 1).encode()


def _rss(items: bytes) -> bytes:
    return b"<rss version='2.0'><channel><title>A feed</title>" + items + b"</channel></rss>"


def _paged(path: str) -> Answer:
    number = int(path.rpartition("-")[2]) if "-" in path else 1
    words = "".join(f"<p>{random.Random(f'{path} {n}').random()} {TEXT * 3}</p>" for n in range(8))
    link = f'<a rel="next" href="{path.partition("-")[0]}-{number + 1}">Next page</a>'
    page = f"<title>A report</title><article><h1>A report</h1>{words}{link}</article>".encode()
    return "text/html", b"", page + b"<!--" + _noise(8 * MIB) + b"-->", 0.0


PAGES: dict[str, Callable[[str], Answer]] = {
    GOOD: _html(lambda: b""),
    "noise": _html(lambda: b"<!--" + _noise(CAP - 4096) + b"-->"),
    "dripping": _html(lambda: b"<!--" + _noise(CAP - 4096) + b"-->", over_s=25.0),
    "bomb": lambda _: ("text/html", b"Content-Encoding: gzip\r\n", _bomb(), 0.0),
    "tags": _html(lambda: _small_tags(CAP - 4096)),
    "some tags": _html(lambda: _small_tags(MIB)),
    "words": lambda _: ("text/html", b"", b"<title>A report</title><p>" + b"a b " * (CAP // 4), 0.0),
    "title": lambda _: ("text/html", b"", b"<title>" + b"long title " * (CAP // 11) + b"</title>" + _page(b""), 0.0),
    "article": _html(lambda: b"".join(b"<p>%d %s</p>" % (n, TEXT.encode() * 4) for n in range(8 * MIB // 400))),
    "paged": _paged,
    "headers": lambda _: ("text/html", b"".join(b"X-%d: %s\r\n" % (n, b"x" * 12_000) for n in range(60)), b"", 0.0),
    "redirects": lambda _: ("", b"Location: /%s\r\n" % (b"x" * 8000), _noise(CAP), 0.0),
}
FEEDS: dict[str, Callable[[], bytes]] = {
    "flood": lambda: _flood(150_000)[: CAP - 100],
    "heavy feed": lambda: _rss(_heavy_feed() + b"</description></item>"),
    "feed title": lambda: _rss(b"<item><title>" + b"long title " * (CAP // 12) + b"</title></item>"),
}
KINDS = (*[kind for kind in PAGES if kind != GOOD], *FEEDS)


def _feed_of(pages: int) -> bytes:
    return _rss(b"".join(b"<item><title>A report %d</title><link>/%d</link></item>" % (n, n) for n in range(pages)))


async def _serve(kinds: list[str], port_to: Connection) -> None:
    """Serve on one port of all loopback addresses. The kind of a site follows from its address, 127.0.HIGH.LOW."""

    async def answer_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(high=256 * 1024)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                octets = writer.get_extra_info("sockname")[0].split(".")
                kind = kinds[int(octets[2]) * 250 + int(octets[3]) - 1]
                status, (content_type, more, body, over_s) = _answer(kind, head.split()[1].decode(), octets)
                writer.write(
                    b"HTTP/1.1 %d -\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n"
                    % (status, content_type.encode(), len(body), more)
                )
                for piece in _pieces(body, 256 * 1024):
                    writer.write(piece)
                    await writer.drain()
                    if over_s:
                        await asyncio.sleep(over_s * len(piece) / len(body))
        writer.close()

    server = await asyncio.start_server(answer_connection, "0.0.0.0", 0, backlog=1024)
    port_to.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _pieces(body: bytes, size: int) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


def _answer(kind: str, path: str, octets: list[str]) -> tuple[int, Answer]:
    if path == "/robots.txt":
        return 404, ("text/plain", b"", b"", 0.0)
    if path == "/feed":
        return 200, ("text/xml", b"", FEEDS[kind]() if kind in FEEDS else _feed_of(A_FEED), 0.0)
    if kind in FEEDS:
        return 404, ("text/html", b"", b"", 0.0)
    answer = PAGES[kind](path)
    if kind == GOOD:  # each has its own text
        own = f"{'.'.join(octets)}{path}"
        body = answer[2].replace(b"committee", b"committee %x" % zlib.crc32(own.encode()))
        answer = (*answer[:2], body, 0.0)
    return 302 if kind == "redirects" else 200, answer


def _web(kinds: list[str], port_to: Connection) -> None:
    asyncio.run(_serve(kinds, port_to))


def run(name: str, kinds: list[str], limit_mb: float, within_s: float) -> bool:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    web = context.Process(target=_web, args=(kinds, there), daemon=True)
    web.start()
    port = here.recv()
    try:
        with tempfile.TemporaryDirectory() as folder:
            feeds = [f"http://127.0.{n // 250}.{n % 250 + 1}:{port}/feed" for n in range(len(kinds))]
            command = newsweb.configure(Path(folder), feeds, interval_s=0.0)
            peaks_mb, took_s, ended = _watch([*command, "now"], within_s)
            with closing(sqlite3.connect(Path(folder) / "news.db")) as db:
                ends = dict(db.execute("SELECT outcome, count(*) FROM entries GROUP BY 1"))
                good = [f"127.0.{n // 250}.{n % 250 + 1}" for n, kind in enumerate(kinds) if kind == GOOD]
                marks = ",".join("?" * len(good))
                archived = db.execute(f"SELECT count(*) FROM articles WHERE site IN ({marks})", good).fetchone()[0]
    finally:
        web.terminate()
        web.join()
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(ends.items()))
    wanted = len(good) * A_FEED
    peak_mb = sum(peaks_mb)
    shares = "+".join(f"{share:.0f}" for share in peaks_mb if share > 0)
    good_ones = f"{archived} of {wanted} good ones"
    print(f"{name:12}{peak_mb:6.0f} MB ({shares}){took_s:6.0f} s  {good_ones}; {outcomes}", flush=True)
    return peak_mb <= limit_mb and (archived == wanted or not ended)


def _watch(command: list[str], within_s: float) -> tuple[list[float], float, bool]:
    """Run the command for at most `within_s`.

    Return the memory of each process at the peak, the seconds taken, and whether the command ended by itself.
    """
    started, peaks_mb = time.monotonic(), [0.0]
    process = subprocess.Popen(command, cwd=newsweb.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and time.monotonic() - started < within_s:
        peaks_mb = max(peaks_mb, newsweb.memories_mb(process.pid), key=sum)
        time.sleep(EVERY_S)
    ended = process.poll() is not None
    process.terminate()
    process.wait()
    return peaks_mb, time.monotonic() - started, ended


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"all, {', '.join(KINDS)}")
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--within-s", type=float, default=120.0)
    parser.add_argument("--limit-mb", type=float, default=512.0)
    arguments = parser.parse_args()
    ok = True
    for name in arguments.kinds or ("all", *KINDS):
        chosen = KINDS if name == "all" else (name,)
        kinds = [GOOD if n % 10 == 0 else chosen[n % len(chosen)] for n in range(arguments.hosts)]
        ok &= run(name, kinds, arguments.limit_mb, arguments.within_s)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
