"""Measure the writer's own limit: how many articles of a crawl it records a second, by the size of the archive.

    .venv/bin/python scripts/benches/backfill_writer.py [--pages FOLDER]... [--articles 2000] [--sizes 0,10000,100000]
        [--folder DIR]

The pages are those of `crawl.py`, extracted and compressed before the clock starts. They are recorded as `ingest
backfill` does it: `ArchiveRecorder`, a step of pages in a transaction, entry, decision, article, fingerprints and page.
Before, the archive is filled with so many articles (`copies_at_scale.py`). CPU is that of the process: nearly all of it
is the writer's thread's.
"""

import argparse
import asyncio
import multiprocessing
import resource
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benches import copies_at_scale, crawl, exchanged

from ingest.backfill.record import ArchiveRecorder, Page, Step, entry_of, pending_of
from ingest.backfill.run import GROUP
from ingest.crawls.reading import Crawl
from ingest.pipeline import utc_now
from ingest.pipeline.fetched import Fetched
from ingest.rules.rule import NO_RULES
from ingest.workers.tasks import PageTask, extract_page
from ingest.workers.writer import Writer
from storage.archive import Archive
from storage.pages import NewPage
from storage.records import SiteProfile

TYPE = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Rate:
    """What recording has cost: `filled` is the archive's size before, `bytes` what an article takes on disk."""

    filled: int
    pages: int
    wall_s: float
    cpu_s: float
    bytes: float
    outcomes: Counter[str]

    @property
    def a_second(self) -> float:
        return self.pages / self.wall_s

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu_s / self.pages


def rates(folders: list[Path] | None, articles: int, sizes: list[int], room: Path | None = None) -> list[Rate]:
    """Measure and print the rate at each size. The archives are made in the folder `room`."""
    pages = extracted_pages(folders, articles)
    measured = []
    for size in sizes:
        with tempfile.TemporaryDirectory(dir=room) as folder:
            path = Path(folder) / "news.db"
            Archive(path, "bench").close()
            if size:
                copies_at_scale.fill(path, size, copies_at_scale.Texts(size))
            before = path.stat().st_size
            outcomes, wall_s, cpu_s = asyncio.run(_record(path, pages))
            grown = (path.stat().st_size - before) / len(pages)
            measured.append(Rate(size, len(pages), wall_s, cpu_s, grown, outcomes))
            print(_line(measured[-1]), flush=True)
    return measured


def extracted_pages(folders: list[Path] | None, articles: int, *, sites: int = 400) -> list[Page]:
    """Return pages of a crawl, ready to be recorded."""
    originals = exchanged.read(folders) if folders else crawl.newsroom_originals()
    made = crawl.Crawl([exchanged.Template(page) for page in originals], sites=sites, seed=1)
    _ = made.words
    with multiprocessing.get_context("fork").Pool(initializer=_use, initargs=(made,)) as pool:
        return pool.map(_extracted, range(articles), chunksize=16)


async def _record(path: Path, pages: list[Page]) -> tuple[Counter[str], float, float]:
    """Record the pages. Return their outcomes, and the seconds by the clock and of CPU."""
    writer, outcomes = Writer(lambda: Archive(path, "bench")), Counter[str]()
    await writer.open()
    try:
        recorder = ArchiveRecorder(writer, NO_RULES, utc_now)
        state = await recorder.begin(Crawl("bench.warc.gz", "warc", 1, "bench"), again=False)
        began, cpu_s = time.perf_counter(), _cpu_s()
        for at in range(0, len(pages), GROUP):
            step = Step(state.id, str(at or ""), str(at + GROUP), pages[at : at + GROUP])
            outcomes += await recorder.record(step)
        return outcomes, time.perf_counter() - began, _cpu_s() - cpu_s
    finally:
        await writer.close()


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


_MADE: list[crawl.Crawl] = []  # of a process that extracts


def _use(made: crawl.Crawl) -> None:
    _MADE[:] = [made]


def _extracted(number: int) -> Page:
    made, now = _MADE[0], utc_now()
    url = made.address(number)
    entry = entry_of(f"<urn:{number}>", url)
    task = PageTask(url, TYPE, pending_of(entry), now, "combined", SiteProfile(), keep=True, announced=False)
    extracted = extract_page(made.page(number).encode(errors="surrogatepass"), task)
    assert extracted
    page = NewPage(now, 200, url, {"content-type": TYPE}, extracted.html, extracted.dictionary_id, url)
    return Page(entry, Fetched(extracted, (page,), extracted))


def heading() -> str:
    return f"{'archive':>9}{'pages/s':>10}{'ms wall':>10}{'ms CPU':>10}{'kB/page':>10}  outcomes"


def _line(rate: Rate) -> str:
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in rate.outcomes.most_common())
    costs = f"{rate.a_second:10.0f}{1000 / rate.a_second:10.2f}{rate.cpu_ms:10.2f}{rate.bytes / 1000:10.1f}"
    return f"{rate.filled:9}{costs}  {outcomes}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, action="append")
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--sizes", default="0,10000,100000")
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    print(heading())
    rates(arguments.pages, arguments.articles, [int(size) for size in arguments.sizes.split(",")], arguments.folder)


if __name__ == "__main__":
    main()
