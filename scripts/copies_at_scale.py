"""What it costs to know copies, by the size of the archive: milliseconds and bytes an article.

    .venv/bin/python scripts/copies_at_scale.py [--sizes 10000,100000,1000000] [--articles 500] [--folder DIR]

The index is filled with fingerprints of the shape that texts have: 30 hashes, a tenth of them phrases that up to 60
articles share. Then come articles with texts, the pipeline's way and 25 a transaction: seven of ten are new, two are
copies of archived ones, one is of a template that twenty archived ones have. A million takes 3 GB in the folder.
"""

import argparse
import random
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from string import ascii_lowercase

import numpy as np

from ingest.dedupe import near, shingles
from storage.archive import Archive
from storage.records import NewArticle

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HASHES, PHRASES = 30, 3  # of an article; those of them that others have too
FIRST_FILLED = 10_000_000  # ids from here on have hashes and no text
BATCH = 25
TEMPLATES = 20  # of one kind that are archived
STEPS = ("text", "look-up", "verify", "insert", "commit")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        path = Path(folder) / "news.db"
        Archive(path, "scale").close()
        print("".join(f"{name:>10}" for name in ("articles", "bytes", *STEPS, "all", "copies")))
        filled = stored = 0
        for size in map(int, arguments.sizes.split(",")):
            before = bytes_of(path)
            fill(path, filled, size)
            stored += bytes_of(path) - before
            filled = size
            texts = Texts(size)
            with Archive(path, "scale") as archive:
                measured(archive, [texts.next() for _ in range(10 * TEMPLATES)])
                clock = measured(archive, [texts.next() for _ in range(arguments.articles)])
            costs = [1000 * clock.spent[name] / arguments.articles for name in STEPS]
            numbers = "".join(f"{cost:10.2f}" for cost in [*costs, sum(costs)])
            print(
                f"{size:10}{stored / size:10.0f}{numbers}{clock.spent['copies'] / arguments.articles:10.0%}", flush=True
            )


def fill(path: Path, first: int, size: int) -> None:
    """In 18 steps, each sorted: as quick as filling gets, with pages about as full as single articles leave them."""
    rng = np.random.default_rng(first)
    phrases = rng.integers(-(2**31), 2**31, size // 15 + 1)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -1000000")
        for ids in np.array_split(np.arange(first, size), 18):
            hashes = rng.integers(-(2**31), 2**31, (len(ids), HASHES))
            hashes[:, :PHRASES] = rng.choice(phrases, (len(ids), PHRASES))
            rows = np.column_stack((hashes.ravel(), np.repeat(ids + FIRST_FILLED, HASHES)))
            rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
            db.execute("BEGIN")
            db.executemany("INSERT OR IGNORE INTO shingles VALUES (?, ?)", rows.tolist())
            versions = ((article_id, shingles.VERSION) for article_id in (ids + FIRST_FILLED).tolist())
            db.executemany("INSERT INTO fingerprints VALUES (?, ?)", versions)
            db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def bytes_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        count, size = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
        return int(count * size)


class Clock:
    """Seconds by name."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.spent[name] += time.perf_counter() - start


def measured(archive: Archive, articles: list[NewArticle]) -> Clock:
    clock = Clock()
    for start in range(0, len(articles), BATCH):
        batch = articles[start : start + BATCH]
        with archive.transaction():
            ids = [archive.add_article(article, [], NOW) for article in batch]
        with clock.of("commit"), archive.transaction():
            for article_id, article in zip(ids, batch, strict=True):
                work(archive, article_id, article, clock)
    clock.spent["commit"] -= sum(clock.spent[name] for name in STEPS[:-1])
    return clock


def work(archive: Archive, article_id: int, article: NewArticle, clock: Clock) -> None:
    with clock.of("text"):
        text = near.Text(article)
        hashes = text.shingles.winnowed()
    with clock.of("look-up"):
        candidates = archive.candidates(hashes)
    with clock.of("verify"):
        copy = near.find(text, candidates)
    with clock.of("insert"):
        archive.fingerprint(article_id, hashes, shingles.VERSION)
    clock.spent["copies"] += copy is not None


class Texts:
    """Of about 380 words each out of 30,000, as often as words are (Zipf)."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.seed = seed
        self.words = ["".join(self.rng.choices(ascii_lowercase, k=self.rng.randint(2, 9))) for _ in range(30_000)]
        self.odds = list(accumulate(1 / rank for rank in range(1, 30_001)))
        self.frame = [self.sentence() for _ in range(20)]
        self.made: list[str] = []

    def next(self) -> NewArticle:
        number = len(self.made)
        if number % 10 == 0:
            body = "\n".join(f"{line[:40]} {self.rng.randrange(10**6)} {line[40:]}" for line in self.frame)
        elif number % 10 in (1, 2) and number > TEMPLATES:
            body = self.rng.choice(self.made[-200:])[: self.rng.randint(900, 4000)]
        else:
            body = "\n".join(self.sentence() for _ in range(max(3, int(self.rng.lognormvariate(2.8, 0.6)))))
        self.made.append(body)
        return NewArticle(
            url=f"https://news.example/{self.seed}/{number}",
            site=f"{number % 97}.example",
            title=self.sentence(),
            authors=(),
            published_at=NOW,
            published_from=None,
            language="en",
            summary=None,
            body=body,
            body_from="page",
            words=len(body.split()),
            image_url=None,
            tags=(),
            content_hash=str(number),
            extractor="scale",
        )

    def sentence(self) -> str:
        return " ".join(self.rng.choices(self.words, cum_weights=self.odds, k=self.rng.randint(8, 30))) + "."


if __name__ == "__main__":
    main()
