"""Records of feeds: what polls need and leave, rhythms and gaps."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.records import ArticleFrom

GapEvidence = Literal["nothing_shared", "newest_missing"]
"""The document shares no entry with the one before; or it is all younger than the newest entries of that one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMemory:
    """What a poll leaves in a feed's row for the next one.

    `address` is polled: it is the feed's URL, or where permanent redirects moved it. `move_seen` is the permanent
    target of the last poll's redirects, not yet followed. `validators_url` is the final address that `etag` and
    `last_modified` (verbatim) came from. `asked_interval_s` is the least interval that the document asks for (`ttl`,
    `sy:update*`), 0 for none. `skip_hours` (0 to 23, UTC) and `skip_days` (0 is Monday) are those in which it asks for
    no poll.

    `window_size` is how many entries its last document that had some held, `window_at` the poll that read it.
    After `silence_s` without a new entry the feed counts as silent. `silent_at` is when it brought something new last
    then, and `empty_at` since when its document is without entries. `alternate_url` is the feed that it names if it has
    become a page.
    """

    address: str
    move_seen: str | None
    etag: str | None
    last_modified: str | None
    validators_url: str | None
    body_hash: str | None
    asked_interval_s: int
    failures: int
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    window_size: int | None = None
    window_at: datetime | None = None
    silence_s: int | None = None
    silent_at: datetime | None = None
    empty_at: datetime | None = None
    alternate_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFeed(FeedMemory):
    """A feed to poll.

    `body_at` is when a poll last received the document itself, and not only "unchanged". `schedule` and `time_zone` are
    those of the feed list.
    """

    id: int
    url: str
    name: str | None
    interval_s: int | None
    article: ArticleFrom
    schedule: str | None
    time_zone: str | None
    added_at: datetime
    polled_at: datetime | None
    body_at: datetime | None


@dataclass(frozen=True, slots=True)
class ScheduledFeed:
    """A feed that is polled by a crontab line."""

    id: int
    schedule: str
    time_zone: str
    due_at: datetime
    polled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState(FeedMemory):
    """A feed's row after a poll. The last three fields are written only if they are not None.

    `due_reason` is why it is due at `due_at`, in a sentence.
    """

    due_at: datetime | None
    due_reason: str | None = None
    gone: bool = False
    title: str | None = None
    site_url: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a feed brings entries, learned from the dates of `entries` of them at `learned_at`.

    `per_day` is how many a day to expect at present. `hours` (24, from 0 UTC) and `weekdays` (7, from Monday) are
    weights of mean 1. `recent` is how many are dated in the seven days before, `newest_at` the date of the newest.
    """

    learned_at: datetime
    entries: int
    per_day: float
    hours: tuple[float, ...]
    weekdays: tuple[float, ...]
    recent: int = 0
    newest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeedDemand:
    """A feed that has its share of the budget of polls: its rhythm, and what limits its polls."""

    per_day: float
    hours: tuple[float, ...]
    weekdays: tuple[float, ...]
    recent: int
    newest_at: datetime | None
    window_size: int | None
    asked_interval_s: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A time of which entries of a feed may have been missed, between the dates of two that are known.

    `entries` is how many, at the feed's rate, at least 1. `found` counts those that have come since.
    """

    feed_id: int
    from_at: datetime
    to_at: datetime
    entries: int
    evidence: GapEvidence
    noticed_at: datetime
    found: int = 0


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """When an entry was published, as its feed says, and when polls saw it first and last."""

    published_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
