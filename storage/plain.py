"""Pages that are compressed without a dictionary, and the sites that have many of them."""

from datetime import datetime, timedelta

from storage.pages import PAGES, packed
from storage.reader import Reader
from storage.records import Dictionary, PackedPage, to_text

TRY_AGAIN = timedelta(days=30)  # after no dictionary would have paid


def sites_with_plain_pages(archive: Reader, now: datetime, *, least: int, limit: int) -> dict[str, int]:
    """Those with at least so many, and how many each has, the most first; without those found not to pay lately.

    The cross join keeps SQLite to its two indexes: 50 ms in an archive of 100,000 articles.
    """
    rows = archive.rows(
        """SELECT a.site, count(*) AS pages FROM articles a CROSS JOIN pages p ON p.article_id = a.id
           WHERE p.dictionary_id IS NULL GROUP BY a.site HAVING count(*) >= ?1
             AND NOT EXISTS (SELECT 1 FROM dictionaries d
                             WHERE d.site = a.site AND d.dictionary = x'' AND d.trained_at > ?2)
           ORDER BY pages DESC, a.site LIMIT ?3""",
        [least, to_text(now - TRY_AGAIN), limit],
    )
    return {row["site"]: row["pages"] for row in rows}


def plain_pages(archive: Reader, site: str, limit: int) -> list[PackedPage]:
    """The site's newest."""
    rows = archive.rows(
        f"""{PAGES} JOIN articles a ON a.id = p.article_id
            WHERE a.site = ? AND p.dictionary_id IS NULL ORDER BY a.id DESC LIMIT ?""",
        [site, limit],
    )
    return [packed(row) for row in rows]


def newest_dictionary(archive: Reader, site: str) -> Dictionary | None:
    row = archive.row("SELECT id, dictionary FROM dictionaries WHERE site = ? ORDER BY id DESC LIMIT 1", [site])
    return Dictionary(row["id"], row["dictionary"]) if row and row["dictionary"] else None
