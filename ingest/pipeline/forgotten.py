"""What was forgotten stays forgotten: a poll gives it no text, and no new name brings it back."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from ingest.dedupe.aliases import alias_keys, guid_key
from ingest.dedupe.urls import url_key
from storage.archive import Archive
from storage.reader import Queries
from storage.records import DueFeed, KnownEntry, NewEntry


def set_apart(
    archive: Archive, feed: DueFeed, entries: Sequence[NewEntry], known: Sequence[KnownEntry], at: datetime
) -> tuple[list[NewEntry], list[KnownEntry]]:
    """Record the entries of a document that were forgotten, without their text. Return all others, and the known ones.

    An entry whose address leads to an archived article was not forgotten, whatever its guid. A guid of several entries
    of the document identifies none.
    """
    if not archive.has_tombstones():
        return [*entries], [*known]
    names = {id(entry): alias_keys(entry.canonical_url, entry.guid, feed.url) for entry in entries}
    tombstones = archive.tombstones_at(key for keys in names.values() for key in keys)
    if not tombstones:
        return [*entries], [row for row in known if not row.forgotten]
    uses = Counter(guid_key(entry.guid, feed.url) for entry in entries)
    aliases = archive.aliased(key for keys in names.values() for key in keys)
    others: list[NewEntry] = []
    taken, added = set[int](), set[str]()
    for entry in entries:
        at_url = url_key(entry.canonical_url) if entry.canonical_url else None
        keys = [key for key in names[id(entry)] if key == at_url or uses[key] == 1]
        tombstone = None if at_url in aliases else next(filter(None, map(tombstones.get, keys)), None)
        if tombstone is None:
            others.append(entry)
            continue
        same = [row for row in known if not set(_names(row, feed)).isdisjoint(keys)]
        archive.mark_seen([row.id for row in same], at)
        if not same and added.isdisjoint(keys):
            archive.add_forgotten_entry(feed.id, entry, tombstone, at)
        added.update(keys)
        unended = [row.id for row in same if row.open and not row.forgotten]
        if unended:
            archive.give_to_tombstone(unended, tombstone.id, tombstone.reason)
            taken.update(unended)
        archive.add_tombstone_keys(tombstone.id, own_names(archive, keys, [entry.guid]))
    return others, [row for row in known if not row.forgotten and row.id not in taken]


def own_names(
    archive: Queries, keys: Iterable[str], guids: Iterable[str], article_ids: Collection[int] = ()
) -> set[str]:
    """Return the keys without those of articles other than `article_ids`. `guids` are the guids behind the keys.

    Some feeds have one guid for several articles, which is then no name of any.
    """
    found = set(keys)
    others = {key for key, article_id in archive.aliased(found).items() if article_id not in article_ids}
    for entry in archive.names_with_guids(filter(None, guids)):
        if entry.article_id is not None and entry.article_id not in article_ids:
            others.add(guid_key(entry.guid, entry.feed_url) or "")
    return found - others


def _names(row: KnownEntry, feed: DueFeed) -> list[str]:
    return alias_keys(row.canonical_url, row.guid, feed.url)
