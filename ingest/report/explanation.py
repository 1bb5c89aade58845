"""What happened to an address: `ingest explain` prints it, and the page of an article shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ingest.dedupe.urls import canonical_url, url_key
from ingest.hosts import host_key
from ingest.text.markup import clean_line, count, cut
from storage.reader import Reader
from storage.records import to_text
from storage.rows import Row
from storage.tombstones import Tombstone

MAX_COLUMNS = 200  # of a value in a line

Distance = Callable[[str | None], str]
"""Writes an instant of the archive for people, such as "in 22 h"; "" for None."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the archive has of an address: the entries that announced it, its article, its host, its tombstone."""

    canonical_url: str
    entries: list[Row]
    rechecks: list[Row]
    article: Row | None
    host: Row | None
    tombstone: Tombstone | None

    @property
    def is_empty(self) -> bool:
        return not self.entries and not self.article and not self.tombstone


def explain(archive: Reader, url: str) -> Explanation | None:
    """Return what the archive has of an address, None if that is no web address. Raises ArchiveError."""
    canonical = canonical_url(url)
    if canonical is None:
        return None
    shared = canonical_url(url, keep_fragment=True) or canonical
    key = url_key(shared)
    if archive.entries_at([shared]) or archive.article_at([key]) is not None or archive.tombstone_at([key]):
        canonical = shared  # of a page that several entries share
    article_id = archive.article_at([url_key(canonical)])
    article = archive.article_row(article_id) if article_id is not None else None
    entries = archive.entries_at(_variants(url, canonical))
    tombstone = archive.tombstone_at([url_key(canonical)])
    forgotten = archive.entries_forgotten(tombstone.id) if tombstone else []
    named = article["entries"] if article else forgotten  # also those that announced it under another address
    entries += [entry for entry in named if entry not in entries]
    rechecks = archive.rechecks(entry["id"] for entry in entries)
    return Explanation(canonical, entries, rechecks, article, archive.host_row(host_key(canonical)), tombstone)


def facts(found: Explanation, distance: Distance) -> list[tuple[str, str]]:
    """Return the lines of an explanation, each a name and a text without control characters."""
    lines = [("address", _safe(found.canonical_url))]
    for entry in found.entries:
        recheck = next((recheck for recheck in found.rechecks if recheck["entry_id"] == entry["id"]), None)
        lines += _entry(entry, recheck, distance)
    if found.host and found.host["blocked_until"]:
        lines.append(("host", f"asked for no request before {found.host['blocked_until']}"))
    lines += _article(found.article, found.canonical_url) if found.article else [("article", "none")]
    if found.tombstone:
        lines.append(("forgotten", _forgotten(found.tombstone)))
    return lines


def _entry(entry: Row, recheck: Row | None, distance: Distance) -> list[tuple[str, str]]:
    reissued = "; most of its feed turned new with it" if entry["reissued"] else ""
    outcome = entry["outcome"] + (f": {_short(entry['reason'])}" if entry["reason"] else "")
    if outcome.startswith("pending"):
        outcome += f", tried {count(entry['tries'], 'time')}, next {distance(entry['due_at'])}"
    lines = [
        ("entry", f"{entry['id']} of {_short(entry['feed'])}, guid {_short(entry['guid']) or '(none)'}"),
        ("seen", f"first {entry['first_seen_at']}, last {entry['last_seen_at']}{reissued}"),
        ("outcome", outcome),
    ]
    if recheck:
        last = f", last {distance(recheck['rechecked_at'])}" if recheck["rechecked_at"] else ""
        ahead = f", next {distance(recheck['due_at'])}" if recheck["due_at"] else ""
        lines.append(("rechecked", f"{count(recheck['rechecks'], 'time')}{last}{ahead}"))
    return lines


def _article(article: Row, address: str) -> list[tuple[str, str]]:
    leads = "" if article["url"] == address else " (this address leads to it)"
    lines = [
        ("article", f"{article['id']} {_short(article['title'])}"),
        ("identity", f"{_safe(article['url'])}{leads}"),
    ]
    if page := article["page"]:
        lines.append(("fetched", f"{page['fetched_at']}, HTTP {page['status']}, {_safe(page['final_url'])}"))
    method = f"{article['words']} words from the {article['body_from']} by {article['extractor']}"
    return [*lines, ("extraction", f"{method}; published {_published(article)}")]


def _published(article: Row) -> str:
    if not article["published_at"]:
        return "unknown"
    precision = f", to the {article['published_precision']}" if article["published_precision"] else ""
    ahead = ", ahead of its archiving" if article["published_ahead"] else ""
    return f"{article['published_at']} (from {article['published_from']}{precision}{ahead})"


def _forgotten(tombstone: Tombstone) -> str:
    what = "" if tombstone.article_id is None else f", with article {tombstone.article_id}"
    left = "" if tombstone.erased_at else "; bytes of it may be left in the file: run `ingest forget`"
    return f"{to_text(tombstone.forgotten_at)}{what}{left}"


def _variants(url: str, canonical: str) -> list[str]:
    """Return the forms in which a feed may announce the address: fragment, either scheme, with or without a slash."""
    forms = [url, canonical, canonical_url(url, keep_fragment=True) or url]
    bare = canonical.partition("://")[2].removesuffix("/")
    return forms + [f"{scheme}://{bare}{slash}" for scheme in ("https", "http") for slash in ("", "/")]


def _safe(value: Any) -> str:  # noqa: ANN401 (as SQLite has it)
    return "" if value is None else clean_line(str(value))


def _short(value: Any) -> str:  # noqa: ANN401 (as SQLite has it)
    return cut(_safe(value), MAX_COLUMNS)
