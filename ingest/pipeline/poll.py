"""The poll stage: one poll of one feed, and when it is due.

fetch     with the validators of the last good answer, but every few days without: some servers say "unchanged" for ever
compare   a 304, or a body with the same hash, is not parsed
parse     in a worker, without the entries that the last document had
record    in one transaction: new entries (pending), rechecks of edited ones, gaps, validators, the feed's rhythm and
          health, and the next due instant
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from http import HTTPStatus
from typing import NamedTuple

from ingest.crontab import due_after_step, next_scheduled
from ingest.errors import FetchError, HostBusy, ParseError, WorkError
from ingest.feeds.parsed import ParsedFeed
from ingest.pipeline import documents
from ingest.pipeline.announced import record_entries
from ingest.pipeline.budget import Budget, learned
from ingest.pipeline.context import GOOD_STATUSES, Context
from ingest.pipeline.feed_state import PollResult, next_state
from ingest.web.headers import retry_after_at
from ingest.web.response import NotModified, Response, Validators
from ingest.workers.tasks import parse_feed
from ingest.workers.workers import Workers
from storage.archive import Archive
from storage.documents import Document
from storage.feed_records import DueFeed, FeedState, Rhythm
from storage.records import FAILED_POLLS, Poll, PollOutcome, WantedFeed

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, */*;q=0.5"
MAX_UNCHANGED = timedelta(days=3)  # that a server's "unchanged" is believed; then it is asked without validators


async def poll(feed: DueFeed, context: Context) -> None:
    """Poll a feed and record what happens as the poll's outcome. Raises ArchiveError only."""
    started_at = context.clock()
    result = await _fetch(feed, context, started_at)
    at = min(started_at, context.clock())  # a clock that was set back meanwhile must not be followed twice
    await context.record_grouped(
        _record,
        _Polled(feed, result, context.budget, at, context.rng.random()),
        lambda observer, recorded: observer.polled(feed, recorded),
    )


async def _fetch(feed: DueFeed, context: Context, now: datetime) -> PollResult:
    validators = None
    is_believed = feed.body_at is not None and abs(now - feed.body_at) < MAX_UNCHANGED
    if is_believed and feed.validators_url and (feed.etag or feed.last_modified):
        validators = Validators(feed.etag, feed.last_modified, feed.validators_url)
    try:
        request = context.requests.get(feed.url)
        answer = await context.client.get(feed.address, accept=ACCEPT, validators=validators, request=request)
    except HostBusy as error:
        return PollResult("deferred", error=error.cause, not_before=error.until)
    except FetchError as error:
        return PollResult("failed", error=error.cause)
    result = PollResult("not_modified", answer, not_before=retry_after_at(answer.headers.get("retry-after", ""), now))
    if isinstance(answer, NotModified):
        return result
    if answer.status not in GOOD_STATUSES:
        outcome: PollOutcome = "gone" if answer.status == HTTPStatus.GONE else "failed"
        return replace(result, outcome=outcome, error=f"HTTP {answer.status}")
    body_hash = blake2b(answer.body, digest_size=16).hexdigest()
    if body_hash == feed.body_hash:
        return replace(result, outcome="same_body", body_hash=body_hash)
    last = await context.writer.read(lambda archive: archive.document(feed.id))
    parsed = await parsed_feed(answer, context.pool, now, feed.url, last)
    if isinstance(parsed, ParseError):
        named = documents.alternate(parsed, (feed.url, feed.address, answer.final_url))
        return replace(result, outcome="failed", error=documents.cause(parsed, named), alternate_url=named)
    return replace(result, outcome="parsed", body_hash=body_hash, parsed=parsed, error=parsed.warning, last=last)


async def parsed_feed(
    answer: Response, pool: Workers, now: datetime, feed_url: str = "", last: Document | None = None
) -> ParsedFeed | ParseError:
    """Parse a feed in a worker, without what its `last` document had. Return why it cannot be parsed, if so."""
    try:
        return await pool.run(parse_feed, answer.body, answer.final_url, answer.content_type, now, feed_url, last)
    except WorkError as error:
        return ParseError(answer.final_url, f"parsing it {error.cause}")


class _Polled(NamedTuple):
    """A poll to record. `jitter` is the chance in when the next one is due."""

    feed: DueFeed
    result: PollResult
    budget: Budget
    at: datetime
    jitter: float


def _record(archive: Archive, polled: Sequence[_Polled]) -> list[Poll]:
    """Record polls of different feeds."""
    good = [each for each in polled if each.result.outcome not in FAILED_POLLS]
    rhythms = archive.rhythms([each.feed.id for each in good])
    schedules = archive.schedules([each.feed.id for each in polled])  # the list may have been read again meanwhile
    polls, unchanged = [], []
    for each in polled:
        feed_id = each.feed.id
        poll, state = _record_entries(archive, each, rhythms.get(feed_id), *schedules[feed_id])
        polls.append(poll)
        if poll.outcome == "not_modified":
            unchanged.append((poll, state))
        else:
            archive.record_poll(poll, state)
    archive.record_unchanged(unchanged)
    if good and archive.is_open("all_feeds_failing"):  # this machine was offline
        archive.hasten_unanswered(good[-1].at, "No feed could be polled for some time, and now one can.")
    return polls


def _record_entries(
    archive: Archive, polled: _Polled, rhythm: Rhythm | None, schedule: str | None, time_zone: str | None
) -> tuple[Poll, FeedState]:
    """Record a document's entries and the feed's rhythm. Return the poll's row and the feed's."""
    feed, result, budget, at, jitter = polled
    new = fresh = 0
    error = result.error
    if result.parsed:
        new, fresh, note = record_entries(archive, feed, result.parsed, at, result.last)
        error = "; ".join(filter(None, (error, note))) or None
    known = None
    if result.outcome not in FAILED_POLLS:
        known = learned(archive, feed, rhythm, budget, at, is_changed=new > 0, fresh=fresh)
    if (schedule, time_zone) != (feed.schedule, feed.time_zone):
        feed = replace(feed, schedule=schedule, time_zone=time_zone)
    state = next_state(feed, result, known, budget.limits, at, jitter)
    if result.parsed and state.empty_at:
        error = "; ".join(filter(None, (error, documents.EMPTY)))
    poll = Poll(feed.id, at, result.outcome, entries_new=new, error=error)
    if result.parsed:
        poll = replace(poll, entries_seen=result.parsed.entries_seen)
    if isinstance(answer := result.answer, Response):
        poll = replace(poll, status=answer.status, ms=answer.ms, body_bytes=len(answer.body))
    elif answer:
        poll = replace(poll, status=HTTPStatus.NOT_MODIFIED, ms=answer.ms)
    return poll, state


def subscribe(archive: Archive, feeds: Iterable[WantedFeed], now: datetime) -> None:
    """Make the archive's feeds agree with the feed list. A schedule that is new takes effect at once."""
    feeds = tuple(feeds)
    times = {feed.url: next_scheduled(feed.schedule, feed.time_zone, now) for feed in feeds if feed.schedule}
    archive.subscribe(feeds, now, scheduled=times)


def follow_clock(archive: Archive, now: datetime) -> None:
    """If the clock was set back, let nothing wait longer for that. A feed with a schedule stays at its times."""
    moved = {
        feed.id: due_after_step(feed.schedule, feed.time_zone, feed.due_at, feed.polled_at, now)
        for feed in archive.scheduled_feeds()
    }
    archive.follow_clock(now)
    archive.reschedule(moved)
