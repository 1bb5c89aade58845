"""What can be judged only with all the entries of a document in view."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from urllib.parse import urldefrag, urlsplit

from ingest.feeds.flood import newest
from ingest.feeds.parsed import ParsedFeed
from storage.records import NewEntry

SUBSTANCE_LENGTH = 200  # characters; a summary shorter than this does not stand for an article


def settle(feed: ParsedFeed, *, url: str, limit: int) -> ParsedFeed:
    """The feed without its repeated and empty entries, cut to `limit`, those that share a page told apart."""
    entries = _distinct(feed.entries)
    warnings = [feed.warning] if feed.warning else []
    if feed.entries_seen > limit:
        warnings.append(f"only the newest {limit} of its {feed.entries_seen} entries were taken")
    if len(entries) > limit:
        entries = [entries[n] for n in newest([entry.published_at for entry in entries], limit)]
    hosts = {_host(url), _host(feed.site_url or url)}
    return replace(feed, entries=_told_apart(entries, hosts), warning="; ".join(warnings) or None)


def _distinct(entries: Sequence[NewEntry]) -> list[NewEntry]:
    """Link and title alone do not make two entries one: without a guid the date and the text must agree too."""
    found: dict[tuple[object, ...], NewEntry] = {}
    for entry in entries:
        if entry.guid:
            found.setdefault((entry.guid, entry.url, entry.title), entry)
        elif not is_empty(entry):
            found.setdefault((entry.url, entry.title, entry.published_raw, entry.summary, entry.content), entry)
    return list(found.values())


def is_empty(entry: NewEntry) -> bool:
    return not (entry.guid or entry.url or entry.title or entry.summary)


def _told_apart(entries: Sequence[NewEntry], hosts: set[str]) -> tuple[NewEntry, ...]:
    """Entries whose link is not theirs alone are marked, and get an address of their own.

    A link is shared when several entries point to one page (a changelog) or to the site's front page. A
    fragment that only one entry has tells it apart already. An entry without a text of substance stays as
    it is: its page is all there is to fetch.
    """
    by_page: dict[str, list[NewEntry]] = defaultdict(list)
    by_url: dict[str, int] = defaultdict(int)
    for entry in entries:
        if entry.url:
            by_page[urldefrag(entry.url).url].append(entry)
            by_url[entry.url] += 1

    def told_apart(entry: NewEntry) -> NewEntry:
        if not entry.url or not (entry.content or len(entry.summary or "") >= SUBSTANCE_LENGTH):
            return entry
        page, fragment = urldefrag(entry.url)
        if len(by_page[page]) == 1 and not _is_front_page(page, hosts):
            return entry
        own = entry.url if fragment and by_url[entry.url] == 1 else f"{page}#entry-{_digest(entry)}"
        return replace(entry, url=own, shared_url=True)

    return tuple(map(told_apart, entries))


def _is_front_page(page: str, hosts: set[str]) -> bool:
    parts = urlsplit(page)
    return parts.path in ("", "/") and not parts.query and _host(page) in hosts


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _digest(entry: NewEntry) -> str:
    own = f"{entry.guid or entry.published_raw}\n{entry.title or ''}"
    return blake2b(own.encode(errors="replace"), digest_size=4).hexdigest()
