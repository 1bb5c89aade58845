"""A clock that is set back, jumps, or changes to summer time: every feed is polled when due, none twice at once."""

import asyncio
import random
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine

from ingest.configuration.config import Config
from ingest.configuration.settings import Settings
from ingest.daemon.clock import running_clock
from ingest.deliveries.calendar import Calendar
from ingest.deliveries.jobs import jobs_of
from ingest.pipeline import open_pipeline
from ingest.pipeline.engine import Engine
from ingest.pipeline.poll import subscribe
from storage.files import Protected
from storage.records import WantedFeed
from tests.archive_run import QUICK, START, ArchiveRun
from tests.builders_feeds import item, page, rss
from tests.site import Answer

INTERVAL_S = 1800
POLL = {"min_interval_s": INTERVAL_S, "max_interval_s": INTERVAL_S}


class LoopOfTimers:
    """The loop as the scheduler sees it: `timer` is its last timer, which does not run."""

    def __init__(self, loop):
        self._loop = loop

    def __getattr__(self, name):
        return getattr(self._loop, name)

    def call_later(self, seconds, callback):
        self.timer = seconds, callback
        return asyncio.TimerHandle(0, callback, (), self._loop)


class Day:
    """A daemon's hours in an instant: its timers move both clocks, and a jump only the wall clock."""

    def __init__(self, archive, url, *, start=START):
        self.archive, self.feed = archive, WantedFeed(url, article="feed")
        self.at = start
        self.elapsed_s = 0.0
        self.polled_s = []
        self.woken_s = []
        self.sections = {}

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
        settings = Settings(**QUICK, poll=POLL, **self.sections)
        ends_s = self.elapsed_s + hours * 3600
        with time_machine.travel(self.at, tick=False) as traveller:
            await self._pass(settings, ends_s, jumps, traveller)

    async def _pass(self, settings, ends_s, jumps, traveller):
        async with open_pipeline(
            Config(settings), self.archive, "daemon", [self], clock=lambda: self.at, rng=random.Random(1)
        ) as context:
            await context.writer(lambda a: subscribe(a, [self.feed], self.at))
            engine = Engine(context)

            def wake():
                self.woken_s.append(self.elapsed_s)
                engine.wake()

            async def all_that_is_due():
                for _ in range(5):  # clock and engine read and write in this order
                    await asyncio.sleep(0)
                    await context.writer.read(lambda _: None)
                    await context.writer(lambda _: None)
                    while calendar.jobs.keys() - await calendar.due():  # noqa: ASYNC110 (the rows say when)
                        await asyncio.sleep(0.005)
                    while engine.is_polling({1}):
                        await engine.next_round()

            running = asyncio.create_task(engine.run())
            loop = LoopOfTimers(asyncio.get_running_loop())
            calendar = Calendar(jobs_of(settings), context, self.archive, Protected(self.archive))
            async with running_clock(wake, context, calendar, event_loop=loop):
                while self.elapsed_s < ends_s:
                    await all_that_is_due()
                    seconds, wake_up = loop.timer
                    self.elapsed_s += seconds
                    self.at += timedelta(seconds=seconds)
                    while jumps and jumps[0][0] <= self.elapsed_s:
                        self.at += jumps.pop(0)[1]
                    traveller.move_to(self.at)
                    wake_up()
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    @property
    def gaps_s(self):
        return [later - earlier for earlier, later in pairwise(self.polled_s)]


@pytest.fixture
def day(site, tmp_path):
    site.page("/feed", rss(item(1)))
    return Day(tmp_path / "news.db", site.url("/feed"))


@pytest.mark.parametrize("step", [timedelta(days=-3650), timedelta(days=1)])
def test_a_clock_that_is_set_wakes_the_daemon_within_a_minute(day, step):
    day.run(1, [(1700, step)])
    assert max(later - earlier for earlier, later in pairwise([*day.woken_s, day.elapsed_s])) <= 60
    assert len(day.woken_s) <= 60 + 20


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


@pytest.mark.parametrize("jumps", [[], [(5000, timedelta(hours=-1))], [(5000, timedelta(hours=1))]])
def test_a_feed_with_a_schedule_is_polled_at_its_times(day, jumps):
    day.feed = WantedFeed(day.feed.url, article="feed", schedule="*/20 * * * *")
    day.run(3, jumps)
    step_s = jumps[0][1].total_seconds() if jumps else 0
    times = [s + (step_s if s >= 5000 else 0) for s in day.polled_s]
    late_s = [time % 1200 for time in times]
    made_up_for = 1 if step_s > 0 else 0  # the time that was jumped over, within a minute
    assert sorted(late_s)[: len(late_s) - made_up_for] == [0] * (len(late_s) - made_up_for)
    assert max(gap for gap in day.gaps_s) <= 1200
    assert len(day.polled_s) in (9, 10)


def test_a_job_of_the_settings_runs_at_its_times_and_once_after_a_suspended_day(day, tmp_path):
    day.sections = {"reports": {"schedule": "*/30 * * * *", "folder": tmp_path / "reports", "format": "json"}}
    day.run(2.2, [(5000, timedelta(days=1))])
    runs = [path.name.removeprefix("report-202603").removesuffix("Z.json") for path in (tmp_path / "reports").iterdir()]
    assert sorted(runs)[:2] == ["01T123000", "01T130000"]
    assert sorted(runs)[2].startswith(("02T1323", "02T1324"))
    assert sorted(runs)[3:] == ["02T133000", "02T140000"]


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
