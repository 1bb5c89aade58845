"""The tables `articles`, `revisions` (their later texts) and `aliases` (the addresses and guids they answer to)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from storage.content import NOT_STORED, REVISED, Cause, Content, CurrentText, TextMatch
from storage.copies import CopyQueries
from storage.labels import LabelUpdates
from storage.media import MediaUpdates
from storage.pages import NewPage, PageUpdates
from storage.records import AliasTarget, PendingEntry, to_text
from storage.rows import Row, as_json, to_row

MAX_MATCHES = 100  # articles with one text: each one's title is compared; a text of more articles is a notice
BATCH = 100  # rows of a query: no long read keeps SQLite's log from being emptied
"""Also how many texts of a site are compared when its boilerplate is learned: each with its neighbours in time."""

CURRENT_TEXT = """SELECT id, url, site, title, body, body_from, words, content_hash, extractor, markdown, access,
  access_reason, (SELECT max(id) FROM revisions WHERE article_id = a.id) AS revision_id,
  EXISTS (SELECT 1 FROM revisions WHERE article_id = a.id AND cause = 'edit')
    OR EXISTS (SELECT 1 FROM entries WHERE article_id = a.id AND outcome = 'revised') AS edited
  FROM current_articles a"""


class ArticleQueries(CopyQueries):
    def article_at(self, keys: Iterable[str]) -> int | None:
        """Return the article with one of the aliases, the oldest if several have."""
        found = self.alias_target(keys)
        return found.article_id if found else None

    def alias_target(self, keys: Iterable[str]) -> AliasTarget | None:
        """Return what one of the aliases (`dedupe.urls.url_key`, `dedupe.aliases`) leads to, the oldest of several."""
        row = self._row(
            """SELECT article_id, copy_id FROM aliases WHERE key IN (SELECT value FROM json_each(?))
               ORDER BY article_id LIMIT 1""",
            [as_json(keys)],
        )
        return self.current_target(*row) if row else None

    def guid_target(self, guid_key: str, pending: PendingEntry) -> AliasTarget | None:
        """Return the article that other feeds announced with this guid and with the entry's title and instant.

        Guid and title alone would not do: some feeds have one guid for all, and one title for every day. The
        entry's own feed was searched when it was polled. If a guid of that feed leads to the article, and not to
        this entry, the feed gives that guid to many.
        """
        row = self._row(
            """SELECT a.article_id, a.copy_id FROM aliases a WHERE a.key = ?1
               AND EXISTS (SELECT 1 FROM entries e
                           WHERE e.article_id = a.article_id AND e.title = ?3 AND e.published_at = ?4)
               AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.article_id = a.article_id AND +e.feed_id = ?2)""",
            [guid_key, pending.feed_id, pending.title, to_text(pending.published_at)],
        )
        return self.current_target(*row) if row else None

    def text_matches(self, content_hashes: Iterable[str]) -> list[TextMatch]:
        """Return the articles that have, or had, exactly one of these texts, under each title, the oldest first."""
        rows = self._rows(
            """SELECT a.id, t.title, a.site, a.site_name FROM (
                 SELECT id, title FROM articles WHERE content_hash IN (SELECT value FROM json_each(?1))
                 UNION SELECT a.id, a.title FROM revisions r JOIN articles a ON a.id = r.article_id
                   WHERE r.content_hash IN (SELECT value FROM json_each(?1))
                 UNION SELECT article_id, title FROM revisions
                   WHERE content_hash IN (SELECT value FROM json_each(?1)) AND title IS NOT NULL) t
               CROSS JOIN articles a ON a.id = t.id ORDER BY a.id LIMIT ?2""",
            [as_json(content_hashes), MAX_MATCHES],
        )
        return [TextMatch(own_id, self.current_id(own_id), *columns) for own_id, *columns in rows]

    def article_url(self, article_id: int) -> str:
        return str(self._value("SELECT url FROM articles WHERE id = ?", [article_id]))

    def current_text(self, article_id: int) -> CurrentText | None:
        """Return the article's latest text, None if it is merged into another."""
        found = self._current_texts("id = ?", article_id)
        return found[0] if found else None

    def current_texts_of(self, article_ids: Iterable[int]) -> list[CurrentText]:
        """Return the latest texts of those of the articles that are not merged into others."""
        return self._current_texts("id IN (SELECT value FROM json_each(?))", as_json(article_ids))

    def current_texts(self, site: str, *, since: str | None) -> Iterator[CurrentText]:
        """Yield the latest texts of the site's articles that were archived at or after `since`, ids ascending."""
        after = 0
        where = "site = ?1 AND id > ?2 AND (?3 IS NULL OR archived_at >= ?3) ORDER BY id LIMIT ?4"
        while found := self._current_texts(where, site, after, since, BATCH):
            yield from found
            after = found[-1].id

    def _current_texts(self, where: str, *parameters: object) -> list[CurrentText]:
        return self._records(CurrentText, f"{CURRENT_TEXT} WHERE {where}", parameters)

    def newest_articles(self, count: int) -> Iterator[Row]:
        """Yield the last `count` articles with their latest text, ids descending."""
        before = None
        while count > 0 and (
            rows := self._dicts(
                "SELECT * FROM current_articles WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2",
                [before, min(count, BATCH)],
            )
        ):
            yield from rows
            count, before = count - len(rows), rows[-1]["id"]

    def texts(self, article_id: int) -> list[Row]:
        """Return all texts of the article, the first first: `revision_id` (None for the first), `title`, `body`,
        `archived_at`.
        """
        return self._dicts(
            """SELECT NULL AS revision_id, title, body, archived_at FROM articles WHERE id = ?1
               UNION ALL SELECT * FROM (SELECT r.id, coalesce(r.title, a.title), r.body, r.archived_at
                 FROM revisions r JOIN articles a ON a.id = r.article_id WHERE a.id = ?1 ORDER BY r.id)""",
            [article_id],
        )

    def first_bodies(self, site: str) -> Iterator[list[str]]:
        """Yield the first text of each article of the site, a batch at a time, ids ascending."""
        after = 0
        while rows := self._rows(
            "SELECT id, body FROM articles WHERE site = ? AND id > ? ORDER BY id LIMIT ?", [site, after, BATCH]
        ):
            yield [row["body"] for row in rows]
            after = rows[-1]["id"]

    def last_bodies(self, site: str, count: int) -> list[str]:
        """Return the first texts of the site's last `count` articles, the newest first."""
        return self._column("SELECT body FROM articles WHERE site = ? ORDER BY id DESC LIMIT ?", [site, count])

    def sites(self, *, since: str | None = None, site: str | None = None) -> list[str]:
        """Return the sites of the articles archived at or after `since`, or only `site` if it has any."""
        return self._column(
            """SELECT DISTINCT site FROM articles
               WHERE (?1 IS NULL OR archived_at >= ?1) AND (?2 IS NULL OR site = ?2) ORDER BY site""",
            [since, site],
        )


