"""Which entries of a feed are new, and which has it shown before?

Feeds break every rule there is about guids: none, empty, the same for all, another at each poll's end. So
a guid is believed only together with the link or the title; two of the three must agree.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from storage.records import AddressedEntry, KnownEntry

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Split:
    """The entries that are new, in the document's order; the known ones that were seen again, each with what it is
    now; and the ids of those that came back under another address while no article has come of them.
    """

    new: list[AddressedEntry] = field(default_factory=list)
    seen: dict[int, tuple[KnownEntry, AddressedEntry]] = field(default_factory=dict)
    moved: list[int] = field(default_factory=list)


def split(entries: Sequence[AddressedEntry], known: Iterable[KnownEntry]) -> Split:
    """`known` are the feed's archived entries that share a guid or an address with one of `entries`.

    An entry that equals an earlier one of the same document counts as seen once. A guid that a document gives
    to several entries identifies none of them.
    """
    by_guid: dict[str, list[KnownEntry]] = defaultdict(list)
    by_url: dict[str, list[KnownEntry]] = defaultdict(list)
    for row in known:
        _index(row, by_guid, by_url)
    uses = Counter(addressed.entry.guid for addressed in entries)
    result = Split()
    for addressed in entries:
        guid = addressed.entry.guid
        same_guid = by_guid.get(guid, ()) if uses[guid] == 1 else ()
        found = _match(addressed, same_guid, by_url.get(addressed.canonical_url or "", ()))
        if found is None:
            result.new.append(addressed)
            # Later ones of this document are compared with it too; its id, not yet known, is never reported.
            placeholder = KnownEntry(-1, guid, addressed.canonical_url, addressed.entry.title, NEVER)
            _index(placeholder, by_guid, by_url)
        elif found.id >= 0 and found.id not in result.seen:
            result.seen[found.id] = (found, addressed)
            if found.open and addressed.canonical_url not in (None, found.canonical_url):
                result.moved.append(found.id)
    return result


def _index(row: KnownEntry, by_guid: dict[str, list[KnownEntry]], by_url: dict[str, list[KnownEntry]]) -> None:
    if row.guid:
        by_guid[row.guid].append(row)
    if row.canonical_url:
        by_url[row.canonical_url].append(row)


def _match(
    addressed: AddressedEntry, same_guid: Iterable[KnownEntry], same_url: Iterable[KnownEntry]
) -> KnownEntry | None:
    """The known entry that `addressed` is, if any.

    Same guid and same address: the same, whatever the title (an edited headline). Same guid and title: the
    same, moved (http to https, a new slug). Same address and title: the same, under a drifted guid (`#0`,
    `#1` …, a CMS import). A guid alone is not enough: the same for all entries, it is a constant; an address
    alone is not enough where either has a guid of its own or the titles differ (one link for all entries).
    """
    title = addressed.entry.title or ""
    for row in same_guid:
        if row.canonical_url == addressed.canonical_url or (title and row.title == title):
            return row
    for row in same_url:
        if (row.title or "") == title:
            return row
    return None
