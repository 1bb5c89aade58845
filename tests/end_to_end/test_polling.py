"""What a poll asks, believes, remembers, and when it comes back."""

from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from storage.records import WantedFeed, to_instant
from tests.archive_run import START
from tests.builders_feeds import atom, atom_entry, item, json_feed, rdf, rss
from tests.site import Answer

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400


@pytest.fixture
def feed_url(site):
    return site.url("/feed.xml")


def serve(site, document, **headers):
    site.page("/feed.xml", document, headers={name.replace("_", "-"): value for name, value in headers.items()})


def due_in_s(run, url=None):
    return (to_instant(run.feed(url)["due_at"]) - run.now_at).total_seconds()


# formats


def test_every_format_is_read(site, run):
    link = site.url("/{}").format
    documents = {
        "/rss091.xml": rss(item(0, link=link("rss091")), version="0.91"),
        "/rss20.xml": rss(item(1, link=link("rss20"))),
        "/rdf.xml": rdf(link("rdf")),
        "/atom03.xml": atom(atom_entry(3, f'<link rel="alternate" href="{link("atom03")}"/>'), version="0.3"),
        "/atom10.xml": atom(atom_entry(4, f'<link href="{link("atom10")}"/>')),
        "/json10.json": json_feed(link("json10"), version="1"),
        "/json11.json": json_feed(link("json11")),
    }
    for path, document in documents.items():
        site.page(path, document)
    tally = run.now(*map(site.url, documents))
    assert tally.polls == {"parsed": 7}
    assert set(run.column("SELECT url FROM entries")) == {
        link(name) for name in "rss091 rss20 rdf atom03 atom10 json10 json11".split()
    }


def test_a_broken_feed_gives_the_entries_it_has_and_a_warning(site, run, feed_url):
    serve(site, "\n\n<!-- &bare -->" + rss(item(0, link="/a"), item(1, link="/b"))[:-15])
    run.now(feed_url)
    assert run.outcomes() == ["archived", "archived"]
    assert "XML is broken" in run.row("SELECT error FROM polls")["error"]
    assert run.feed()["failures"] == 0


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("<!doctype html><p>Not here any more", "an HTML page"),
        ("", "empty"),
        ('{"a": 1}', "no JSON Feed"),
        ("<urlset/>", "a sitemap"),
        ("plain words", "no feed"),
    ],
)
def test_what_is_no_feed_is_a_failure_that_says_what_it_is(site, run, feed_url, body, cause):
    serve(site, body)
    assert run.now(feed_url).polls == {"failed": 1}
    assert cause in run.feed()["last_error"]
    assert run.feed()["failures"] == 1


# conditional requests


@pytest.mark.parametrize("etag", ['W/"a, b"', "no-quotes", '"quo"ted"', "0x8D;gzip"])
def test_validators_are_sent_back_verbatim_and_a_304_costs_one_request(site, run, feed_url, etag):
    modified = "Sunday, 01-Mar-26 9:00:00 +0100"
    site.page("/feed.xml", rss(item(0, link="/a")), etag=etag, last_modified=modified)
    run.now(feed_url)
    assert run.later(days=1).now(feed_url).polls == {"not_modified": 1}
    sent = site.requests_of("/feed.xml")[-1].headers
    assert sent["if-none-match"] == etag
    assert sent["if-modified-since"] == modified
    assert len(site.requests) == 2
    assert (run.feed()["etag"], run.feed()["last_modified"]) == (etag, modified)


def test_validators_that_are_not_text_do_no_harm(site, run, feed_url):
    body = rss(item(0, link="/a")).encode()
    site.raw("/feed.xml", b'HTTP/1.1 200 OK\r\nETag: "\xe9\xff"\r\nLast-Modified: \xe9\r\n\r\n' + body)
    run.now(feed_url)
    assert run.later(days=1).now(feed_url).polls == {"same_body": 1}


def test_a_server_that_says_unchanged_for_ever_is_not_believed_for_ever(site, run, feed_url):
    site.page("/feed.xml", rss(item(0, link="/a")), etag='"1"')
    run.now(feed_url)
    site.page("/feed.xml", rss(item(0, link="/a"), item(1, link="/b")), etag='"1"')
    for polls in ({"not_modified": 1}, {"not_modified": 1}, {"parsed": 1}, {"not_modified": 1}):
        assert run.later(days=1).now(feed_url).polls == polls
    assert run.outcomes() == ["archived", "archived"]


def test_the_same_body_under_200_is_recognised_without_parsing(site, run, feed_url, monkeypatch):
    serve(site, rss(item(0, link="/a")))
    run.now(feed_url)
    monkeypatch.setattr("ingest.workers.processes.ForkServer.fork", lambda _: pytest.fail("nothing is there to parse"))
    serve(site, rss(item(0, link="/a")), ETag='"new"')
    assert run.later(days=1).now(feed_url).polls == {"same_body": 1}
    assert run.feed()["etag"] == '"new"'


