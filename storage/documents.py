"""The table `documents`: the entries of a feed's last document, so that the next poll reads only what is new."""

import struct
from dataclasses import dataclass

from storage.rows import Rows

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
    """A feed's last document. `frame` is the digest of what stands around its entries.

    `version` is that of the way in which entries are read.
    """

    version: int
    frame: bytes
    entries: tuple[DocumentEntry, ...]


class DocumentQueries(Rows):
    def document(self, feed_id: int) -> Document | None:
        """Return the feed's last document. None if the next one must be read whole."""
        row = self._row("SELECT version, frame, entries FROM documents WHERE feed_id = ?", [feed_id])
        if row is None:
            return None
        entries = (DocumentEntry(*fields) for fields in _ENTRY.iter_unpack(row["entries"]))
        return Document(row["version"], row["frame"], tuple(entries))


class DocumentUpdates(DocumentQueries):
    def save_document(self, feed_id: int, document: Document | None) -> None:
        if document is None:
            self.db.execute("DELETE FROM documents WHERE feed_id = ?", [feed_id])
            return
        entries = b"".join(_ENTRY.pack(e.digest, e.id, e.guid, e.page) for e in document.entries)
        self.db.execute(
            "INSERT OR REPLACE INTO documents (feed_id, version, frame, entries) VALUES (?, ?, ?, ?)",
            [feed_id, document.version, document.frame, entries],
        )
