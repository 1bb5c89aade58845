"""The records that the pure rooms see too. Those of feeds are in `storage.feed_records`, others in the module of their
table, or in `storage.content`.

Instants are aware UTC datetimes. Texts are clean: no markup, NFC, no control characters but the newlines between
paragraphs. Lists are tuples. `None` means unknown.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal


class Outcome(StrEnum):
    """What became of an entry: `PENDING` for now, any other for good."""

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
GOOD_POLLS: tuple[PollOutcome, ...] = ("parsed", "not_modified", "same_body")
FAILED_POLLS: frozenset[str] = frozenset({"failed", "gone", "deferred"})
ArticleFrom = Literal["page", "feed"]
MediaKind = Literal["picture", "video", "audio"]
Precision = Literal["second", "minute", "day"]
"""To what precision an instant was given: "2024-05-01" is a day, kept as its midnight."""


def to_text(instant: datetime | None) -> str | None:
    """Return `YYYY-MM-DDTHH:MM:SSZ`: it sorts as text, and SQLite's date functions read it."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if instant else None


def to_instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@dataclass(frozen=True, slots=True)
class WantedFeed:
    """A feed of the feed list. `interval_s` replaces the adaptive interval, and so does `schedule`, a crontab line.

    `time_zone` is that of the schedule, None for UTC.
    """

    url: str
    name: str | None = None
    tags: tuple[str, ...] = ()
    interval_s: int | None = None
    article: ArticleFrom = "page"
    schedule: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll of a feed. `body_bytes` is the decoded size, `ms` the wall time."""

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
class PlannedJob:
    """A job of the calendar. `change_seq` is the cursor of an export of changes.

    `began_at` and `error` are those of the last run.
    """

    name: str
    schedule: str
    time_zone: str
    due_at: datetime
    began_at: datetime | None = None
    change_seq: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class FeedHistory:
    """A feed before a poll: the number of its entries, up to a limit, and which of some titles it has announced.

    `window_at` is when its last document with entries was read, `newest_at` the date of its newest entry.
    """

    entries: int
    window_at: datetime | None
    titles: frozenset[str]
    newest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """What a host has answered that holds across runs (RFC 9309, RFC 9110 §10.2.3)."""

    host: str
    robots: str | None = None
    robots_status: int | None = None
    robots_at: datetime | None = None
    blocked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, video or sound that a page or feed names. It is never fetched.

    `url` is absolute, `type` the media type and `length_bytes` the size as the feed gives them. `alt` describes it to
    who cannot see it. `position` is the number of lines of the body before it; None if it does not stand in the text.
    """

    kind: MediaKind
    url: str
    source: ArticleFrom
    type: str | None = None
    length_bytes: int | None = None
    alt: str | None = None
    caption: str | None = None
    credit: str | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry as its feed announces it.

    `guid` is the raw value, "" if there is none. `url` is absolute http(s). `content` is the feed's own full text, one
    paragraph a line. `published_raw` is the date as written. `shared_url`: other entries of the document link to the
    same page, or the link is the site's home page, so that the article is the entry's own text and not the page.
    `text_hash` is the hash of title and text without counters and dates (`ingest.dedupe.material`). `markup` is the
    HTML that `content`, or without one `summary`, was read from; None if that was no markup. Its addresses start from
    `url`, or from a <base> at its beginning. `media` are the pictures, videos and sounds that the feed names beside it.

    The poll stage adds `canonical_url`, None if there is no link, and `host`, from which the page is fetched.
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
    canonical_url: str | None = None
    host: str = ""
    markup: str | None = None
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """An archived entry: how it is recognised, and how a change of it is noticed.

    `open`: it has led to no article. `alias` is the alias of its article by which it was found. `rechecks` counts the
    rechecks made, `rechecked_at` is the last one's instant. `waiting`: another recheck is due. `forgotten`:
    `ingest forget` has taken out its text.
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
    forgotten: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingEntry(NewEntry):
    """An announced entry whose article must be fetched, or fetched again at a recheck.

    `article_from` is its feed's `article` setting. `tries` counts failed tries. `reissued` says that most of its
    feed's entries turned new with it. `article_id` is the article of a recheck, None for a first fetch. At a recheck
    the entry is as its feed has it now.
    """

    id: int
    feed_id: int
    feed_url: str
    article_from: ArticleFrom
    tries: int
    reissued: bool = False
    article_id: int | None = None


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A page of a site, itself compressed, that other pages of the site are compressed against."""

    id: int
    content: bytes


@dataclass(frozen=True, slots=True)
class SiteProfile:
    """The lines that a site repeats, folded, and the dictionary for its next pages."""

    boilerplate: frozenset[str] = frozenset()
    dictionary: Dictionary | None = None


@dataclass(frozen=True, slots=True)
class AliasTarget:
    """The article that an alias leads to, and the copy of it that has the alias, None if the article itself has."""

    article_id: int
    copy_id: int | None = None
