"""What a poll makes of a feed's row: its state, and when it is due next (pure)."""

from dataclasses import dataclass, fields, replace
from datetime import datetime

from ingest.configuration.settings import PollSettings
from ingest.feeds.parsed import ParsedFeed
from ingest.pipeline.documents import with_document
from ingest.pipeline.due import Asked, Learned, due
from ingest.schedule.polls import follow_move
from ingest.schedule.silence import is_silent
from ingest.web.headers import freshness_s
from ingest.web.response import NotModified, Response
from storage.documents import Document
from storage.feed_records import DueFeed, FeedMemory, FeedState
from storage.records import PollOutcome

_MEMORY = [field.name for field in fields(FeedMemory)]


@dataclass(frozen=True, slots=True)
class PollResult:
    """What a poll brought, before it is recorded.

    `not_before` is what Retry-After asks for, `alternate_url` the feed that a page in place of this one names. `last`
    is the document before, by which `parsed` was read.
    """

    outcome: PollOutcome
    answer: Response | NotModified | None = None
    body_hash: str | None = None
    parsed: ParsedFeed | None = None
    error: str | None = None
    not_before: datetime | None = None
    alternate_url: str | None = None
    last: Document | None = None


def next_state(
    feed: DueFeed,
    result: PollResult,
    learned: Learned | None,
    limits: PollSettings,
    at: datetime,
    jitter: float,
) -> FeedState:
    """Return the feed's row after the poll. `learned` is of a good one."""
    state = FeedState(**{name: getattr(feed, name) for name in _MEMORY}, due_at=None)
    if result.outcome == "gone":
        return replace(state, gone=True)
    if result.outcome == "deferred":
        return replace(state, due_at=result.not_before, due_reason="Its host asked to wait (Retry-After).")
    failures = 0 if learned else feed.failures + 1
    if learned is None:
        state = replace(state, alternate_url=result.alternate_url or feed.alternate_url)
    else:
        state = with_silence(
            with_document(state, result.parsed, at, had_entries=learned.rhythm.newest_at is not None), learned, at
        )
    asked_s = result.parsed.asked_interval_s if result.parsed else feed.asked_interval_s
    asked = Asked(
        asked_s,
        freshness_s(result.answer.headers, at) if result.answer else 0,
        result.not_before,
        state.skip_hours,
        state.skip_days,
    )
    window = state.window_size or 0
    due_at, reason = due(feed, failures, learned, asked, limits, at, window=window, jitter=jitter)
    answer, address, move_seen = result.answer, feed.address, feed.move_seen
    if answer and not failures:
        address, move_seen = follow_move(address, move_seen, answer.permanent_url)
    state = replace(
        state,
        address=address,
        move_seen=move_seen,
        asked_interval_s=asked_s,
        failures=failures,
        due_at=due_at,
        due_reason=reason,
    )
    if isinstance(answer, Response) and not failures:
        # With the validators of a truncated document, the server would never send the rest.
        headers = answer.headers if not (result.parsed and result.parsed.is_truncated) else {}
        state = replace(
            state,
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
            validators_url=answer.final_url,
            body_hash=result.body_hash,
        )
    if (parsed := result.parsed) and not failures:
        state = replace(state, title=parsed.title, site_url=parsed.site_url, language=parsed.language)
    return state


def with_silence(state: FeedState, learned: Learned, at: datetime) -> FeedState:
    """Return the state with when the feed brought something new last as `silent_at`, None if it is not silent."""
    silent_at = learned.new_at if is_silent(learned.new_at, learned.silence_s, at) else None
    if (learned.silence_s, silent_at) == (state.silence_s, state.silent_at):
        return state
    return replace(state, silence_s=learned.silence_s, silent_at=silent_at)
