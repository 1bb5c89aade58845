"""Which entries of a feed are new, and which it has shown before (pure).

Feeds break every rule about guids: a guid may be missing, empty, equal for all entries, or new at each poll. So a guid
is believed only with the link or the title: two of the three must agree.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from storage.records import FeedHistory, KnownEntry, NewEntry

MIN_REISSUED = 5  # entries; a feed with fewer, before or now, has not reissued them
REISSUE_SHARE = 0.6  # of a document: a feed whose window moved on keeps more entries, or dates the new ones later
MAX_DELAY = timedelta(hours=6)  # from an entry's date until its feed shows it

Key = Callable[[str], str | None]

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Matches:
    """The entries of a document, matched with the known ones.

    `new` is in the document's order. `seen` maps the id of each known entry in the document to both forms of it.
    `moved` are the ids of known entries without an article that came under another URL, and no more under their own.
    `renamed` are known entries with an article that came under another URL or guid.
    `alone` are the entries that no known entry has a name in common with, but the one that they are.
    `same` are the ids of known entries that the document has byte for byte as the last one had them. They were not
    read, and no other entry of the document has a name in common with them.
    """

    new: list[NewEntry] = field(default_factory=list)
    seen: dict[int, tuple[KnownEntry, NewEntry]] = field(default_factory=dict)
    moved: list[int] = field(default_factory=list)
    renamed: list[tuple[int, NewEntry]] = field(default_factory=list)
    alone: set[NewEntry] = field(default_factory=set, compare=False)
    same: Sequence[int] = ()

    @property
    def count(self) -> int:
        """How many known entries the document has."""
        return len(self.seen) + len(self.same)


def match_entries(
    entries: Sequence[NewEntry],
    known: Iterable[KnownEntry],
    *,
    guid_key: Key = str,
    url_key: Key = str,
    same: Sequence[int] = (),
) -> Matches:
    """Match a document's entries with `known`, the feed's entries that share a guid, a URL or an alias with them.

    Guids and URLs are compared by their keys. An entry that repeats an earlier one of the document is dropped. A guid
    of several entries identifies no entry. `same` are the known entries that were not read.
    """
    rows = _Rows(known, guid_key, url_key)
    uses = Counter(guid_key(entry.guid) for entry in entries)
    urls = {entry.canonical_url for entry in entries if entry.canonical_url}
    result = Matches(same=same)
    for entry in entries:
        guid, url = entry.guid, entry.canonical_url
        by_guid, same_url = rows.by_guid.get(guid_key(guid), ()), rows.by_url.get(url_key(url), ()) if url else ()
        found = _match(entry, by_guid if uses[guid_key(guid)] == 1 else (), same_url)
        if {row.id for row in (*by_guid, *same_url)} <= {found.id if found else None}:
            result.alone.add(entry)
        if found is None:
            result.new.append(entry)
            # Later entries of the document are compared with it too. Its negative id is never reported.
            placeholder = KnownEntry(-len(result.new), guid, url, entry.title, NEVER)
            rows.add(replace(placeholder, published_at=entry.published_at))
            continue
        if found.id >= 0 and not found.open and (guid, url) != (found.guid, found.canonical_url):
            result.renamed.append((found.id, entry))
        if found.id >= 0 and found.id not in result.seen:
            result.seen[found.id] = (found, entry)
            if found.open and url and found.canonical_url not in urls:
                result.moved.append(found.id)
    return result


class _Rows:
    """Known entries by the keys of their guids and URLs."""

    def __init__(self, known: Iterable[KnownEntry], guid_key: Key, url_key: Key) -> None:
        self.by_guid: dict[str | None, list[KnownEntry]] = defaultdict(list)
        self.by_url: dict[str | None, list[KnownEntry]] = defaultdict(list)
        self._guid_key, self._url_key = guid_key, url_key
        for row in known:
            self.add(row)

    def add(self, row: KnownEntry) -> None:
        if row.guid:
            self.by_guid[self._guid_key(row.guid)].append(row)
        if row.canonical_url:
            self.by_url[self._url_key(row.canonical_url)].append(row)
        if row.alias:
            self.by_guid[row.alias].append(row)
            self.by_url[row.alias].append(row)


def _match(entry: NewEntry, same_guid: Iterable[KnownEntry], same_url: Iterable[KnownEntry]) -> KnownEntry | None:
    """Return the known entry that `entry` is, if any.

    Same guid and URL: the same entry, under any title (an edited headline). Same guid and title: the same, moved (a
    new slug), unless the dates differ (a constant guid and title, day after day). Same URL and title: the same, under
    a drifted guid (`#0`, `#1` …, a CMS import). A guid alone is not enough: it may be a constant. A URL alone is not
    enough: one link may serve all entries.
    """
    title = entry.title or ""
    at_url = {row.id for row in same_url}
    for row in same_guid:
        has_same_url = row.id in at_url or row.canonical_url == entry.canonical_url
        if has_same_url or (title and row.title == title and not _dates_differ(entry, row)):
            return row
    return next((row for row in same_url if (row.title or "") == title), None)


def _dates_differ(entry: NewEntry, row: KnownEntry) -> bool:
    instant = entry.published_at
    return bool(instant and row.published_at and instant != row.published_at)


def _dated_until(entry: NewEntry) -> datetime | None:
    """Return the last instant that the entry's date may mean. A midnight is mostly a day without a time."""
    at = entry.published_at
    is_day = at and (entry.published_precision == "day" or at.time() == time())
    return at + timedelta(days=1) if at and is_day else at


def count_reissued(found: Matches, before: FeedHistory) -> int:
    """Return how many new entries may be known ones under new guids and URLs. Return 0 unless most entries may be.

    An entry that is dated after the last document and has a new title is news: the feed turns over faster than it is
    polled. So is one that is dated up to MAX_DELAY before, but after all that is known.
    """
    known_until = before.window_at
    if known_until and before.newest_at and before.newest_at < known_until:
        known_until = max(before.newest_at, known_until - MAX_DELAY)

    def is_news(entry: NewEntry) -> bool:
        until = _dated_until(entry)
        later = until and known_until and until > known_until
        return bool(later) and entry.title not in before.titles

    suspects = sum(not is_news(entry) for entry in found.new)
    least = max(MIN_REISSUED, REISSUE_SHARE * (len(found.new) + found.count))
    return suspects if before.entries >= MIN_REISSUED and suspects >= least else 0
