"""What is left of a text after its rows have gone: dictionaries that are one of its pages, search index, statistics.

They are taken out in short transactions. A run that ends at any instant is run again.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b

from storage.compression import MAX_DICTIONARY_BYTES, PackedPage, PageTable, compress, decompress
from storage.pages import OWNERS, PageUpdates
from storage.records import to_text
from storage.rows import as_json

PAGE_BATCH = 32  # pages of a withdrawn dictionary, compressed again in one transaction
MERGED_PAGES = 2000  # of the search index, in one transaction: about 8 MB


class ErasureUpdates(PageUpdates):
    def withdraw_dictionaries(self, owners: Mapping[PageTable, Iterable[int]]) -> None:
        """Mark the dictionaries that are one of the pages of these articles, revisions and copies.

        No later page uses them.
        """
        digests: set[bytes] = set()
        for table, owner_ids in owners.items():
            for page in self.packed_pages(table, owner_ids):
                with suppress(ValueError):  # it is damaged
                    digests.add(_digest(decompress(page)[:MAX_DICTIONARY_BYTES]))
        of_sites = self._column(
            """SELECT id FROM dictionaries WHERE dictionary <> x'' AND site IN (
                 SELECT site FROM articles WHERE id IN (SELECT value FROM json_each(?))
                 UNION SELECT site FROM copies WHERE id IN (SELECT value FROM json_each(?)))""",
            [as_json(owners["pages"]), as_json(owners["copy_pages"])],
        )
        for id_ in of_sites:
            content = self._value("SELECT dictionary FROM dictionaries WHERE id = ?", [id_])
            with suppress(ValueError):
                if _digest(decompress(PackedPage(id_, 1, content))) in digests:
                    self.db.execute("UPDATE dictionaries SET withdrawn = 1 WHERE id = ?", [id_])

    def drop_withdrawn_dictionaries(self) -> bool:
        """Compress up to PAGE_BATCH pages without their withdrawn dictionary. Drop dictionaries without pages.

        Return whether pages are left.
        """
        self.db.execute("PRAGMA secure_delete = ON")
        for id_ in self._column("SELECT id FROM dictionaries WHERE withdrawn = 1"):
            for table, owner in OWNERS.items():
                owner_ids = self._column(
                    f"SELECT {owner} FROM {table} WHERE dictionary_id = ? LIMIT ?",  # noqa: S608 (our own names)
                    [id_, PAGE_BATCH],
                )
                if owner_ids:
                    pages = (page for page in self.packed_pages(table, owner_ids) if _uses(page, id_))
                    self.replace_pages(map(_alone, pages), None)
                    return True
            self.db.execute("DELETE FROM dictionaries WHERE id = ?", [id_])
        return False

    def drop_samples(self) -> None:
        """Drop the samples of index keys, such as authors, that some builds of SQLite keep. Its counts stay.

        See https://sqlite.org/fileformat2.html#the_sqlite_stat4_table.
        """
        self.db.execute("PRAGMA secure_delete = ON")
        for name in self._column("SELECT name FROM sqlite_schema WHERE name IN ('sqlite_stat3', 'sqlite_stat4')"):
            self.db.execute(f"DELETE FROM {name}")  # noqa: S608 (one of the two)

    def merge_search_index(self, *, begin: bool) -> bool:
        """Merge a piece of the search index into one segment: the others have the words of deleted texts.

        Return whether another piece is left. See https://sqlite.org/fts5.html#the_merge_command.
        """
        self.db.execute("PRAGMA secure_delete = ON")
        before = self.db.total_changes
        pages = -MERGED_PAGES if begin else MERGED_PAGES
        self.db.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('merge', ?)", [pages])
        return self.db.total_changes - before >= 2  # noqa: PLR2004 (FTS5's sign that work was done)

    def mark_erased(self, at: datetime) -> None:
        """Record that the file has no byte of what was forgotten so far."""
        self.db.execute("UPDATE tombstones SET erased_at = ? WHERE erased_at IS NULL", [to_text(at)])


def _uses(page: PackedPage, dictionary_id: int) -> bool:
    return page.dictionary is not None and page.dictionary.id == dictionary_id


def _alone(page: PackedPage) -> PackedPage:
    """Return the page compressed alone. A damaged one stays as it is: it could not be read before."""
    html = page.html
    with suppress(ValueError):
        html, _ = compress(decompress(page), None)
    return PackedPage(page.owner_id, page.part, html, None, page.table)


def _digest(page: bytes) -> bytes:
    return blake2b(page).digest()
