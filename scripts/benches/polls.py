"""Measure what polls cost `ingest now`: the first one, unchanged documents, and documents with one new entry.

    .venv/bin/python scripts/benches/polls.py [--feeds 400] [--entries 30] [--before CHECKOUT] [--rounds 3]
        [--last unchanged] [--profile unchanged]

Every feed has its own address, its full text and `article = "feed"`, so that no page is fetched (`feedweb.py`). CPU is
that of the command and its workers, in milliseconds a feed, without the row `start`. Memory is the highest PSS of all
its processes. Both are medians of the rounds.

row         the poll
start       of one feed alone (`--feed`): start, feed list, upkeep
first       of feeds that are new
unchanged   answered 304
changed     of a document rewritten with one new entry
alone       of a document that has only one entry, a new one
beside      changed - (alone - unchanged): all but the new article's own cleaning and writing
feedparser  of the documents alone, in this process
aiohttp     of the unchanged documents alone, in this process: each from a new connection

With `--before`, each poll is also measured with another checkout of the project, in turns, and the last column is the
ratio of the two. `--last` ends each round with that poll. `--profile` prints the functions of one such poll instead,
for each thread (`profiled.py`).
"""

import argparse
import asyncio
import io
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

import aiohttp
import feedparser
from benches import newsweb
from benches.feedweb import FeedWeb

POLLS = ("first", "unchanged", "changed", "alone")


class Product:
    """A checkout with its own archive."""

    def __init__(self, checkout: Path, folder: Path, web: FeedWeb) -> None:
        self._checkout = checkout
        self._archive = folder / "news.db"
        self._web = web
        self.command = newsweb.configure(folder, web.urls, interval_s=0)
        feeds = folder / "config" / "feeds.toml"
        feeds.write_text(feeds.read_text().replace("\n[[", '\narticle = "feed"\n[[') + 'article = "feed"\n')
        self.cpu_ms: dict[str, list[float]] = defaultdict(list)
        self.peak_mb: dict[str, list[float]] = defaultdict(list)

    def run(self, *arguments: str) -> newsweb.Cost:
        return newsweb.cost([*self.command, "-q", *arguments], checkout=self._checkout)

    def measure(self, poll: str) -> None:
        if poll == "first":
            newsweb.remove_archive(self._archive)
        cost, start = self.run("now"), self.run("now", "--feed", self._web.urls[0])
        for name, spent_s, peak_mb in (
            (poll, cost.cpu_s - start.cpu_s, cost.peak_mb),
            ("start", start.cpu_s, start.peak_mb),
        ):
            self.cpu_ms[name].append(1000 * spent_s / self._web.feeds)
            self.peak_mb[name].append(peak_mb)

    def figures(self) -> dict[str, tuple[float, float | None]]:
        """Return CPU and memory of each row."""
        cpu = {name: median(values) for name, values in self.cpu_ms.items()}
        rows: dict[str, tuple[float, float | None]] = {name: (cpu[name], median(self.peak_mb[name])) for name in cpu}
        if "alone" in cpu:
            rows["beside"] = cpu["changed"] - cpu["alone"] + cpu["unchanged"], None
        return rows


def rewrite(web: FeedWeb, poll: str) -> None:
    """Write what the poll is to find."""
    match poll:
        case "first":
            web.write()
        case "changed":
            web.write(new=1)
        case "alone":
            web.write(new=2, only=1)


def feedparser_ms(web: FeedWeb) -> float:
    started = time.process_time()
    for _, body in web.documents.values():
        feedparser.parse(io.BytesIO(body))
    return 1000 * (time.process_time() - started) / web.feeds


def aiohttp_ms(web: FeedWeb) -> float:
    async def ask() -> float:
        slots = asyncio.Semaphore(64)
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), cookie_jar=jar) as session:

            async def get(url: str, tag: str) -> None:
                async with slots, session.get(url, headers={"If-None-Match": tag}) as response:
                    await response.read()

            started = time.thread_time()
            tags = [tag.decode() for tag, _ in web.documents.values()]
            await asyncio.gather(*map(get, web.urls, tags))
            return 1000 * (time.thread_time() - started) / web.feeds

    return asyncio.run(ask())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=400)
    parser.add_argument("--entries", type=int, default=30)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--last", choices=POLLS, default=POLLS[-1])
    parser.add_argument("--profile", choices=POLLS)
    arguments = parser.parse_args()
    checkouts = [each.resolve() for each in (arguments.before, newsweb.ROOT) if each]
    web = FeedWeb(arguments.feeds, arguments.entries)
    alone_ms: dict[str, list[float]] = defaultdict(list)
    with web.served(), tempfile.TemporaryDirectory() as folder:
        newsweb.adopt_orphans()
        products = [Product(checkout, Path(folder) / str(at), web) for at, checkout in enumerate(checkouts)]
        if arguments.profile:
            print(profile(products[-1], web, arguments.profile))
            return
        for turn in range(arguments.rounds):
            for poll in POLLS[: POLLS.index(arguments.last) + 1]:
                rewrite(web, poll)
                for product in products[:: 1 if turn % 2 else -1]:
                    product.measure(poll)
                if poll == "unchanged":
                    alone_ms["feedparser"].append(feedparser_ms(web))
                    alone_ms["aiohttp"].append(aiohttp_ms(web))
            print(f"round {turn + 1} of {arguments.rounds}", file=sys.stderr)
    report([product.figures() for product in products], {name: median(each) for name, each in alone_ms.items()})


def profile(product: Product, web: FeedWeb, poll: str) -> str:
    for before in POLLS[: POLLS.index(poll)]:
        rewrite(web, before)
        product.run("now")
    rewrite(web, poll)
    product.command[1:3] = [str(Path(__file__).with_name("profiled.py"))]
    return product.run("now").output


def report(products: list[dict[str, tuple[float, float | None]]], alone_ms: dict[str, float]) -> None:
    names = ("before", "now")[-len(products) :]
    print(f"{'':12}" + "".join(f"{f'{name}: ms':>14}{'MB':>7}" for name in names) + f"{'ratio':>9}")
    for row in products[-1]:
        cells = [product[row] for product in products]
        written = "".join(f"{cpu:14.3f}{peak or '':7.0f}" if peak else f"{cpu:14.3f}{'':7}" for cpu, peak in cells)
        ratio = f"{cells[-1][0] / cells[0][0]:9.2f}" if len(cells) > 1 else ""
        print(f"{row:12}{written}{ratio}")
    for name, spent_ms in alone_ms.items():
        print(f"{name:12}{spent_ms:14.3f}")


if __name__ == "__main__":
    main()
