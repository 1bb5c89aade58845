"""Copies of articles, and what a person decided of them.

An article that was merged into another keeps its row in `articles`, which never change: a copy with its id as
`merged_id` says what it is now. A copy that was split off keeps its row too, with the article it became as `split_id`.
What announced a copy, and the names it answers to, have its id as `copy_id` and go with it when it is split off.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from storage.content import Content
from storage.records import Copy, CopyRow, KnownByText, Named, to_instant, to_text
from storage.rows import Rows, as_json

# Merged articles may have been merged into others again.
CURRENT_ID = """
WITH RECURSIVE merged (id, steps) AS (
  VALUES (?, 0)
  UNION ALL SELECT c.article_id, steps + 1 FROM merged JOIN copies c ON c.merged_id = merged.id AND c.split_id IS NULL
)
SELECT id FROM merged ORDER BY steps DESC LIMIT 1"""

MERGED = """
WITH RECURSIVE merged (id) AS (
  VALUES (?)
  UNION SELECT c.merged_id FROM merged JOIN copies c ON c.article_id = merged.id
    WHERE c.merged_id IS NOT NULL AND c.split_id IS NULL
)
SELECT id FROM merged"""

# A copy, and those of the article that it was: what came by one of them came by the first.
WITHIN = """
WITH RECURSIVE within (id) AS (
  VALUES (?)
  UNION SELECT c.id FROM within JOIN copies b ON b.id = within.id
    JOIN copies c ON c.article_id = b.merged_id AND c.split_id IS NULL
)
SELECT id FROM within"""

COPY = """SELECT c.id, c.article_id, c.url, c.site, c.title, c.published_at, c.published_precision, c.body, c.method,
   c.merged_id, c.split_id, a.language FROM copies c JOIN articles a ON a.id = c.article_id"""

BY_HAND = "by hand"


class Copies(Rows):
    def current_id(self, article_id: int) -> int:
        """The article that this one was merged into, itself if into none."""
        return int(self._db.execute(CURRENT_ID, [article_id]).fetchone()[0])

    def name_of(self, article_id: int, copy_id: int | None) -> Named:
        """What a name leads to that was given to the article, or to a copy of it."""
        current_id = self.current_id(article_id)
        if copy_id is None and current_id != article_id:
            (copy_id,) = self._db.execute(
                "SELECT id FROM copies WHERE merged_id = ? AND split_id IS NULL", [article_id]
            ).fetchone()
        return Named(current_id, copy_id)

    def is_split(self, article_id: int) -> bool:
        """Whether it was decided of the article that it is no copy."""
        return self._db.execute("SELECT 1 FROM copies WHERE split_id = ? LIMIT 1", [article_id]).fetchone() is not None

    def add_copy(self, article: Content, copy: Copy, at: datetime) -> int:
        """`article` is not archived as one: its text is that of `copy.article_id`."""
        row = {name: getattr(article, name) for name in ("url", "site", "title", "body", "published_precision")}
        row |= {"published_at": to_text(article.published_at), "archived_at": to_text(at)}
        return self._insert("copies", row | asdict(copy))

    def copy(self, copy_id: int) -> CopyRow | None:
        found = self._copies("c.id = ?", copy_id)
        return found[0] if found else None

    def copies_of(self, article_id: int) -> list[CopyRow]:
        """Those that were found by a method and not by hand."""
        return self._copies("c.article_id = ? AND c.split_id IS NULL AND c.method <> ?", article_id, BY_HAND)

    def copies_by_other_methods(self, methods: Iterable[str], *, after: int, limit: int) -> list[CopyRow]:
        """Copies found by none of the methods nor by hand, ids ascending."""
        return self._copies(
            """c.id > ? AND c.split_id IS NULL AND c.merged_id IS NULL
               AND c.method NOT IN (SELECT value FROM json_each(?)) ORDER BY c.id LIMIT ?""",
            after,
            as_json([*methods, BY_HAND]),
            limit,
        )

    def _copies(self, where: str, *parameters: object) -> list[CopyRow]:
        rows = self._rows(f"{COPY} WHERE {where}", *parameters)
        return [CopyRow(**(dict(row) | {"published_at": to_instant(row["published_at"])})) for row in rows]

    def confirm(self, copy_id: int, copy: Copy) -> None:
        """The copy is one by this method too."""
        self._db.execute("UPDATE copies SET method = ?, score = ? WHERE id = ?", [copy.method, copy.score, copy_id])

    def announced(self, copy: CopyRow) -> tuple[int, int] | None:
        """The feed and the entry that announced the copy."""
        row = self._db.execute(
            """SELECT feed_id, id FROM entries WHERE copy_id = ?1 AND outcome = 'copy'
               UNION SELECT feed_id, id FROM entries WHERE article_id = ?2 AND copy_id IS NULL AND outcome = 'copy'
                 AND canonical_url = ?3 ORDER BY id LIMIT 1""",
            [copy.id, copy.article_id, copy.url],
        ).fetchone()
        return tuple(row) if row else None

    def known_by_text(self, *, after: int, limit: int) -> list[KnownByText]:
        """Entries that were known by their text alone, ids ascending."""
        rows = self._rows(
            """SELECT e.id, e.feed_id, f.url AS feed_url, e.guid, e.title, e.canonical_url, e.published_at,
                      e.published_precision, e.article_id, a.body, a.content_hash, a.language
               FROM entries e JOIN articles a ON a.id = e.article_id JOIN feeds f ON f.id = e.feed_id
               WHERE e.id > ? AND e.outcome = 'known' AND e.copy_id IS NULL AND e.canonical_url IS NOT NULL
                 AND e.reason LIKE 'the same text as %' ORDER BY e.id LIMIT ?""",
            after,
            limit,
        )
        return [KnownByText(**(dict(row) | {"published_at": to_instant(row["published_at"])})) for row in rows]

    def name_copy(self, copy_id: int, entry_id: int, keys: Iterable[str], reason: str) -> None:
        """An entry of the copy's article, and these names of that, are the copy's from now on."""
        self._db.execute(
            "UPDATE entries SET outcome = 'copy', copy_id = ?, reason = ? WHERE id = ?", [copy_id, reason, entry_id]
        )
        self._db.execute(
            """UPDATE aliases SET copy_id = ?1 WHERE copy_id IS NULL AND key IN (SELECT value FROM json_each(?3))
               AND article_id = (SELECT article_id FROM entries WHERE id = ?2)""",
            [copy_id, entry_id, as_json(keys)],
        )

    def split(self, copy: CopyRow, article_id: int, keys: Iterable[str], at: datetime, *, reason: str) -> None:
        """The copy is the article `article_id` from now on; so are its names and what announced it.

        `keys` are names of it that may be from before names had a `copy_id`.
        """
        if article_id == copy.merged_id:
            self._insert("changes", {"at": to_text(at), "kind": "article", "id": article_id, "article_id": article_id})
        self._db.execute(
            """UPDATE entries SET copy_id = ? WHERE article_id = ? AND copy_id IS NULL AND outcome = 'copy'
               AND canonical_url = ?""",
            [copy.id, copy.article_id, copy.url],
        )
        self._db.execute(
            """UPDATE aliases SET copy_id = ? WHERE article_id = ? AND copy_id IS NULL
               AND key IN (SELECT value FROM json_each(?))""",
            [copy.id, copy.article_id, as_json(keys)],
        )
        within = as_json(id_ for (id_,) in self._db.execute(WITHIN, [copy.id]))
        self._db.execute(
            "UPDATE entries SET outcome = 'archived', reason = ? WHERE copy_id = ? AND outcome = 'copy'",
            [reason, copy.id],
        )
        for table in ("entries", "aliases"):
            self._db.execute(
                f"""UPDATE {table} SET article_id = ?, copy_id = nullif(copy_id, ?)
                    WHERE copy_id IN (SELECT value FROM json_each(?))""",  # noqa: S608 (one of two names)
                [article_id, copy.id, within],
            )
        self._db.execute("UPDATE copies SET split_id = ? WHERE id = ?", [article_id, copy.id])

    def merge(
        self,
        article_id: int,
        into_id: int,
        at: datetime,
        *,
        method: str = BY_HAND,
        score: float = 1.0,
        adds: bool = True,
    ) -> int | None:
        """The first is a copy of the second from now on; returns the copy's id, None where either is no article."""
        done = self._db.execute(
            """INSERT INTO copies (article_id, url, site, title, body, published_at, published_precision, archived_at,
                                   method, score, adds, merged_id)
               SELECT ?, url, site, title, body, published_at, published_precision, ?, ?, ?, ?, id FROM current_articles
               WHERE id = ? AND EXISTS (SELECT 1 FROM current_articles WHERE id = ?)""",
            [into_id, to_text(at), method, score, adds, article_id, into_id],
        )
        return done.lastrowid if done.rowcount else None
