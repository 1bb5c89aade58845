"""Runs, one after the other, on hosts that send Retry-After, truncate responses or redirect to other hosts."""

import gzip
import time
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from storage.records import WantedFeed, to_instant
from tests.builders_feeds import item, page, rss
from tests.command_run import LOOPBACK, Folder

ONE_LOOPBACK = LOOPBACK.replace('"127.0.0.0/8"', '"127.0.0.1/32"')


@pytest.fixture
def folder(tmp_path) -> Folder:
    return Folder(tmp_path)


def announce(site, *paths):
    site.page("/feed.xml", rss(*(item(n, link=path, text="") for n, path in enumerate(paths))))
    return site.url("/feed.xml")


# manners


def test_feeds_robots_txt_and_pages_of_one_host_share_its_pace(site, run):
    interval_s = 0.1
    feeds = [announce(site, "/a", "/b"), site.url("/other.xml")]  # their pages are 404
    site.page("/other.xml", rss(item(7, link="/c", text="")))
    began_s = time.monotonic()
    web = {"robots": True, "per_host_interval_s": interval_s, "per_host_concurrency": 5}
    run.now(*map(WantedFeed, feeds), web=web)
    paths = [request.path for request in site.requests]
    assert sorted(paths) == ["/a", "/b", "/c", "/feed.xml", "/other.xml", "/robots.txt"]
    assert all(request.at - began_s >= n * interval_s for n, request in enumerate(site.requests))
    assert {request.method for request in site.requests} == {"GET"}


def test_what_hosts_have_asked_for_holds_in_the_next_process(sites, folder):
    page_asks, feed_asks, forbids = (sites(f"127.0.0.{n}") for n in (1, 2, 3))
    tomorrow = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
    for site in (page_asks, feed_asks, forbids):
        announce(site, "/a")
    page_asks.page("/a", "", status=503, headers={"Retry-After": tomorrow})
    feed_asks.page("/feed.xml", "", status=429, headers={"Retry-After": tomorrow})
    forbids.page("/a", "", status=403)
    folder.set_up(*(site.url("/feed.xml") for site in (page_asks, feed_asks, forbids)), article="page")
    folder.ingest("now")
    folder.run("now")
    assert [request.path for request in page_asks.requests] == ["/feed.xml", "/a"]
    assert [request.path for request in feed_asks.requests] == ["/feed.xml"]
    assert len(forbids.requests_of("/a")) == 1
    assert folder.column("SELECT outcome FROM polls ORDER BY feed_id, id") == [
        *("parsed", "deferred"),
        *("failed", "deferred"),
        *("parsed", "same_body"),
    ]
    waits_s = [
        (to_instant(at) - datetime.now(UTC)).total_seconds()
        for at in folder.column("SELECT due_at FROM entries ORDER BY feed_id")
    ]
    assert waits_s[0] > 23 * 3600
    assert 5 * 3600 < waits_s[1] < 8 * 3600


def test_a_forbidden_page_is_requested_five_times_over_days(site, run):
    feed = WantedFeed(announce(site, "/a"))
    site.page("/a", "", status=403)
    asked = []
    for hours in (0, 5, 3, 23, 6, 30, 30, 30, 200):
        run.later(hours=hours).now(feed)
        asked.append(len(site.requests_of("/a")))
    assert asked == [1, 1, 2, 2, 3, 4, 5, 5, 5]
    assert run.rows("SELECT outcome, reason FROM entries") == [
        {"outcome": "walled", "reason": "the page answered HTTP 403"}
    ]


def test_a_feeds_credentials_go_to_pages_of_its_own_origin_only(site, sites, run):
    others = [sites("127.0.0.1"), sites("127.0.0.2")]
    links = ["/own", "/away", *(other.url("/a") for other in others)]
    feed = announce(site, *links).replace("://", "://user:s%20cret@")
    site.redirect("/away", others[1].url("/b"))
    run.now(WantedFeed(feed))
    basic = "Basic " + b64encode(b"user:s cret").decode()
    assert {request.headers.get("authorization") for request in site.requests} == {basic}
    assert sorted(request.path for request in site.requests) == ["/away", "/feed.xml", "/own"]
    assert [sorted(request.path for request in other.requests) for other in others] == [["/a"], ["/a", "/b"]]
    assert not any("authorization" in request.headers for other in others for request in other.requests)


