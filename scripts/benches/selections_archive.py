"""Archives of any size for `selections.py` and `exports.py`, filled by SQL: no pages, texts of random words.

500 sites, 60 languages, 300 feeds, 5,000 tags and 20,000 authors, all skewed as Zipf has it. A text has 1 to 10
paragraphs of 40 words. Most texts have the word "today", those in English "english", the others "foreign". Of every
hundred articles, four have a later text and one was merged into another.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from storage.archive import Archive
from storage.rows import as_json

AT_ONCE = 20_000
PARAGRAPHS = 20_000  # of each vocabulary
SITES, LANGUAGES, FEEDS, TAGS, AUTHORS, WORDS = 500, 60, 300, 5_000, 20_000, 20_000
FIRST = datetime(2021, 1, 1, tzinfo=UTC)
DAYS = 2_000
CODES = ["en", "fr", "de", "es", "it", "pt", "nl", "en-GB", "fr-FR", *(f"x{number:02}" for number in range(51))]


def zipf(count: int, exponent: float = 1.0) -> Any:  # noqa: ANN401 (an array)
    odds = 1 / np.arange(1, count + 1) ** exponent
    return odds / odds.sum()


class Filler:
    """The next articles of an archive that has `size` articles in the end."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.rng = np.random.default_rng(size)
        letters = self.rng.integers(97, 123, (WORDS, 9), dtype=np.uint8)
        words = [row.tobytes().decode()[: 3 + place % 7] for place, row in enumerate(letters)]
        self.english = self.paragraphs(words)
        self.foreign = self.paragraphs([f"x{word}" for word in words])
        self.of_site = self.rng.choice(LANGUAGES, SITES, p=zipf(LANGUAGES, 1.3))
        self.of_site[:6] = [0, 1, 0, 2, 0, 1]

    def paragraphs(self, words: list[str]) -> list[str]:
        chosen = np.array(words, object)[self.rng.choice(len(words), (PARAGRAPHS, 40), p=zipf(len(words)))]
        return [" ".join(line) for line in chosen]

    def rows(self, first: int, count: int) -> Iterator[dict[str, Any]]:
        rng = self.rng
        sites = rng.choice(SITES, count, p=zipf(SITES))
        lengths = rng.integers(1, 11, count).tolist()
        texts = rng.integers(0, PARAGRAPHS, (count, 10)).tolist()
        authors = rng.choice(AUTHORS, (count, 2), p=zipf(AUTHORS, 0.8))
        tags = rng.choice(TAGS, (count, 3), p=zipf(TAGS))
        chance = rng.random((count, 4))
        delays = rng.exponential(2.0, count)
        for at in range(count):
            article_id = first + at
            site = int(sites[at])
            language = int(self.of_site[site])
            lines = self.foreign if language else self.english
            body = [lines[place] for place in texts[at][: lengths[at]]]
            kind = "foreign" if language else "english"
            body[0] += f" {kind} rare{article_id % 50_021}" + (" today" if chance[at, 0] < 0.8 else "")
            archived = FIRST + timedelta(days=DAYS * article_id / self.size)
            published = archived - timedelta(hours=float(delays[at]))
            names = [f"tag {tag}" for tag in dict.fromkeys(tags[at].tolist())]
            names += ["Politics"] if site % 2 == 0 and chance[at, 1] < 0.8 else []
            yield {
                "id": article_id,
                "url": f"https://site{site}.example/2026/03/some-title-of-an-article-{article_id}",
                "site": f"site{site}.example",
                "title": body[-1][:60],
                "authors": as_json(f"Author {author}" for author in authors[at, : 1 + (chance[at, 1] < 0.2)].tolist()),
                "published_at": None if chance[at, 2] < 0.03 else f"{published:%Y-%m-%dT%H:%M:%SZ}",
                "archived_at": f"{archived:%Y-%m-%dT%H:%M:%SZ}",
                "language": CODES[language] if chance[at, 3] > 0.01 else None,
                "body": "\n".join(body),
                "words": 40 * len(body) + 3,
                "tags": as_json(names),
                "hash": f"1:{article_id}",
                "access": "partial" if site % 7 == 3 else "metered" if site % 5 == 1 else "free",
            }


