"""The table `documents`: the entries of a feed's last document, so that the next poll reads only what is new."""

import struct
from dataclasses import dataclass

from storage.rows import Rows, as_json

_ENTRY = struct.Struct(">8sqII")


@dataclass(frozen=True, slots=True, order=True)
class DocumentEntry:
    """An entry that is read no more while it stays the same.

    `digest` is of its source, `id` that of its row. `guid` and `page` are checksums of its names, 0 for none.
    """

    digest: bytes
    id: int
    guid: int
    page: int


@dataclass(frozen=True, slots=True)
class Document:
    """A feed's last document. `frame` is the digest of the bytes before and after its entries.

    `version` is that of the way in which entries are read.
    """

    version: int
    frame: bytes
    entries: tuple[DocumentEntry, ...]


class DocumentQueries(Rows):
    def document(self, feed_id: int) -> Document | None:
        """Return the feed's last document, None if the next one must be read in full.

        Entries that lead to one article are left out: which of their rows an entry is found by has to be asked again.
        """
        row = self._row("SELECT version, frame, entries FROM documents WHERE feed_id = ?", [feed_id])
        if row is None:
            return None
        entries = [DocumentEntry(*fields) for fields in _ENTRY.iter_unpack(row["entries"])]
        alike = self._column(
            """SELECT e.id FROM json_each(?) AS own CROSS JOIN entries e ON e.id = own.value
               WHERE e.article_id IS NOT NULL AND EXISTS (
                 SELECT 1 FROM entries WHERE article_id = e.article_id AND +feed_id = e.feed_id AND id <> e.id)""",
            [as_json(each.id for each in entries)],
        )
        return Document(row["version"], row["frame"], tuple(each for each in entries if each.id not in alike))

    def has_document(self, feed_id: int) -> bool:
        return bool(self._rows("SELECT 1 FROM documents WHERE feed_id = ?", [feed_id]))


class DocumentUpdates(DocumentQueries):
    def save_document(self, feed_id: int, document: Document | None) -> None:
        """Save a feed's last document. An equal one is not written again. None: the next one must be read in full."""
        if document is None:
            self.db.execute("DELETE FROM documents WHERE feed_id = ?", [feed_id])
            return
        entries = b"".join(_ENTRY.pack(each.digest, each.id, each.guid, each.page) for each in document.entries)
        self.db.execute(
            """INSERT INTO documents (feed_id, version, frame, entries) VALUES (?, ?, ?, ?)
               ON CONFLICT DO UPDATE SET version = excluded.version, frame = excluded.frame, entries = excluded.entries
               WHERE (version, frame, entries) IS NOT (excluded.version, excluded.frame, excluded.entries)""",
            [feed_id, document.version, document.frame, entries],
        )
