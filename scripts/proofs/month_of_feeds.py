"""A simulated month of 200 sources: every gap and every silence must be found, and next to no false one.

    .venv/bin/python scripts/proofs/month_of_feeds.py [--days 30] [--sources 200] [--seed 1] [--budget 0]

The sources publish by their own habits, and most have a role: windows that slide past, outages, silences, moves and
what resembles one of these (`month_sources.ROLES`). They are served over loopback to the real poll stage, whose clock
goes to the minute of the next due poll. Alerts are judged after each. Meanwhile this machine is off for a day, and
offline for two and a half (of 30). Pages of entries are not fetched. `--budget` is `poll.requests_per_day`.

The script compares what the archive says with what the sources have served, and ends with exit code 1 if an entry was
lost or doubled, a gap, a silence or another state was not found, an alert did not begin and end once, or there were
more false alarms than one a feed in two years.
"""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from proofs.month_documents import START, instant
from proofs.month_entries import DAY_S, HOUR_S
from proofs.month_known import Score
from proofs.month_score import score
from proofs.month_sources import Reply, sources

from ingest.configuration.config import Config
from ingest.configuration.settings import Settings
from ingest.deliveries.judging import AlertWatch
from ingest.maintenance.upkeep import upkeep
from ingest.pipeline import open_pipeline
from ingest.pipeline.context import Context
from ingest.pipeline.poll import poll, subscribe
from ingest.workers.pool import Pool
from ingest.workers.processes import WorkLimits
from storage.feed_records import DueFeed
from storage.reader import Reader
from storage.records import WantedFeed, to_instant

T = TypeVar("T")
Args = TypeVarTuple("Args")

OFF, OFFLINE = (0.30, 0.30 + 1 / 30), (0.62, 0.62 + 2.5 / 30)  # of the simulated time


class Inline(Pool):
    """Parses in this process: for documents of a kilobyte, the way to a worker takes longer than the work."""

    async def run(self, function: Callable[[*Args], T], *args: *Args) -> T:
        return function(*args)


class Month:
    """The simulated time, and the sources that it moves on."""

    def __init__(self, days: float, count: int, seed: int) -> None:
        self.end_s = days * DAY_S
        self.now_s = 0.0
        self.sources = sources(count, days, seed)

    def clock(self) -> datetime:
        return instant(self.now_s)

    def is_off(self, at_s: float) -> bool:
        return OFF[0] * self.end_s <= at_s < OFF[1] * self.end_s

    def is_offline(self) -> bool:
        return OFFLINE[0] * self.end_s <= self.now_s < OFFLINE[1] * self.end_s

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """Serve each source on a loopback address of its own."""

        async def answer_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            source = by_address[writer.get_extra_info("sockname")[0]]
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                    fields = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:] if line)
                    reply = Reply(0)
                    if not self.is_offline():
                        reply = source.answer(head.split()[1], fields.get("if-none-match", ""), self.now_s)
                    if reply.status == 0:
                        break
                    lines = [f"HTTP/1.1 {reply.status} -", f"Content-Length: {len(reply.body)}"]
                    lines += [f"{name}: {value}" for name, value in reply.headers]
                    writer.write("\r\n".join([*lines, "", ""]).encode() + reply.body)
                    await writer.drain()
            writer.close()

        by_address = {f"127.0.{n // 250}.{n % 250 + 2}": source for n, source in enumerate(self.sources)}
        server = await asyncio.start_server(answer_connection, "0.0.0.0", 0, backlog=512)
        port = server.sockets[0].getsockname()[1]
        for address, source in by_address.items():
            source.host = f"{address}:{port}"
        try:
            yield
        finally:
            server.close()


async def run(month: Month, archive: Path, budget: float) -> Score:
    """Poll the sources until the end of the simulated time, and return how the archive compares with them."""
    async with month.served():
        settings = Settings(
            web={"allow_addresses": ("127.0.0.0/8",), "per_host_interval_s": 0.0},
            poll={"requests_per_day": budget},
        )
        feeds = tuple(WantedFeed(source.url, article="feed") for source in month.sources)
        alerts, rng = AlertWatch(), random.Random(1)
        opened = open_pipeline(Config(settings, feeds), archive, "daemon", [alerts], clock=month.clock, rng=rng)
        async with opened as context:
            # the rest of a host that does not answer is a minute of the simulated time too
            context.client._manners.now_s = lambda: month.now_s  # noqa: SLF001 (a test's clock)
            await context.writer(lambda archive: subscribe(archive, feeds, month.clock()))
            await _live(month, replace(context, pool=Inline(1, WorkLimits(20, 1024, 160))), alerts)
        with Reader(archive) as reader:
            outages = [(first * month.end_s, last * month.end_s) for first, last in (OFF, OFFLINE)]
            return score(month.sources, reader, month.end_s, outages)


async def _live(month: Month, context: Context, alerts: AlertWatch) -> None:
    """Poll what is due, minute by minute; judge alerts after each, and all of them every hour."""

    def find_due(archive: Reader) -> tuple[float, list[DueFeed]]:
        row = archive.row("SELECT min(due_at) AS due_at FROM feeds WHERE active = 1")
        due_at = to_instant(row["due_at"]) if row else None
        due_s = (due_at - START).total_seconds() if due_at else month.end_s
        at_s = min(max(month.now_s, ceil(due_s / 60) * 60), next_hour_s)
        if month.is_off(at_s):
            at_s = OFF[1] * month.end_s
        return at_s, archive.due_feeds(instant(at_s), limit=1000)

    next_hour_s = 0.0
    while month.now_s < month.end_s:
        month.now_s, due = await context.writer.read(find_due)
        await asyncio.gather(*(poll(feed, context) for feed in due))
        if month.now_s >= next_hour_s:
            alerts.follow(context.config.feeds)
            if next_hour_s % DAY_S == 0:
                await upkeep(context)
            next_hour_s = (month.now_s // HOUR_S + 1) * HOUR_S
        await alerts.judge(context)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", type=float, default=0, help="poll.requests_per_day")
    parser.add_argument("--keep", type=Path, help="where the archive is to stay")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)  # of alerts
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        month = Month(arguments.days, arguments.sources, arguments.seed)
        result = asyncio.run(run(month, arguments.keep or Path(folder) / "news.db", arguments.budget))
    print(result.table())
    print(f"{time.perf_counter() - started:.0f} s")
    sys.exit(1 if result.faults else 0)


if __name__ == "__main__":
    main()
