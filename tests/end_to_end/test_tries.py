"""When a page cannot be fetched: its tries, hosts that ask to wait, hosts that do not answer."""

from datetime import timedelta

import pytest

from ingest.pipeline.record import claim
from storage.records import WantedFeed, to_instant
from tests.builders_feeds import item, page, prose, rss
from tests.site import Answer

TEASER = "A short teaser of the article."


def test_a_page_that_is_503_today_is_taken_later(site, run, feed):
    site.announce(item(0, link="/a", text=TEASER))
    site.page("/a", "", status=503)
    tally = run.now(feed)
    assert tally.entries == {"pending": 1}
    waiting = run.entry()
    assert (waiting["tries"], waiting["reason"]) == (1, "the page answered HTTP 503")
    assert to_instant(waiting["due_at"]) > run.now_at
    run.now(feed)
    assert len(site.requests_of("/a")) == 1
    site.page("/a", page())
    assert run.later(hours=1).now(feed).entries == {"archived": 1}
    assert run.article()["body_from"] == "page"


@pytest.mark.parametrize(("text", "outcome"), [(TEASER, "failed"), (prose(), "archived")])
def test_when_the_tries_are_used_up_the_feeds_own_text_is_taken_or_none(site, run, feed, text, outcome):
    content = f"<content:encoded>{text}</content:encoded>" if outcome == "archived" else ""
    site.announce(item(0, link="/a", text=TEASER, more=content))
    site.page("/a", "", status=500)
    for _ in range(4):
        run.later(days=2).now(feed, articles={"tries": 3})
    assert len(site.requests_of("/a")) == 3
    assert (run.entry()["outcome"], run.entry()["due_at"]) == (outcome, None)
    assert "the page answered HTTP 500" in run.entry()["reason"]
    if outcome == "archived":
        assert (run.article()["body"], run.article()["body_from"]) == (prose(), "feed")


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "900"}])
def test_the_wait_for_another_try_begins_when_the_page_has_failed(site, run, feed, headers):
    def after_an_hour(_):
        run.later(hours=1)
        return Answer(500, headers)

    site.announce(item(0, link="/a", text=TEASER))
    site.answer("/a", after_an_hour)
    run.now(feed)
    assert len(site.requests_of("/a")) == 1
    assert to_instant(run.entry()["due_at"]) - run.now_at >= timedelta(seconds=int(headers.get("Retry-After", 300)))


def test_a_page_that_is_gone_is_not_asked_for_again(site, run, feed):
    site.announce(item(0, link="/a", text=TEASER))
    site.page("/a", "", status=410)
    run.now(feed)
    assert (run.entry()["outcome"], run.entry()["reason"]) == ("failed", "the page answered HTTP 410")


def test_a_host_that_asks_to_wait_is_left_alone_and_its_entries_lose_no_try(site, run, feed):
    site.announce(*(item(n, link=f"/{n}", text=TEASER) for n in range(3)))
    for n in range(3):
        site.page(f"/{n}", "", status=503, headers={"Retry-After": "7200"})
    run.now(feed, web={"per_host_concurrency": 1}, articles={"workers": 1})
    asked = [request.path for request in site.requests if request.path != "/feed.xml"]
    assert asked == ["/0"]
    assert run.column("SELECT tries FROM entries ORDER BY id") == [1, 0, 0]
    assert all(to_instant(at) - run.now_at >= timedelta(hours=2) for at in run.column("SELECT due_at FROM entries"))
    for n in range(3):
        site.page(f"/{n}", page(n))
    assert run.later(hours=3).now(feed).entries == {"archived": 3}


def test_a_host_that_asks_to_wait_for_ever_does_not_keep_its_entries_pending_for_ever(site, run, feed):
    site.announce(item(0, link="/a", text=TEASER))
    site.page("/robots.txt", "", status=503, headers={"Retry-After": "86400"})
    for _ in range(40):
        run.later(days=2).now(feed, web={"robots": True})
    assert run.entry()["outcome"] == "failed"


def test_a_fault_of_ours_does_not_keep_an_entry_pending_for_ever(site, run, feed, monkeypatch):
    site.announce(item(0, link="/a", text=TEASER), item(1, link="/b", text=TEASER))
    site.page("/a", page(0))
    site.page("/b", page(1))
    monkeypatch.setattr("storage.archive.Archive.add_article", lambda *_: 1 / 0)
    for _ in range(4):
        run.later(hours=2).now(feed, articles={"tries": 3})
    assert run.outcomes() == ["failed", "failed"]
    assert "a fault in ingest" in run.column("SELECT reason FROM entries")[0]


def test_a_host_that_does_not_answer_delays_only_its_own_entries(sites, run):
    slow, quick = sites("127.0.0.2"), sites("127.0.0.3")
    links = [site.url(f"/{n}") for n in range(3) for site in (slow, quick)]
    quick.page("/feed.xml", rss(*(item(n, link=link, text=TEASER) for n, link in enumerate(links))))
    for n in range(3):
        slow.hang(f"/{n}")
        quick.page(f"/{n}", page(n))
    tally = run.now(WantedFeed(quick.url("/feed.xml")), web={"timeout_s": 0.5, "per_host_concurrency": 1})
    assert tally.entries == {"archived": 3, "pending": 3}
    assert quick.requests[-1].at < slow.requests[1].at


def test_a_host_that_has_died_is_left_alone_for_a_while(sites, run):
    dead, alive = sites("127.0.0.2"), sites("127.0.0.3")
    feed = WantedFeed(alive.url("/feed.xml"))
    alive.page("/feed.xml", rss(*(item(n, link=dead.url(f"/{n}"), text=TEASER) for n in range(12))))
    for n in range(12):
        dead.hang(f"/{n}")
    assert run.now(feed, web={"timeout_s": 0.3, "per_host_concurrency": 1}).entries == {"pending": 12}
    assert len(dead.requests) == 3
    reasons = run.column("SELECT DISTINCT reason FROM entries ORDER BY 1")
    assert reasons == [
        "not all there within 0.3 s (web.timeout_s)",
        "the host has not answered 3 times running; it gets no request for 60 s",
    ]
    for n in range(12):
        dead.page(f"/{n}", page(n))
    assert run.later(hours=3).now(feed).entries == {"archived": 12}


def test_pages_that_lead_to_a_dead_host_do_not_delay_the_others_of_their_own(site, sites, run, feed, monkeypatch):
    monkeypatch.setattr("ingest.pipeline.lane.SLOT_TIMEOUT_S", 0.02)
    dead = sites("127.0.0.2")
    site.announce(*(item(n, link=f"/{n}", text=TEASER) for n in range(4)))
    for n in range(3):
        site.redirect(f"/{n}", dead.url(f"/{n}"))
        dead.hang(f"/{n}")
    site.page("/3", page(3))
    tally = run.now(feed, web={"timeout_s": 0.5, "per_host_concurrency": 1})
    assert tally.entries == {"archived": 1, "pending": 3}
    assert site.requests_of("/3")[0].at < dead.requests[1].at


@pytest.mark.parametrize("count", [1, 3])
def test_a_host_is_asked_for_more_when_an_entry_has_ended(site, run, feed, monkeypatch, count):
    claims = []

    def counted(*args, **options):
        claims.append(claim(*args, **options))
        return claims[-1]

    monkeypatch.setattr("ingest.pipeline.lane.claim", counted)
    site.announce(*(item(n, link=f"/{n}", text=TEASER) for n in range(count)))
    for n in range(count):
        site.page(f"/{n}", page(n))
    assert run.now(feed, articles={"workers": 4}).entries == {"archived": count}
    assert len(claims) == 1 + count