def fill(path: Path, size: int, *, markdown: bool = False) -> None:
    """Make an archive of `size` articles, with an entry for each, labels, and the texts' Markdown if it is wanted."""
    with Archive(path, "bench"):
        pass
    filler = Filler(size)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -1000000")
        db.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('hashsize', 200000000)")
        db.executemany(
            "INSERT INTO feeds (url, address, name, tags, added_at) VALUES (?1, ?1, ?2, ?3, '2021-01-01T00:00:00Z')",
            [
                (f"https://feeds.example/{feed}.xml", f"Feed {feed}", as_json([f"Folder {feed % 20}"]))
                for feed in range(FEEDS)
            ],
        )
        for first in range(1, size + 1, AT_ONCE):
            rows = list(filler.rows(first, min(AT_ONCE, size + 1 - first)))
            db.execute("BEGIN")
            insert(db, rows, markdown=markdown)
            add_labels(db, first)
            add_entries(db, first, filler.rng)
            add_revisions_and_merges(db, rows)
            db.execute("COMMIT")
        db.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('hashsize', 1048576)")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA analysis_limit = 1000")
        db.execute("PRAGMA optimize = 0x10002")


def insert(db: sqlite3.Connection, rows: list[dict[str, Any]], *, markdown: bool = False) -> None:
    text = "'## A *heading*\n\n' || replace(:body, '\n', '\n\n') || ' [link](' || :url || ')'" if markdown else "NULL"
    db.executemany(
        f"""INSERT INTO articles (id, url, site, title, authors, published_at, archived_at, language, body,
             body_from, words, tags, content_hash, extractor, access, markdown)
           VALUES (:id, :url, :site, :title, :authors, :published_at, :archived_at, :language, :body,
             'page', :words, :tags, :hash, 'bench', :access, {text})""",
        rows,
    )


def add_labels(db: sqlite3.Connection, first: int) -> None:
    for kind, column in (("tag", "tags"), ("author", "authors")):
        values = f"""SELECT DISTINCT lower(value) AS label, a.id AS article_id FROM articles a, json_each({column})
          WHERE a.id >= {first}"""
        db.execute(f"INSERT OR IGNORE INTO labels (kind, label) SELECT DISTINCT '{kind}', label FROM ({values})")
        db.execute(
            f"""INSERT INTO postings (label_id, block, mask)
                SELECT l.id, article_id >> 6, sum(1 << (article_id & 63))
                FROM ({values}) v CROSS JOIN labels l ON l.kind = '{kind}' AND l.label = v.label GROUP BY 1, 2
                ON CONFLICT DO UPDATE SET mask = mask | excluded.mask"""
        )


def add_entries(db: sqlite3.Connection, first: int, rng: Any) -> None:  # noqa: ANN401 (numpy's)
    db.create_function("feed", 0, iter(rng.choice(FEEDS, 2 * AT_ONCE, p=zipf(FEEDS)).tolist()).__next__)
    for chance in (1, 8):  # every eighth article is announced twice
        db.execute(
            f"""INSERT INTO entries (feed_id, guid, url, title, canonical_url, host, first_seen_at, last_seen_at,
                  outcome, article_id)
                SELECT 1 + feed(), url, url, title, url, site, archived_at, archived_at, 'archived', id
                FROM articles WHERE id >= {first} AND id % {chance} = 0"""
        )


def add_revisions_and_merges(db: sqlite3.Connection, rows: list[dict[str, Any]]) -> None:
    db.executemany(
        """INSERT INTO revisions (article_id, title, body, content_hash, archived_at, words, access, cause)
           VALUES (:id, :title, :body || ' and later', :hash || 'r', :archived_at, :words + 2, :access, 'edit')""",
        rows[::25],
    )
    db.executemany(
        """INSERT INTO copies (article_id, url, site, body, archived_at, method, score, merged_id)
           VALUES (:id - 1, :url, :site, :body, :archived_at, 'bench', 1, :id)""",
        rows[1::100],
    )
