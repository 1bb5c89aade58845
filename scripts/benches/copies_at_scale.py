"""Measure the cost of archiving an article, and of reading, by the size of the archive.

    .venv/bin/python scripts/benches/copies_at_scale.py [--sizes 10000,100000,1000000] [--articles 300] [--folder DIR]

The archive is filled with articles of some 380 words, with fingerprints of the shape that texts have: 30 hashes, a
tenth of them phrases that up to 60 articles share. Then more articles are archived as the pipeline does it, 25 a
transaction: seven of ten are new, two are copies of archived articles, one has a template that twenty archived articles
have.

The first columns are milliseconds of CPU an article: "text" is the work in a worker, "decide" finds whether it is a
copy, "insert" writes its row, search index, change log and aliases, "index" its fingerprint. The last columns are those
of the first page of a search for two words ("search") and for a word of most articles ("common"), of the last thousand
changes, and of the last ten. "bytes" is the size of the index of copies, an article. A million articles
take 6 GB in the folder.
"""

import argparse
import random
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from statistics import median
from string import ascii_lowercase

import numpy as np

from ingest.dedupe import near
from ingest.dedupe.fingerprint import SHINGLES_VERSION
from ingest.pipeline.evidence import ties_of
from ingest.pipeline.fetched import Fetched
from ingest.pipeline.record import add_copy
from ingest.workers.tasks import ExtractedPage
from storage.archive import Archive
from storage.content import Content
from storage.reader import Reader

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HASHES, PHRASES = 30, 3  # hashes of an article, and how many of them other articles share
WORDS = 380
AT_ONCE = 20_000
BATCH = 25
TEMPLATES = 20  # archived articles of one template
STEPS = ("text", "decide", "insert", "index", "commit")
READS = ("search", "common", "changes", "ten")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        path = Path(folder) / "news.db"
        Archive(path, "scale").close()
        print("".join(f"{name:>9}" for name in ("articles", "bytes", *STEPS, "all", "copies", *READS)), flush=True)
        filled = stored = 0
        for size in map(int, arguments.sizes.split(",")):
            texts = Texts(size)
            stored += fill(path, size - filled, texts)
            filled = size
            with Archive(path, "scale") as archive:
                measured(archive, [texts.next() for _ in range(10 * TEMPLATES)])
                clock = measured(archive, [texts.next() for _ in range(arguments.articles)])
            costs = [1000 * clock.spent[name] / arguments.articles for name in STEPS]
            copies = f"{clock.spent['copies'] / arguments.articles:9.0%}"
            row = [*costs, sum(costs)], copies, reads(path, texts)
            numbers = ["".join(f"{cost:9.2f}" for cost in cell) if isinstance(cell, list) else cell for cell in row]
            print(f"{size:9}{stored / size:9.0f}{''.join(numbers)}", flush=True)


