"""What a feed's user wants sent with its requests: sent to its own site, and nowhere else."""

from base64 import b64encode
from functools import partial

import pytest

from ingest.errors import Refused
from ingest.web.client import Client
from ingest.web.request import RequestOptions
from storage.records import WantedFeed
from tests.builders_feeds import item, page, rss
from tests.builders_web import FakeResolver, client
from tests.site import CERTIFICATE, Answer, Site

SECRET = "s3cret"
GLOBAL = "testreader/1.0 (+https://example.org)"
BASIC = f"Basic {b64encode(f'user:{SECRET}'.encode()).decode()}"


def request_options(url, **changes):
    values = {
        "headers": (("X-Key", SECRET), ("accept", "text/x-own")),
        "cookies": (("session", SECRET), ("edition", "uk")),
        "user_agent": f"mybot/1.0 {SECRET}",
        "credentials": f"user:{SECRET}",
    }
    return RequestOptions(url, **values | changes)


def got_all(request):
    return all(SECRET in request.headers.get(name, "") for name in ("x-key", "cookie", "user-agent")) and (
        request.headers.get("authorization") == BASIC
    )


def got_none(request):
    return not any(SECRET in value or value in (BASIC, "text/x-own") for value in request.headers.values())


def leading(chain, site, *others):
    """Let each address of the chain redirect to the next one. Return a resolver: `site`'s names begin with "own"."""

    async def find(host):
        server = site if host.startswith("own") else others[0]
        return [(server.address, server.port)]

    for number, location in enumerate(chain[1:]):
        for server in (site, *others):
            server.redirect(f"/{number}", location)
    return FakeResolver(find)


async def test_each_request_of_a_chain_gets_the_options_only_on_the_feeds_own_site(site, sites):
    other = sites("127.0.0.2")
    chain = [
        "http://own.user.github.io/0",
        "http://own-2.user.github.io/1",
        "http://other.github.io/2",
        "http://own-3.user.github.io/3",
        "http://github.io/4",
        "http://own.user.github.io:8080/5",
        "http://own.user.github.io/6",
    ]
    async with client(resolver=leading(chain, site, other)) as web:
        answer = await web.get(chain[0], accept="text/html", request=request_options(chain[0]))
    assert answer.final_url == chain[-1]
    assert [(request.path, got_all(request)) for request in site.requests] == [
        ("/0", True),
        ("/1", True),
        ("/3", True),
        ("/5", False),
        ("/6", True),
    ]
    for request in (*other.requests, site.requests[3]):
        assert got_none(request)
        assert (request.headers["user-agent"], request.headers["accept"]) == (GLOBAL, "text/html")
    assert [request.path for request in other.requests] == ["/2", "/4"]
    assert site.requests[0].headers["accept"] == "text/x-own"


async def test_a_redirect_from_https_to_http_gets_no_options(site):
    with Site(tls=True) as safe:
        leads_to = iter([safe, site])

        async def find(_):
            to = next(leads_to)
            return [(to.address, to.port)]

        safe.redirect("/a", "http://localhost/b")
        options = request_options("https://localhost/feed.xml")
        async with client(resolver=FakeResolver(find), ca_file=str(CERTIFICATE)) as web:
            await web.get("https://localhost/a", accept="*/*", request=options)
        assert got_all(safe.requests[0])
    assert got_none(site.requests[0])


async def test_cookies_of_the_site_come_besides_those_of_the_user(site):
    cookies = [("Set-Cookie", "seen=1; Path=/"), ("Set-Cookie", "edition=fr")]
    site.answer("/gate", lambda _: Answer(302, {"Location": "/in"}, extra=cookies))
    async with client() as web:
        await web.get(site.url("/gate"), accept="*/*", request=request_options(site.url("/feed.xml")))
        await web.get(site.url("/in"), accept="*/*", request=request_options(site.url("/feed.xml")))
    sent = [request.headers["cookie"] for request in site.requests]
    own = f"session={SECRET}; edition=uk"
    assert sent == [own, f"session={SECRET}; edition=fr; seen=1", own]


