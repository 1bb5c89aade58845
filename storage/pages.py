"""The tables `pages`, `revision_pages` and `copy_pages`: the raw pages that texts were extracted from, compressed.

`pages` has those of an article's first text. Revisions that `ingest reclean` made have no pages of their own: they were
extracted from those of the text before them.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.compression import PackedPage, PageTable, decompress
from storage.headers import FULL_HEADERS, HeaderUpdates
from storage.merges import MergeQueries
from storage.records import Dictionary, to_instant, to_text
from storage.rows import Row, as_json, decoded, to_row

RETRY_DICTIONARY_AFTER = timedelta(days=30)  # if no page saved enough as a dictionary

OWNERS: dict[PageTable, str] = {"pages": "article_id", "revision_pages": "revision_id", "copy_pages": "copy_id"}
"""The column that says which row a page belongs to."""


@dataclass(frozen=True, slots=True)
class NewPage:
    """A page of an article. `html` is the body as received, compressed, b"" if it is not kept.

    `url` was asked for. `ip_address` is that of the server that was asked, None if it is not known.
    """

    fetched_at: datetime
    status: int
    final_url: str
    headers: dict[str, str]
    html: bytes
    dictionary_id: int | None = None
    url: str = ""
    ip_address: str | None = None


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as it was received.

    `url` was asked for: it is `final_url`, or an address that redirected to it. Schemas before 15 kept neither such an
    address nor the server's `ip_address`.
    """

    fetched_at: datetime | None
    final_url: str
    headers: dict[str, str]
    html: bytes
    status: int
    url: str
    ip_address: str | None

    @property
    def content_type(self) -> str | None:
        return self.headers.get("content-type")


class PageQueries(MergeQueries):
    def pages(self, article_id: int) -> list[StoredPage]:
        """Return the raw pages of the article's first text as they were received, in the order of the text.

        Raises ValueError if one is damaged.
        """
        return self._stored("pages", article_id)

    def pages_of_revision(self, revision_id: int) -> list[StoredPage]:
        """Return the raw pages of a revision, as `pages` does."""
        return self._stored("revision_pages", revision_id)

    def pages_of_copy(self, copy_id: int) -> list[StoredPage]:
        """Return the raw pages of a copy, as `pages` does."""
        return self._stored("copy_pages", copy_id)

    def current_pages(self, article_id: int) -> list[StoredPage]:
        """Return the raw pages that the article's latest text came from, as `pages` does.

        Return an empty list if they were not kept. Schemas before 8 did not keep them after an edit.
        """
        revision_id = self._value("SELECT max(id) FROM revisions WHERE article_id = ? AND cause = 'edit'", [article_id])
        if revision_id is not None:
            return self.pages_of_revision(revision_id)
        edited = self._value("SELECT 1 FROM entries WHERE article_id = ? AND outcome = 'revised' LIMIT 1", [article_id])
        return [] if edited else self.pages(article_id)

    def page_kept(self, table: PageTable, owner_id: int, part: int) -> StoredPage | None:
        """Return one raw page of an article, revision or copy, None if it was not kept. Raises ValueError likewise."""
        row = self._row(f"{_select(table)} WHERE p.{OWNERS[table]} = ? AND p.part = ?", [owner_id, part])
        return _stored_page(row) if row else None

    def pages_kept(self, article_id: int, *, limit: int) -> list[Row]:
        """Return how the pages of all texts of an article, also of its copies, were fetched, without the pages.

        `page_table` and `owner_id` say where a page is, `revision_id` or `copy_id` of which text it is.
        """
        fetched = f"""part, p.fetched_at, p.status, p.final_url, {FULL_HEADERS} AS headers,
          length(p.html) AS compressed_bytes"""
        member = "c.article_id IN (SELECT value FROM json_each(?2)) AND c.split_id IS NULL"
        return self._dicts(
            f"""SELECT 'pages' AS page_table, article_id AS owner_id, NULL AS revision_id, NULL AS copy_id, {fetched}
                  FROM pages p WHERE article_id = ?1
                UNION ALL SELECT 'revision_pages', r.id, r.id, NULL, {fetched}
                  FROM revisions r JOIN revision_pages p ON p.revision_id = r.id WHERE r.article_id = ?1
                UNION ALL SELECT 'copy_pages', c.id, NULL, c.id, {fetched}
                  FROM copies c JOIN copy_pages p ON p.copy_id = c.id WHERE {member}
                UNION ALL SELECT 'pages', c.merged_id, NULL, c.id, {fetched}
                  FROM copies c JOIN pages p ON p.article_id = c.merged_id WHERE {member}
                ORDER BY copy_id, revision_id, part LIMIT ?3""",  # noqa: S608 (our own names)
            [article_id, as_json(self.with_merged(article_id)), limit],
        )

    def _stored(self, table: PageTable, owner_id: int) -> list[StoredPage]:
        rows = self._rows(f"{_select(table)} WHERE p.{OWNERS[table]} = ? ORDER BY p.part", [owner_id])
        return list(map(_stored_page, rows))

    def packed_pages(self, table: PageTable, owner_ids: Iterable[int]) -> Iterator[PackedPage]:
        """Yield the raw pages of these articles, revisions or copies as they are stored."""
        of_owners = f"WHERE p.{OWNERS[table]} IN (SELECT value FROM json_each(?))"  # noqa: S608 (our own names)
        return map(_packed, self._rows(f"{_select(table)} {of_owners}", [as_json(owner_ids)]))

    def first_page(self, article_id: int) -> Row | None:
        """Return how the article's first page was fetched, and its size in the archive."""
        row = self._row(
            f"""SELECT fetched_at, status, final_url, {FULL_HEADERS} AS headers, length(html) AS compressed_bytes
                FROM pages p WHERE article_id = ? ORDER BY part LIMIT 1""",  # noqa: S608 (our own names)
            [article_id],
        )
        return decoded(row) if row else None

    def sites_to_compress(self, now: datetime, *, least: int, limit: int) -> dict[str, int]:
        """Return the sites with `least` pages without a dictionary, and how many each has, the most first.

        Sites where no page saved enough as a dictionary are left out for RETRY_DICTIONARY_AFTER. The cross joins keep
        SQLite to the indexes of pages without a dictionary: 50 ms in an archive of 100,000 articles.
        """
        return self._counts(
            """SELECT site, sum(pages) AS pages FROM (
                 SELECT a.site, count(*) AS pages FROM articles a CROSS JOIN pages p ON p.article_id = a.id
                   WHERE p.dictionary_id IS NULL GROUP BY a.site
                 UNION ALL SELECT a.site, count(*) FROM revision_pages p CROSS JOIN revisions r ON r.id = p.revision_id
                   CROSS JOIN articles a ON a.id = r.article_id WHERE p.dictionary_id IS NULL GROUP BY a.site
                 UNION ALL SELECT c.site, count(*) FROM copy_pages p CROSS JOIN copies c ON c.id = p.copy_id
                   WHERE p.dictionary_id IS NULL GROUP BY c.site) t
               GROUP BY site HAVING sum(pages) >= ?1
                 AND NOT EXISTS (SELECT 1 FROM dictionaries d
                                 WHERE d.site = t.site AND d.dictionary = x'' AND d.trained_at > ?2)
               ORDER BY pages DESC, site LIMIT ?3""",
            [least, to_text(now - RETRY_DICTIONARY_AFTER), limit],
        )

    def pages_without_dictionary(self, site: str, limit: int) -> list[PackedPage]:
        """Return the site's newest pages that are compressed without a dictionary.

        The cross joins let SQLite go back in time on indexes until it has enough.
        """
        rows = self._rows(
            """SELECT * FROM (
                 SELECT 'pages' AS page_table, p.article_id AS owner_id, p.part, p.html, p.fetched_at
                 FROM articles a CROSS JOIN pages p ON p.article_id = a.id
                 WHERE a.site = ?1 AND p.dictionary_id IS NULL ORDER BY a.id DESC LIMIT ?2)
               UNION ALL SELECT * FROM (
                 SELECT 'revision_pages', p.revision_id, p.part, p.html, p.fetched_at
                 FROM articles a CROSS JOIN revisions r ON r.article_id = a.id
                   CROSS JOIN revision_pages p ON p.revision_id = r.id
                 WHERE a.site = ?1 AND p.dictionary_id IS NULL ORDER BY a.id DESC LIMIT ?2)
               UNION ALL SELECT * FROM (
                 SELECT 'copy_pages', p.copy_id, p.part, p.html, p.fetched_at
                 FROM copies c CROSS JOIN copy_pages p ON p.copy_id = c.id
                 WHERE c.site = ?1 AND p.dictionary_id IS NULL ORDER BY c.id DESC LIMIT ?2)
               ORDER BY fetched_at DESC LIMIT ?2""",
            [site, limit],
        )
        return [PackedPage(row["owner_id"], row["part"], row["html"], None, row["page_table"]) for row in rows]


