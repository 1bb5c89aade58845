"""Measure the first pages of selections, by the size of the archive.

    .venv/bin/python scripts/benches/selections.py [--sizes 10000,100000,1000000] [--folder DIR] [--keep] [--quick]

An archive is filled for each size, without pages: a million articles take 5 GB in the folder and ten minutes. With
--keep it stays there, and is used again. Then each filter alone, all pairs of two filters, and pairs made to be hard
are asked for their first page: 20 articles of `search`, 20 with facets as `ingest browse` shows them, 100 of `export`,
100 of `changes`, with a warm cache. The hard pairs are two large sets without a common article, or with few; two rare
ones; a rare and a common one.

The columns are milliseconds, the median and the greatest of five calls each, over the selections of a line, and the
slowest selection. The last lines are the bytes an article that tables and indexes take, and the milliseconds that
the insert of an article takes with them and without.
"""

import argparse
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, nullcontext
from datetime import timedelta
from itertools import combinations, islice
from pathlib import Path
from statistics import median
from typing import Any

import selections_archive as filled

from storage.archive import Archive
from storage.reader import Reader
from storage.selection import Selection

CALLS = 5
OBJECTS = "selectable labels sqlite_autoindex_labels_1 postings changes_article copies_merging".split()
INDEX = "articles_fts_data articles_fts_idx articles_fts_docsize".split()
WITHOUT_LABELS = (
    "DROP TRIGGER selectable_added",
    "DROP TRIGGER entry_led",
    """CREATE TRIGGER text_added AFTER INSERT ON articles BEGIN
      INSERT INTO articles_fts (rowid, title, body) VALUES (new.id, new.title, new.body);
    END""",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--quick", action="store_true", help="leave out the pairs that are not made to be hard")
    arguments = parser.parse_args()
    with (
        nullcontext(arguments.folder) if arguments.keep else tempfile.TemporaryDirectory(dir=arguments.folder) as folder
    ):
        for size in map(int, arguments.sizes.split(",")):
            path = Path(folder) / f"{size}.db"
            if not path.exists():
                filled.fill(path, size)
            measure(path, size, quick=arguments.quick)


def filters(size: int) -> dict[str, Selection]:
    """Return filters by name: common ones, rare ones, and those between."""
    last = filled.FIRST + timedelta(days=filled.DAYS)
    return {
        "site common": Selection(sites=("site0.example",)),
        "site rare": Selection(sites=("site499.example",)),
        "sites": Selection(sites=tuple(f"site{number}.example" for number in range(2, 52))),
        "feed common": Selection(feeds=("Feed 0",)),
        "feed rare": Selection(feeds=("Feed 299",)),
        "tag common": Selection(tags=("politics",)),
        "tag rare": Selection(tags=("tag 4999",)),
        "tag of feeds": Selection(tags=("folder 0",)),
        "author": Selection(authors=("author 3",)),
        "author rare": Selection(authors=("author 19999",)),
        "language en": Selection(languages=("en",)),
        "language fr": Selection(languages=("fr",)),
        "language rare": Selection(languages=("x50",)),
        "access free": Selection(access=("free",)),
        "access partial": Selection(access=("partial",)),
        "since long": Selection(since=filled.FIRST + timedelta(days=400, hours=7)),
        "since short": Selection(since=last - timedelta(days=7, hours=5)),
        "until": Selection(until=filled.FIRST + timedelta(days=30, hours=5)),
        "archived": Selection(archived_since=last - timedelta(days=900, hours=5)),
        "min_words": Selection(min_words=260),
        "min_words all": Selection(min_words=10),
        "min_words none": Selection(min_words=90_000),
        "match most": Selection(match="today"),
        "match english": Selection(match="english"),
        "match foreign": Selection(match="foreign"),
        "match rare": Selection(match="rare77"),
        "ids few": Selection(ids=((5, 9), (size // 2, size // 2 + 50))),
        "ids many": Selection(ids=((1, size // 2),)),
    }


HARD = [
    ("language en", "match foreign"),
    ("language fr", "match english"),
    ("language en", "language fr"),
    ("site common", "language fr"),
    ("access partial", "tag common"),
    ("until", "since short"),
    ("until", "match most"),
    ("since short", "ids many"),
    ("min_words", "access partial"),
    ("tag rare", "author rare"),
    ("site rare", "match rare"),
    ("match rare", "match most"),
    ("author rare", "match most"),
    ("feed rare", "match most"),
]


def joined(one: Selection, other: Selection) -> Selection | None:
    """Return both filters as one selection, None if one option can hold only one of them."""
    values: dict[str, Any] = {}
    for selection in (one, other):
        for name in Selection.__slots__:
            value = getattr(selection, name)
            if value in ((), None):
                continue
            if name == "match" and name in values:
                value = f"({values[name]}) AND ({value})"
            elif name in values:
                return None
            values[name] = value
    return Selection(**values)


def measure(path: Path, size: int, *, quick: bool) -> None:
    known = filters(size)
    pairs = {} if quick else {f"{a} + {b}": joined(known[a], known[b]) for a, b in combinations(known, 2)}
    hard = {f"{a} + {b}": joined(known[a], known[b]) for a, b in HARD}
    print(f"{size:,} articles", flush=True)
    with Reader(path) as archive:
        reads = {
            "search": lambda selection: archive.search("", selection, limit=20),
            "search for a word": lambda selection: archive.search("today", selection, limit=20),
            "page of results": lambda selection: archive.results("", selection),
            "page for a word": lambda selection: archive.results("today", selection),
            "export": lambda selection: list(islice(archive.article_rows(selection), 100)),
            "changes": lambda selection: archive.change_rows(selection, after=0, limit=100),
            "changes later": lambda selection: archive.change_rows(selection, after=size // 2, limit=100),
        }
        for name, read in reads.items():
            for kind, selections in (("one filter", known), ("two filters", pairs), ("hard pairs", hard)):
                report(f"{name}, {kind}", timed(read, selections))
        words = {
            "most articles": "today",
            "two words": "english today",
            "rare": "rare77",
            "either": "rare77 OR english",
        }
        report("search, no filter", timed(lambda query: archive.search(query, limit=20), words))
    disk(path, size)
    inserts(path)


def timed(read: Any, selections: dict[str, Any]) -> Iterator[tuple[str, list[float]]]:  # noqa: ANN401
    for name, selection in selections.items():
        if selection is not None:
            read(selection)
            times = []
            for _ in range(CALLS):
                began = time.process_time()
                read(selection)
                times.append(1000 * (time.process_time() - began))
            yield name, times


def report(what: str, measured: Iterator[tuple[str, list[float]]]) -> None:
    found = [(median(times), max(times), name) for name, times in measured]
    if found:
        slowest = max(found)
        middle, greatest = median(each[0] for each in found), max(each[1] for each in found)
        print(
            f"  {what:32}{len(found):5}{middle:9.1f}{slowest[0]:9.1f}{greatest:9.1f}  {slowest[2]}",
            flush=True,
        )


def disk(path: Path, size: int) -> None:
    with closing(sqlite3.connect(path)) as db:
        for names in (OBJECTS, INDEX):
            sizes = {
                name: db.execute("SELECT sum(pgsize) FROM dbstat WHERE name = ?", [name]).fetchone()[0] or 0
                for name in names
            }
            each = ", ".join(f"{name} {taken / size:.1f}" for name, taken in sizes.items())
            print(f"  bytes an article: {sum(sizes.values()) / size:.0f} ({each})", flush=True)


def inserts(path: Path) -> None:
    """Insert articles with their entries, in transactions that are rolled back."""
    with Archive(path, "bench") as archive:
        (last,) = archive.db.execute("SELECT max(id) FROM articles").fetchone()
        rows = list(filled.Filler(last).rows(last + 1, 300))
        for without in (False, True):
            times = []
            for _ in range(CALLS):
                archive.db.execute("BEGIN IMMEDIATE")
                for statement in WITHOUT_LABELS if without else ():
                    archive.db.execute(statement)
                began = time.process_time()
                filled.insert(archive.db, rows)
                for row in () if without else rows:
                    archive.add_labels(row["id"], "tag", ["tag 5", "tag 70", f"tag {random.randrange(5000)}"])
                    archive.add_labels(row["id"], "author", [f"Author {random.randrange(20_000)}"])
                times.append(1000 * (time.process_time() - began) / len(rows))
                archive.db.execute("ROLLBACK")
            print(f"  insert of an article: {median(times):.2f} ms{' without labels' if without else ''}", flush=True)


if __name__ == "__main__":
    main()
