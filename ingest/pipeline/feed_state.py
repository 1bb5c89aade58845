"""What a poll makes of a feed's row: its state, and when it is due next (pure)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingest.configuration.settings import PollSettings
from ingest.crontab import next_scheduled
from ingest.feeds.parsed import ParsedFeed
from ingest.pipeline.documents import with_document
from ingest.schedule import polls as schedule
from ingest.web.headers import freshness_s
from ingest.web.response import NotModified, Response
from storage.records import DueFeed, FeedState, PollOutcome


@dataclass(frozen=True, slots=True)
class PollResult:
    """What a poll brought, before it is recorded.

    `not_before` is what Retry-After asks for, `alternate_url` the feed that a page in place of this one names.
    """

    outcome: PollOutcome
    answer: Response | NotModified | None = None
    body_hash: str | None = None
    parsed: ParsedFeed | None = None
    error: str | None = None
    not_before: datetime | None = None
    alternate_url: str | None = None


def next_state(
    feed: DueFeed,
    result: PollResult,
    recent: int,
    newest_at: datetime | None,
    limits: PollSettings,
    at: datetime,
    jitter: float,
) -> FeedState:
    """Return the feed's row after the poll."""
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
    if result.outcome == "failed":
        state = replace(state, alternate_url=result.alternate_url or feed.alternate_url)
    else:
        state = with_document(state, result.parsed, at, had_entries=newest_at is not None)
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
    return state
