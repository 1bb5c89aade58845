"""The daemon's log: a record for each poll, and the totals of its run."""

import logging

from ingest.deliveries.retries import Verdict
from ingest.deliveries.transport import Sent
from ingest.text.markup import count, cut
from storage.feed_records import DueFeed
from storage.records import Outcome, Poll

MAX_NAME_COLUMNS = 100

log = logging.getLogger("ingest")


def fields(event: str, **values: object) -> dict[str, object]:
    """Return the `extra` of a log record: the keys that a JSON log has besides the message."""
    return {"fields": {"event": event} | values}


def poll_line(feed: DueFeed, poll: Poll) -> str:
    """Return a line with the result of a poll: "Example: 3 new"."""
    result = f"{poll.entries_new} new" if poll.entries_new else poll.outcome.replace("_", " ")
    return f"{cut(feed.name or feed.url, MAX_NAME_COLUMNS)}: {result}" + (f" ({poll.error})" if poll.error else "")


class PollLog:
    """An observer that logs polls and failed deliveries, and counts polls, new entries, articles and deliveries."""

    def __init__(self) -> None:
        self.sums = {"polls": 0, "entries_new": 0, "articles": 0, "delivered": 0}

    def polled(self, feed: DueFeed, poll: Poll) -> None:
        self.sums["polls"] += 1
        self.sums["entries_new"] += poll.entries_new
        level = logging.WARNING if poll.outcome in ("failed", "gone") else logging.INFO
        values = {"outcome": poll.outcome, "status": poll.status, "new": poll.entries_new, "error": poll.error}
        extra = fields("polled", feed=feed.name or feed.url, **values, ms=poll.ms)
        log.log(level, "%s", poll_line(feed, poll), extra=extra)

    def settled(self, feed_id: int, outcome: Outcome) -> None:  # noqa: ARG002 (an Observer's signature)
        self.sums["articles"] += outcome is Outcome.ARCHIVED

    def postponed(self, feed_id: int, reason: str) -> None:
        pass  # it may still become an article

    def tried(self, hook: str, events: int, sent: Sent, result: Verdict) -> None:
        """Log a try of a delivery that failed, and the first one after it that did not."""
        values = {"hook": hook, "events": events, "status": sent.status, "error": sent.error, "tries": result.tries}
        extra = fields(f"delivery_{result.outcome}", **values)
        number = count(events, "event")
        if result.outcome == "taken":
            self.sums["delivered"] += events
            level = logging.INFO if result.tries else logging.DEBUG
            log.log(level, "hook %s: %s delivered", hook, number, extra=extra)
            return
        sequel = {
            "again": f"tried again at {result.due_at:%Y-%m-%d %H:%M:%S} UTC" if result.due_at else "",
            "dead": f"a dead letter now; see `ingest hooks dead {hook}`",
            "stopped": f"nothing more is sent until `ingest hooks resend {hook}`",
        }[result.outcome]
        log.warning("hook %s: %s not delivered: %s; %s", hook, number, sent.error, sequel, extra=extra)

    def summary(self) -> str:
        """Return the totals: "3 polls, 12 new entries, 9 articles", and events that were delivered, if any were."""
        polls, new, articles, delivered = self.sums.values()
        delivery = f", {count(delivered, 'event')} delivered" if delivered else ""
        return (
            f"{count(polls, 'poll')}, {count(new, 'new entry', 'new entries')}, {count(articles, 'article')}{delivery}"
        )
