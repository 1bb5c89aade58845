"""What a document announces: its entries, matched with the known ones and recorded.

An entry that is byte for byte as the last document had it was not read. It is seen again, and nothing else is asked.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import NamedTuple

from ingest.dedupe.aliases import alias_keys, guid_key, under_other_scheme
from ingest.dedupe.urls import canonical_url, url_key
from ingest.feeds.edits import edits
from ingest.feeds.identity import MIN_REISSUED, count_reissued, match_entries
from ingest.feeds.parsed import ParsedFeed
from ingest.hosts import host_key
from ingest.pipeline.forgotten import leave_out_forgotten
from ingest.pipeline.gaps import record_gaps
from ingest.pipeline.remembered import document_of, same_entries, settled
from storage.archive import Archive
from storage.documents import Document
from storage.feed_records import DueFeed
from storage.records import KnownEntry, NewEntry


class Recorded(NamedTuple):
    """How many entries of a document are new, how many of these were not issued before under other names, and a warning
    if too many are new or edited at once.
    """

    new: int
    fresh: int
    warning: str | None


def record_entries(
    archive: Archive, feed: DueFeed, parsed: ParsedFeed, at: datetime, last: Document | None = None
) -> Recorded:
    """Record a document's entries. `last` is the document before, by which it was parsed."""
    same = same_entries(parsed, last)
    may_be_forgotten = bool(same) and not archive.has_document(feed.id)  # since the document was parsed
    addressed = [_addressed(entry, feed) for entry in parsed.entries]
    entries, known = leave_out_forgotten(archive, feed, addressed, _known(archive, feed, addressed), at)
    own_guid_key = partial(guid_key, feed_url=feed.url)
    found = match_entries(entries, known, guid_key=own_guid_key, url_key=url_key, same=[each.id for each in same])
    archive.mark_seen([*found.seen, *found.same], at)
    for entry_id in found.moved:
        archive.readdress(entry_id, found.seen[entry_id][1], at)
    for entry_id, entry in found.renamed:
        archive.add_aliases_of(entry_id, alias_keys(entry.canonical_url, entry.guid, feed.url))
    count = 0
    if len(found.new) >= MIN_REISSUED:
        titles = {entry.title for entry in found.new if entry.title}
        count = count_reissued(found, archive.feed_history(feed.id, titles, count=MIN_REISSUED))
    new_ids = archive.add_entries(feed.id, found.new, at, reissued=count > 0)
    compared = [(known, entry) for known, entry in found.seen.values() if known.id not in found.moved]
    edited = edits(compared, at, same=len(same))
    archive.save_text_hashes([*edited.noted, *((known, entry) for known, entry, _ in edited.rechecks)])
    for known_entry, entry, due_at in edited.rechecks:
        again = archive.reopen if known_entry.open else archive.schedule_recheck
        again(known_entry.id, entry, due_at)
    forgotten = len(addressed) - len(entries)
    record_gaps(archive, feed, parsed, found, at, forgotten=forgotten, reissued=count > 0)
    if not may_be_forgotten:
        rows = settled(found, new_ids, edited)
        archive.save_document(feed.id, document_of(parsed, addressed, rows, same, feed.url))
    warning = f"{count} of its {len(entries) + len(same)} entries have turned new at once: perhaps issued again"
    warning = "; ".join(filter(None, (f"{warning} under other names" if count else None, edited.note)))
    return Recorded(len(found.new), len(found.new) - count, warning or None)


def _known(archive: Archive, feed: DueFeed, entries: Sequence[NewEntry]) -> list[KnownEntry]:
    """Return the feed's entries that have a name in common with one of the document."""
    guids = {entry.guid for entry in entries if entry.guid}
    urls = {entry.canonical_url for entry in entries if entry.canonical_url}
    return archive.known_entries(
        feed.id,
        guids | set(map(under_other_scheme, guids)),
        urls | set(map(under_other_scheme, urls)),
        (key for entry in entries for key in alias_keys(entry.canonical_url, entry.guid, feed.url)),
    )


def _addressed(entry: NewEntry, feed: DueFeed) -> NewEntry:
    """Address an entry by its link, or inside its feed if it has a text and no link."""
    text = entry.content or entry.summary
    if entry.url is None and text:
        own = blake2b(f"{entry.guid}\n{entry.title}\n{text}".encode(errors="replace"), digest_size=4).hexdigest()
        entry = replace(entry, url=f"{feed.url}#entry-{own}", shared_url=True)
    url = canonical_url(entry.url, keep_fragment=entry.shared_url) if entry.url else None
    return replace(entry, canonical_url=url, host=host_key(url or feed.url))
