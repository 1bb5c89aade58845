"""The budget of requests: what a poll is worth, so that all feeds together make as many as the settings allow.

It lives in the writer's thread: each poll is recorded there.
"""

from datetime import datetime, timedelta

from ingest.configuration.settings import PollSettings
from ingest.schedule.budget import Load, price_of_poll_s
from ingest.schedule.polls import DAY_S, poll_interval_s
from storage.archive import Archive
from storage.records import FeedDemand

PRICED_FOR = timedelta(minutes=15)
MAX_CHANGE = 0.1  # of the number of feeds, until the price is worked out anew


class Budget:
    def __init__(self) -> None:
        self._price_s = 0.0
        self._priced_at: datetime | None = None
        self._feeds = 0

    def price_s(self, archive: Archive, limits: PollSettings, now: datetime) -> float:
        """Return the price of a poll (`schedule.budget`), which is kept for a quarter of an hour."""
        feeds = archive.budgeted_count()
        is_kept = self._priced_at is not None and abs(now - self._priced_at) < PRICED_FOR
        if not is_kept or abs(feeds - self._feeds) > MAX_CHANGE * self._feeds:
            self._price_s = price_of_poll_s(*demand(archive.demands(), limits, now))
            self._priced_at, self._feeds = now, feeds
        return self._price_s


def demand(feeds: list[FeedDemand], limits: PollSettings, now: datetime) -> tuple[float, list[Load]]:
    """Return the polls a day that a feed may make on average, and what each feed needs (pure)."""
    bounds = {"min_interval_s": limits.min_interval_s, "max_interval_s": limits.max_interval_s}
    loads = [Load.of(feed, **bounds) for feed in feeds]
    return limits.requests_per_day or usual_polls(feeds, limits, now), loads


def usual_polls(feeds: list[FeedDemand], limits: PollSettings, now: datetime) -> float:
    """Return the polls a day and feed when each is polled by its own entries alone, about twice for each (pure)."""
    intervals_s = [
        poll_interval_s(
            recent_entries=feed.recent,
            quiet_s=(now - feed.newest_at).total_seconds() if feed.newest_at else None,
            min_interval_s=max(limits.min_interval_s, min(feed.asked_interval_s, limits.max_interval_s)),
            max_interval_s=limits.max_interval_s,
        )
        for feed in feeds
    ]
    return sum(DAY_S / interval_s for interval_s in intervals_s) / max(len(feeds), 1)
