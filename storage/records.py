"""What crosses into and out of the archive: one frozen type per boundary, named for its role there.

Instants are aware UTC datetimes. Texts are clean: no markup, NFC, no control characters but the newlines
between paragraphs. Lists are tuples. `None` is "nobody said".
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal


class Outcome(StrEnum):
    """How an entry stands. Every entry ends in exactly one; `PENDING` alone is not an end."""

    PENDING = "pending"
    ARCHIVED = "archived"
    KNOWN = "known"
    COPY = "copy"
    REVISED = "revised"
    NO_TEXT = "no_text"
    WALLED = "walled"
    FAILED = "failed"
    REFUSED = "refused"
    FILTERED = "filtered"


PollOutcome = Literal["parsed", "not_modified", "same_body", "failed", "gone", "deferred"]
ArticleFrom = Literal["page", "feed"]
Precision = Literal["second", "minute", "day"]
"""What of an instant was said: "2024-05-01" is a day, kept as its midnight."""


def to_text(instant: datetime | None) -> str | None:
    """`YYYY-MM-DDTHH:MM:SSZ`: sorts as text, and SQLite's date functions read it."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if instant else None


def to_instant(text: str | None) -> datetime | None:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if text else None


@dataclass(frozen=True, slots=True)
class WantedFeed:
    """A feed as the feed list wants it. `interval_s` overrides the adaptive clock."""

    url: str
    name: str | None = None
    tags: tuple[str, ...] = ()
    interval_s: int | None = None
    article: ArticleFrom = "page"


@dataclass(frozen=True, slots=True)
class DueFeed:
    """A feed that is to be polled, with all that the poll needs to know of the last one.

    `address` is where it is polled: `url`, or where permanent redirects moved it; `move_seen` is the
    permanent target of the last poll's redirects, not yet believed. `validators_url` is the final
    address that `etag` and `last_modified` (verbatim) came from. `asked_interval_s` is the least interval
    that the document itself asked for (`ttl`, `sy:update*`), 0 for none. `body_at` is when a poll last brought
    the document itself, and not only the word that it is unchanged.
    """

    id: int
    url: str
    name: str | None
    interval_s: int | None
    article: ArticleFrom
    address: str
    move_seen: str | None
    etag: str | None
    last_modified: str | None
    validators_url: str | None
    body_hash: str | None
    asked_interval_s: int
    failures: int
    body_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry as its feed announces it.

    `guid` is the raw value, "" when there is none. `url` is absolute http(s), or None. `content` is the
    feed's own full text, one paragraph a line; `published_raw` is the date string as written.
    `shared_url` says that other entries of the same document point to the same page, or that the link
    is the site's home page: the page is then not this entry's article, its own text is. `text_hash`
    is that of its title and text, counters and dates left out (`ingest.dedupe.material`).
    """

    guid: str
    url: str | None
    title: str | None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    published_raw: str | None = None
    updated_at: datetime | None = None
    summary: str | None = None
    content: str | None = None
    language: str | None = None
    image_url: str | None = None
    tags: tuple[str, ...] = ()
    shared_url: bool = False
    text_hash: str | None = None
    published_precision: Precision | None = None


@dataclass(frozen=True, slots=True)
class AddressedEntry:
    """An entry with the normal form of its URL (None without one) and the host whose turn its page needs."""

    entry: NewEntry
    canonical_url: str | None
    host: str


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """What tells an archived entry from others of its feed, and from what it was.

    `open` while no article has come of it; `alias` is the key of another address or guid of its article, by which it
    was found; `rechecks` counts the rechecks made, `rechecked_at` is the last one's instant; `waiting` while another
    is due.
    """

    id: int
    guid: str
    canonical_url: str | None
    title: str | None
    first_seen_at: datetime
    published_at: datetime | None = None
    outcome: Outcome = Outcome.PENDING
    open: bool = False
    alias: str | None = None
    text_hash: str | None = None
    updated_at: datetime | None = None
    rechecks: int = 0
    rechecked_at: datetime | None = None
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class FeedBefore:
    """What a feed had before a poll: `entries`, counted no further than asked for, and of the titles asked for those
    that it has announced.
    """

    entries: int
    polled_at: datetime | None
    titles: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingEntry(NewEntry):
    """An announced entry whose article must be fetched, or fetched again at a recheck.

    `article_from` is its feed's `article` setting. `tries` counts failed tries. `reissued` says that most of its
    feed's entries turned new with it. `article_id` is the article of a recheck, None for a first fetch; the entry is
    then as its feed has it now.
    """

    id: int
    feed_id: int
    feed_url: str
    article_from: ArticleFrom
    canonical_url: str | None
    host: str
    tries: int
    reissued: bool = False
    article_id: int | None = None


@dataclass(frozen=True, slots=True)
class FeedState:
    """What a poll leaves in its feed's row; every field is written, but the last three only when not None."""

    address: str
    move_seen: str | None
    etag: str | None
    last_modified: str | None
    validators_url: str | None
    body_hash: str | None
    asked_interval_s: int
    failures: int
    due_at: datetime | None
    gone: bool = False
    title: str | None = None
    site_url: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """One look at a feed, whatever came of it; `body_bytes` is the decoded size, `ms` the wall time."""

    feed_id: int
    at: datetime
    outcome: PollOutcome
    status: int | None = None
    entries_seen: int = 0
    entries_new: int = 0
    body_bytes: int = 0
    ms: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class NewPage:
    """A page of an article; `html` is the body as received, compressed, b"" if it is not kept. `url` was asked for."""

    fetched_at: datetime
    status: int
    final_url: str
    headers: dict[str, str]
    html: bytes
    dictionary_id: int | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """What pages of a site compress against: a page of it, itself compressed."""

    id: int
    content: bytes


