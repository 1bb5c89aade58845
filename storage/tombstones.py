"""The tables `tombstones` and `tombstone_keys`: articles and entries that were forgotten, and the names they had.

A key of a tombstone is never an alias of an article.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.compression import PageTable
from storage.erasure import ErasureUpdates
from storage.records import NewEntry, Outcome, to_text
from storage.rows import Row, Rows, as_json, from_row, to_row

# What an entry keeps when it is forgotten: its names, and what tells it from another entry with its guid.
KEPT = (
    "guid", "url", "canonical_url", "host", "shared_url", "published_at", "published_precision", "updated_at",
    "text_hash",
)  # fmt: skip
CLEAR = """title = NULL, authors = '[]', published_raw = NULL, summary = NULL, content = NULL, language = NULL,
  image_url = NULL, tags = '[]', markup = NULL, media = '[]', rule = NULL, rule_hash = NULL"""

NAMES = """SELECT e.id, e.guid, e.title, e.canonical_url, e.shared_url, e.published_at, e.text_hash,
  e.article_id, e.tombstone_id, f.url AS feed_url FROM entries e JOIN feeds f ON f.id = e.feed_id"""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """`article_id` is None if no article was forgotten, but entries only.

    `erased_at` is when the file was rewritten without the text, None until then.
    """

    id: int
    article_id: int | None
    forgotten_at: datetime
    erased_at: datetime | None

    @property
    def reason(self) -> str:
        return f"forgotten {self.forgotten_at:%Y-%m-%d} by `ingest forget`"


@dataclass(frozen=True, slots=True)
class EntryNames:
    """An entry's names, what tells it from another entry with its guid, and the article that it leads to."""

    id: int
    guid: str
    title: str | None
    canonical_url: str | None
    shared_url: bool
    published_at: datetime | None
    text_hash: str | None
    article_id: int | None
    tombstone_id: int | None
    feed_url: str


