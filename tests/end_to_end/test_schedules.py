"""Feeds that are polled by a crontab line."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.pipeline.poll import follow_clock, subscribe
from storage.archive import Archive
from storage.records import WantedFeed, to_instant
from tests.archive_run import START
from tests.builders_feeds import item, rss
from tests.command_run import sentence

WORKDAYS = "*/10 7-20 * * mon-fri"  # START is a Sunday, 12:00


def due(run):
    return run.feed()["due_at"]


@pytest.fixture
def scheduled(feed_url):
    return lambda line=WORKDAYS, zone=None: WantedFeed(feed_url, article="feed", schedule=line, time_zone=zone)


@pytest.mark.parametrize(("zone", "first"), [(None, "2026-03-02T07:00:00Z"), ("Europe/Paris", "2026-03-02T06:00:00Z")])
def test_a_new_feed_is_polled_at_once_and_then_at_its_times(site, run, scheduled, zone, first):
    site.feed(rss(item(0), channel="<ttl>3000</ttl>"), Cache_Control="max-age=86400")
    assert run.now(scheduled(zone=zone)).polls == {"parsed": 1}
    assert due(run) == first
    run.now_at = to_instant(first)
    run.now(scheduled(zone=zone))
    assert run.due_in_s() == 600


def test_a_time_is_not_polled_twice_and_a_named_feed_at_any_time(site, run, scheduled, feed_url):
    site.feed(rss(item(0)))
    run.now(scheduled())
    assert run.later(minutes=1).now(scheduled(), only=[feed_url]).polls == {"same_body": 1}
    assert due(run) == "2026-03-02T07:00:00Z"


def test_retry_after_comes_before_the_schedule(site, run, scheduled):
    site.page("/feed.xml", "", status=429, headers={"Retry-After": "1201"})
    run.now(scheduled("*/10 * * * *"))
    assert run.due_in_s() == 1800
    site.page("/feed.xml", "", status=429, headers={"Retry-After": "1200"})
    run.later(hours=1).now(scheduled("*/10 * * * *"))
    assert run.due_in_s() == 1200


def test_a_poll_that_the_host_does_not_let_happen_is_made_up_for_when_it_does(site, run, scheduled):
    site.page("/feed.xml", "", status=429, headers={"Retry-After": "7300"})
    run.now(scheduled("0 * * * *"))
    assert run.later(hours=2).now(scheduled("0 * * * *")).polls == {"deferred": 1}
    assert run.due_in_s() == 100


def test_failures_wait_for_the_backoff_and_then_for_a_time(site, run, scheduled):
    site.page("/feed.xml", "", status=500)
    waits = []
    for _ in range(4):
        run.now(scheduled("*/10 * * * *"))
        waits.append(run.due_in_s())
        run.now_at += timedelta(seconds=run.due_in_s())
    assert waits == [600, 1200, 1800, 3000]  # 300, 600, 1200 and 2400 s at the least


def test_a_schedule_that_is_new_changed_or_gone_takes_effect_at_once(site, run, scheduled, feed_url):
    site.feed(rss(item(0)))
    run.now(WantedFeed(feed_url, article="feed"))

    def listed(feed):
        with Archive(run.path, "now") as archive, archive.transaction():
            subscribe(archive, [feed], run.now_at)
        return due(run)

    run.later(minutes=5)
    assert listed(scheduled("0 3 * * *")) == "2026-03-02T03:00:00Z"
    assert listed(scheduled("0 3 * * *")) == "2026-03-02T03:00:00Z"
    assert listed(scheduled("0 3 * * *", "America/New_York")) == "2026-03-02T08:00:00Z"
    assert listed(scheduled("0 4 * * *")) == "2026-03-02T04:00:00Z"
    assert listed(WantedFeed(feed_url, article="feed")) == "2026-03-01T12:05:00Z"
    assert run.feed()["schedule"] is None


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        (timedelta(seconds=90), "2026-03-01T12:10:00Z"),
        (timedelta(hours=5), "2026-03-01T07:10:00Z"),
        (timedelta(days=365), "2025-03-01T12:10:00Z"),
    ],
)
def test_a_clock_that_is_set_back_leaves_the_feed_at_its_times(site, run, scheduled, back, expected):
    site.feed(rss(item(0)))
    run.now(scheduled("*/10 * * * *"))
    now = START - back + timedelta(seconds=0 if back < timedelta(hours=1) else 1)
    with Archive(run.path, "now") as archive, archive.transaction():
        follow_clock(archive, now)
    assert due(run) == expected


def test_faults_of_a_schedule_are_reported_with_the_remedy(folder, site):
    folder.set_up(site.url("/feed.xml"))
    path = folder.config / "feeds.toml"
    where = f"{path}: feed 1 ({site.url('/feed.xml')})"
    listed = path.read_text()
    never = '"0 0 30 2 *" is not a crontab line such as "*/10 7-20 * * mon-fri"'
    for lines, fault in [
        (
            'schedule = "0 0 30 2 *"',
            f"schedule: {never}: its day never comes: none of its months is so long",
        ),
        ('schedule = "@daily"\ninterval_s = 600', "schedule: replaces interval_s; keep one of them"),
        ('time_zone = "UTC"', "time_zone: is that of schedule, which is missing; add it, or take time_zone out"),
        (
            'schedule = "@daily"\ntime_zone = "Mars"',
            'time_zone: "Mars" is not the name of a time zone, such as "Europe/Paris"',
        ),
    ]:
        path.write_text(f"{listed}{lines}\n")
        assert sentence(folder.ingest("now"), code=2) == f"{where}: {fault}"


def test_feeds_edit_sets_and_unsets_a_schedule(folder, site):
    folder.set_up(site.url("/feed.xml"))
    url = site.url("/feed.xml")
    edited = folder.ingest("feeds", "edit", url, "--schedule", "0 7 * * 1-5", "--time-zone", "Europe/Paris", "--json")
    assert (edited.json["schedule"], edited.json["time_zone"]) == ("0 7 * * 1-5", "Europe/Paris")
    text = (folder.config / "feeds.toml").read_text()
    assert 'schedule = "0 7 * * 1-5"' in text
    assert "interval_s" in sentence(folder.ingest("feeds", "edit", url, "--interval-s", "600"), code=2)
    folder.ingest("feeds", "edit", url, "--unset", "schedule", "--unset", "time_zone")
    assert "schedule" not in (folder.config / "feeds.toml").read_text()


def test_status_shows_the_next_time(folder, site):
    site.feed(rss(item(0)))
    folder.set_up(site.url("/feed.xml"))
    folder.ingest("feeds", "edit", site.url("/feed.xml"), "--schedule", "@yearly")
    folder.ingest("now", "-q")
    (feed,) = folder.ingest("status", "--json").json["feeds"]
    assert feed["due_at"] == f"{datetime.now(UTC).year + 1}-01-01T00:00:00Z"
