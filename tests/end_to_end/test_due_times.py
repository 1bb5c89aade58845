"""When a feed is polled again: its own pace, what it asks for, failures, Retry-After."""

from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from storage.records import WantedFeed
from tests.archive_run import START
from tests.builders_feeds import item, rss
from tests.site import Answer

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400


def test_a_feed_is_due_again_between_the_bounds_and_by_how_much_it_brings(sites, run):
    quiet, busy = sites("127.0.0.2"), sites("127.0.0.3")
    old, new = (format_datetime(START - timedelta(days=days)) for days in (300, 0))
    quiet.feed(rss(*(item(n, text="", link=f"/{n}", more=f"<pubDate>{old}</pubDate>") for n in range(10))))
    busy.feed(rss(*(item(n, text="", link=f"/{n}", more=f"<pubDate>{new}</pubDate>") for n in range(900))))
    run.now(quiet.url("/feed.xml"), busy.url("/feed.xml"))
    assert 0.9 * DAY_S <= run.due_in_s(quiet.url("/feed.xml")) <= DAY_S
    assert 5 * MINUTE_S <= run.due_in_s(busy.url("/feed.xml")) <= 7 * MINUTE_S


@pytest.mark.parametrize(
    ("channel", "headers", "asked_s"),
    [
        ("<ttl>300</ttl>", {}, 300 * MINUTE_S),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", {}, 6 * HOUR_S),
        ("", {"Cache_Control": "public, max-age=18000"}, 5 * HOUR_S),
        ("", {"Expires": format_datetime(START + timedelta(hours=7), usegmt=True)}, 7 * HOUR_S),
        ("", {"Retry_After": "7200"}, 2 * HOUR_S),
        ("<ttl>60</ttl>", {"Cache_Control": "max-age=7200"}, 2 * HOUR_S),
        ("<ttl>99999</ttl>", {"Cache_Control": "max-age=31536000"}, DAY_S),
    ],
)
def test_a_feed_is_not_due_sooner_than_it_asks(site, run, feed_url, channel, headers, asked_s):
    site.feed(rss(item(0, link="/a"), channel=channel), **headers)
    run.now(WantedFeed(feed_url, interval_s=600, article="feed"))
    assert asked_s <= run.due_in_s() <= 1.1 * asked_s + 1


def test_what_the_document_asked_holds_when_it_is_unchanged_and_when_it_fails(site, run, feed_url):
    feed = WantedFeed(feed_url, interval_s=600, article="feed")
    site.feed(rss(item(0, link="/a"), channel="<ttl>120</ttl>"))
    run.now(feed)
    run.later(days=1).now(feed)
    assert run.due_in_s() >= 2 * HOUR_S
    site.page("/feed.xml", "", status=500)
    run.later(days=1).now(feed)
    assert run.due_in_s() >= 2 * HOUR_S


def test_failures_back_off_and_one_success_forgives(site, run, feed_url):
    site.page("/feed.xml", "", status=500)
    waits = []
    for _ in range(12):
        run.later(days=1).now(feed_url)
        waits.append(run.due_in_s())
    assert waits[0] >= 300
    assert all(1.7 * a <= b for a, b in pairwise(waits[:8]))
    assert max(waits) <= DAY_S
    assert run.feed()["failures"] == 12
    site.feed(rss(item(0, link="/a")))
    run.later(days=1).now(feed_url)
    assert (run.feed()["failures"], run.feed()["last_error"]) == (0, None)


def test_a_404_does_not_stop_a_feed(site, run, feed_url):
    for _ in range(3):
        run.later(days=1).now(feed_url)
    assert (run.feed()["active"], run.feed()["last_status"], run.feed()["failures"]) == (1, 404, 3)


def test_a_410_stops_a_feed_until_it_is_named(site, run, feed_url):
    site.page("/feed.xml", "", status=410)
    assert run.now(feed_url).polls == {"gone": 1}
    assert run.later(days=9).now(feed_url).polls == {}
    assert run.row("SELECT state FROM feed_health") == {"state": "gone"}
    site.feed(rss(item(0, link="/a")))
    assert run.now(feed_url, only=[feed_url]).polls == {"parsed": 1}
    assert run.later(days=1).now(feed_url).polls == {"same_body": 1}


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_remembered_across_runs(site, run, feed_url, status):
    site.page("/feed.xml", "", status=status, headers={"Retry-After": "86400"})
    site.page("/other.xml", "", status=200)
    run.now(feed_url)
    assert run.due_in_s() >= DAY_S
    assert run.later(hours=23).now(feed_url, site.url("/other.xml")).polls == {"deferred": 2}
    assert len(site.requests) == 1
    assert run.feed(feed_url)["failures"] == 1
    assert run.later(hours=2).now(feed_url).polls == {"failed": 1}


@pytest.mark.parametrize("value", ["0", "-5", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "99999999999"])
def test_a_retry_after_that_makes_no_sense_does_no_harm(site, run, feed_url, value):
    site.page("/feed.xml", "", status=429, headers={"Retry-After": value})
    run.now(feed_url)
    assert 300 <= run.due_in_s() <= 30 * DAY_S


def test_a_host_that_asks_to_wait_is_not_due_before_its_wait_is_over(site, run, feed_url):
    run.later(microseconds=700_000)
    site.page("/feed.xml", "", status=429, headers={"Retry-After": "3600"})
    run.now(feed_url)
    run.later(minutes=30).now(feed_url)
    assert run.due_in_s() >= HOUR_S / 2


def test_a_run_polls_a_feed_once_even_when_it_is_due_again_before_the_run_ends(site, run, feed_url):
    def and_an_hour_passes(_):
        run.later(hours=1)
        return Answer(200, {}, rss(item(0, link="/a")))

    site.answer("/feed.xml", and_an_hour_passes)
    assert run.now(WantedFeed(feed_url, interval_s=60, article="feed")).polls == {"parsed": 1}


def test_a_named_feed_is_polled_however_many_others_are_due(site, run, feed_url, monkeypatch):
    monkeypatch.setattr("ingest.pipeline.engine.MAX_POLLS_IN_FLIGHT", 5)
    site.feed(rss(item(0, link="/a")))
    others = [site.url(f"/{n}.xml") for n in range(10)]
    run.now(*others)
    assert run.later(days=2).now(*others, feed_url, only=[feed_url]).polls == {"parsed": 1}


def test_a_run_drops_the_records_of_polls_long_past(site, run, feed_url):
    site.feed(rss(item(0, link="/a")))
    run.now(feed_url)
    run.later(days=100).now(feed_url)
    assert run.column("SELECT outcome FROM polls") == ["same_body"]