class ArticleUpdates(PageUpdates, MediaUpdates, LabelUpdates, ArticleQueries):
    def add_article(self, article: Content, pages: Sequence[NewPage], at: datetime) -> int:
        """Archive the article with its media, and its raw pages in the order of its text. Return its id."""
        article_id = self._insert("articles", to_row(article, exclude=NOT_STORED) | {"archived_at": to_text(at)})
        self.add_pages(article_id, pages)
        self.add_media(article_id, article.media)
        self.add_labels(article_id, "tag", article.tags)
        self.add_labels(article_id, "author", article.authors)
        return article_id

    def add_aliases(self, article_id: int, keys: Iterable[str], copy_id: int | None = None) -> None:
        """Let these addresses and guids lead to the article, or to its copy.

        One that another article has, or that was forgotten, stays what it is.
        """
        self.db.executemany(
            """INSERT INTO aliases (key, article_id, copy_id) SELECT ?1, ?2, ?3
               WHERE NOT EXISTS (SELECT 1 FROM tombstone_keys WHERE key = ?1) ON CONFLICT DO NOTHING""",
            [(key, article_id, copy_id) for key in keys],
        )

    def add_aliases_of(self, entry_id: int, keys: Iterable[str]) -> None:
        """Let these addresses and guids lead to what the entry leads to."""
        row = self._row("SELECT article_id, copy_id FROM entries WHERE id = ?", [entry_id])
        assert row
        self.add_aliases(row["article_id"], keys, row["copy_id"])

    def revise(
        self, article_id: int, text: Content, at: datetime, *, cause: Cause = "edit", pages: Sequence[NewPage] = ()
    ) -> None:
        """Add a later text of the article, with its media and the pages fetched for it.

        The article's fingerprint becomes out of date.
        """
        row = {name: getattr(text, name) for name in REVISED}
        row |= {"article_id": article_id, "archived_at": to_text(at), "cause": cause}
        revision_id = self._insert("revisions", row)
        self.add_pages(revision_id, pages, table="revision_pages")
        self.add_media(article_id, text.media, revision_id=revision_id)
        self.db.execute("UPDATE fingerprints SET version = 0 WHERE article_id = ?", [article_id])

    def add_markdown(self, text: CurrentText, content: Content) -> None:
        """Give an article's latest text its Markdown, and access and media if it has none. What it has stays."""
        table, id_ = ("articles", text.id) if text.revision_id is None else ("revisions", text.revision_id)
        self.db.execute(
            f"""UPDATE {table} SET markdown = ?, access = coalesce(access, ?),
                  access_reason = iif(access IS NULL, ?, access_reason) WHERE id = ? AND markdown IS NULL""",  # noqa: S608 (one of two names)
            [content.markdown, content.access, content.access_reason, id_],
        )
        if not self.media(text.id):
            self.add_media(text.id, content.media, revision_id=text.revision_id)
