"""The poll stage: one poll of one feed, and when it is due.

fetch     with the validators of the last good answer, but every few days without: some servers say "unchanged" for ever
compare   a 304, or a body with the same hash, is not parsed
parse     in a worker
record    new entries (pending), rechecks of edited ones, validators, health and the next due instant in one transaction
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from http import HTTPStatus

from ingest.configuration.settings import PollSettings
from ingest.crontab import DEFAULT_TIME_ZONE, due_after_step, next_after
from ingest.dedupe.aliases import alias_keys, guid_key, under_other_scheme
from ingest.dedupe.urls import canonical_url, url_key
from ingest.errors import FetchError, HostBusy, ParseError, WorkError
from ingest.feeds.edits import edits
from ingest.feeds.identity import MIN_REISSUED, count_reissued, match_entries
from ingest.feeds.parsed import ParsedFeed
from ingest.hosts import host_key
from ingest.pipeline.context import GOOD_STATUSES, Context
from ingest.pipeline.forgotten import leave_out_forgotten
from ingest.pipeline.gaps import record_gaps
from ingest.schedule import polls as schedule
from ingest.web.headers import freshness_s, retry_after_at
from ingest.web.response import NotModified, Response, Validators
from ingest.workers.pool import Pool
from ingest.workers.tasks import parse_feed
from storage.archive import Archive
from storage.records import DueFeed, FeedState, NewEntry, Poll, PollOutcome, WantedFeed

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, */*;q=0.5"
MAX_UNCHANGED = timedelta(days=3)  # that a server's "unchanged" is believed; then it is asked without validators


@dataclass(frozen=True, slots=True)
class PollResult:
    """What a poll brought, before it is recorded. `not_before` is what Retry-After asks for."""

    outcome: PollOutcome
    answer: Response | NotModified | None = None
    body_hash: str | None = None
    parsed: ParsedFeed | None = None
    error: str | None = None
    not_before: datetime | None = None


async def poll(feed: DueFeed, context: Context) -> None:
    """Poll a feed and record what happens as the poll's outcome. Raises ArchiveError only."""
    started_at = context.clock()
    result = await _fetch(feed, context, started_at)
    at = min(started_at, context.clock())  # a clock that was set back meanwhile must not be followed twice
    jitter = context.rng.random()
    await context.record(
        lambda archive: _record(archive, feed, result, context.settings.poll, at, jitter),
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
    parsed = await parsed_feed(answer, context.pool, now)
    if isinstance(parsed, str):
        return replace(result, outcome="failed", error=parsed)
    return replace(result, outcome="parsed", body_hash=body_hash, parsed=parsed, error=parsed.warning)


async def parsed_feed(answer: Response, pool: Pool, now: datetime) -> ParsedFeed | str:
    """Parse a feed in a worker. Return why it cannot be parsed, if so."""
    try:
        parsed = await pool.run(parse_feed, answer.body, answer.final_url, answer.content_type, now)
    except WorkError as error:
        return f"parsing it {error.cause}"
    return parsed.cause if isinstance(parsed, ParseError) else parsed


def _record(
    archive: Archive, feed: DueFeed, result: PollResult, limits: PollSettings, at: datetime, jitter: float
) -> Poll:
    poll = Poll(feed.id, at, result.outcome, error=result.error)
    if answer := result.answer:
        poll = replace(poll, status=HTTPStatus.NOT_MODIFIED, ms=answer.ms)
    if isinstance(answer, Response):
        poll = replace(poll, status=answer.status, body_bytes=len(answer.body))
    if result.parsed:
        new, note = record_entries(archive, feed, result.parsed, at)
        error = "; ".join(filter(None, (result.error, note))) or None
        poll = replace(poll, entries_seen=result.parsed.entries_seen, entries_new=new, error=error)
    recent, newest_at = archive.entry_rate(feed.id, at - timedelta(seconds=schedule.RATE_WINDOW_S), at)
    line, time_zone = archive.schedule_of(feed.id)  # the list may have been read again meanwhile
    feed = replace(feed, schedule=line, time_zone=time_zone)
    state = _next_state(feed, result, recent, newest_at, limits, at, jitter)
    archive.record_poll(poll, state)
    return poll


def record_entries(archive: Archive, feed: DueFeed, parsed: ParsedFeed, at: datetime) -> tuple[int, str | None]:
    """Record a document's entries. Return how many are new, and a warning if too many are new or edited at once."""
    entries = [_addressed(entry, feed) for entry in parsed.entries]
    guids = {entry.guid for entry in entries if entry.guid}
    urls = {entry.canonical_url for entry in entries if entry.canonical_url}
    known = archive.known_entries(
        feed.id,
        guids | set(map(under_other_scheme, guids)),
        urls | set(map(under_other_scheme, urls)),
        (key for entry in entries for key in alias_keys(entry.canonical_url, entry.guid, feed.url)),
    )
    entries, known = leave_out_forgotten(archive, feed, entries, known, at)
    found = match_entries(entries, known, guid_key=partial(guid_key, feed_url=feed.url), url_key=url_key)
    archive.mark_seen(found.seen, at)
    for entry_id in found.moved:
        archive.readdress(entry_id, found.seen[entry_id][1], at)
    for entry_id, entry in found.renamed:
        archive.add_aliases_of(entry_id, alias_keys(entry.canonical_url, entry.guid, feed.url))
    count = 0
    if len(found.new) >= MIN_REISSUED:
        titles = {entry.title for entry in found.new if entry.title}
        count = count_reissued(found, archive.feed_history(feed.id, titles, count=MIN_REISSUED))
    archive.add_entries(feed.id, found.new, at, reissued=count > 0)
    edited = edits([(known, entry) for known, entry in found.seen.values() if known.id not in found.moved], at)
    archive.save_text_hashes([*edited.noted, *((known, entry) for known, entry, _ in edited.rechecks)])
    for known_entry, entry, due_at in edited.rechecks:
        again = archive.reopen if known_entry.open else archive.schedule_recheck
        again(known_entry.id, entry, due_at)
    forgotten = len(parsed.entries) - len(entries)
    record_gaps(archive, feed, parsed, found, at, forgotten=forgotten, reissued=count > 0)
    warning = f"{count} of its {len(entries)} entries have turned new at once: perhaps issued again under other names"
    return len(found.new), "; ".join(filter(None, (warning if count else None, edited.note))) or None


def _addressed(entry: NewEntry, feed: DueFeed) -> NewEntry:
    """Address an entry by its link, or inside its feed if it has a text and no link."""
    text = entry.content or entry.summary
    if entry.url is None and text:
        own = blake2b(f"{entry.guid}\n{entry.title}\n{text}".encode(errors="replace"), digest_size=4).hexdigest()
        entry = replace(entry, url=f"{feed.url}#entry-{own}", shared_url=True)
    url = canonical_url(entry.url, keep_fragment=entry.shared_url) if entry.url else None
    return replace(entry, canonical_url=url, host=host_key(url or feed.url))


def next_scheduled(line: str, time_zone: str | None, now: datetime, *, not_before: datetime | None = None) -> datetime:
    """Return the first time of the line after `now` that is not before `not_before` (pure)."""
    just_before = not_before - timedelta(microseconds=1) if not_before else now
    return next_after(line, time_zone or DEFAULT_TIME_ZONE, max(now, just_before))


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


def _next_state(
    feed: DueFeed,
    result: PollResult,
    recent: int,
    newest_at: datetime | None,
    limits: PollSettings,
    at: datetime,
    jitter: float,
) -> FeedState:
    """Return the feed's row after the poll (pure)."""
    state = FeedState(
        feed.address, feed.move_seen, feed.etag, feed.last_modified, feed.validators_url, feed.body_hash,
        feed.asked_interval_s, feed.failures, due_at=None, skip_hours=feed.skip_hours, skip_days=feed.skip_days,
        window_size=feed.window_size, window_at=feed.window_at, silence_s=feed.silence_s, silent_at=feed.silent_at,
        empty_at=feed.empty_at, alternate_url=feed.alternate_url,
    )  # fmt: skip
    if result.outcome == "gone":
        return replace(state, gone=True)
    if result.outcome == "deferred":
        return replace(state, due_at=result.not_before)
    answer = result.answer
    failures = feed.failures + 1 if result.outcome == "failed" else 0
    bounds = {"min_interval_s": limits.min_interval_s, "max_interval_s": limits.max_interval_s}
    if failures:
        interval_s = schedule.backoff_s(failures, **bounds)
    else:
        interval_s = feed.interval_s or schedule.poll_interval_s(
            recent_entries=recent,
            quiet_s=(at - newest_at).total_seconds() if newest_at else None,
            **bounds,
        )
    asked_s = result.parsed.asked_interval_s if result.parsed else feed.asked_interval_s
    if feed.schedule:  # the user's word: neither ttl nor Cache-Control is asked
        earliest = at + timedelta(seconds=interval_s if failures else 0)
        due_at = next_scheduled(feed.schedule, feed.time_zone, earliest, not_before=result.not_before)
    else:
        due_at = schedule.next_due(
            at,
            interval_s,
            asked_s=(asked_s, freshness_s(answer.headers, at) if answer else 0),
            retry_after_at=result.not_before,
            max_interval_s=limits.max_interval_s,
            jitter=jitter,
        )
    state = replace(state, asked_interval_s=asked_s, failures=failures, due_at=due_at)
    if failures or answer is None:
        return state
    address, move_seen = schedule.follow_move(feed.address, feed.move_seen, answer.permanent_url)
    state = replace(state, address=address, move_seen=move_seen)
    if isinstance(answer, Response):
        # With the validators of a truncated document, the server would never send the rest.
        headers = answer.headers if not (result.parsed and result.parsed.is_truncated) else {}
        etag, last_modified = headers.get("etag"), headers.get("last-modified")
        state = replace(state, etag=etag, last_modified=last_modified)
        state = replace(state, validators_url=answer.final_url, body_hash=result.body_hash)
    if parsed := result.parsed:
        state = replace(state, title=parsed.title, site_url=parsed.site_url, language=parsed.language)
        if parsed.entries_seen and not parsed.is_truncated:
            state = replace(state, window_size=parsed.entries_seen, window_at=at)
    return state