def test_validators_that_are_no_longer_sent_are_forgotten(site, run, feed_url):
    site.page("/feed.xml", rss(item(0, link="/a")), etag='"1"')
    run.now(feed_url)
    serve(site, rss(item(0, link="/a"), item(1, link="/b")))
    run.later(days=1).now(feed_url)
    run.later(days=1).now(feed_url)
    assert "if-none-match" not in site.requests_of("/feed.xml")[-1].headers


def test_validators_of_a_failed_poll_are_not_believed(site, run, feed_url):
    site.page("/feed.xml", "<!doctype html>Down for maintenance", etag='"1"')
    run.now(feed_url)
    serve(site, rss(item(0, link="/a")))
    run.later(days=1).now(feed_url)
    assert "if-none-match" not in site.requests_of("/feed.xml")[-1].headers
    assert run.outcomes() == ["archived"]


def test_validators_and_entries_are_saved_together_or_not_at_all(site, run, feed_url, monkeypatch):
    site.page("/feed.xml", rss(item(0, link="/a")), etag='"1"')
    record_poll = "storage.archive.Archive.record_poll"

    with monkeypatch.context() as broken:
        broken.setattr(record_poll, lambda *_: 1 / 0)
        run.now(feed_url)
    assert run.outcomes() == []
    assert run.feed()["etag"] is None
    assert run.later(hours=2).now(feed_url).entries == {"archived": 1}


def test_a_fault_of_ours_is_a_failed_poll_that_the_summary_names(site, run, feed_url, monkeypatch):
    serve(site, rss(item(0, link="/a")))
    with monkeypatch.context() as broken:
        broken.setattr("storage.archive.Archive.add_entries", lambda *_: 1 / 0)
        tally = run.now(feed_url)
    assert tally.polls == {"failed": 1}
    assert "a fault in ingest" in tally.failures[feed_url]
    assert run.row("SELECT outcome FROM polls")["outcome"] == "failed"
    assert due_in_s(run) > 0


def test_only_entries_not_seen_before_are_worked_on(site, run, feed_url):
    serve(site, rss(*(item(n, link=f"/{n}") for n in range(3))))
    run.now(feed_url)
    serve(site, rss(*(item(n, link=f"/{n}") for n in range(4))))
    tally = run.later(days=1).now(feed_url)
    assert (tally.entries_new, tally.entries) == (1, {"archived": 1})
    assert run.row("SELECT entries_seen, entries_new FROM polls ORDER BY id DESC LIMIT 1") == {
        "entries_seen": 4,
        "entries_new": 1,
    }


# when


def test_a_feed_is_due_again_between_the_bounds_and_by_how_much_it_brings(sites, run):
    quiet, busy = sites("127.0.0.2"), sites("127.0.0.3")
    old, new = (format_datetime(START - timedelta(days=days)) for days in (300, 0))
    serve(quiet, rss(item(0, link="/a", more=f"<pubDate>{old}</pubDate>")))
    serve(busy, rss(*(item(n, link=f"/{n}", more=f"<pubDate>{new}</pubDate>") for n in range(900))))
    run.now(quiet.url("/feed.xml"), busy.url("/feed.xml"))
    assert 0.9 * DAY_S <= due_in_s(run, quiet.url("/feed.xml")) <= DAY_S
    assert 5 * MINUTE_S <= due_in_s(run, busy.url("/feed.xml")) <= 7 * MINUTE_S


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
    serve(site, rss(item(0, link="/a"), channel=channel), **headers)
    run.now(WantedFeed(feed_url, interval_s=600, article="feed"))
    assert asked_s <= due_in_s(run) <= 1.1 * asked_s + 1


def test_what_the_document_asked_holds_when_it_is_unchanged_and_when_it_fails(site, run, feed_url):
    feed = WantedFeed(feed_url, interval_s=600, article="feed")
    serve(site, rss(item(0, link="/a"), channel="<ttl>120</ttl>"))
    run.now(feed)
    run.later(days=1).now(feed)
    assert due_in_s(run) >= 2 * HOUR_S
    site.page("/feed.xml", "", status=500)
    run.later(days=1).now(feed)
    assert due_in_s(run) >= 2 * HOUR_S


def test_failures_back_off_and_one_success_forgives(site, run, feed_url):
    site.page("/feed.xml", "", status=500)
    waits = []
    for _ in range(12):
        run.later(days=1).now(feed_url)
        waits.append(due_in_s(run))
    assert waits[0] >= 300
    assert all(1.7 * a <= b for a, b in pairwise(waits[:8]))
    assert max(waits) <= DAY_S
    assert run.feed()["failures"] == 12
    serve(site, rss(item(0, link="/a")))
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
    serve(site, rss(item(0, link="/a")))
    assert run.now(feed_url, only=[feed_url]).polls == {"parsed": 1}
    assert run.later(days=1).now(feed_url).polls == {"same_body": 1}


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_remembered_across_runs(site, run, feed_url, status):
    site.page("/feed.xml", "", status=status, headers={"Retry-After": "86400"})
    site.page("/other.xml", "", status=200)
    run.now(feed_url)
    assert due_in_s(run) >= DAY_S
    assert run.later(hours=23).now(feed_url, site.url("/other.xml")).polls == {"deferred": 2}
    assert len(site.requests) == 1
    assert run.feed(feed_url)["failures"] == 1
    assert run.later(hours=2).now(feed_url).polls == {"failed": 1}


