"""Parse and extract damaged feeds and pages with the product: each must end with a result or a reason.

    .venv/bin/python scripts/proofs/fuzz.py [--feeds 2000] [--pages 500] [--seed 1] [--samples FOLDER]...

Overnight: --feeds 100000 --pages 20000. Each trial damages one sample: flips, cuts, splices, duplications, dropped
tags. Its seed decides how. N trials have the seeds SEED to SEED + N - 1. To repeat one, give `--seed ITS_SEED` and a
count of 1 for its kind, 0 for the other. Samples are the files below each FOLDER: `*.html` or `*.html.gz` are pages,
any other name is a feed. Without a FOLDER, the sample newsroom is used. Two workers run the trials, with the time and
memory limits of the product. The exit code is 1 if a trial raised, hung or gave text that an archive must not have.
"""

import argparse
import asyncio
import gzip
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from ingest.articles.extract import extract
from ingest.configuration.settings import ArticleSettings
from ingest.errors import ParseError, WorkError
from ingest.feeds.parsed import ParsedFeed
from ingest.workers.pool import Pool
from ingest.workers.processes import WorkLimits
from ingest.workers.tasks import parse_feed
from storage.content import Content
from storage.records import NewEntry

NOW = datetime(2026, 3, 1, tzinfo=UTC)
URL = "https://news.example/2026/03/a-report.html"
ENTRY = NewEntry(guid="1", url=URL, title="A report")
SLOW_S = 5.0
PROCESSES = 2
MAX_DAMAGES = 8
MAX_BYTES = 3 * 2**20  # repeated duplications end here

