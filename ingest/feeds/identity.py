"""Which entries of a feed are new, and which has it shown before?

Feeds break every rule there is about guids: none, empty, the same for all, another at each poll's end. So
a guid is believed only together with the link or the title; two of the three must agree.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from storage.records import AddressedEntry, FeedHistory, KnownEntry

REISSUE_LEAST = 5  # entries of a feed, before which it has nothing to issue again, and of a poll
REISSUE_SHARE = 0.6  # of a document: a feed whose window has moved on keeps more, or says by its dates that it has

Key = Callable[[str], str | None]

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Split:
    """The entries that are new, in the document's order; the known ones that were seen again, each with what it is
    now; the ids of those that came back under another address, and are gone from their own, while no article has come
    of them; and what was seen of known ones under another address or guid after one has.
    """

    new: list[AddressedEntry] = field(default_factory=list)
    seen: dict[int, tuple[KnownEntry, AddressedEntry]] = field(default_factory=dict)
    moved: list[int] = field(default_factory=list)
    renamed: list[tuple[int, AddressedEntry]] = field(default_factory=list)


def split(
    entries: Sequence[AddressedEntry], known: Iterable[KnownEntry], *, guid_key: Key = str, url_key: Key = str
) -> Split:
    """`known` are the feed's archived entries that share a guid, an address or an alias with one of `entries`.

    Guids and addresses are compared by their keys. An entry that equals an earlier one of the same document
    counts as seen once. A guid that a document gives to several entries identifies none of them.
    """
    rows = _Rows(guid_key, url_key)
    for row in known:
        rows.add(row)
    uses = Counter(guid_key(addressed.entry.guid) for addressed in entries)
    urls = {addressed.canonical_url for addressed in entries if addressed.canonical_url}
    result = Split()
    for addressed in entries:
        guid, url = addressed.entry.guid, addressed.canonical_url
        same_guid = rows.by_guid.get(guid_key(guid), ()) if uses[guid_key(guid)] == 1 else ()
        found = _match(addressed, same_guid, rows.by_url.get(url_key(url), ()) if url else ())
        if found is None:
            result.new.append(addressed)
            # Later ones of this document are compared with it too; its id, not yet known, is never reported.
            placeholder = KnownEntry(-len(result.new), guid, url, addressed.entry.title, NEVER)
            rows.add(replace(placeholder, published_at=addressed.entry.published_at))
            continue
        if found.id >= 0 and not found.open and (guid, url) != (found.guid, found.canonical_url):
            result.renamed.append((found.id, addressed))
        if found.id >= 0 and found.id not in result.seen:
            result.seen[found.id] = (found, addressed)
            if found.open and url and found.canonical_url not in urls:
                result.moved.append(found.id)
    return result


class _Rows:
    """Known entries by the keys of their guids and addresses."""

    def __init__(self, guid_key: Key, url_key: Key) -> None:
        self.by_guid: dict[str | None, list[KnownEntry]] = defaultdict(list)
        self.by_url: dict[str | None, list[KnownEntry]] = defaultdict(list)
        self._guid_key, self._url_key = guid_key, url_key

    def add(self, row: KnownEntry) -> None:
        if row.guid:
            self.by_guid[self._guid_key(row.guid)].append(row)
        if row.canonical_url:
            self.by_url[self._url_key(row.canonical_url)].append(row)
        if row.alias:
            self.by_guid[row.alias].append(row)
            self.by_url[row.alias].append(row)


def _match(
    addressed: AddressedEntry, same_guid: Iterable[KnownEntry], same_url: Iterable[KnownEntry]
) -> KnownEntry | None:
    """The known entry that `addressed` is, if any.

    Same guid and same address: the same, whatever the title (an edited headline). Same guid and title: the
    same, moved (a new slug), unless its date is another too (a constant guid and title, day after day). Same
    address and title: the same, under a drifted guid (`#0`, `#1` …, a CMS import). A guid alone is not enough:
    the same for all entries, it is a constant; an address alone is not enough where either has a guid of its
    own or the titles differ (one link for all entries).
    """
    title = addressed.entry.title or ""
    at_url = {row.id for row in same_url}
    for row in same_guid:
        same_address = row.id in at_url or row.canonical_url == addressed.canonical_url
        if same_address or (title and row.title == title and not _dated_apart(addressed, row)):
            return row
    for row in same_url:
        if (row.title or "") == title:
            return row
    return None


def _dated_apart(addressed: AddressedEntry, row: KnownEntry) -> bool:
    instant = addressed.entry.published_at
    return bool(instant and row.published_at and instant != row.published_at)


def reissued(found: Split, before: FeedHistory) -> int:
    """How many entries look as if they had been there under other guids and addresses; 0 unless they are most.

    None that is dated after the last look and has a title of its own: that is news, of a feed that turns over
    faster than it is polled.
    """

    def is_news(addressed: AddressedEntry) -> bool:
        entry = addressed.entry
        later = entry.published_at and before.polled_at and entry.published_at > before.polled_at
        return bool(later) and entry.title not in before.titles

    suspects = sum(not is_news(addressed) for addressed in found.new)
    least = max(REISSUE_LEAST, REISSUE_SHARE * (len(found.new) + len(found.seen)))
    return suspects if before.entries >= REISSUE_LEAST and suspects >= least else 0