@pytest.mark.parametrize("value", ["0", "-5", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "99999999999"])
def test_a_retry_after_that_makes_no_sense_does_no_harm(site, run, feed_url, value):
    site.page("/feed.xml", "", status=429, headers={"Retry-After": value})
    run.now(feed_url)
    assert 300 <= due_in_s(run) <= 30 * DAY_S


def test_a_host_that_asks_to_wait_is_not_due_before_the_whole_wait_is_over(site, run, feed_url):
    run.later(microseconds=700_000)
    site.page("/feed.xml", "", status=429, headers={"Retry-After": "3600"})
    run.now(feed_url)
    run.later(minutes=30).now(feed_url)
    assert due_in_s(run) >= HOUR_S / 2


def test_a_run_polls_a_feed_once_even_when_it_is_due_again_before_the_run_ends(site, run, feed_url):
    def and_an_hour_passes(_):
        run.later(hours=1)
        return Answer(200, {}, rss(item(0, link="/a")))

    site.answer("/feed.xml", and_an_hour_passes)
    assert run.now(WantedFeed(feed_url, interval_s=60, article="feed")).polls == {"parsed": 1}


def test_a_named_feed_is_polled_however_many_others_are_due(site, run, feed_url, monkeypatch):
    monkeypatch.setattr("ingest.pipeline.engine.MAX_POLLS_IN_FLIGHT", 5)
    serve(site, rss(item(0, link="/a")))
    others = [site.url(f"/{n}.xml") for n in range(10)]
    run.now(*others)
    assert run.later(days=2).now(*others, feed_url, only=[feed_url]).polls == {"parsed": 1}


def test_a_run_drops_the_records_of_polls_long_past(site, run, feed_url):
    serve(site, rss(item(0, link="/a")))
    run.now(feed_url)
    run.later(days=100).now(feed_url)
    assert run.column("SELECT outcome FROM polls") == ["same_body"]


# where


@pytest.mark.parametrize("status", [301, 308])
def test_a_permanent_move_is_believed_when_it_repeats_and_parses(site, run, feed_url, status):
    site.redirect("/feed.xml", "/moved.xml", status=status)
    site.page("/moved.xml", rss(item(0, link="/a")), etag='"1"')
    run.now(feed_url)
    assert run.feed()["address"] == feed_url
    run.later(days=1).now(feed_url)
    assert run.feed()["address"] == site.url("/moved.xml")
    run.later(days=1).now(feed_url)
    assert len(site.requests_of("/feed.xml")) == 2
    assert run.feed()["url"] == feed_url
    assert site.requests_of("/moved.xml")[-1].headers["if-none-match"] == '"1"'


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_temporary_move_is_never_believed(site, run, feed_url, status):
    site.redirect("/feed.xml", "/moved.xml", status=status)
    site.page("/moved.xml", rss(item(0, link="/a")))
    for _ in range(3):
        run.later(days=1).now(feed_url)
    assert run.feed()["address"] == feed_url


def test_a_permanent_move_to_what_is_no_feed_is_not_believed(site, run, feed_url):
    site.redirect("/feed.xml", "/parked", status=301)
    site.page("/parked", "<!doctype html><p>This domain is for sale")
    for _ in range(3):
        run.later(days=1).now(feed_url)
    assert (run.feed()["address"], run.feed()["failures"]) == (feed_url, 3)


def test_a_move_ends_where_the_chain_is_temporary(site, run, feed_url):
    site.redirect("/feed.xml", "/moved.xml", status=301)
    site.redirect("/moved.xml", "/today.xml", status=302)
    site.page("/today.xml", rss(item(0, link="/a")))
    for _ in range(2):
        run.later(days=1).now(feed_url)
    assert run.feed()["address"] == site.url("/moved.xml")


def test_a_feed_taken_off_the_list_keeps_its_articles_and_comes_back(site, run, feed_url):
    serve(site, rss(item(0, link="/a")))
    run.now(feed_url)
    assert run.later(days=1).now().polls == {}
    assert (run.feed()["active"], len(run.column("SELECT id FROM articles"))) == (0, 1)
    assert run.later(days=1).now(feed_url).polls == {"same_body": 1}


def test_a_dead_slow_host_does_not_delay_the_others(sites, run):
    slow, quick = sites("127.0.0.2"), sites("127.0.0.3")
    for n in range(6):
        slow.hang(f"/{n}.xml")
        quick.page(f"/{n}.xml", rss(item(n, link=f"/{n}")))
    feeds = [site.url(f"/{n}.xml") for site in (slow, quick) for n in range(6)]
    tally = run.now(*feeds, web={"timeout_s": 0.5}, poll={"concurrency": 4})
    assert tally.polls == {"parsed": 6, "failed": 6}
    assert quick.requests[-1].at < slow.requests[2].at
