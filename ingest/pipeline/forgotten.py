"""What was forgotten stays forgotten: a poll gives it no text, and no new name brings it back."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from ingest.dedupe.aliases import alias_keys, guid_key, is_unique
from ingest.dedupe.urls import url_key
from storage.archive import Archive
from storage.feed_records import DueFeed
from storage.reader import Queries
from storage.records import KnownEntry, NewEntry
from storage.tombstones import EntryNames, Tombstone

MAX_APART = timedelta(days=1)  # between the feed's instant of an article and that of its page, or of another feed


def leave_out_forgotten(
    archive: Archive, feed: DueFeed, entries: Sequence[NewEntry], known: Sequence[KnownEntry], at: datetime
) -> tuple[list[NewEntry], list[KnownEntry]]:
    """Return a document's entries, and the known ones, without those that were forgotten: they are recorded here."""
    if not archive.has_tombstones():
        return [*entries], [*known]
    others: list[NewEntry] = []
    taken, added = set[int](), set[str]()
    for entry, (keys, tombstone) in zip(entries, recognised(archive, entries, feed.url), strict=True):
        if tombstone is None:
            others.append(entry)
            continue
        same = [row for row in known if _is_same(entry, row, keys, feed.url)]
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


def recognised(
    archive: Queries, entries: Sequence[NewEntry], feed_url: str
) -> list[tuple[list[str], Tombstone | None]]:
    """Return by which keys each entry of a document is recognised, and its tombstone if it was forgotten.

    An entry whose address leads to an archived article was not forgotten, whatever its guid, unless several entries
    share that page. The address of such a page is no key of any, nor is a guid of several entries of the document.
    """
    names = {key for entry in entries for key in alias_keys(entry.canonical_url, entry.guid, feed_url)}
    tombstones = archive.tombstones_at(names)
    if not tombstones:
        return [([], None)] * len(entries)
    aliases = archive.aliased(names)
    shared = archive.shared_pages(names - tombstones.keys())
    uses = Counter(guid_key(entry.guid, feed_url) for entry in entries)
    forgotten = archive.names_with_guids({entry.guid for entry in entries if entry.guid}, forgotten=True)
    found: list[tuple[list[str], Tombstone | None]] = []
    for entry in entries:
        at_url = url_key(entry.canonical_url) if entry.canonical_url else None
        guid = guid_key(entry.guid, feed_url)
        tombstone = tombstones.get(at_url or "")
        if tombstone is None and guid in tombstones and (at_url not in aliases or at_url in shared):
            is_other = is_another(entry, feed_url, forgotten, is_repeated=uses[guid] > 1)
            tombstone = None if is_other else tombstones[guid]
        keys = [key for key in (at_url, guid) if key and key not in shared and (key == at_url or uses[key] == 1)]
        found.append((keys, tombstone))
    return found


def is_another(
    entry: NewEntry | EntryNames, feed_url: str, others: Iterable[EntryNames], *, is_repeated: bool = False
) -> bool:
    """Return whether an entry is another article than those of `others` that have its guid.

    It is if its instant is another, or without one its text. A guid that is unique by its form is believed alone. So is
    that of an entry without an address of its own. `is_repeated`: others of its document have the guid too. Then only
    the text counts.
    """
    guid = guid_key(entry.guid, feed_url)
    namesakes = [other for other in others if guid_key(other.guid, other.feed_url) == guid]
    if not is_repeated and (is_unique(entry.guid) or entry.canonical_url is None or entry.shared_url):
        return False
    return _differs(entry, namesakes, in_instant=not is_repeated)


def dated_otherwise(published_at: datetime | None, forgotten: Iterable[EntryNames]) -> bool:
    """Return whether an article was published at another time than the forgotten entries say."""
    instants = [entry.published_at for entry in forgotten if entry.published_at]
    return published_at is not None and bool(instants) and all(abs(published_at - at) > MAX_APART for at in instants)


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


def _is_same(entry: NewEntry, row: KnownEntry, keys: Collection[str], feed_url: str) -> bool:
    """Return whether a known entry of the feed is this one, which is recognised by the keys."""
    if row.canonical_url and url_key(row.canonical_url) in keys:
        return True
    by_guid = guid_key(row.guid, feed_url) in keys
    return by_guid and (is_unique(row.guid) or entry.shared_url or not _differs(entry, [row]))


def _differs(entry: NewEntry | EntryNames, rows: Sequence[EntryNames | KnownEntry], *, in_instant: bool = True) -> bool:
    instants = {row.published_at for row in rows if row.published_at}
    if in_instant and entry.published_at and instants:
        return entry.published_at not in instants
    if entry.title and entry.title in {row.title for row in rows}:
        return False
    hashes = {row.text_hash for row in rows}
    return None not in {entry.text_hash, *hashes} and entry.text_hash not in hashes
