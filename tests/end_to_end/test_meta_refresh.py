"""Pages without a text that lead on to another by <meta>: one hop is followed, as carefully as any request."""

from datetime import timedelta

import pytest

from storage.records import WantedFeed
from tests.builders_feeds import item, page, prose


def refresh(target, wait="0", more=""):
    return (
        f'<html><head><meta http-equiv="Refresh" content="{wait}; URL=\'{target}\'">{more}</head><body></body></html>'
    )


@pytest.fixture
def polled(site, run):
    """Serve an entry for /a, with this markup besides, and run once."""

    def poll(body, *, more="", **settings):
        site.announce(item(1, link="/a", text="", more=more))
        site.page("/a", body)
        run.now(WantedFeed(site.url("/feed.xml")), **settings)
        return run.entry()

    return poll


def test_the_target_is_the_page_and_both_addresses_lead_to_the_article(site, run, polled):
    site.page("/here/b", page(1))
    assert polled(refresh("b", more='<base href="/here/">'))["outcome"] == "archived"
    article = run.article()
    assert article["url"] == site.url("/here/b")
    assert run.row("SELECT final_url FROM pages")["final_url"] == site.url("/here/b")
    aliases = run.column("SELECT key FROM aliases")
    assert {f"{site.host}/a", f"{site.host}/here/b"} <= set(aliases)
    site.announce(item(2, link="/here/b", text=""), item(3, link="/a", guid="<guid>3</guid>", text=""))
    run.later(days=1).now(WantedFeed(site.url("/feed.xml")))
    assert run.outcomes() == ["archived", "known", "known"]


def test_a_page_that_waits_or_leads_to_itself_or_nowhere_is_no_hop(site, run):
    targets = {
        "/1": ("/b", "31"),
        "/2": ("/2#top", "0"),
        "/3": ("javascript:a()", "0"),
        "/4": ("ftp://a.example", "0"),
    }
    site.announce(*(item(n, link=path, text="") for n, path in enumerate(targets)))
    for path, (target, wait) in targets.items():
        site.page(path, refresh(target, wait))
    run.now(WantedFeed(site.url("/feed.xml")))
    rows = run.rows("SELECT outcome, reason FROM entries ORDER BY url")
    reasons = [f"the page has no text, it leads on to {target}" for target, _ in targets.values()]
    assert rows == [{"outcome": "no_text", "reason": reason} for reason in reasons]
    assert sorted(request.path for request in site.requests) == [*targets, "/feed.xml"]


def test_a_second_hop_is_not_followed(site, polled):
    site.page("/b", refresh("/a"))
    entry = polled(refresh("/b"))
    reason = "the page has no text, it leads on to /a; only one such redirect is followed"
    assert (entry["outcome"], entry["reason"]) == ("no_text", reason)
    assert [request.path for request in site.requests] == ["/feed.xml", "/a", "/b"]


def test_a_page_with_a_text_is_the_page(site, run, polled):
    body = page(1, head='<meta http-equiv="refresh" content="5; url=/b">')
    assert polled(body)["outcome"] == "archived"
    assert run.article()["url"] == site.url("/a")
    assert site.requests_of("/b") == []


def test_a_hop_is_refused_where_any_request_is(site, sites, polled, run):
    private = sites("127.0.0.2")
    web = {"allow_addresses": ("127.0.0.1/32",)}
    entry = polled(refresh(private.url("/b")), web=web)
    assert entry["outcome"] == "refused"
    assert entry["reason"].startswith(f"the page leads on to {private.url('/b')}: 127.0.0.2 is a loopback address")
    assert private.requests == []


def test_a_hop_obeys_robots_txt_and_leads_to_no_home_page(site, run):
    site.page("/robots.txt", "User-agent: *\nDisallow: /b", content_type="text/plain")
    site.announce(item(1, link="/a", text=""), item(2, link="/c", text=""), item(3, link="/d", text=""))
    site.page("/a", refresh("/b"))
    site.page("/c", refresh("/"))
    site.page("/d", refresh("/e"))
    site.page("/", page(3))
    run.now(WantedFeed(site.url("/feed.xml")), web={"robots": True})
    reasons = [
        ("refused", f"the page leads on to {site.url('/b')}: robots.txt of {site.host} disallows it"),
        ("no_text", f"the page leads on to {site.url('/')}: redirected to the home page {site.url('/')}"),
        ("pending", f"the page leads on to {site.url('/e')}: the page answered HTTP 404"),
    ]
    rows = run.rows("SELECT outcome, reason FROM entries ORDER BY id DESC")
    assert sorted((row["outcome"], row["reason"]) for row in rows) == sorted(reasons)
    assert site.requests_of("/b") == []


def test_the_feeds_text_stands_in_for_a_target_that_is_never_there(site, run, polled):
    full, twice = f"<content:encoded>{prose(1)}</content:encoded>", {"tries": 2}
    assert polled(refresh("/b"), more=full, articles=twice)["outcome"] == "pending"
    run.later(days=2).now(WantedFeed(site.url("/feed.xml")), articles=twice)
    assert run.entry()["outcome"] == "archived"
    assert run.article()["body_from"] == "feed"


def test_a_recheck_asks_with_the_validators_of_the_target(site, run):
    feed = WantedFeed(site.url("/feed.xml"))
    site.page("/a", refresh("/b"))
    site.page("/b", page(1), etag='"1"')
    site.announce(item(1, link="/a", guid="<guid>1</guid>", text="first"))
    run.now(feed)
    site.announce(item(1, link="/a", guid="<guid>1</guid>", text="the second text of the entry"))
    run.later(hours=2).now(feed)
    run.now_at += timedelta(hours=8)
    run.now(feed)
    asked = [request.headers.get("if-none-match") for request in site.requests if request.path in ("/a", "/b")]
    assert asked == [None, None, None, '"1"']
    assert run.outcomes() == ["archived"]