_TAG = re.compile(rb"<[^<>]{1,200}>")
_NASTY = (
    b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\x1b[31m", b"\xe2\x80\xae", b"&#0;", b"&#xd800;", b"&#x1b;", b"&", b"<",
    b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?xml", b"<!DOCTYPE x [", b"</", b"<div>" * 300, b'"', b"{", b"\\ud800",
    b"javascript:", b"http://[", b"%", b"\x1f\x8b", b"charset=utf-16", b"<base href='data:x'>", b"-" * 3000,
)  # fmt: skip
# Characters that no title and no text may hold: controls, surrogates, overrides of direction.
_UNWANTED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(slots=True)
class Tally:
    results: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)

    def add(self, kind: str, seed: int, result: str, took_s: float, fault: str | None) -> None:
        self.results[result] += 1
        if fault:
            self.faults.append(f"{kind} {seed}: {fault}")
        if took_s > SLOW_S:
            self.slow.append(f"{kind} {seed}: {took_s:.1f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=2000)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", type=Path, action="append", default=[])
    arguments = parser.parse_args()
    started = time.perf_counter()
    folders = tuple(arguments.samples)
    tally = asyncio.run(run(arguments.feeds, arguments.pages, arguments.seed, folders))
    for line in (*tally.faults, *(f"slow: {line}" for line in tally.slow)):
        print(line)
    ends = ", ".join(f"{count} {result}" for result, count in sorted(tally.results.items()))
    print(
        f"{arguments.feeds} feeds and {arguments.pages} pages from seed {arguments.seed} in"
        f" {time.perf_counter() - started:.0f} s: {ends};"
        f" {len(tally.faults)} faults, {len(tally.slow)} over {SLOW_S:g} s"
    )
    return 1 if tally.faults else 0


async def run(feeds: int, pages: int, seed: int, folders: tuple[Path, ...] = ()) -> Tally:
    """Run the trials in the product's own pool."""
    tally = Tally()
    trials = iter([("feed", seed + n) for n in range(feeds)] + [("page", seed + n) for n in range(pages)])
    articles = ArticleSettings()
    pool = Pool(PROCESSES, WorkLimits(articles.time_limit_s, articles.memory_limit_mb, articles.page_memory_mb))

    async def work() -> None:
        for kind, trial_seed in trials:
            try:
                result, took_s, fault = await pool.run(trial, kind, trial_seed, folders)
            except WorkError as error:  # killed at its limit: the entry would get this as its reason
                result, took_s, fault = "killed", 0.0, None
                tally.slow.append(f"{kind} {trial_seed}: {error.cause}")
            except Exception as error:  # noqa: BLE001 (a fault is what this script searches)
                result, took_s, fault = "raised", 0.0, f"{type(error).__name__}: {error}"
            tally.add(kind, trial_seed, result, took_s, fault)

    try:
        await asyncio.gather(*(work() for _ in range(PROCESSES * 4)))
    finally:
        pool.close()
    return tally


def trial(kind: str, seed: int, folders: tuple[Path, ...]) -> tuple[str, float, str | None]:
    """Run one trial in a worker. Return how it ended, its CPU seconds, and what is wrong with the result."""
    rng = random.Random(f"{kind} {seed}")
    body = damaged(samples(kind, folders), rng)
    content_type = rng.choice((None, "text/html", "application/rss+xml; charset=utf-8", "text/xml; charset=iso-8859-1"))
    started = time.process_time()
    if kind == "feed":
        feed = parse_feed(body, URL, content_type, NOW)
        return ("refused" if isinstance(feed, ParseError) else "parsed"), time.process_time() - started, _of_feed(feed)
    page = extract(body, url=URL, content_type=content_type, entry=ENTRY, now=NOW)
    return page.verdict, time.process_time() - started, _of_page(page)


def _of_feed(feed: ParsedFeed | ParseError) -> str | None:
    if isinstance(feed, ParseError):
        return None if feed.cause else "refused without a reason"
    texts = [feed.title, feed.site_url]
    for e in feed.entries:
        texts += [e.title, e.summary, e.content, e.url, e.image_url, e.language, *e.authors, *e.tags]
    odd = [e.url for e in feed.entries if e.url and not e.url.startswith(("http://", "https://"))]
    return f"not a link: {odd[0]!a:.100}" if odd else _of_texts(texts)


def _of_page(page: Content) -> str | None:
    if page.verdict != "article":
        return None if page.reason and not page.body else "no article without a reason"
    if not page.body:
        return "an article without a text"
    return _of_texts([page.title, page.body, page.summary, page.site_name, page.section, *page.authors, *page.tags])


def _of_texts(texts: Iterable[str | None]) -> str | None:
    found = next((match for text in texts if text and (match := _UNWANTED.search(text))), None)
    return f"a character that no text may hold: {found[0]!a}" if found else None


def damaged(bodies: Sequence[bytes], rng: random.Random) -> bytes:
    body = bytearray(rng.choice(bodies))
    for _ in range(rng.randint(1, MAX_DAMAGES)):
        start = rng.randrange(len(body) + 1)
        span = slice(start, start + int(rng.paretovariate(0.5)) % (len(body) // 2 + 2))
        rng.choice(_DAMAGES)(body, span, bodies, rng)
        del body[MAX_BYTES:]
    return bytes(body)


def _flips(body: bytearray, _: slice, __: object, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 50) if body else 0):
        body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)


def _cut(body: bytearray, span: slice, _: object, __: object) -> None:
    del body[span]


def _end(body: bytearray, span: slice, _: object, __: object) -> None:
    del body[max(span.start, len(body) // 10) :]


def _splice(body: bytearray, span: slice, bodies: Sequence[bytes], rng: random.Random) -> None:
    other = rng.choice(bodies)
    start = rng.randrange(len(other) + 1)
    body[span.start : span.start] = other[start : start + span.stop - span.start]


def _duplication(body: bytearray, span: slice, _: object, rng: random.Random) -> None:
    body[span.start : span.start] = body[span] * rng.randint(1, 3)


def _dropped_tags(body: bytearray, _: slice, __: object, rng: random.Random) -> None:
    share = rng.random() ** 3
    body[:] = _TAG.sub(lambda tag: b"" if rng.random() < share else tag[0], bytes(body))


def _nasty(body: bytearray, span: slice, _: object, rng: random.Random) -> None:
    body[span.start : span.start] = rng.choice(_NASTY) * rng.randint(1, 3)


_DAMAGES = (_flips, _cut, _end, _splice, _duplication, _dropped_tags, _nasty)


@cache
def samples(kind: str, folders: tuple[Path, ...]) -> Sequence[bytes]:
    if not folders:
        return _newsroom(kind)
    files = sorted(
        file for folder in folders for file in folder.rglob("*") if file.is_file() and file.name != "index.json"
    )
    chosen = [file for file in files if (".html" in file.name) == (kind == "page")]
    return _Files(chosen) if chosen else _newsroom(kind)


class _Files(Sequence[bytes]):
    """The bodies of files, read when needed: all at once would take the memory that a worker has for a page."""

    def __init__(self, files: list[Path]) -> None:
        self._files = files

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, n: int) -> bytes:  # type: ignore[override]
        body = self._files[n].read_bytes()
        return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


def _newsroom(kind: str) -> tuple[bytes, ...]:
    from newsroom import content, feeds, pages

    room = content.load()
    bases = {site.key: f"https://{site.key}.example" for site in room.sites}
    if kind == "feed":
        return tuple(feeds.feed(site, bases) for site in room.sites)
    return tuple(
        pages.article_page(site, article, bases[site.key], room.boilerplate[article.language])
        for site in room.sites
        for article in site.articles
    )


if __name__ == "__main__":
    from proofs import fuzz  # a worker imports `trial` by this name

    sys.exit(fuzz.main())