async def test_robots_txt_is_asked_without_options_and_matched_with_the_user_agent_that_is_sent(site, sites):
    other = sites("127.0.0.2")
    for server in (site, other):
        rules = "User-agent: mybot\nDisallow: /a\n\nUser-agent: testreader\nDisallow: /b\n"
        server.page("/robots.txt", rules, content_type="text/plain")
    options = request_options(site.url("/feed.xml"))
    allowed, refused = [site.url("/b"), other.url("/a")], [site.url("/a"), other.url("/b")]
    async with client() as web:
        for url in allowed:
            await web.get(url, accept="*/*", robots=True, request=options)
        for url in refused:
            with pytest.raises(Refused, match="disallows it"):
                await web.get(url, accept="*/*", robots=True, request=options)
    assert got_none(site.requests_of("/robots.txt")[0])


@pytest.fixture
def named(site, sites, run, monkeypatch):
    """A run whose feed is at news.example. Return the run, the site and the site of all other names."""
    other = sites("127.0.0.2")

    async def find(host):
        server = site if host.endswith("news.example") else other
        return [(server.address, server.port)]

    monkeypatch.setattr("ingest.pipeline.Client", partial(Client, resolver=FakeResolver(find)))
    feed = "http://www.news.example/feed.xml"
    run.requests = {feed: request_options(feed)}
    return run, site, other, WantedFeed(feed)


def test_pages_of_the_feeds_site_get_its_options_and_no_others(named):
    run, site, other, feed = named
    links = ["/own", "http://m.news.example/own-2", "http://foreign.example/a", "/away", "/refresh", "/long"]
    site.announce(*(item(n, link=link, text="") for n, link in enumerate(links)))
    for n, path in enumerate(("/own", "/own-2")):
        site.page(path, page(n))
    site.redirect("/away", "http://foreign.example/b")
    site.page("/refresh", '<meta http-equiv="refresh" content="0; url=http://foreign.example/c">')
    site.page("/long", page(5, head='<link rel="next" href="/long/2">'))
    site.page("/long/2", page(6, "Title 5"))
    for n, path in enumerate(("/a", "/b", "/c")):
        other.page(path, page(n + 2))
    assert run.now(feed).entries == {"archived": 6}
    assert all(map(got_all, site.requests))
    assert sorted(request.path for request in site.requests) == [
        "/away",
        "/feed.xml",
        *("/long", "/long/2", "/own", "/own-2", "/refresh"),
    ]
    assert all(map(got_none, other.requests))
    assert sorted(request.path for request in other.requests) == ["/a", "/b", "/c"]


def test_a_feed_that_has_moved_to_another_domain_gets_no_options_there(named):
    run, site, other, feed = named
    site.redirect("/feed.xml", "http://moved.example/feed.xml", status=301)
    other.announce(item(1, link="http://www.news.example/a", text=""))
    site.page("/a", page(1))
    for _ in range(3):
        run.now(feed)
        run.later(days=2)
    assert run.feed()["address"] == "http://moved.example/feed.xml"
    assert len(other.requests) == 3
    assert all(map(got_none, other.requests))
    assert all(map(got_all, site.requests))


def test_check_and_add_use_the_options_of_a_listed_feed(site, folder, monkeypatch):
    monkeypatch.setenv("KEY", SECRET)
    feed = Answer(200, {"Content-Type": "application/rss+xml"}, rss(item(1)))
    site.answer("/feed.xml", lambda asked: feed if asked.headers.get("x-key") == SECRET else Answer(401))
    site.page("/", '<link rel="alternate" type="application/rss+xml" href="/feed.xml">')
    folder.set_up(site.url("/feed.xml"))
    folder.ingest("feeds", "edit", site.url("/feed.xml"), "--header", "X-Key=${KEY}")
    assert folder.ingest("feeds", "check", site.url("/feed.xml"), "--json").json[0]["entries"] == 1
    assert folder.ingest("feeds", "add", site.url("/")).out.startswith("on the list already: ")