class TombstoneQueries(Rows):
    def has_tombstones(self) -> bool:
        return bool(self._rows("SELECT 1 FROM tombstones LIMIT 1"))

    def tombstone_at(self, keys: Iterable[str]) -> Tombstone | None:
        """Return the tombstone with one of the keys, the oldest if several have."""
        return min(self.tombstones_at(keys).values(), key=lambda found: found.id, default=None)

    def tombstones_at(self, keys: Iterable[str]) -> dict[str, Tombstone]:
        """Return the tombstones with one of the keys, by key."""
        if not self.has_tombstones():
            return {}
        rows = self._rows(
            """SELECT k.key, t.* FROM tombstone_keys k JOIN tombstones t ON t.id = k.tombstone_id
               WHERE k.key IN (SELECT value FROM json_each(?))""",
            [as_json(keys)],
        )
        return {row["key"]: from_row(Tombstone, row) for row in rows}

    def tombstone_of(self, article_id: int) -> Tombstone | None:
        """Return the tombstone of the article, None if it was not forgotten."""
        found = self._records(Tombstone, "SELECT * FROM tombstones WHERE article_id = ?", [article_id])
        return found[0] if found else None

    def tombstone_of_copy(self, copy_id: int) -> Tombstone | None:
        """Return the tombstone of the article whose copy this was. This reads all of the change log."""
        article_id = self._value("SELECT article_id FROM changes WHERE kind = 'copy' AND id = ?", [copy_id])
        return None if article_id is None else self.tombstone_of(article_id)

    def forgotten_ids(self) -> list[int]:
        return self._column("SELECT article_id FROM tombstones WHERE article_id IS NOT NULL")

    def tombstone_counts(self) -> dict[str, int]:
        """Count what was forgotten, and how much of it may still have bytes in the file."""
        row = self._row("SELECT count(*) AS forgotten, count(*) - count(erased_at) AS not_erased FROM tombstones")
        assert row
        return dict(row)

    def aliases_of(self, article_ids: Iterable[int]) -> dict[str, int]:
        """Return the articles' aliases, each with its article. This reads all aliases."""
        return self._counts(
            "SELECT key, article_id FROM aliases WHERE article_id IN (SELECT value FROM json_each(?))",
            [as_json(article_ids)],
        )

    def aliased(self, keys: Iterable[str]) -> dict[str, int]:
        """Return which of the keys lead to an article, and to which."""
        return self._counts(
            "SELECT key, article_id FROM aliases WHERE key IN (SELECT value FROM json_each(?))", [as_json(keys)]
        )

    def addresses_on_page(self, url: str) -> list[str]:
        """Return up to five addresses of entries that differ from `url` in their fragment only, but forgotten ones."""
        return self._column(
            """SELECT DISTINCT canonical_url FROM entries
               WHERE canonical_url > ?1 || '#' AND canonical_url < ?1 || '$' AND tombstone_id IS NULL
               ORDER BY 1 LIMIT 5""",
            [url],
        )

    def shared_pages(self, keys: Iterable[str]) -> set[str]:
        """Return those of the keys that are addresses of which articles or tombstones have one with a fragment."""
        return set(
            self._column(
                """SELECT value FROM json_each(?) WHERE value NOT LIKE 'guid:%' AND (
                     EXISTS (SELECT 1 FROM aliases WHERE key > value || '#' AND key < value || '$')
                     OR EXISTS (SELECT 1 FROM tombstone_keys WHERE key > value || '#' AND key < value || '$'))""",
                [as_json(keys)],
            )
        )

    def names_of_entries(self, article_ids: Iterable[int]) -> list[EntryNames]:
        """Return the names of the entries that lead to one of the articles."""
        return self._names("e.article_id IN (SELECT value FROM json_each(?))", article_ids)

    def names_of_forgotten(self, tombstone_ids: Iterable[int]) -> list[EntryNames]:
        """Return the names of the entries that have one of the tombstones."""
        return self._names("e.tombstone_id IN (SELECT value FROM json_each(?))", tombstone_ids)

    def names_with_guids(self, guids: Iterable[str], *, forgotten: bool = False) -> list[EntryNames]:
        """Return the names of the entries of any feed with one of the guids, `forgotten` ones or others."""
        found = self._names(
            """e.id IN (SELECT n.id FROM feeds CROSS JOIN entries n ON n.feed_id = feeds.id
                        WHERE n.guid IN (SELECT value FROM json_each(?)))""",
            guids,
        )
        return [entry for entry in found if (entry.tombstone_id is not None) == forgotten]

    def names_with_paths(self, paths: Iterable[str]) -> list[EntryNames]:
        """Return the names of the entries whose address contains one of the texts, without forgotten ones.

        This reads the index of all addresses: 0.3 s for a million.
        """
        return self._names(
            """e.tombstone_id IS NULL AND e.id IN (
                 SELECT id FROM entries
                 WHERE EXISTS (SELECT 1 FROM json_each(?) WHERE instr(canonical_url, value) > 0))""",
            paths,
        )

    def _names(self, where: str, values: Iterable[object]) -> list[EntryNames]:
        return self._records(EntryNames, f"{NAMES} WHERE {where} ORDER BY e.id", [as_json(values)])

    def copies_to_forget(self, article_ids: Iterable[int]) -> list[int]:
        """Return the copies of the articles, and the copies that the articles were before they were split off."""
        return self._column(
            """WITH gone (id) AS (SELECT value FROM json_each(?))
               SELECT id FROM copies WHERE article_id IN (SELECT id FROM gone)
               UNION SELECT id FROM copies WHERE merged_id IN (SELECT id FROM gone)
               UNION SELECT id FROM copies WHERE split_id IN (SELECT id FROM gone)""",
            [as_json(article_ids)],
        )

    def revisions_to_forget(self, article_ids: Iterable[int]) -> list[int]:
        return self._column(
            "SELECT id FROM revisions WHERE article_id IN (SELECT value FROM json_each(?))", [as_json(article_ids)]
        )

    def count_pages(self, article_ids: Iterable[int], revision_ids: Iterable[int], copy_ids: Iterable[int]) -> int:
        return int(
            self._value(
                """SELECT (SELECT count(*) FROM pages WHERE article_id IN (SELECT value FROM json_each(?1)))
                        + (SELECT count(*) FROM revision_pages WHERE revision_id IN (SELECT value FROM json_each(?2)))
                        + (SELECT count(*) FROM copy_pages WHERE copy_id IN (SELECT value FROM json_each(?3)))""",
                [as_json(article_ids), as_json(revision_ids), as_json(copy_ids)],
            )
        )

    def split_from(self, article_ids: Iterable[int]) -> list[Row]:
        """Return `id` and `url` of the other articles that were copies of these, or that these were copies of."""
        return self._dicts(
            """WITH gone (id) AS (SELECT value FROM json_each(?)),
                 others (id) AS (
                   SELECT split_id FROM copies WHERE article_id IN (SELECT id FROM gone) AND split_id IS NOT NULL
                   UNION SELECT article_id FROM copies WHERE split_id IN (SELECT id FROM gone))
               SELECT id, url FROM articles JOIN others USING (id) WHERE id NOT IN (SELECT id FROM gone) ORDER BY id""",
            [as_json(article_ids)],
        )


