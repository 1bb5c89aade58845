"""Counts of what a run did."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from storage.feed_records import DueFeed
from storage.records import FAILED_POLLS, Outcome, Poll


@dataclass(slots=True, eq=False)
class Tally:
    """An observer that counts polls and entries of the feeds `feed_ids` (None: all feeds).

    A feed counts once, by its first poll: a later poll may happen during the run. `feeds_due` and `entries_due` are
    how many were due when the run began.
    """

    feed_ids: frozenset[int] | None = None
    polls: Counter[str] = field(default_factory=Counter)
    entries: Counter[str] = field(default_factory=Counter)
    entries_new: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    feeds_due: int = 0
    entries_due: int = 0
    _polled: set[int] = field(default_factory=set)

    def polled(self, feed: DueFeed, poll: Poll) -> None:
        if not self._counts(feed.id):
            return
        self.entries_new += poll.entries_new
        if feed.id not in self._polled:
            self._polled.add(feed.id)
            self.polls[poll.outcome] += 1
            if poll.outcome in FAILED_POLLS:
                self.failures[feed.name or feed.url] = poll.error or poll.outcome

    def settled(self, feed_id: int, outcome: Outcome) -> None:
        if self._counts(feed_id):
            self.entries[outcome] += 1

    def postponed(self, feed_id: int, reason: str) -> None:  # noqa: ARG002 (an Observer's signature)
        if self._counts(feed_id):
            self.entries[Outcome.PENDING] += 1

    def _counts(self, feed_id: int) -> bool:
        return self.feed_ids is None or feed_id in self.feed_ids

    def as_dict(self) -> dict[str, Any]:
        return {
            "polls": dict(self.polls),
            "entries_new": self.entries_new,
            "entries": dict(self.entries),
            "failures": self.failures,
        }
