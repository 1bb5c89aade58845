"""Taking articles out of the archive for good.

    find       what an address leads to: the article, what was merged into it, its copies, and the entries of them all
    forget     take it out in one transaction, and leave a tombstone
    erase      take its last bytes out of the file: dictionaries, search index, statistics, free space, SQLite's log

Whatever instant a run ends at, the article is there or gone; `erase` is done by the next run.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ingest.dedupe.aliases import alias_keys, guid_key
from ingest.dedupe.urls import canonical_url, url_key
from ingest.errors import IngestError
from ingest.pipeline.forgotten import is_another, own_names
from storage.archive import Archive
from storage.reader import Queries
from storage.tombstones import EntryNames, Tombstone


@dataclass(frozen=True, slots=True)
class ToForget:
    """What goes with the address `url`: the first of `article_ids` is the article that it leads to, if there is one.

    `keys` has the names that shall never bring it back, each with the article that had it. `stays` are articles that
    were split off from it, or it from them.
    """

    url: str
    article_ids: list[int]
    entries: list[EntryNames]
    keys: dict[str, int | None]
    counts: dict[str, int]
    stays: list[dict[str, Any]] = field(default_factory=list)
    title: str | None = None


def find(url: str, archive: Queries) -> ToForget | Tombstone:
    """Return what is to be forgotten, or the tombstone of what was forgotten before. Raises IngestError."""
    canonical, whole = canonical_url(url) or url, canonical_url(url, keep_fragment=True) or url
    shared = archive.addresses_on_page(canonical)
    for address in dict.fromkeys((whole, canonical)):  # an entry of a page that several share has a fragment
        found = _at_address(address, archive)
        if found and not (address == canonical and len(shared) > 1 and _is_on(canonical, found, archive)):
            return found
    if shared:
        raise IngestError(f"{canonical}: several articles share this page; name one of them: {', '.join(shared)}")
    raise IngestError(f"{canonical}: no article has this address, and no feed has announced it; nothing is forgotten")


def _is_on(page: str, found: ToForget | Tombstone, archive: Queries) -> bool:
    """Return whether an article has an address on the page, and not the page's own."""
    if not isinstance(found, ToForget) or not found.article_ids:
        return False
    return archive.article_url(found.article_ids[0]).startswith(f"{page}#")


def _at_address(url: str, archive: Queries) -> ToForget | Tombstone | None:
    key = url_key(url)
    at_address = _entries_at({key}, archive)
    found = archive.alias_target([key])
    led = [entry.article_id for entry in at_address if entry.article_id is not None]
    article_id = found.article_id if found else archive.current_id(led[0]) if led else None
    if article_id is not None:
        article_ids = archive.with_merged(article_id)
        entries = archive.names_of_entries(article_ids)
        return _to_forget(url, article_ids, dict(archive.aliases_of(article_ids)), entries, archive)
    return _to_forget(url, [], {key: None}, at_address, archive) if at_address else archive.tombstone_at([key])


def forget(found: ToForget, archive: Archive, now: datetime) -> list[int]:
    """Take it out, inside a transaction. Return the ids of its tombstones."""
    tombstones = archive.forget_articles(found.article_ids, now) or [archive.add_tombstone(now)]
    of_article: dict[int | None, int] = dict(zip(found.article_ids, tombstones, strict=False))
    reason = Tombstone(tombstones[0], None, now, None).reason
    for article_id in {entry.article_id for entry in found.entries}:
        entry_ids = [entry.id for entry in found.entries if entry.article_id == article_id]
        archive.give_to_tombstone(entry_ids, of_article.get(article_id, tombstones[0]), reason)
    for key, article_id in found.keys.items():
        archive.add_tombstone_keys(of_article.get(article_id, tombstones[0]), [key])
    return tombstones


def erase(archive: Archive, now: datetime) -> bool:
    """Take what is left of forgotten texts out of the file. Return False if another program's read prevents that."""
    with archive.transaction():
        archive.drop_samples()
    left = True
    while left:
        with archive.transaction():
            left = archive.drop_withdrawn_dictionaries()
    begin = left = True
    while left:
        with archive.transaction():
            left = archive.merge_search_index(begin=begin)
        begin = False
    if not archive.rewrite():
        return False
    with archive.transaction():
        archive.mark_erased(now)
    return True


def _to_forget(
    url: str, article_ids: list[int], names: dict[str, int | None], found: list[EntryNames], archive: Queries
) -> ToForget:
    """Return what goes with these articles and entries: other entries of their names too, if they led to no article."""
    entries = {entry.id: entry for entry in found}
    names = {name: entry.article_id for entry in found for name in _names(entry)} | names
    guids = {entry.guid for entry in found if entry.guid}
    keys = own_names(archive, names, guids, article_ids)
    for entry in (*_entries_at(keys, archive), *archive.names_with_guids(guids)):
        is_at = entry.canonical_url is not None and url_key(entry.canonical_url) in keys
        by_guid = guid_key(entry.guid, entry.feed_url) in keys
        if entry.article_id is None and (is_at or (by_guid and not is_another(entry, entry.feed_url, found))):
            entries[entry.id] = entry
    names = {name: entry.article_id for entry in entries.values() for name in _names(entry)} | names
    keys = own_names(archive, names, {entry.guid for entry in entries.values()}, article_ids)
    copy_ids, revision_ids = archive.copies_to_forget(article_ids), archive.revisions_to_forget(article_ids)
    counts = {
        "articles": len(article_ids),
        "revisions": len(revision_ids),
        "copies": len(copy_ids),
        "pages": archive.count_pages(article_ids, revision_ids, copy_ids),
        "entries": len(entries),
    }
    current = archive.current_text(article_ids[0]) if article_ids else None
    return ToForget(
        url,
        article_ids,
        [*entries.values()],
        {key: names[key] for key in sorted(keys)},
        counts,
        archive.split_from(article_ids),
        current.title if current else None,
    )


def _entries_at(keys: set[str], archive: Queries) -> list[EntryNames]:
    """Return the entries at the addresses that have these keys."""
    paths = {path_of for key in keys if (path_of := _path(key))}
    return [e for e in archive.names_with_paths(paths) if e.canonical_url and url_key(e.canonical_url) in keys]


def _path(key: str) -> str:
    """Return a text that every address of the key contains: its path, or its host if it has none. "" for a guid.

    The ending is left out: an address may have `.amp` before it.
    """
    if key.startswith("guid:"):
        return ""
    host, _, path = re.split("[?#]", key, maxsplit=1)[0].partition("/")
    return re.sub(r"\.[a-z]*$", "", f"/{path}") if path else host


def _names(entry: EntryNames) -> list[str]:
    return alias_keys(entry.canonical_url, entry.guid, entry.feed_url)