@dataclass(frozen=True, slots=True)
class SiteProfile:
    """`boilerplate`: lines that the site repeats, folded. `dictionary`: for its next pages, None if none pays."""

    boilerplate: frozenset[str] = frozenset()
    dictionary: Dictionary | None = None


@dataclass(frozen=True, slots=True)
class PackedPage:
    """A page as it lies in the archive: `html` compressed, with `dictionary` if there is one."""

    article_id: int
    part: int
    html: bytes
    dictionary: Dictionary | None = None


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as it was received."""

    fetched_at: datetime | None
    final_url: str
    headers: dict[str, str]
    html: bytes

    @property
    def content_type(self) -> str | None:
        return self.headers.get("content-type")


@dataclass(frozen=True, slots=True)
class CurrentText:
    """An article as it stands; `edited` says that it was the site's own later text that replaced the first."""

    id: int
    url: str
    site: str
    title: str | None
    body: str
    body_from: ArticleFrom
    words: int
    content_hash: str
    extractor: str
    edited: bool


@dataclass(frozen=True, slots=True)
class Named:
    """The article that a name leads to, and the copy whose name it is, None where it is the article's own."""

    article_id: int
    copy_id: int | None = None


@dataclass(frozen=True, slots=True)
class EqualText:
    """A title under which an article has, or had, a text that is asked for; `own_id` is merged into `article_id`.

    `site` and `site_name` are the article's.
    """

    own_id: int
    article_id: int
    title: str | None
    site: str
    site_name: str | None


@dataclass(frozen=True, slots=True)
class CandidateText:
    """A text of an article with which a new one has shingles in common: its first, its last, or a copy's.

    `copy_id` is the copy's, None for a text of the article itself.
    """

    article_id: int
    site: str
    title: str | None
    published_at: datetime | None
    body: str
    copy_id: int | None = None


@dataclass(frozen=True, slots=True)
class CopyRow:
    """A row of `copies`; `language` is its article's."""

    id: int
    article_id: int
    url: str
    site: str
    title: str | None
    published_at: datetime | None
    body: str
    method: str
    merged_id: int | None
    split_id: int | None
    language: str | None
    published_precision: Precision | None = None


@dataclass(frozen=True, slots=True)
class KnownByText:
    """An entry that was known by its text alone; `body`, its hash and `language` are its article's first ones."""

    id: int
    feed_id: int
    feed_url: str
    guid: str
    title: str | None
    canonical_url: str
    published_at: datetime | None
    article_id: int
    body: str
    content_hash: str
    language: str | None
    published_precision: Precision | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """How a text is known to be an article's: `method` with its version, `score` (containment, 0 to 1).

    `adds` says that it has text that the one it was compared with has not, so that others may be copies of it.
    """

    article_id: int
    method: str
    score: float
    adds: bool


@dataclass(frozen=True, slots=True)
class NewRevision:
    title: str | None
    body: str
    words: int
    content_hash: str
    extractor: str


@dataclass(frozen=True, slots=True)
class Host:
    """What a host has told us and must be remembered across runs (RFC 9309, RFC 9110 §10.2.3)."""

    host: str
    robots: str | None = None
    robots_status: int | None = None
    robots_at: datetime | None = None
    blocked_until: datetime | None = None
