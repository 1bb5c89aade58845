"""When a feed is polled next, and why (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from ingest.configuration.settings import PollSettings
from ingest.crontab import DEFAULT_TIME_ZONE, next_scheduled
from ingest.schedule.budget import Wait, next_wait
from ingest.schedule.polls import after_skipped, backoff_s, duration, next_due
from ingest.text.markup import count
from storage.feed_records import DueFeed, Rhythm

_ONE_A_DAY = 1.0


class Due(NamedTuple):
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The least waits that a feed and its server ask for, in seconds, and the hours and days without polls."""

    by_document_s: int = 0
    by_server_s: int = 0
    not_before: datetime | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Learned:
    """What a good poll knows of its feed: its rhythm, after how many seconds without an entry it is silent (None: too
    little is known), and the price of a poll. `fresh` is how many entries the poll has seen for the first time, and
    `new_at` when the feed brought something new last.
    """

    rhythm: Rhythm
    silence_s: int | None
    price_s: float
    fresh: int
    new_at: datetime | None


def due(
    feed: DueFeed,
    failures: int,
    learned: Learned | None,
    asked: Asked,
    limits: PollSettings,
    at: datetime,
    *,
    window: int,
    jitter: float,
) -> Due:
    """Return when a feed is due after a poll at `at`, a good one (`learned`) or one of `failures` in a row.

    `window` is how many entries the feed's document holds, 0 for unknown.
    """
    if learned is None:
        wait, reason = _after_failures(feed, failures, limits)
    else:
        wait, reason = _own_wait(feed, learned, window, limits, at)
    if feed.schedule:  # the user's word: neither feed nor server is asked
        earliest = at + timedelta(seconds=wait if failures else 0)
        due_at = next_scheduled(feed.schedule, feed.time_zone, earliest, not_before=asked.not_before)
        return Due(due_at, reason)
    longest_s = limits.max_interval_s
    due_at = next_due(
        at,
        wait,
        asked_s=(asked.by_document_s, asked.by_server_s),
        retry_after_at=asked.not_before,
        max_interval_s=longest_s,
        jitter=jitter,
    )
    by_document_s, by_server_s = min(asked.by_document_s, longest_s), min(asked.by_server_s, longest_s)
    if by_document_s > max(wait, by_server_s):
        reason = f"Its document asks for {duration(by_document_s)} between polls (`ttl` or `sy:updatePeriod`)."
    elif by_server_s > wait:
        reason = f"Its server asks for {duration(by_server_s)} between polls (Cache-Control or Expires)."
    if asked.not_before and due_at - asked.not_before < timedelta(seconds=1):
        reason = "Its host asked for no request before (Retry-After)."
    allowed_at = after_skipped(due_at, asked.skip_hours, asked.skip_days, jitter=jitter)
    if allowed_at > due_at:
        reason = f"{reason} Its document asks for no poll in the hours or days before (`skipHours`, `skipDays`)."
    return Due(allowed_at, reason)


def _after_failures(feed: DueFeed, failures: int, limits: PollSettings) -> tuple[float, str]:
    wait_s = backoff_s(failures, min_interval_s=limits.min_interval_s, max_interval_s=limits.max_interval_s)
    polls = "The last poll failed" if failures == 1 else f"The last {failures} polls failed"
    if feed.schedule:
        return wait_s, f"{polls}: it waits for {duration(wait_s)} at least. {_schedule(feed)}"
    return wait_s, f"{polls}. The wait doubles after each: it is {duration(wait_s)} now."


def _own_wait(feed: DueFeed, learned: Learned, window: int, limits: PollSettings, at: datetime) -> tuple[float, str]:
    """Return the wait that neither feed nor server asks for, in seconds, and its reason."""
    if feed.schedule:
        return 0.0, _schedule(feed)
    if feed.interval_s:
        return feed.interval_s, f"The feed list asks for a poll every {duration(feed.interval_s)}."
    wait = next_wait(
        learned.rhythm,
        at,
        learned.price_s,
        window=window,
        fresh=learned.fresh,
        since_s=(at - feed.polled_at).total_seconds() if feed.polled_at else None,
        known_s=(at - feed.added_at).total_seconds(),
        min_interval_s=limits.min_interval_s,
        max_interval_s=limits.max_interval_s,
    )
    return wait.seconds, _reason(wait, learned.rhythm.per_day, window)


def _schedule(feed: DueFeed) -> str:
    return f"The feed list has its schedule: `{feed.schedule}` ({feed.time_zone or DEFAULT_TIME_ZONE})."


def _reason(wait: Wait, per_day: float, window: int) -> str:
    lasting = duration(wait.seconds)
    rate = (
        f"{per_day:.1f} entries a day" if per_day >= _ONE_A_DAY else f"an entry in {count(round(1 / per_day), 'day')}"
    )
    match wait.because:
        case "rhythm":
            return f"It brings {rate}, and at these hours enough for a poll in {lasting}."
        case "window":
            return f"Its document holds {count(window, 'entry', 'entries')}: half may be new in {lasting}."
        case "new":
            return f"It is new: it is polled every {lasting} until its rhythm is known."
        case "shortest":
            return f"It brings {rate}: it is polled as often as `poll.min_interval_s` allows."
        case "longest":
            return f"It brings {rate}: `poll.max_interval_s` is the longest wait."