def fill(path: Path, count: int, texts: "Texts") -> int:
    """Fill the archive with `count` articles, by SQL. Return the bytes of the index of copies."""
    rng = np.random.default_rng(count)
    phrases = rng.integers(-(2**31), 2**31, count // 15 + 1)
    index_bytes = 0
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -1000000")
        while count > 0:
            ids = (
                np.arange(min(count, AT_ONCE)) + db.execute("SELECT coalesce(max(id), 0) + 1 FROM articles").fetchone()
            )
            count -= len(ids)
            db.execute("BEGIN")
            db.executemany(
                """INSERT INTO articles (id, url, site, title, body, content_hash,
                                         archived_at, body_from, words, extractor, authors, tags)
                   VALUES (?, ?, ?, ?, ?, ?, '2026-01-01T00:00:00Z', 'page', 380, 'scale', '[]', '[]')""",
                texts.rows(ids.tolist()),
            )
            before = bytes_of(db)
            hashes = rng.integers(-(2**31), 2**31, (len(ids), HASHES))
            hashes[:, :PHRASES] = rng.choice(phrases, (len(ids), PHRASES))
            rows = np.column_stack((hashes.ravel(), np.repeat(ids, HASHES)))
            rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
            db.executemany("INSERT OR IGNORE INTO shingles VALUES (?, ?)", rows.tolist())
            db.executemany(
                "INSERT INTO fingerprints VALUES (?, ?)",
                [(article_id, SHINGLES_VERSION) for article_id in ids.tolist()],
            )
            index_bytes += bytes_of(db) - before
            db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return index_bytes


def bytes_of(db: sqlite3.Connection) -> int:
    count, size = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return int(count * size)


def reads(path: Path, texts: "Texts") -> list[float]:
    """Return the milliseconds of CPU of each kind of read, the median of nine."""
    with Reader(path) as archive:
        last = archive.row("SELECT max(seq) AS seq FROM changes")
        assert last is not None
        words = iter(texts.words[500:])
        asks: tuple[Callable[[], object], ...] = (
            lambda: archive.search(f"{next(words)} {next(words)}"),
            lambda: archive.search(texts.words[0]),
            lambda: archive.change_rows(after=last["seq"] - 1000),
            lambda: archive.change_rows(after=last["seq"] - 10),
        )
        return [1000 * median(timed(ask) for _ in range(9)) for ask in asks]


def timed(ask: Callable[[], object]) -> float:
    start = time.process_time()
    ask()
    return time.process_time() - start


class Clock:
    """The seconds of CPU spent, by name."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        start = time.process_time()
        yield
        self.spent[name] += time.process_time() - start


def measured(archive: Archive, articles: list[Content]) -> Clock:
    clock = Clock()
    for start in range(0, len(articles), BATCH):
        with clock.of("commit"), archive.transaction():
            for article in articles[start : start + BATCH]:
                work(archive, article, clock)
    clock.spent["commit"] -= sum(clock.spent[name] for name in STEPS[:-1])
    return clock


def work(archive: Archive, article: Content, clock: Clock) -> None:
    """Archive the article as the pipeline does."""
    with clock.of("text"):
        hashes = near.hashes_of(article.body)
    with clock.of("decide"):
        ties = ties_of(article, hashes, archive)
    if ties.copy:
        clock.spent["copies"] += 1
        with clock.of("insert"):
            add_copy(Fetched(ExtractedPage(article, "", tuple(hashes))), ties.copy, archive, NOW)
        return
    with clock.of("insert"):
        article_id = archive.add_article(article, [], NOW)
        archive.add_aliases(article_id, [article.url])
    with clock.of("index"):
        archive.fingerprint(article_id, hashes, SHINGLES_VERSION)


class Texts:
    """Texts of about 380 words, drawn from 30,000 words by Zipf's law."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.seed = seed
        self.words = ["".join(self.rng.choices(ascii_lowercase, k=self.rng.randint(2, 9))) for _ in range(30_000)]
        self.odds = list(accumulate(1 / rank for rank in range(1, 30_001)))
        self.frame = [self.sentence() for _ in range(20)]
        self.made: list[str] = []

    def rows(self, ids: list[int]) -> Iterator[tuple[object, ...]]:
        """Yield rows of articles in random words. No two of them share a sequence of words."""
        odds = np.diff([0, *self.odds]) / self.odds[-1]
        words = np.array(self.words, object)
        for some in np.array_split(ids, max(1, len(ids) // 1000)):
            picked = words[np.random.default_rng(int(some[0])).choice(len(words), (len(some), WORDS), p=odds)]
            for article_id, chosen in zip(some.tolist(), picked, strict=True):
                body = "\n".join(" ".join(chosen[at : at + 40]) for at in range(0, WORDS, 40))
                url = f"https://filled.example/{article_id}"
                yield article_id, url, f"{article_id % 997}.example", " ".join(chosen[:9]), body, f"f{article_id}"

    def next(self) -> Content:
        number = len(self.made)
        if number % 10 == 0:
            body = "\n".join(f"{line[:40]} {self.rng.randrange(10**6)} {line[40:]}" for line in self.frame)
        elif number % 10 in (1, 2) and number > TEMPLATES:
            body = self.rng.choice(self.made[-200:])[: self.rng.randint(900, 4000)]
        else:
            body = "\n".join(self.sentence() for _ in range(max(3, int(self.rng.lognormvariate(2.8, 0.6)))))
        self.made.append(body)
        return Content(
            verdict="article",
            reason=None,
            title=self.sentence(),
            body=body,
            words=len(body.split()),
            body_from="page",
            extractor="scale",
            published_at=NOW,
            language="en",
            content_hash=str(number),
            url=f"https://news.example/{self.seed}/{number}",
            site=f"{number % 97}.example",
        )

    def sentence(self) -> str:
        return " ".join(self.rng.choices(self.words, cum_weights=self.odds, k=self.rng.randint(8, 30))) + "."


if __name__ == "__main__":
    main()