class TombstoneUpdates(ErasureUpdates, TombstoneQueries):
    def forget_articles(self, article_ids: Sequence[int], at: datetime) -> list[int]:
        """Take the articles out with their revisions, copies, pages, media and aliases; return their tombstones.

        What leads to them is to be given to a tombstone in the same transaction (`give_to_tombstone`). SQLite
        overwrites the bytes of the rows. A trigger adds the changes.
        """
        self.db.execute("PRAGMA secure_delete = ON")
        self.db.execute("PRAGMA defer_foreign_keys = ON")
        copy_ids, revision_ids = self.copies_to_forget(article_ids), self.revisions_to_forget(article_ids)
        pages: dict[PageTable, Sequence[int]] = {
            "pages": article_ids,
            "revision_pages": revision_ids,
            "copy_pages": copy_ids,
        }
        self.withdraw_dictionaries(pages)
        # The articles go first: their trigger takes the latest texts out of the search index.
        for table, column, ids in (
            ("articles", "id", article_ids),
            ("pages", "article_id", article_ids),
            ("revision_pages", "revision_id", revision_ids),
            ("copy_pages", "copy_id", copy_ids),
            ("media", "article_id", article_ids),
            ("media", "copy_id", copy_ids),
            ("aliases", "article_id", article_ids),
            ("fingerprints", "article_id", article_ids),
            ("shingles", "article_id", article_ids),
            ("copies", "id", copy_ids),
            ("revisions", "id", revision_ids),
        ):
            self.db.execute(
                f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))",  # noqa: S608 (our own names)
                [as_json(ids)],
            )
        return [self.add_tombstone(at, article_id) for article_id in article_ids]

    def add_tombstone(self, at: datetime, article_id: int | None = None) -> int:
        return self._insert("tombstones", {"article_id": article_id, "forgotten_at": to_text(at)})

    def give_to_tombstone(self, entry_ids: Collection[int], tombstone_id: int, reason: str) -> None:
        """End the entries as refused and clear them of their text. Their names and instants stay.

        The next poll of each feed reads it in full, as an entry that is not read cannot be recognised.
        """
        self.db.execute("PRAGMA secure_delete = ON")
        self.db.execute("DELETE FROM documents")
        self.db.execute(
            "DELETE FROM rechecks_due WHERE entry_id IN (SELECT value FROM json_each(?))", [as_json(entry_ids)]
        )
        self.db.execute(
            f"""UPDATE entries SET outcome = ?, reason = ?, tombstone_id = ?, article_id = NULL, copy_id = NULL,
                  due_at = NULL, {CLEAR}
                WHERE id IN (SELECT value FROM json_each(?))""",  # noqa: S608 (our own names)
            [Outcome.REFUSED, reason, tombstone_id, as_json(entry_ids)],
        )

    def add_tombstone_keys(self, tombstone_id: int, keys: Iterable[str]) -> None:
        """Let these addresses and guids never bring back what was forgotten. Aliases of articles are left out."""
        added = self.db.executemany(
            """INSERT INTO tombstone_keys (key, tombstone_id) SELECT ?1, ?2
               WHERE NOT EXISTS (SELECT 1 FROM aliases WHERE key = ?1) ON CONFLICT DO NOTHING""",
            [(key, tombstone_id) for key in keys],
        )
        if added.rowcount > 0:
            self.db.execute("DELETE FROM documents")

    def add_forgotten_entry(self, feed_id: int, entry: NewEntry, tombstone: Tombstone, at: datetime) -> None:
        """Add an entry that announces again what was forgotten. It has ended, and its text is not stored."""
        row = {name: value for name, value in to_row(entry).items() if name in KEPT}
        ended = {"outcome": Outcome.REFUSED, "reason": tombstone.reason, "tombstone_id": tombstone.id}
        seen = dict.fromkeys(("first_seen_at", "last_seen_at"), to_text(at))
        self._insert("entries", {"feed_id": feed_id} | row | ended | seen)
