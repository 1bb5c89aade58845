"""The table `pages`: the raw pages that articles came from, compressed."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.compression import PackedPage, decompress
from storage.records import Dictionary, to_instant, to_text
from storage.rows import Row, Rows, decoded, to_row

RETRY_DICTIONARY_AFTER = timedelta(days=30)  # if no page saved enough as a dictionary

PAGES = """SELECT p.article_id, p.part, p.fetched_at, p.final_url, p.headers, p.html, p.dictionary_id, d.dictionary
  FROM pages p LEFT JOIN dictionaries d ON d.id = p.dictionary_id"""


@dataclass(frozen=True, slots=True)
class NewPage:
    """A page of an article. `html` is the body as received, compressed, b"" if it is not kept. `url` was asked for."""

    fetched_at: datetime
    status: int
    final_url: str
    headers: dict[str, str]
    html: bytes
    dictionary_id: int | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as it was received."""

    fetched_at: datetime | None
    final_url: str
    headers: dict[str, str]
    html: bytes

    @property
    def content_type(self) -> str | None:
        return self.headers.get("content-type")


class PageQueries(Rows):
    def pages(self, article_id: int) -> list[StoredPage]:
        """Return the article's raw pages as they were received, in the order of its text.

        Raises ValueError if one is damaged.
        """
        return [
            StoredPage(
                to_instant(row["fetched_at"]), row["final_url"], json.loads(row["headers"]), decompress(_packed(row))
            )
            for row in self._rows(f"{PAGES} WHERE p.article_id = ? ORDER BY p.part", [article_id])
        ]

    def first_page(self, article_id: int) -> Row | None:
        """Return how the article's first page was fetched, and its size in the archive."""
        row = self._row(
            """SELECT fetched_at, status, final_url, headers, length(html) AS compressed_bytes
               FROM pages WHERE article_id = ? ORDER BY part LIMIT 1""",
            [article_id],
        )
        return decoded(row) if row else None

    def sites_to_compress(self, now: datetime, *, least: int, limit: int) -> dict[str, int]:
        """Return the sites with `least` pages without a dictionary, and how many each has, the most first.

        Sites where no page saved enough as a dictionary are left out for RETRY_DICTIONARY_AFTER. The cross join keeps
        SQLite to its two indexes: 50 ms in an archive of 100,000 articles.
        """
        return self._counts(
            """SELECT a.site, count(*) AS pages FROM articles a CROSS JOIN pages p ON p.article_id = a.id
               WHERE p.dictionary_id IS NULL GROUP BY a.site HAVING count(*) >= ?1
                 AND NOT EXISTS (SELECT 1 FROM dictionaries d
                                 WHERE d.site = a.site AND d.dictionary = x'' AND d.trained_at > ?2)
               ORDER BY pages DESC, a.site LIMIT ?3""",
            [least, to_text(now - RETRY_DICTIONARY_AFTER), limit],
        )

    def pages_without_dictionary(self, site: str, limit: int) -> list[PackedPage]:
        """Return the site's newest pages that are compressed without a dictionary."""
        rows = self._rows(
            f"""{PAGES} JOIN articles a ON a.id = p.article_id
                WHERE a.site = ? AND p.dictionary_id IS NULL ORDER BY a.id DESC LIMIT ?""",
            [site, limit],
        )
        return [_packed(row) for row in rows]


class PageUpdates(PageQueries):
    def add_pages(self, article_id: int, pages: Sequence[NewPage]) -> None:
        for part, page in enumerate(pages, start=1):
            self._insert("pages", {"article_id": article_id, "part": part} | to_row(page, exclude=("url",)))

    def replace_pages(self, pages: Iterable[PackedPage], dictionary_id: int) -> None:
        """Store the same pages, now compressed with the dictionary."""
        self.db.executemany(
            "UPDATE pages SET html = ?, dictionary_id = ? WHERE article_id = ? AND part = ?",
            [(page.html, dictionary_id, page.article_id, page.part) for page in pages],
        )


def _packed(row: sqlite3.Row) -> PackedPage:
    dictionary = Dictionary(row["dictionary_id"], row["dictionary"]) if row["dictionary_id"] else None
    return PackedPage(row["article_id"], row["part"], row["html"], dictionary)
