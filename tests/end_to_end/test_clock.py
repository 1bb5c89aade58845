"""A clock that is set back, jumps, or changes to summer time: every feed is polled when due, none twice at once."""

import asyncio
import random
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from ingest.configuration.config import Config
from ingest.configuration.settings import Settings
from ingest.daemon.clock import wake_when_due
from ingest.pipeline import open_pipeline
from ingest.pipeline.engine import Engine
from storage.records import WantedFeed
from tests.archive_run import QUICK, START, ArchiveRun
from tests.builders_feeds import item, page, rss
from tests.site import Answer

INTERVAL_S = 1800
POLL = {"min_interval_s": INTERVAL_S, "max_interval_s": INTERVAL_S}


class Day:
    """A daemon's hours in an instant: its sleep moves both clocks, and a jump only the wall clock."""

    def __init__(self, archive, url, *, start=START):
        self.archive, self.url = archive, url
        self.at = start
        self.elapsed_s = 0.0
        self.polled_s = []

    def polled(self, _feed, _poll):
        self.polled_s.append(self.elapsed_s)

    def settled(self, *_):
        pass

    postponed = settled

    def run(self, hours, jumps=()):
        """`jumps` are (after so many seconds, how far)."""
        asyncio.run(self._run(hours, list(jumps)))
        return self

    async def _run(self, hours, jumps):
        settings = Settings(**QUICK, poll=POLL)
        ends_s = self.elapsed_s + hours * 3600
        over = asyncio.Event()
        async with open_pipeline(
            Config(settings), self.archive, "daemon", [self], clock=lambda: self.at, rng=random.Random(1)
        ) as context:
            await context.writer(lambda a: a.subscribe([WantedFeed(self.url, article="feed")], self.at))
            engine = Engine(context)

            async def sleep(seconds):
                """Over when all that was due has been done."""
                round_ = asyncio.create_task(engine.next_round())
                await asyncio.sleep(0)
                engine.wake()
                await round_
                while engine.is_polling({1}):
                    await engine.next_round()
                self.elapsed_s += seconds
                self.at += timedelta(seconds=seconds)
                while jumps and jumps[0][0] <= self.elapsed_s:
                    self.at += jumps.pop(0)[1]
                if self.elapsed_s >= ends_s:
                    over.set()
                    await asyncio.Event().wait()

            tasks = [
                asyncio.create_task(engine.run()),
                asyncio.create_task(wake_when_due(engine.wake, context, sleep=sleep)),
            ]
            await asyncio.wait([*tasks, asyncio.create_task(over.wait())], return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks)

    @property
    def gaps_s(self):
        return [later - earlier for earlier, later in zip(self.polled_s, self.polled_s[1:], strict=False)]


@pytest.fixture
def day(site, tmp_path):
    site.page("/feed", rss(item(1)))
    return Day(tmp_path / "news.db", site.url("/feed"))


@pytest.mark.parametrize("back_s", [3600, 86400])
def test_a_clock_that_is_set_back_delays_no_feed_by_more_than_its_interval(day, back_s):
    day.run(3, [(5000, timedelta(seconds=-back_s))])
    assert [gap for gap in day.gaps_s if not INTERVAL_S * 0.89 <= gap <= 2 * INTERVAL_S + 61] == []
    assert len(day.polled_s) == 6


def test_a_clock_that_was_set_back_while_nothing_ran_delays_no_feed_either(day):
    day.run(1)
    day.at -= timedelta(hours=5)
    day.run(2)
    assert all(INTERVAL_S * 0.89 <= gap <= 2 * INTERVAL_S + 61 for gap in day.gaps_s)


def test_a_clock_that_was_ahead_by_years_leaves_nothing_waiting_for_years(site, tmp_path):
    site.page("/feed", rss(f"<item><title>L</title><link>{site.url('/late')}</link></item>"))
    site.page("/late", "", status=503, headers={"Retry-After": "7200"})
    feed = WantedFeed(site.url("/feed"))
    run = ArchiveRun(tmp_path / "news.db", START + timedelta(days=3650))
    run.now(feed)
    run.now_at = START
    run.now(feed)
    asked = len(site.requests)
    run.later(hours=1).now(feed)
    assert len(site.requests) == asked
    site.page("/late", page())
    run.later(hours=1).now(feed)
    assert run.outcomes() == ["archived"]


def test_a_poll_during_which_the_clock_is_set_back_is_of_the_time_after(site, tmp_path):
    run = ArchiveRun(tmp_path / "news.db")

    def set_back(_):
        run.now_at = START - timedelta(hours=1)
        return Answer(body=rss(item(1)))

    site.answer("/feed", set_back)
    run.now(site.url("/feed"))
    assert run.feed()["polled_at"] == "2026-03-01T11:00:00Z"


def test_after_a_suspended_day_each_feed_is_polled_once_within_a_minute(day):
    day.run(2, [(4000, timedelta(days=1))])
    slept = [s for s in day.polled_s if 4000 <= s <= 4061]
    assert len(slept) == 1
    assert all(gap >= INTERVAL_S * 0.89 for gap in day.gaps_s[day.polled_s.index(slept[0]) :])


@pytest.mark.parametrize("start", [datetime(2026, 3, 29, 0, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, 0, tzinfo=UTC)])
def test_summer_time_changes_nothing(day, start, monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    try:
        day.at = start
        day.run(3)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert all(INTERVAL_S * 0.89 <= gap <= INTERVAL_S + 1 for gap in day.gaps_s)


async def test_a_poll_that_takes_longer_than_the_interval_is_not_begun_twice_and_delays_no_other(site, tmp_path):
    site.page("/quick", rss(item(1)))
    site.hang("/slow")
    at, polled = START, asyncio.Semaphore(0)

    class Ends:
        def polled(self, *_):
            polled.release()

        def settled(self, *_):
            pass

    settings = Settings(**QUICK, poll=POLL)
    feeds = [WantedFeed(site.url(path), article="feed") for path in ("/slow", "/quick")]
    async with open_pipeline(Config(settings), tmp_path / "news.db", "daemon", [Ends()], clock=lambda: at) as context:
        await context.writer(lambda a: a.subscribe(feeds, at))
        engine = Engine(context)
        running = asyncio.create_task(engine.run())
        for hour in range(1, 6):
            await polled.acquire()
            assert [len(site.requests_of(path)) for path in ("/slow", "/quick")] == [1, hour]
            at += timedelta(hours=1)
            engine.wake()
        running.cancel()
