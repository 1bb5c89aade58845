"""What a page costs on disk, with the dictionaries that the archive has and without any.

    .venv/bin/python scripts/benches/page_cost.py ARCHIVE [--sites 10]

Bytes a page, over all its pages and for the sites with the most; milliseconds are of compressing, one process.
"""

import argparse
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from storage.compression import PackedPage, compress, decompress
from storage.records import Dictionary


@dataclass(slots=True)
class Cost:
    pages: int = 0
    raw: int = 0
    alone: int = 0
    stored: int = 0
    dictionaries: int = 0

    def add(self, other: "Cost") -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def line(self, name: str) -> str:
        stored = (self.stored + self.dictionaries) / self.pages
        saved = 1 - stored * self.pages / self.alone
        return (
            f"{name:32}{self.pages:8}{self.raw / self.pages:10.0f}{self.alone / self.pages:10.0f}"
            f"{stored:10.0f}{self.dictionaries / self.pages:10.0f}{saved:9.0%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--sites", type=int, default=10)
    arguments = parser.parse_args()
    sites: defaultdict[str, Cost] = defaultdict(Cost)
    alone_s = stored_s = 0.0
    with closing(sqlite3.connect(f"{arguments.archive.absolute().as_uri()}?mode=ro", uri=True)) as db:
        dictionaries = lru_cache(maxsize=64)(lambda number: _dictionary(db, number))
        for site, html, number in db.execute(
            "SELECT site, html, dictionary_id FROM pages JOIN articles ON articles.id = article_id"
        ):
            dictionary = dictionaries(number)
            page = decompress(PackedPage(0, 1, html, dictionary))
            began = time.process_time()
            alone, _ = compress(page, None)
            between = time.process_time()
            compress(page, dictionary)
            alone_s += between - began
            stored_s += time.process_time() - between
            sites[site].add(Cost(1, len(page), len(alone), len(html)))
        for site, size in db.execute("SELECT site, sum(length(dictionary)) FROM dictionaries GROUP BY site"):
            sites[site].dictionaries = size
    for line in _lines({site: cost for site, cost in sites.items() if cost.pages}, arguments.sites):
        print(line)
    pages = sum(cost.pages for cost in sites.values())
    if pages:
        print(f"compressing a page: {alone_s / pages * 1000:.2f} ms alone, {stored_s / pages * 1000:.2f} ms as stored")


def _dictionary(db: sqlite3.Connection, number: int | None) -> Dictionary | None:
    row = db.execute("SELECT id, dictionary FROM dictionaries WHERE id = ?", [number]).fetchone()
    return Dictionary(*row) if row else None


def _lines(sites: dict[str, Cost], shown: int) -> Iterator[str]:
    total = Cost()
    for cost in sites.values():
        total.add(cost)
    if not total.pages:
        yield "no pages"
        return
    yield f"{'':32}{'pages':>8}{'raw':>10}{'alone':>10}{'stored':>10}{'of which':>10}{'saved':>9}"
    yield f"{'':32}{'':8}{'':10}{'':10}{'':10}{'dictionary':>10}"
    yield total.line("all")
    for site, cost in sorted(sites.items(), key=lambda pair: -pair[1].pages)[:shown]:
        yield cost.line(site)


if __name__ == "__main__":
    main()
