"""The scheduler's job store, after the clock was set back."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from ingest.daemon.clock import MAX_SLEEP, UPKEEP, WAKING, Clock, Crontab, JobStore, Soon, next_wake_at
from ingest.deliveries.retries import Verdict
from ingest.deliveries.transport import Sent

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
YEARS = timedelta(days=3650)


async def nothing():
    """Do nothing: the store is asked, nothing runs."""


@pytest.fixture
def store():
    return JobStore(lambda: NOW)


@pytest.fixture
async def scheduler(store):
    scheduler = AsyncIOScheduler(timezone="UTC", jobstores={"default": store})
    scheduler.start(paused=True)
    yield scheduler
    scheduler.shutdown(wait=False)


async def test_waking_is_due_at_once_and_upkeep_within_a_day(scheduler, store):
    scheduler.add_job(nothing, Soon(), id=WAKING, next_run_time=NOW + YEARS)
    scheduler.add_job(nothing, CronTrigger(hour=4, timezone="UTC"), id=UPKEEP, next_run_time=NOW + YEARS)
    assert [job.id for job in store.get_due_jobs(NOW)] == [WAKING]
    assert scheduler.get_job(UPKEEP).next_run_time == NOW + timedelta(hours=16)
    assert store.get_next_run_time() == NOW


async def test_the_timer_is_short_however_far_away_the_next_job_is(scheduler, store):
    assert store.get_next_run_time() is None
    scheduler.add_job(nothing, Soon(), id="other", next_run_time=NOW + YEARS)
    assert store.get_next_run_time() == NOW + MAX_SLEEP
    assert store.get_due_jobs(NOW) == []


async def test_a_failed_delivery_makes_the_daemon_wake_for_its_next_try(scheduler, store):
    scheduler.add_job(nothing, Soon(), id=WAKING, next_run_time=NOW + MAX_SLEEP)
    clock = Clock(nothing, SimpleNamespace(clock=lambda: NOW), None, scheduler)
    for wait_s, expected_s in ((None, 60), (20, 20), (40, 20), (5, 5), (0, 1), (300, 1)):
        due_at = None if wait_s is None else NOW + timedelta(seconds=wait_s)
        clock.tried("mine", 1, Sent(taken=False), Verdict("again", 1, due_at))
        assert store.get_next_run_time() == NOW + timedelta(seconds=expected_s)


def test_times_that_have_passed_count_once():
    assert Crontab("*/5 * * * *", "UTC").get_next_fire_time(NOW - YEARS, NOW) == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(("due_s", "expected_s"), [(None, 60), (-5, 1), (0.2, 1), (30, 30), (3600, 60)])
def test_the_next_waking_is_when_a_row_is_due_within_a_second_and_a_minute(due_s, expected_s):
    due_at = None if due_s is None else NOW + timedelta(seconds=due_s)
    assert next_wake_at(NOW, due_at) == NOW + timedelta(seconds=expected_s)
