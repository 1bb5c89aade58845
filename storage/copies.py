"""The table `copies`: texts at other addresses that are the text of an article, found by a method or merged by hand.

An article that was merged into another keeps its row in `articles`, which never change. A copy with its id as
`merged_id` says so. A copy that was split off keeps its row too, with the article it became as `split_id`.
Entries and aliases of a copy have its id as `copy_id`, and go with it when it is split off. So do its media and raw
pages. Those of an article that was merged stay the article's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.content import Access, Content, Copy, CopyRow
from storage.media import MediaUpdates
from storage.merges import MergeQueries
from storage.pages import NewPage, PageUpdates
from storage.records import AliasTarget, Precision, to_text
from storage.rows import Row, as_json, to_row

BY_HAND = "by hand"
# Columns that a copy has of its content.
COPIED = ("url", "site", "title", "body", "published_at", "published_precision", "markdown", "access", "access_reason")

COPY = """SELECT c.id, c.article_id, c.url, c.site, c.title, c.published_at, c.published_precision, c.body, c.method,
   c.merged_id, c.split_id, c.markdown, c.access, c.access_reason, a.language
   FROM copies c JOIN articles a ON a.id = c.article_id"""


@dataclass(frozen=True, slots=True)
class SameTextEntry:
    """An entry that ended as known for its text alone. Its text, the hash and `language` are its article's first ones.

    How much of its own page everybody may read is not known.
    """

    id: int
    feed_id: int
    feed_url: str
    guid: str
    title: str | None
    canonical_url: str
    published_at: datetime | None
    article_id: int
    body: str
    content_hash: str
    language: str | None
    published_precision: Precision | None = None
    markdown: str | None = None
    access: Access | None = None
    access_reason: str | None = None


class CopyQueries(MergeQueries):
    def current_target(self, article_id: int, copy_id: int | None) -> AliasTarget:
        """Return where an alias of the article, or of its copy, leads after later merges."""
        current_id = self.current_id(article_id)
        if copy_id is None and current_id != article_id:
            copy_id = self._value("SELECT id FROM copies WHERE merged_id = ? AND split_id IS NULL", [article_id])
        return AliasTarget(current_id, copy_id)

    def split_off(self, article_ids: Iterable[int]) -> set[int]:
        """Return those of the articles that were split off: they are known to be no copies."""
        return set(
            self._column(
                "SELECT split_id FROM copies WHERE split_id IN (SELECT value FROM json_each(?))", [as_json(article_ids)]
            )
        )

    def copy(self, copy_id: int) -> CopyRow | None:
        found = self._copies("c.id = ?", copy_id)
        return found[0] if found else None

    def copies_of(self, article_id: int) -> list[CopyRow]:
        """Return the article's copies that a method has found."""
        return self._copies("c.article_id = ? AND c.split_id IS NULL AND c.method <> ?", article_id, BY_HAND)

    def copies_by_other_methods(self, methods: Iterable[str], *, after: int, limit: int) -> list[CopyRow]:
        """Return copies above the id `after` that other methods have found, without merged articles."""
        return self._copies(
            """c.id > ? AND c.split_id IS NULL AND c.merged_id IS NULL
               AND c.method NOT IN (SELECT value FROM json_each(?)) ORDER BY c.id LIMIT ?""",
            after,
            as_json([*methods, BY_HAND]),
            limit,
        )

    def _copies(self, where: str, *parameters: object) -> list[CopyRow]:
        return self._records(CopyRow, f"{COPY} WHERE {where}", parameters)

    def copies_shown(self, article_ids: Iterable[int]) -> list[Row]:
        """Return the rows of the articles' copies without their texts. Copies that were split off are left out."""
        return self._dicts(
            """SELECT id, article_id, url, site, title, published_at, archived_at, method, score, adds, merged_id,
                 split_id, published_precision, access, access_reason
               FROM copies WHERE article_id IN (SELECT value FROM json_each(?)) AND split_id IS NULL ORDER BY id""",
            [as_json(article_ids)],
        )

    def entry_of_copy(self, copy: CopyRow) -> tuple[int, int] | None:
        """Return the ids of the feed and of the entry that announced the copy."""
        row = self._row(
            """SELECT feed_id, id FROM entries WHERE copy_id = ?1 AND outcome = 'copy'
               UNION SELECT feed_id, id FROM entries WHERE article_id = ?2 AND copy_id IS NULL AND outcome = 'copy'
                 AND canonical_url = ?3 ORDER BY id LIMIT 1""",
            [copy.id, copy.article_id, copy.url],
        )
        return (row["feed_id"], row["id"]) if row else None

    def same_text_entries(self, *, after: int, limit: int) -> list[SameTextEntry]:
        """Return entries with ids above `after` that ended as known for their text alone."""
        return self._records(
            SameTextEntry,
            """SELECT e.id, e.feed_id, f.url AS feed_url, e.guid, e.title, e.canonical_url, e.published_at,
                      e.published_precision, e.article_id, a.body, a.content_hash, a.language, a.markdown,
                      NULL AS access, NULL AS access_reason
               FROM entries e JOIN articles a ON a.id = e.article_id JOIN feeds f ON f.id = e.feed_id
               WHERE e.id > ? AND e.outcome = 'known' AND e.copy_id IS NULL AND e.canonical_url IS NOT NULL
                 AND e.reason LIKE 'the same text as %' ORDER BY e.id LIMIT ?""",
            [after, limit],
        )


