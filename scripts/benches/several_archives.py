"""Measure one view over several archives, as an archive a month would need it.

    .venv/bin/python scripts/benches/several_archives.py [--archives 10] [--size 100000] [--folder DIR] [--keep]

The archives are filled with articles of 220 words, without pages. For two of them, five and all, each query runs in
SQLite itself: over one view of all (UNION ALL), and asked of each archive, with the answers put together here. The
columns are milliseconds of CPU, the least of three runs, without the opening.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, nullcontext
from heapq import nlargest
from itertools import chain
from pathlib import Path

import selections_archive as filled

RUNS = 3
Query = Callable[[sqlite3.Connection, list[str]], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archives", type=int, default=10)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    with (
        nullcontext(arguments.folder) if arguments.keep else tempfile.TemporaryDirectory(dir=arguments.folder) as folder
    ):
        paths = [Path(folder) / f"m{number}.db" for number in range(1, arguments.archives + 1)]
        for number, path in enumerate(paths, start=1):
            if not path.exists():
                filled.fill(path, arguments.size + number)  # another seed, and so other texts
        measure(paths)


def measure(paths: list[Path]) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        print(f"SQLite {sqlite3.sqlite_version}, at most {db.getlimit(sqlite3.SQLITE_LIMIT_ATTACHED)} attached")
    counts = sorted({1, min(2, len(paths)), min(5, len(paths)), len(paths)})
    print(f"{'archives':28}" + "".join(f"{count:10}" for count in counts))
    for name, query in QUERIES.items():
        costs = [min(cost_ms(paths[:count], query) for _ in range(RUNS)) for count in counts]
        print(f"{name:28}" + "".join(f"{cost:10.1f}" for cost in costs), flush=True)


def cost_ms(paths: list[Path], query: Query) -> float:
    with closing(sqlite3.connect(":memory:")) as db:
        began = time.process_time()
        names = attach(db, paths)
        if query is not opened:
            began = time.process_time()
        query(db, names)
        return (time.process_time() - began) * 1000


def attach(db: sqlite3.Connection, paths: list[Path]) -> list[str]:
    """Attach the archives, and make the views over all of them. Return their names."""
    names = [path.stem for path in paths]
    for name, path in zip(names, paths, strict=True):
        db.execute(f"ATTACH ? AS {name}", [str(path)])
    for table in ("current_articles", "selectable", "changes"):
        arms = " UNION ALL ".join(f"SELECT '{name}' AS archive, * FROM {name}.{table}" for name in names)
        db.execute(f"CREATE TEMP VIEW all_{table} AS {arms}")
    return names


def opened(db: sqlite3.Connection, _: list[str]) -> object:
    """Read the schemas, which SQLite does only now."""
    return db.execute("SELECT 1 FROM all_selectable LIMIT 0").fetchall()


def in_view(sql: str) -> Query:
    return lambda db, _: db.execute(sql).fetchall()


def newest_of_each(db: sqlite3.Connection, names: list[str]) -> object:
    sql = "SELECT published_at, id, title FROM {}.current_articles ORDER BY published_at DESC LIMIT 20"
    return nlargest(20, chain.from_iterable(db.execute(sql.format(name)) for name in names))


def count_of_each(db: sqlite3.Connection, names: list[str]) -> object:
    return sum(db.execute(f"SELECT count(*) FROM {name}.selectable").fetchone()[0] for name in names)


def found_in_each(db: sqlite3.Connection, names: list[str]) -> object:
    sql = "SELECT -rank, rowid FROM {}.articles_fts WHERE articles_fts MATCH 'english rare7*' ORDER BY rank LIMIT 20"
    return nlargest(20, chain.from_iterable(db.execute(sql.format(name)) for name in names))


QUERIES: dict[str, Query] = {
    "attach, make the views": opened,
    "count, in the view": in_view("SELECT count(*) FROM all_selectable"),
    "count, of each": count_of_each,
    "count by site, in the view": in_view("SELECT site, count(*) FROM all_selectable GROUP BY 1 ORDER BY 2 DESC"),
    "newest 20, in the view": in_view(
        "SELECT archive, id, title FROM all_current_articles ORDER BY published_at DESC LIMIT 20"
    ),
    "newest 20, of each": newest_of_each,
    "one id, in the view": in_view("SELECT archive, url FROM all_current_articles WHERE id = 7777"),
    "last 20 changes, in the view": in_view("SELECT archive, seq FROM all_changes ORDER BY at DESC, seq DESC LIMIT 20"),
    "search, of each": found_in_each,
}


if __name__ == "__main__":
    main()
