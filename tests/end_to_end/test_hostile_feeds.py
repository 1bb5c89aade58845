"""Feeds that are out to harm, or broken beyond reason: what a run makes of them."""

import json

import pytest

from storage.records import WantedFeed
from tests.builders_feeds import item, page, prose, rss

ITEM = item(1, link="/a")


def test_a_304_without_a_validator_is_a_failure_and_a_cut_feed_is_asked_for_again(site, run, feed_url):
    site.page("/feed.xml", "", status=304)
    assert run.now(feed_url).polls == {"failed": 1}
    body = rss(item(0, link="/a"), item(1, link="/b")).encode()
    site.raw("/feed.xml", b"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:-60])
    assert run.later(days=1).now(feed_url).polls == {"failed": 1}
    site.page("/feed.xml", body.decode())
    run.later(days=1).now(feed_url)
    assert "if-none-match" not in site.requests_of("/feed.xml")[-1].headers
    assert run.outcomes() == ["archived", "archived"]


def test_every_address_of_a_run_is_guarded(site, sites, run, feed_url):
    other = sites("127.0.0.2")
    links = [site.url("/away"), other.url("/page"), "file:///etc/passwd", "javascript:alert(1)", "data:text/plain,x"]
    site.page("/feed.xml", rss(*(item(n, link=link, text="") for n, link in enumerate(links))))
    site.redirect("/away", other.url("/page"))
    site.redirect("/moved.xml", other.url("/feed.xml"))
    site.redirect("/robots.txt", other.url("/robots.txt"))
    web = {"allow_addresses": ("127.0.0.1/32",)}
    for robots in (False, True):
        run.later(days=1).now(WantedFeed(feed_url), WantedFeed(site.url("/moved.xml")), web=web | {"robots": robots})
    assert run.outcomes() == ["refused", "refused", "no_text", "no_text", "no_text"]
    assert all("127.0.0.2 is a loopback address" in reason for reason in run.column("SELECT reason FROM entries")[:2])
    assert "127.0.0.2 is a loopback address" in run.feed(site.url("/moved.xml"))["last_error"]
    assert other.requests == []


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
DOCUMENTS = {
    "an entity bomb": rss(ITEM, item(2, text="&e9;")).replace(
        "<rss", f'<!DOCTYPE r [<!ENTITY e0 "lol">{BOMB}]><rss', 1
    ),
    "one large entity": rss(ITEM)
    .replace("<rss", f'<!DOCTYPE r [<!ENTITY a "{"x" * 10**5}">]><rss', 1)
    .replace("Title 1", "&a;" * 10**4),
    "an external entity": rss(ITEM)
    .replace("<rss", '<!DOCTYPE r SYSTEM "http://127.0.0.2/x.dtd" [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss', 1)
    .replace("Title 1", "Title 1&x;"),
    "elements nested without end": rss(ITEM, "<item><description>" + "<div>" * 5000 + "</description></item>"),
    "an end that is missing": rss(ITEM)[:-10] + "<a>" * 3000,
    "a processing instruction that does not end": "<?xml version='1.0'?>" + rss(ITEM)[21:] + "<?php " * 1000,
    "bytes of several encodings": rss(ITEM).encode() + "é".encode("utf-16") + b"\xff\xfe\x82\xa0",
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_hostile_document_does_not_cost_its_good_entries(site, run, feed_url, kind):
    site.page("/feed.xml", DOCUMENTS[kind], content_type="application/rss+xml")
    assert run.now(feed_url).polls == {"parsed": 1}
    texts = run.rows("SELECT title, body FROM articles")
    assert prose(1) in [text["body"] for text in texts]
    assert max(len(text["title"]) for text in texts) < 1100
    assert not any("root:" in text["title"] for text in texts)


def test_a_document_that_takes_feedparser_too_long_is_ended_with_an_error(site, run, feed_url):
    attributes = " ".join(f"a{n}='1'" for n in range(50_000))
    site.page("/feed.xml", f"<rss version='2.0'><channel><item {attributes}><title>x</title></item>&")
    site.page("/good.xml", rss(item(0, link="/a")))
    run.now(feed_url, site.url("/good.xml"), articles={"workers": 1, "time_limit_s": 3.0})
    assert run.feed(feed_url)["last_error"] == "parsing it took longer than 3 s (articles.time_limit_s)"
    assert run.outcomes() == ["archived"]


def test_too_many_entries_in_utf_16_are_cut_in_time_with_a_warning(site, folder, feed_url):
    document = rss(*(f"<item><title>{n}</title></item>" for n in range(140_000))).encode("utf-16")
    site.page("/feed.xml", document, content_type="application/rss+xml")
    (probe,) = folder.set_up(feed_url).ingest("feeds", "check", "--json").json
    assert (probe["entries"], probe["error"]) == (140_000, None)
    assert probe["warning"] == "only the newest 5000 of its 140000 entries were taken"


def test_a_page_that_takes_the_extraction_too_long_is_ended_with_a_reason(site, run, feed_url):
    site.page("/slow", "<table>" + "<tr><td>a<td>b" * 100_000)
    site.page("/feed.xml", rss(item(1, link=site.url("/slow"), text="")))
    run.now(WantedFeed(feed_url), articles={"workers": 1, "time_limit_s": 1.0, "page_memory_mb": 1000})
    entry = run.row("SELECT outcome, reason FROM entries")
    assert entry == {"outcome": "pending", "reason": "cleaning the page took longer than 1 s (articles.time_limit_s)"}


def test_a_storm_of_guids_archives_an_article_once(site, run, feed_url):
    site.page("/a", page(1))
    for storm in range(3):
        items = [
            item(1, link=site.url(f"/a;jsessionid={storm}{n}"), guid=f"<guid>{storm}-{n}</guid>", text="")
            for n in range(20)
        ]
        site.page("/feed.xml", rss(*items))
        for n in range(20):
            site.page(f"/a;jsessionid={storm}{n}", page(1))
        run.later(days=1).now(WantedFeed(feed_url))
    assert run.column("SELECT count(*) FROM articles") == [1]
    assert len(run.outcomes()) == 1
    assert run.column("SELECT url FROM articles") == [site.url("/a")]


SESSIONS = {
    "token": "/{n}?sid=9f86d081884c7d659a2feaa0c55ad0{session}{n}",
    "server": "/{n}?PHPSESSID={session}",
    "path": "/{n};jsessionid={session}A.node1",
    "number": "/{n}?session_id=10{session}",
}


@pytest.mark.parametrize("address", SESSIONS.values(), ids=SESSIONS)
def test_another_session_id_at_each_poll_brings_each_article_once(site, run, feed_url, address):
    for session in range(3):
        links = [address.format(n=n, session=session) for n in range(3)]
        for n, link in enumerate(links):
            site.page(link, page(n))
        site.page("/feed.xml", rss(*(item(n, link=site.url(link), text="") for n, link in enumerate(links))))
        run.later(days=1).now(WantedFeed(feed_url))
    assert run.column("SELECT title FROM articles ORDER BY title") == ["Title 0", "Title 1", "Title 2"]
    assert set(run.outcomes()) <= {"archived", "known"}


def test_a_session_id_that_names_the_article_is_kept(site, run, feed_url):
    links = [f"/talk?session_id={n}" for n in range(3)]
    for n, link in enumerate(links):
        site.page(link, page(n))
    site.page("/feed.xml", rss(*(item(n, link=site.url(link), text="") for n, link in enumerate(links))))
    run.now(WantedFeed(feed_url))
    assert run.column("SELECT url FROM articles ORDER BY url") == [site.url(link) for link in links]


def test_a_feed_that_flaps_and_shuffles_brings_nothing_twice(site, run, feed_url):
    items = [item(n, link=f"/{n}", guid=f"<guid>{n}</guid>") for n in range(6)]
    for shown in (items[:4], items[::-1], "<html>Down", items[2:], [], items[3:] + items[:3], items):
        site.page("/feed.xml", shown if isinstance(shown, str) else rss(*shown))
        run.later(days=1).now(feed_url)
    assert run.outcomes() == ["archived"] * 6


def test_nothing_that_moves_a_terminals_cursor_reaches_the_archive(site, run, feed_url):
    evil = "\x1b[2J\x07\x9b1m\u202ered\u2066\ud800\x00\r"
    entry = {"id": evil, "title": evil, "url": "/a", "content_text": prose(1) + evil, "authors": [{"name": f"A{evil}"}],
             "tags": [evil], "summary": evil}  # fmt: skip
    document = {"version": "https://jsonfeed.org/version/1.1", "title": evil, "items": [entry]}
    site.page("/feed.xml", json.dumps(document), content_type="application/feed+json")
    run.now(feed_url)
    said = json.dumps(run.rows("SELECT title, authors, tags, summary, body FROM articles"), ensure_ascii=False)
    assert not any(c in said for c in "\x1b\x07\x9b\u202e\u2066\ud800\x00\r")
    assert not any(f"\\u{ord(c):04x}" in said for c in "\x1b\x07\x00")


def test_no_reason_and_no_error_has_characters_that_move_a_terminals_cursor(site, run, feed_url):
    evil = "\x1b]0;x\x07\u202e\u2066\x9b"
    site.raw("/type", f"HTTP/1.1 200 OK\r\nContent-Type: evil\u202e\u2066/x\x1b[2J{'x' * 999}\r\n\r\nx".encode())
    site.raw("/phrase", f"HTTP/1.1 404 {evil[4:]}\r\nContent-Length: 0\r\n\r\n".encode())
    site.raw("/away", f"HTTP/1.1 302 Found\r\nLocation: ftp://x/{evil[7:]}\r\n\r\n".encode())
    site.page("/on", f"<meta http-equiv=refresh content='0;url=/x{evil}'>")
    links = ("/type", "/phrase", "/away", "/on")
    dated = f"<pubDate>{evil} 2026</pubDate>"
    site.page("/feed.xml", rss(*(item(n, link=site.url(link), text="", more=dated) for n, link in enumerate(links))))
    others = [site.url(path) for path in ("/type", "/phrase", "/away", "/kind", "/json", "/void")]
    site.page("/kind", f"<r{evil}oot>")
    site.page("/json", f'{{"{evil}":')
    site.raw("/void", f"{evil}\r\n\r\n".encode())
    run.now(WantedFeed(feed_url), *others)
    reasons = run.column("SELECT reason FROM entries UNION ALL SELECT error FROM polls WHERE error IS NOT NULL")
    raws = run.column("SELECT published_raw FROM entries")
    assert len(reasons) >= len(links) + len(others)
    assert not [text for text in (*reasons, *raws) if not text.isprintable()]
    assert max(map(len, reasons)) < 400