# bodies


def cuts(body: bytes, *headers: bytes) -> dict[str, bytes]:
    head = b"\r\n".join([b"HTTP/1.1 200 OK", b"ETag: x", *headers])
    chunk = b"%x\r\n%b\r\n" % (len(body) // 2, body[: len(body) // 2])
    return {
        "short": head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:-50],
        "chunked": head + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk,
        "last chunk": head + b"\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body[:-50],
        "gzip": head + b"\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(body)[:-20],
        "not modified": b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n",
        "partial": head.replace(b"200 OK", b"206 Partial Content") + b"\r\nContent-Length: 900\r\n\r\n" + body[:900],
    }


def test_a_truncated_feed_is_neither_archived_nor_remembered(site, run):
    kinds = [*cuts(b""), "reset"]
    documents = {kind: rss(*(item(10 * n + m, link=f"/{n}{m}") for m in range(2))) for n, kind in enumerate(kinds)}
    paths = {kind: f"/{n}.xml" for n, kind in enumerate(kinds)}
    for kind, path in paths.items():
        if kind == "reset":
            site.reset(path, b"HTTP/1.1 200 OK\r\nETag: x\r\n\r\n" + documents[kind].encode()[:-50])
        else:
            site.raw(path, cuts(documents[kind].encode())[kind])
    feeds = list(map(site.url, paths.values()))
    assert run.now(*feeds).polls == {"failed": 7}
    assert run.outcomes() == []
    for kind, path in paths.items():
        site.page(path, documents[kind])
    assert run.later(days=1).now(*feeds).entries == {"archived": 14}
    assert not any("if-none-match" in request.headers for request in site.requests)


def test_a_truncated_page_is_not_an_article(site, run):
    kinds = [*cuts(b""), "reset"]
    feed = WantedFeed(announce(site, *(f"/{n}" for n in range(7))))
    for n, kind in enumerate(kinds):
        body = page(n).encode()
        if kind == "reset":
            site.reset(f"/{n}", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body[:-50])
        else:
            site.raw(f"/{n}", cuts(body, b"Content-Type: text/html")[kind])
    run.now(feed)
    assert dict(zip(kinds, run.outcomes(), strict=True)) == dict.fromkeys(kinds, "pending")
    for n in range(7):
        site.page(f"/{n}", page(n))
    assert run.later(days=1).now(feed).entries == {"archived": 7}


# discovery


def test_discovery_follows_no_link_and_no_redirect_to_where_nothing_may_be_fetched(site, sites, folder):
    other = sites("127.0.0.2")
    other.page("/feed.xml", rss(item(1)))
    folder.set_up(settings=ONE_LOOPBACK)
    inside = [other.url("/feed.xml"), "/moved.xml", "file:///etc/passwd", f"http://2130706434:{other.port}/feed.xml"]
    link = '<link rel="alternate" type="application/rss+xml" href="{}">'.format
    site.page("/", "".join(map(link, inside)))
    for path in ("/moved.xml", "/feed", "/rss.xml", "/moved"):
        site.redirect(path, other.url("/feed.xml"))
    result = folder.ingest("feeds", "add", site.url("/"))
    assert (result.code, result.out) == (1, "")
    assert "no feed there" in result.err
    result = folder.ingest("feeds", "add", site.url("/moved"))
    assert result.code == 1
    assert result.err.endswith("127.0.0.2 is a loopback address; add it to web.allow_addresses to permit it\n")
    probes = folder.ingest("feeds", "check", "--json", site.url("/moved.xml"), other.url("/feed.xml")).json
    assert all("127.0.0.2 is a loopback address" in probe["error"] for probe in probes)
    assert other.connections == 0

    site.page("/", "".join(map(link, [*inside, "/good.xml"])))
    site.page("/good.xml", rss(item(1)))
    result = folder.ingest("feeds", "add", site.url("/"))
    assert (result.code, result.out) == (0, f"added: {site.url('/good.xml')} (News)\n")
    assert other.connections == 0


def test_discovery_stops_at_a_host_that_sends_retry_after(site, folder):
    folder.set_up()
    site.page("/", "", status=429, headers={"Retry-After": "60"})
    result = folder.ingest("feeds", "add", site.url("/"))
    assert (result.code, len(site.requests)) == (1, 1)
