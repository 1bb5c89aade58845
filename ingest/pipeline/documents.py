"""What a document says of its feed: that it has lost its entries or become a page, and when not to ask (pure)."""

import shlex
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from urllib.parse import urldefrag

from ingest.errors import PageFound, ParseError
from ingest.feeds.parsed import ParsedFeed
from storage.feed_records import FeedState

EMPTY = "its document has no entries"


def with_document(state: FeedState, parsed: ParsedFeed | None, at: datetime, *, had_entries: bool) -> FeedState:
    """Return a feed's state after a good poll, `parsed` if that brought another document than the one before.

    `had_entries`: the feed has announced entries at some time. A document whose end is missing may have lost them with
    it, and so says nothing.
    """
    if state.alternate_url:
        state = replace(state, alternate_url=None)
    if parsed is None or parsed.is_truncated:
        return state
    if parsed.entries_seen:
        state = replace(state, window_size=parsed.entries_seen, window_at=at)
    is_empty = had_entries and not parsed.entries_seen
    return replace(
        state,
        empty_at=(state.empty_at or at) if is_empty else None,
        skip_hours=parsed.skip_hours,
        skip_days=parsed.skip_days,
    )


def alternate(error: ParseError, own: Collection[str]) -> str | None:
    """Return the likeliest feed that a page in place of a feed links, leaving out the feed's `own` addresses."""
    if not isinstance(error, PageFound):
        return None
    own = {urldefrag(url).url for url in own}
    return next((url for url in error.feeds if urldefrag(url).url not in own), None)


def cause(error: ParseError, alternate_url: str | None) -> str:
    """Return why there is no feed, with the command that adds the one that the page links."""
    if alternate_url is None:
        return error.cause
    return f"{error.cause}; it names another feed: `ingest feeds add {shlex.quote(alternate_url)}`"