class PageUpdates(HeaderUpdates, PageQueries):
    def add_pages(self, owner_id: int, pages: Sequence[NewPage], *, table: PageTable = "pages") -> None:
        """Add the pages of an article, of a revision or of a copy, in the order of the text."""
        for part, page in enumerate(pages, start=1):
            url = None if page.url in ("", page.final_url) else page.url
            headers, set_id = self.pack_headers(page.final_url, page.headers)
            packed = {"url": url, "headers": json.dumps(headers), "header_set_id": set_id}
            self._insert(table, {OWNERS[table]: owner_id, "part": part} | to_row(page) | packed)

    def replace_pages(self, pages: Iterable[PackedPage], dictionary_id: int | None) -> None:
        """Store the same pages, now compressed with the dictionary, or alone."""
        for page in pages:
            self.db.execute(
                f"UPDATE {page.table} SET html = ?, dictionary_id = ? WHERE {OWNERS[page.table]} = ? AND part = ?",  # noqa: S608 (our own names)
                [page.html, dictionary_id, page.owner_id, page.part],
            )


def _select(table: PageTable) -> str:
    return f"""SELECT '{table}' AS page_table, p.{OWNERS[table]} AS owner_id, p.part, p.fetched_at, p.final_url,
                 {FULL_HEADERS} AS headers, p.html, p.dictionary_id, d.dictionary, p.status,
                 coalesce(p.url, p.final_url) AS url, p.ip_address
               FROM {table} p LEFT JOIN dictionaries d ON d.id = p.dictionary_id"""  # noqa: S608 (our own names)


def _stored_page(row: sqlite3.Row) -> StoredPage:
    fetched_at, headers = to_instant(row["fetched_at"]), json.loads(row["headers"])
    html = decompress(_packed(row))
    return StoredPage(fetched_at, row["final_url"], headers, html, row["status"], row["url"], row["ip_address"])


def _packed(row: sqlite3.Row) -> PackedPage:
    dictionary = Dictionary(row["dictionary_id"], row["dictionary"] or b"") if row["dictionary_id"] else None
    return PackedPage(row["owner_id"], row["part"], row["html"], dictionary, row["page_table"])
