"""A parsed feed, and the steps that need all of its entries: drop repeated ones, keep the newest, find shared links."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from urllib.parse import urldefrag, urlsplit

from ingest.hosts import site
from storage.records import NewEntry

MIN_TEXT_CHARS = 200  # a shorter summary is not an article's text
_UNDATED = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed and its entries, in the document's order.

    `version` is feedparser's name for the format, or "json1" or "json11". `entries_seen` is the number of entries in
    the document, also unreadable and repeated ones, and ones past the limit. `asked_interval_s` is the least
    interval that the document asks for, 0 if none. `skip_hours` (0 to 23, UTC) and `skip_days` (0 is Monday) are those
    in which it asks for no poll, ascending. `warning` is one sentence on what is wrong with the document.
    `is_truncated`: the document's end is missing.

    Of a document that can be split (`feeds.split`), `frame` is the digest of the bytes before and after the entries.
    `digests` are those of `entries`, and `same` those of the entries that were not read: the last document had them.
    """

    version: str
    title: str | None
    site_url: str | None
    language: str | None
    entries: tuple[NewEntry, ...]
    entries_seen: int
    asked_interval_s: int = 0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    warning: str | None = None
    is_truncated: bool = False
    frame: bytes = b""
    digests: tuple[bytes, ...] = ()
    same: tuple[bytes, ...] = ()


def tidy(feed: ParsedFeed, *, url: str, limit: int) -> ParsedFeed:
    """Drop repeated and empty entries, keep the newest `limit`, and mark entries that share a page."""
    entries = _distinct(feed.entries)
    if len(entries) < len(feed.entries):
        feed = replace(feed, frame=b"", digests=())  # which of two is left out may change
    warnings = [feed.warning] if feed.warning else []
    if feed.entries_seen > limit:
        warnings.append(f"only the newest {limit} of its {feed.entries_seen} entries were taken")
    if len(entries) > limit:
        entries = [entries[n] for n in newest([entry.published_at for entry in entries], limit)]
    sites = {site(url), site(feed.site_url or url)}
    return replace(feed, entries=_mark_shared(entries, sites), warning="; ".join(warnings) or None)


def newest(instants: Sequence[datetime | None], limit: int) -> list[int]:
    """Return the positions of the newest `limit` instants, ascending. Undated ones count as the oldest."""
    by_age = sorted(range(len(instants)), key=lambda n: instants[n] or _UNDATED, reverse=True)
    return sorted(by_age[:limit])


def is_empty(entry: NewEntry) -> bool:
    return not (entry.guid or entry.url or entry.title or entry.summary)


def _distinct(entries: Sequence[NewEntry]) -> list[NewEntry]:
    """Drop empty and repeated entries. Without a guid, repeated entries agree in date and text, too."""
    found: dict[tuple[object, ...], NewEntry] = {}
    for entry in entries:
        if entry.guid:
            found.setdefault((entry.guid, entry.url, entry.title), entry)
        elif not is_empty(entry):
            found.setdefault((entry.url, entry.title, entry.published_raw, entry.summary, entry.content), entry)
    return list(found.values())


def _mark_shared(entries: Sequence[NewEntry], sites: set[str]) -> tuple[NewEntry, ...]:
    """Mark entries with a shared link, and give each a URL of its own.

    A link is shared if several entries point to one page (a changelog) or if it is the site's front page. A fragment
    that only one entry has is its own URL already. An entry without enough text stays unmarked: it has only its page.
    """
    by_url = Counter(entry.url for entry in entries if entry.url)
    by_page = Counter(urldefrag(url).url for url in by_url.elements())

    def marked(entry: NewEntry) -> NewEntry:
        if not entry.url or not (entry.content or len(entry.summary or "") >= MIN_TEXT_CHARS):
            return entry
        page, fragment = urldefrag(entry.url)
        if by_page[page] == 1 and not _is_front_page(page, sites):
            return entry
        own = entry.url if fragment and by_url[entry.url] == 1 else f"{page}#entry-{_digest(entry)}"
        return replace(entry, url=own, shared_url=True)

    return tuple(map(marked, entries))


def _is_front_page(page: str, sites: set[str]) -> bool:
    split = urlsplit(page)
    return split.path in ("", "/") and not split.query and site(page) in sites


def _digest(entry: NewEntry) -> str:
    own = f"{entry.guid or entry.published_raw}\n{entry.title or ''}"
    return blake2b(own.encode(errors="replace"), digest_size=4).hexdigest()
