"""Run the daemon's engine over simulated hours: its memory must stay flat.

    .venv/bin/python scripts/proofs/soak.py [--hours 48] [--feeds 100] [--entries 4]

The script moves the clock by a minute as soon as nothing is due. A separate process serves the feeds on loopback. Each
feed has `--entries` new entries an hour, whose pages are articles of some 20 KB. Each line is one simulated hour: what
was polled and archived, and the memory of all processes of ingest, at the hour's end and at most (PSS: pages that
processes share are counted once).
"""

import argparse
import asyncio
import multiprocessing
import os
import random
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from benches import newsweb

from ingest.configuration.config import Config
from ingest.configuration.settings import Settings
from ingest.maintenance.upkeep import upkeep
from ingest.pipeline import open_pipeline
from ingest.pipeline.engine import Engine
from storage.archive import Archive
from storage.feed_records import DueFeed
from storage.records import Outcome, Poll, WantedFeed

START = datetime(2026, 3, 1, tzinfo=UTC)
WORDS = "committee river budget signal harbour engine report winter market satellite garden verdict".split()
IN_A_FEED = 20


class Seen(Counter[str]):
    """An observer that counts."""

    def polled(self, feed: DueFeed, poll: Poll) -> None:  # noqa: ARG002 (an Observer's signature)
        self["polls"] += 1
        self["failed"] += poll.outcome == "failed"

    def settled(self, feed_id: int, outcome: Outcome) -> None:  # noqa: ARG002 (an Observer's signature)
        self[outcome] += 1

    def postponed(self, feed_id: int, reason: str) -> None:  # noqa: ARG002 (an Observer's signature)
        self["postponed"] += 1


class Clock:
    """The simulated time. The site reads the same seconds."""

    def __init__(self, since_start_s: "Synchronized[float]") -> None:
        self.since_start_s = since_start_s

    def __call__(self) -> datetime:
        return START + timedelta(seconds=self.since_start_s.value)


class Memory:
    """The memory of this process and its descendants, without the site, measured ten times a second."""

    def __init__(self, besides: int) -> None:
        self._besides = besides
        self.most_mb = 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def now_mb(self) -> float:
        return newsweb.memory_mb(os.getpid(), besides=self._besides)

    def _watch(self) -> None:
        while True:
            self.most_mb = max(self.most_mb, self.now_mb())
            time.sleep(0.1)


async def soak(hours: int, feeds: int, clock: Clock, port: int, memory: Memory, folder: Path) -> None:
    seen = Seen()
    urls = [f"http://127.0.{n // 250}.{n % 250 + 1}:{port}/feed" for n in range(feeds)]
    settings = Settings(web={"allow_addresses": ("127.0.0.0/8",), "per_host_interval_s": 0.0})
    print(f"{'hour':>4}{'polls':>8}{'archived':>10}{'failed':>8}{'MB':>8}{'most':>8}{'wall s':>8}")
    async with open_pipeline(
        Config(settings), folder / "news.db", "daemon", [seen], clock=clock, rng=random.Random(1)
    ) as context:
        await context.writer(lambda archive: archive.subscribe([WantedFeed(url) for url in urls], clock()))
        engine = Engine(context)
        running = asyncio.create_task(engine.run())
        started = time.perf_counter()
        for minute in range(hours * 60):
            ids = frozenset(range(1, feeds + 1))
            engine.wake()
            while engine.is_polling(ids) or await context.writer(partial(Archive.has_due, feed_ids=ids, now=clock())):
                with suppress(TimeoutError):
                    await asyncio.wait_for(engine.next_round(), 0.2)
            clock.since_start_s.value += 60
            if minute % 1440 == 240:
                await upkeep(context)
            if minute % 60 == 59:
                archived, failed = seen["archived"], seen["failed"]
                wall_s = time.perf_counter() - started
                counted = f"{minute // 60 + 1:4}{seen['polls']:8}{archived:10}{failed:8}"
                print(f"{counted}{memory.now_mb():8.1f}{memory.most_mb:8.1f}{wall_s:8.1f}", flush=True)
                memory.most_mb = 0.0
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def serve(since_start_s: "Synchronized[float]", entries: int, port_to: Connection) -> None:
    """Serve on one port of all loopback addresses."""

    async def answer_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        base = "http://{}:{}".format(*writer.get_extra_info("sockname"))
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split()[1].decode()
                newest = int(since_start_s.value // 3600 * entries) + IN_A_FEED
                body = feed(base, newest) if path == "/feed" else page(base, path[1:]) if path[1:].isdigit() else b""
                writer.write(b"HTTP/1.1 %d -\r\nContent-Length: %d\r\n\r\n" % (200 if body else 404, len(body)) + body)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer_connection, "0.0.0.0", 0, backlog=512)
    port_to.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def site(since_start_s: "Synchronized[float]", entries: int, port_to: Connection) -> None:
    asyncio.run(serve(since_start_s, entries, port_to))


def feed(base: str, newest: int) -> bytes:
    numbers = range(newest, newest - IN_A_FEED, -1)
    items = "".join(f"<item><title>{title(base, n)}</title><link>{base}/{n}</link></item>" for n in numbers)
    return f"<rss version='2.0'><channel><title>{base}</title>{items}</channel></rss>".encode()


def title(base: str, number: int | str) -> str:
    rng = random.Random(f"{base} {number}")
    return " ".join(rng.choices(WORDS, k=6)).capitalize()


def page(base: str, number: str) -> bytes:
    rng = random.Random(f"{base} {number} text")
    sentences = ("{} {}.".format(*(" ".join(rng.choices(WORDS, k=9)).capitalize(), rng.random())) for _ in range(120))
    text = "".join(f"<p>{' '.join(s)}</p>" for s in zip(*[iter(sentences)] * 4, strict=True))
    return f"<title>{title(base, number)}</title><body><article><h1>{title(base, number)}</h1>{text}".encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=int, default=48)
    parser.add_argument("--feeds", type=int, default=100)
    parser.add_argument("--entries", type=int, default=4, help="new entries of a feed in an hour")
    arguments = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    since_start_s = context.Value("d", 0.0)
    here, there = context.Pipe()
    polled = context.Process(target=site, args=(since_start_s, arguments.entries, there), daemon=True)
    polled.start()
    assert polled.pid
    del globals()["__file__"]  # otherwise each worker would import this script and its libraries
    clock, memory = Clock(since_start_s), Memory(besides=polled.pid)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(soak(arguments.hours, arguments.feeds, clock, here.recv(), memory, Path(folder)))


if __name__ == "__main__":
    main()