class CopyUpdates(PageUpdates, MediaUpdates, CopyQueries):
    def add_copy(self, article: Content, copy: Copy, pages: Sequence[NewPage], at: datetime) -> int:
        """Archive the text, with its media and raw pages, as a copy of `copy.article_id`. Return the copy's id."""
        row = {name: value for name, value in to_row(article).items() if name in COPIED}
        copy_id = self._insert("copies", row | to_row(copy) | {"archived_at": to_text(at)})
        self.add_pages(copy_id, pages, table="copy_pages")
        self.add_media(copy.article_id, article.media, copy_id=copy_id)
        return copy_id

    def confirm(self, copy_id: int, copy: Copy) -> None:
        """Record that the method of `copy` finds the copy too."""
        self.db.execute("UPDATE copies SET method = ?, score = ? WHERE id = ?", [copy.method, copy.score, copy_id])

    def assign_to_copy(self, copy_id: int, entry_id: int, keys: Iterable[str], reason: str) -> None:
        """Give an entry of the copy's article, and these aliases of that article, to the copy."""
        self.db.execute(
            "UPDATE entries SET outcome = 'copy', copy_id = ?, reason = ? WHERE id = ?", [copy_id, reason, entry_id]
        )
        self.db.execute(
            """UPDATE aliases SET copy_id = ?1 WHERE copy_id IS NULL AND key IN (SELECT value FROM json_each(?3))
               AND article_id = (SELECT article_id FROM entries WHERE id = ?2)""",
            [copy_id, entry_id, as_json(keys)],
        )

    def split(self, copy: CopyRow, article_id: int, keys: Iterable[str], at: datetime, *, reason: str) -> None:
        """Make the copy the article `article_id`, with its entries, aliases, media and raw pages.

        `keys` are aliases of the copy that may be older than `aliases.copy_id`.
        """
        if article_id == copy.merged_id:
            self._insert("changes", {"at": to_text(at), "kind": "article", "id": article_id, "article_id": article_id})
        self.db.execute(
            """UPDATE entries SET copy_id = ? WHERE article_id = ? AND copy_id IS NULL AND outcome = 'copy'
               AND canonical_url = ?""",
            [copy.id, copy.article_id, copy.url],
        )
        self.db.execute(
            """UPDATE aliases SET copy_id = ? WHERE article_id = ? AND copy_id IS NULL
               AND key IN (SELECT value FROM json_each(?))""",
            [copy.id, copy.article_id, as_json(keys)],
        )
        # The copy, and the copies of the article that it was before a merge: their entries and aliases go with it.
        within = self._column(
            """WITH RECURSIVE within (id) AS (
                 VALUES (?)
                 UNION SELECT c.id FROM within JOIN copies b ON b.id = within.id
                   JOIN copies c ON c.article_id = b.merged_id AND c.split_id IS NULL)
               SELECT id FROM within""",
            [copy.id],
        )
        self.db.execute(
            "UPDATE entries SET outcome = 'archived', reason = ? WHERE copy_id = ? AND outcome = 'copy'",
            [reason, copy.id],
        )
        for table in ("entries", "aliases"):
            self.db.execute(
                f"""UPDATE {table} SET article_id = ?, copy_id = nullif(copy_id, ?)
                    WHERE copy_id IN (SELECT value FROM json_each(?))""",  # noqa: S608 (one of two names)
                [article_id, copy.id, as_json(within)],
            )
        self.db.execute(
            """INSERT INTO pages (article_id, part, fetched_at, status, final_url, headers, html, dictionary_id,
                                  url, ip_address, header_set_id)
               SELECT ?, part, fetched_at, status, final_url, headers, html, dictionary_id,
                      url, ip_address, header_set_id
               FROM copy_pages WHERE copy_id = ?""",
            [article_id, copy.id],
        )
        self.db.execute("DELETE FROM copy_pages WHERE copy_id = ?", [copy.id])
        self.db.execute(
            "UPDATE media SET article_id = ?, copy_id = NULL WHERE article_id = ? AND copy_id = ?",
            [article_id, copy.article_id, copy.id],
        )
        self.db.execute("UPDATE copies SET split_id = ? WHERE id = ?", [article_id, copy.id])

    def merge(self, article_id: int, copy: Copy, at: datetime) -> int | None:
        """Make an article a copy of `copy.article_id`. Return the copy's id, None unless both are current."""
        done = self.db.execute(
            f"""INSERT INTO copies (article_id, {", ".join(COPIED)}, archived_at, method, score, adds, merged_id)
                SELECT ?, {", ".join(COPIED)}, ?, ?, ?, ?, id FROM current_articles
                WHERE id = ? AND EXISTS (SELECT 1 FROM current_articles WHERE id = ?)""",  # noqa: S608 (our own names)
            [copy.article_id, to_text(at), copy.method, copy.score, copy.adds, article_id, copy.article_id],
        )
        return done.lastrowid if done.rowcount else None
