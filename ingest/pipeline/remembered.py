"""What the next poll of a feed need not read: entries that it would find as their rows are, whatever else is there."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ingest.dedupe.aliases import name_checksums
from ingest.feeds.edits import Edits
from ingest.feeds.identity import Matches
from ingest.feeds.parsed import ParsedFeed
from ingest.workers.tasks import READING_VERSION
from storage.documents import Document, DocumentEntry
from storage.records import NewEntry


def same_entries(parsed: ParsedFeed, last: Document | None) -> list[DocumentEntry]:
    """Return the entries of the last document that the document has too, and that were not read."""
    known = {each.digest: each for each in last.entries} if last else {}
    return [known[digest] for digest in parsed.same]


def settled(found: Matches, new_ids: Sequence[int], edited: Edits) -> dict[NewEntry, int]:
    """Return the rows of the entries that have the names of their row, and no change that waits.

    `new_ids` are the rows of the new entries.
    """
    rows = dict(zip(found.new, new_ids, strict=True))
    for known, entry in found.seen.values():
        if (known.guid, known.canonical_url) == (entry.guid, entry.canonical_url):
            rows[entry] = known.id
    for _, entry in edited.later:
        rows.pop(entry, None)
    return {entry: row for entry, row in rows.items() if entry in found.alone and entry.text_hash}


def document_of(
    parsed: ParsedFeed,
    addressed: Iterable[NewEntry],
    rows: Mapping[NewEntry, int],
    same: Iterable[DocumentEntry],
    feed_url: str,
) -> Document | None:
    """Return the document for the next poll, None if that must read it in full.

    `addressed` are its entries as they are recorded, and `rows` those of the settled ones. An entry that shares a name
    with another one of the document is read again: what becomes of it depends on the other.
    """
    if not parsed.frame:
        return None
    names = [name_checksums(entry.url, entry.guid, feed_url) for entry in parsed.entries]
    uses = Counter(name for pair in names for name in pair if name)
    kept = [*same]
    for entry, own, digest, pair in zip(parsed.entries, addressed, parsed.digests, names, strict=True):
        is_named = bool(own.guid or own.canonical_url)
        if own in rows and is_named and not entry.shared_url and all(uses[name] <= 1 for name in pair):
            kept.append(DocumentEntry(digest, rows[own], *pair))
    return Document(READING_VERSION, parsed.frame, tuple(sorted(kept)))
