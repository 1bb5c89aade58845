"""The rows of articles, the addresses they answer to, and the pages they came from."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from storage.copies import Copies
from storage.pages import PAGES, stored
from storage.records import CurrentText, NewArticle, NewPage, NewRevision, PendingEntry, StoredPage, to_text
from storage.rows import CURRENT_TEXT, as_json, standing


class Articles(Copies):
    def article_at(self, keys: Iterable[str]) -> int | None:
        """The article that answers to one of the addresses (`dedupe.urls.url_key`), the eldest if several do."""
        row = self._db.execute(
            "SELECT min(article_id) FROM aliases WHERE key IN (SELECT value FROM json_each(?))", [as_json(keys)]
        ).fetchone()
        return self.standing(row[0]) if row[0] else None

    def article_named(self, guid_key: str, pending: PendingEntry) -> int | None:
        """The article that other feeds announced under this guid, with the entry's title and instant.

        Guid and title alone would not do: some feeds have one guid for all, and one title for every day. The
        entry's own feed has been searched when it was polled: a guid of its own that means this article there,
        and not this entry, is one that it gives to many.
        """
        entry = pending.addressed.entry
        row = self._db.execute(
            """SELECT a.article_id FROM aliases a WHERE a.key = ?1
               AND EXISTS (SELECT 1 FROM entries e
                           WHERE e.article_id = a.article_id AND e.title = ?3 AND e.published_at = ?4)
               AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.article_id = a.article_id AND +e.feed_id = ?2)""",
            [guid_key, pending.feed_id, entry.title, to_text(entry.published_at)],
        ).fetchone()
        return self.standing(row[0]) if row else None

    def article_with(self, content_hash: str) -> int | None:
        """The article that has, or had, exactly this normalised text."""
        row = self._db.execute(
            """SELECT min(id) FROM (SELECT id FROM articles WHERE content_hash = ?1
               UNION ALL SELECT article_id FROM revisions WHERE content_hash = ?1)""",
            [content_hash],
        ).fetchone()
        return self.standing(row[0]) if row[0] else None

    def article_url(self, article_id: int) -> str:
        return str(self._db.execute("SELECT url FROM articles WHERE id = ?", [article_id]).fetchone()[0])

    def current_text(self, article_id: int) -> CurrentText:
        (row,) = self._rows(f"{CURRENT_TEXT} WHERE id = ?", article_id)
        return standing(row)

    def pages(self, article_id: int) -> list[StoredPage]:
        """As `Reader.pages`; none where one cannot be had back."""
        rows = self._rows(f"{PAGES} WHERE p.article_id = ? ORDER BY p.part", article_id)
        try:
            return [stored(dict(row) | {"headers": json.loads(row["headers"])}) for row in rows]
        except ValueError:
            return []

    def add_article(self, article: NewArticle, pages: Sequence[NewPage], at: datetime) -> int:
        """`pages` in the order of the text: part 1 and what follows it; none when they are not kept."""
        row = asdict(article) | {"authors": as_json(article.authors), "tags": as_json(article.tags)}
        row |= {"published_at": to_text(article.published_at), "archived_at": to_text(at)}
        article_id = self._insert("articles", row)
        for part, page in enumerate(pages, start=1):
            row = asdict(page) | {"fetched_at": to_text(page.fetched_at), "headers": json.dumps(page.headers)}
            self._insert("pages", {"article_id": article_id, "part": part} | row)
        return article_id

    def add_aliases(self, article_id: int, keys: Iterable[str]) -> None:
        """The article answers to these addresses and guids too; one that another article has stays with that."""
        self._db.executemany(
            "INSERT INTO aliases (key, article_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(key, article_id) for key in keys],
        )

    def add_aliases_of(self, entry_id: int, keys: Iterable[str]) -> None:
        """Likewise, for the article that the entry leads to."""
        (article_id,) = self._db.execute("SELECT article_id FROM entries WHERE id = ?", [entry_id]).fetchone()
        self.add_aliases(article_id, keys)

    def revise(self, article_id: int, revision: NewRevision, at: datetime) -> None:
        """The article's text is this from now on; what it was stays. Its fingerprint has to be made again."""
        self._insert("revisions", {"article_id": article_id} | asdict(revision) | {"archived_at": to_text(at)})
        self._db.execute("UPDATE fingerprints SET version = 0 WHERE article_id = ?", [article_id])
