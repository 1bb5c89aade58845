"""Copies of articles, and what a person decided of them.

An article that was merged into another keeps its row in `articles`, which never change: a copy with its id as
`merged_id` says what it is now. A copy that was split off keeps its row too, with the article it became as `split_id`.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from storage.records import Copy, CopyRow, NewArticle, to_instant, to_text
from storage.rows import Rows, as_json

# Merged articles may have been merged into others again.
STANDING = """
WITH RECURSIVE merged (id, steps) AS (
  VALUES (?, 0)
  UNION ALL SELECT c.article_id, steps + 1 FROM merged JOIN copies c ON c.merged_id = merged.id AND c.split_id IS NULL
)
SELECT id FROM merged ORDER BY steps DESC LIMIT 1"""

BY_HAND = "by hand"


class Copies(Rows):
    def standing(self, article_id: int) -> int:
        """The article that this one was merged into, itself if into none."""
        return int(self._db.execute(STANDING, [article_id]).fetchone()[0])

    def add_copy(self, article: NewArticle, copy: Copy, at: datetime) -> int:
        """`article` is not archived as one: its text is that of `copy.article_id`."""
        row = {name: getattr(article, name) for name in ("url", "site", "title", "body")}
        row |= {"published_at": to_text(article.published_at), "archived_at": to_text(at)}
        return self._insert("copies", row | asdict(copy))

    def copy(self, copy_id: int) -> CopyRow | None:
        rows = self._rows(
            """SELECT c.id, c.article_id, c.url, c.site, c.title, c.published_at, c.body, c.merged_id, c.split_id,
                      a.language
               FROM copies c JOIN articles a ON a.id = c.article_id WHERE c.id = ?""",
            copy_id,
        )
        return CopyRow(**{**rows[0], "published_at": to_instant(rows[0]["published_at"])}) if rows else None

    def split(self, copy: CopyRow, article_id: int, keys: Iterable[str], at: datetime) -> None:
        """The copy is the article `article_id` from now on; so are its addresses and what announced it."""
        if article_id == copy.merged_id:
            self._insert("changes", {"at": to_text(at), "kind": "article", "id": article_id, "article_id": article_id})
        self._db.execute("UPDATE copies SET split_id = ? WHERE id = ?", [article_id, copy.id])
        self._db.execute(
            "UPDATE aliases SET article_id = ? WHERE article_id = ? AND key IN (SELECT value FROM json_each(?))",
            [article_id, copy.article_id, as_json(keys)],
        )
        self._db.execute(
            """UPDATE entries SET article_id = ?, outcome = 'archived', reason = 'split off by hand'
               WHERE article_id = ? AND outcome = 'copy' AND canonical_url = ?""",
            [article_id, copy.article_id, copy.url],
        )

    def merge(self, article_id: int, into_id: int, at: datetime) -> int | None:
        """The first is a copy of the second from now on; returns the copy's id, None where either is no article."""
        done = self._db.execute(
            """INSERT INTO copies (article_id, url, site, title, body, published_at, archived_at, method, score, adds,
                                   merged_id)
               SELECT ?, url, site, title, body, published_at, ?, ?, 1, 1, id FROM current_articles
               WHERE id = ? AND EXISTS (SELECT 1 FROM current_articles WHERE id = ?)""",
            [into_id, to_text(at), BY_HAND, article_id, into_id],
        )
        return done.lastrowid if done.rowcount else None
