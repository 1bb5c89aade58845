"""The rows of articles, the addresses they answer to, and the pages they came from."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from storage.content import Content
from storage.copies import Copies
from storage.pages import PAGES, stored
from storage.records import (
    CurrentText,
    EqualText,
    Named,
    NewPage,
    NewRevision,
    PendingEntry,
    StoredPage,
    to_text,
)
from storage.rows import CURRENT_TEXT, as_json, current_text_of

EQUAL = 100  # articles of one text, each of whose titles is compared


class Articles(Copies):
    def named(self, keys: Iterable[str]) -> Named | None:
        """What answers to one of the names (`dedupe.urls.url_key`, `dedupe.aliases`), the eldest of several."""
        row = self._db.execute(
            """SELECT article_id, copy_id FROM aliases WHERE key IN (SELECT value FROM json_each(?))
               ORDER BY article_id LIMIT 1""",
            [as_json(keys)],
        ).fetchone()
        return self.name_of(*row) if row else None

    def article_at(self, keys: Iterable[str]) -> int | None:
        """The article that answers to one of the addresses (`dedupe.urls.url_key`), the eldest if several do."""
        found = self.named(keys)
        return found.article_id if found else None

    def article_named(self, guid_key: str, pending: PendingEntry) -> Named | None:
        """The article that other feeds announced under this guid, with the entry's title and instant.

        Guid and title alone would not do: some feeds have one guid for all, and one title for every day. The
        entry's own feed has been searched when it was polled: a guid of its own that means this article there,
        and not this entry, is one that it gives to many.
        """
        row = self._db.execute(
            """SELECT a.article_id, a.copy_id FROM aliases a WHERE a.key = ?1
               AND EXISTS (SELECT 1 FROM entries e
                           WHERE e.article_id = a.article_id AND e.title = ?3 AND e.published_at = ?4)
               AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.article_id = a.article_id AND +e.feed_id = ?2)""",
            [guid_key, pending.feed_id, pending.title, to_text(pending.published_at)],
        ).fetchone()
        return self.name_of(*row) if row else None

    def equal_texts(self, content_hashes: Iterable[str]) -> list[EqualText]:
        """The articles that have, or had, exactly one of these normalised texts, under each title, the eldest first.

        No more than EQUAL: what so many have is a notice and no article's own.
        """
        rows = self._db.execute(
            """SELECT a.id, t.title, a.site, a.site_name FROM (
                 SELECT id, title FROM articles WHERE content_hash IN (SELECT value FROM json_each(?1))
                 UNION SELECT a.id, a.title FROM revisions r JOIN articles a ON a.id = r.article_id
                   WHERE r.content_hash IN (SELECT value FROM json_each(?1))
                 UNION SELECT article_id, title FROM revisions
                   WHERE content_hash IN (SELECT value FROM json_each(?1)) AND title IS NOT NULL) t
               CROSS JOIN articles a ON a.id = t.id ORDER BY a.id LIMIT ?2""",
            [as_json(content_hashes), EQUAL],
        ).fetchall()
        return [EqualText(own_id, self.current_id(own_id), *of_it) for own_id, *of_it in rows]

    def has_announced(self, feed_id: int, article_ids: Iterable[int], *, besides: int) -> bool:
        """Whether the feed has another entry that one of the articles came of."""
        row = self._db.execute(
            """SELECT 1 FROM entries WHERE article_id IN (SELECT value FROM json_each(?)) AND +feed_id = ? AND id <> ?
               LIMIT 1""",
            [as_json(article_ids), feed_id, besides],
        ).fetchone()
        return row is not None

    def article_url(self, article_id: int) -> str:
        return str(self._db.execute("SELECT url FROM articles WHERE id = ?", [article_id]).fetchone()[0])

    def current_text(self, article_id: int) -> CurrentText | None:
        """None where the article is merged into another."""
        rows = self._rows(f"{CURRENT_TEXT} WHERE id = ?", article_id)
        return current_text_of(rows[0]) if rows else None

    def pages(self, article_id: int) -> list[StoredPage]:
        """As `Reader.pages`; none where one cannot be had back."""
        rows = self._rows(f"{PAGES} WHERE p.article_id = ? ORDER BY p.part", article_id)
        try:
            return [stored(dict(row) | {"headers": json.loads(row["headers"])}) for row in rows]
        except ValueError:
            return []

    def add_article(self, article: Content, pages: Sequence[NewPage], at: datetime) -> int:
        """`pages` in the order of the text: part 1 and what follows it; none when they are not kept."""
        row = article.stored() | {"authors": as_json(article.authors), "tags": as_json(article.tags)}
        row |= {"published_at": to_text(article.published_at), "archived_at": to_text(at)}
        article_id = self._insert("articles", row)
        for part, page in enumerate(pages, start=1):
            row = asdict(page) | {"fetched_at": to_text(page.fetched_at), "headers": json.dumps(page.headers)}
            del row["url"]
            self._insert("pages", {"article_id": article_id, "part": part} | row)
        return article_id

    def add_aliases(self, article_id: int, keys: Iterable[str], copy_id: int | None = None) -> None:
        """The article answers to these addresses and guids too; one that another article has stays with that.

        `copy_id` is the copy of it whose names they are.
        """
        self._db.executemany(
            "INSERT INTO aliases (key, article_id, copy_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [(key, article_id, copy_id) for key in keys],
        )

    def add_aliases_of(self, entry_id: int, keys: Iterable[str]) -> None:
        """Likewise, for what the entry leads to."""
        article_id, copy_id = self._db.execute(
            "SELECT article_id, copy_id FROM entries WHERE id = ?", [entry_id]
        ).fetchone()
        self.add_aliases(article_id, keys, copy_id)

    def revise(self, article_id: int, revision: NewRevision, at: datetime) -> None:
        """The article's text is this from now on; what it was stays. Its fingerprint has to be made again."""
        self._insert("revisions", {"article_id": article_id} | asdict(revision) | {"archived_at": to_text(at)})
        self._db.execute("UPDATE fingerprints SET version = 0 WHERE article_id = ?", [article_id])
