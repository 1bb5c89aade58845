"""The rhythms of feeds, and the price of a poll at which all feeds together make as many as the budget allows.

The writer's thread uses it: the rhythm is learned in the transaction that records the poll.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingest.configuration.settings import PollSettings
from ingest.pipeline.due import Learned
from ingest.schedule.budget import Load, price_of_poll_s, usual_polls_per_day
from ingest.schedule.polls import RATE_WINDOW_S
from ingest.schedule.rhythm import MAX_DATES, learn
from ingest.schedule.silence import is_silent, silence_after_s
from storage.archive import Archive
from storage.feed_records import DueFeed, Rhythm

LEARNED_FOR = timedelta(days=1)  # without new entries
PRICED_FOR = timedelta(hours=1)  # for 10,000 feeds it takes more than half a second
MAX_CHANGE = 0.1  # of the feeds may be new, until the price is worked out anew


class Budget:
    def __init__(self, limits: PollSettings) -> None:
        self.limits = limits
        self._price_s = 0.0
        self._priced_at: datetime | None = None
        self._feeds = self._new = 0

    def price_s(self, archive: Archive, now: datetime, *, is_new: bool) -> float:
        """Return the price of a poll (`schedule.budget`), which is kept for an hour.

        `is_new`: the feed that is polled has its first rhythm. Many of these end the price sooner.
        """
        self._new += is_new
        is_kept = self._priced_at is not None and abs(now - self._priced_at) < PRICED_FOR
        if not is_kept or self._new > MAX_CHANGE * self._feeds:
            demands = archive.demands()
            bounds = {"min_interval_s": self.limits.min_interval_s, "max_interval_s": self.limits.max_interval_s}
            polls_per_day = self.limits.requests_per_day or usual_polls_per_day(demands, now, **bounds)
            self._price_s = price_of_poll_s(polls_per_day, [Load.of(each, **bounds) for each in demands])
            self._priced_at, self._feeds, self._new = now, len(demands), 0
        return self._price_s


def learned(
    archive: Archive,
    feed: DueFeed,
    known: Rhythm | None,
    budget: Budget,
    now: datetime,
    *,
    is_changed: bool,
    fresh: int,
) -> Learned:
    """Return what a good poll knows of its feed, whose rhythm was `known`.

    The rhythm is learned anew if the feed has new entries (`is_changed`), and once a day.
    """
    if known and not is_changed and timedelta() <= now - known.learned_at < LEARNED_FOR:
        rhythm, silence_s = known, feed.silence_s
    else:
        rhythm, silence_s = _learn(archive, feed.id, now)
    new_at = rhythm.newest_at
    if is_silent(new_at, silence_s, now):  # by the dates alone
        new_at = archive.last_new_at(feed.id, now)
    return Learned(rhythm, silence_s, budget.price_s(archive, now, is_new=known is None), fresh, new_at)


def _learn(archive: Archive, feed_id: int, now: datetime) -> tuple[Rhythm, int | None]:
    """Learn and save the feed's rhythm. Return after how many seconds without an entry it counts as silent, too."""
    recent, newest_at = archive.entry_rate(feed_id, now - timedelta(seconds=RATE_WINDOW_S), now)
    dates = archive.entry_dates(feed_id, now, limit=MAX_DATES)
    if dates:  # without what was perhaps issued again
        newest_at = datetime.fromtimestamp(dates[-1], UTC)
    rhythm = replace(learn(dates, now), recent=recent, newest_at=newest_at)
    archive.save_rhythm(feed_id, rhythm)
    silence_s = silence_after_s(dates or ([newest_at.timestamp()] if newest_at else []), now.timestamp())
    return rhythm, None if silence_s is None else round(silence_s)
