"""Gaps of a feed: noticed when a document does not go on from the last one, closed when what was missed has come."""

from datetime import datetime

from ingest.feeds.gaps import find_break, is_issued_again, may_have_missed, measure
from ingest.feeds.identity import Matches
from ingest.feeds.parsed import ParsedFeed
from storage.archive import Archive
from storage.feed_records import DueFeed

NEWEST_KNOWN = 50  # entries that a document is compared with
MAX_EDGE = 3  # entries next to a gap on either side; a document that has one of each side has all between


def record_gaps(
    archive: Archive, feed: DueFeed, parsed: ParsedFeed, found: Matches, at: datetime, *, forgotten: int, reissued: bool
) -> None:
    """Record what a document says of gaps, once its entries are recorded.

    `forgotten` is how many of its entries were forgotten, and `reissued` says that most of it was issued again.
    """
    at = at.replace(microsecond=0)  # as the archive has it
    _find_missed(archive, feed, min((entry.published_at or at for entry in found.new), default=at), at)
    seen = found.count + forgotten
    if feed.window_at is None or not feed.window_size or parsed.is_truncated or reissued:
        return
    if not may_have_missed(len(found.new), seen, feed.window_size):
        return
    known = archive.newest_known(feed.id, at, limit=NEWEST_KNOWN)
    broken = find_break(found.new, known, feed.window_at, feed.window_size, at, seen=seen)
    if broken is None:
        return
    rhythm = archive.rhythm(feed.id)
    gap = measure(
        broken,
        feed.id,
        at,
        shown_at=archive.last_answer_at(feed.id, broken.to_by),
        answered_at=archive.last_answer_at(feed.id, at),
        per_day=rhythm.per_day if rhythm else None,
    )
    titles = {entry.title for entry in found.new if entry.title}
    if gap and not is_issued_again(found.new, archive.titles_before(feed.id, titles, at)):
        archive.add_gap(gap)


def _find_missed(archive: Archive, feed: DueFeed, oldest_at: datetime, at: datetime) -> None:
    """Count what has come of open gaps, and close them. The document's new entries are not older than `oldest_at`."""
    edge = min(MAX_EDGE, ((feed.window_size or 0) + 1) // 2)  # at least as many are not pinned
    for gap in archive.open_gaps(feed.id, oldest_at):
        if gap.come != gap.found:
            archive.note_found(gap.id, gap.come)
        if gap.come >= gap.entries or archive.is_bridged(feed.id, gap, at, edge=edge):
            archive.close_gap(gap.id, at)
