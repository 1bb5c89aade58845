"""What was fetched for an entry: its article, or why there is none; and the addresses of the article."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from ingest.dedupe.urls import canonical_url, trusted_canonical, url_key
from ingest.hosts import site
from ingest.workers.tasks import ExtractedPage
from storage.content import Content
from storage.pages import NewPage
from storage.records import Outcome, PendingEntry


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why an entry has no article yet, or why a later page of its article is missing.

    `not_before` is what the page's Retry-After asks for, `busy_until` what the host asked for all its pages.
    `due_at` is the next try, None if there is none.
    """

    outcome: Outcome
    reason: str
    try_again: bool = False
    status: int | None = None
    not_before: datetime | None = None
    busy_until: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """An article joined from its pages, or from its feed's text if it has no `pages`.

    `first` is what the first page alone has. `shortfall` says why a page is missing. `stored_body` is, at a recheck,
    what today's method extracts from the stored pages.
    """

    extracted: ExtractedPage
    pages: tuple[NewPage, ...] = ()
    first: ExtractedPage | None = None
    shortfall: Shortfall | None = None
    stored_body: str | None = None

    @property
    def content(self) -> Content:
        return self.extracted.content

    @property
    def kept_pages(self) -> list[NewPage]:
        """The pages whose bytes are kept."""
        return [page for page in self.pages if page.html]

    @property
    def later_keys(self) -> list[str]:
        """The keys (`url_key`) of the addresses of all pages but the first."""
        return [key for page in self.pages[1:] for key in keys_of(page.url, page.final_url)]

    def first_alone(self) -> "Fetched":
        assert self.first
        return replace(self, extracted=self.first, pages=self.pages[:1])

    def at(self, url: str) -> "Fetched":
        """Return the article with the URL under which it is archived."""
        content = replace(self.content, url=url, site=site(url))
        return replace(self, extracted=replace(self.extracted, content=content))


class Addresses(NamedTuple):
    """The canonical URL of an article, the keys (`url_key`) of all its addresses, and the URL that its page claims."""

    url: str
    keys: tuple[str, ...]
    claimed_url: str | None


def keys_of(*urls: str) -> tuple[str, ...]:
    """Return what the addresses are compared by (`url_key`), each once."""
    return tuple(dict.fromkeys(url_key(canonical) for url in urls if (canonical := canonical_url(url))))


def addresses_of(pending: PendingEntry, fetched: Fetched) -> Addresses:
    """Return the addresses of the article of an entry."""
    assert pending.canonical_url
    url, keys, claimed_url = pending.canonical_url, [url_key(pending.canonical_url)], None
    if fetched.pages:
        final_url = fetched.pages[0].final_url
        if final := canonical_url(final_url):
            url = final
            keys.append(url_key(final))
        claimed_url = trusted_canonical(final_url, fetched.content.canonical_url)
    return Addresses(url, (*keys, *fetched.later_keys), claimed_url)
