"""What becomes of an announced entry: its page, its tries, its text, its fields."""

import re

import pytest
import zstandard

from storage.records import WantedFeed
from tests.builders_feeds import atom, atom_entry, item, json_feed, page, prose, rss
from tests.builders_pages import FRENCH, FRENCH_TITLE, article_page
from tests.site import Answer

TEASER = "A short teaser of the article."


# what came back


def test_a_page_that_is_no_article_gives_its_reason(site, run, feed):
    wall = "<h1>Before you continue</h1><p>We and our partners store and access information on your device.</p>"
    pages = {
        "pdf": {"body": b"%PDF-1.7", "content_type": "application/pdf"},
        "wall": {"body": f"<!doctype html><title>Before you continue</title>{wall}"},
        "login": {"body": "", "status": 402},
        "empty": {"body": "<!doctype html><html><body><nav>Menu</nav></body></html>"},
        "big": {"body": "<p>" + "x" * 3000},
    }
    site.announce(*(item(n, link=f"/{name}", text=TEASER) for n, name in enumerate([*pages, "home", "loop", "ftp"])))
    for name, kwargs in pages.items():
        site.page(f"/{name}", **kwargs)
    site.redirect("/home", "/")
    site.page("/", page(7))
    site.redirect("/loop", "/loop")
    site.redirect("/ftp", "ftp://news.example/a")
    run.now(feed, web={"max_bytes": 2500})
    found = {
        row["url"].rpartition("/")[2]: (row["outcome"], row["reason"]) for row in run.rows("SELECT * FROM entries")
    }
    assert {name: outcome for name, (outcome, _) in found.items()} == {
        "pdf": "refused",
        "wall": "walled",
        "login": "walled",
        "empty": "no_text",
        "big": "refused",
        "home": "no_text",
        "loop": "pending",
        "ftp": "refused",
    }
    assert all(reason for _, reason in found.values())
    assert run.column("SELECT id FROM articles") == []


def test_a_page_that_robots_txt_disallows_is_not_asked_for(site, run, feed):
    site.page("/robots.txt", "User-agent: *\nDisallow: /private", content_type="text/plain")
    site.announce(item(0, link="/private/a", text=TEASER), item(1, link="/b", text=TEASER))
    site.page("/b", page(1))
    run.now(feed, web={"robots": True})
    assert run.outcomes() == ["refused", "archived"]
    assert "robots.txt" in run.column("SELECT reason FROM entries")[0]
    assert not site.requests_of("/private/a")


def test_a_refused_page_with_only_a_teaser_in_the_feed_gives_no_article(site, run):
    site.page("/feed.json", json_feed(site.url("/a")).replace(prose(), "Read it on our site."))
    site.page("/a", "%PDF", content_type="application/pdf")
    run.now(WantedFeed(site.url("/feed.json")))
    assert run.outcomes() == ["refused"]


def test_a_content_type_that_is_not_text_does_no_harm(site, run, feed):
    site.announce(item(0, link="/a", text=TEASER))
    site.raw("/a", b"HTTP/1.1 200 OK\r\nContent-Type: imag\xe9/\xff\r\nLink: \xff\r\n\r\nbody")
    run.now(feed)
    assert run.entry()["outcome"] == "refused"


def test_redirects_are_followed_and_the_article_is_known_by_where_they_lead(site, run, feed):
    site.announce(item(0, link="/short", text=TEASER))
    site.redirect("/short", "/old?utm_source=feed", status=301)
    site.redirect("/old?utm_source=feed", "/2026/article?utm_source=feed&id=7", status=302)
    site.page("/2026/article?utm_source=feed&id=7", page())
    run.now(feed)
    assert run.article()["url"] == site.url("/2026/article?id=7")


@pytest.mark.parametrize(
    ("charset", "content_type", "declared"),
    [
        ("windows-1252", "text/html; charset=windows-1252", False),
        ("windows-1252", "text/html", True),
        ("windows-1252", "text/html", False),
        ("utf-8", "text/html", False),
        ("utf-8-sig", "text/html; charset=iso-8859-1", False),
        ("utf-16", "text/html", False),
    ],
)
def test_the_charset_is_found(site, run, feed, charset, content_type, declared):
    site.announce(item(0, link="/a", text=TEASER).replace("Title 0", FRENCH_TITLE))
    html = article_page(FRENCH_TITLE, FRENCH, charset=charset, declared=declared)
    site.page("/a", html, content_type=content_type)
    run.now(feed)
    assert run.article()["body"] == "\n".join(FRENCH)
    assert (run.article()["title"], run.article()["language"]) == (FRENCH_TITLE, "fr")


# fields


def test_the_feeds_word_comes_first_and_the_pages_second(site, run):
    dated = "<published>2026-02-27T10:00:00+01:00</published><author><name>Ada Byron</name></author>"
    site.page(
        "/feed.xml",
        atom(
            atom_entry(0, '<link href="/a"/>', more=f'{dated}<category term="energy"/>'),
            atom_entry(1, '<link href="/b"/>'),
        ),
    )
    said = (
        '<meta property="article:published_time" content="2025-01-02T03:04:05Z">'
        '<meta name="author" content="Grace Hopper"><meta property="og:image" content="/port.jpg">'
        '<meta property="og:site_name" content="The Port"><meta property="article:section" content="Harbour">'
    )
    for n, path in enumerate(("/a", "/b")):
        site.page(path, page(n, head=said))
    run.now(WantedFeed(site.url("/feed.xml")))
    first, second = run.rows("SELECT * FROM articles ORDER BY url")
    assert (first["published_at"], first["published_from"]) == ("2026-02-27T09:00:00Z", "feed")
    assert {row["published_precision"] for row in (first, second)} == {"second"}
    assert (first["authors"], first["tags"]) == (["Ada Byron"], ["energy"])
    assert (second["published_at"], second["published_from"]) == ("2025-01-02T03:04:05Z", "meta")
    assert (second["authors"], second["image_url"]) == (["Grace Hopper"], site.url("/port.jpg"))
    assert second["language"] == "en"
    assert {(row["site_name"], row["section"]) for row in (first, second)} == {("The Port", "Harbour")}


@pytest.mark.parametrize(
    ("raw", "published_at"),
    [
        ("Sun, 01 Mar 2026 10:00:00 CEST", "2026-03-01T08:00:00Z"),
        ("Sun, 01 Mar 2026 10:00:00", "2026-03-01T10:00:00Z"),
        ("dimanche 1 mars 2026 10:00", "2026-03-01T10:00:00Z"),
        ("Mon, 01 Jun 2026 10:00:00 GMT", "2026-06-01T10:00:00Z"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Fri, 01 Jan 2099 00:00:00 GMT", None),
        ("30 Feb 2026", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date_is_believed_or_left_out_and_kept_as_written(site, run, raw, published_at):
    site.page("/feed.xml", rss(item(0, link="/a", more=f"<pubDate>{raw}</pubDate>")))
    run.now(site.url("/feed.xml"))
    assert (run.entry()["published_at"], run.entry()["published_raw"]) == (published_at, raw or None)
    assert run.article()["published_at"] == published_at


def test_an_instant_says_how_precise_it_is_and_whether_it_is_still_to_come(site, run):
    site.page("/feed.xml", rss(item(0, link="/a", more="<pubDate>2026-03-09T10:20Z</pubDate>")))
    run.now(site.url("/feed.xml"))
    for row in (run.entry(), run.article()):
        assert (row["published_at"], row["published_precision"]) == ("2026-03-09T10:20:00Z", "minute")
    assert run.rows("SELECT published_ahead FROM current_articles") == [{"published_ahead": 1}]


def test_the_feeds_full_text_is_taken_where_the_page_yields_less(site, run, feed):
    full = "".join(f"&lt;p&gt;{prose(n, 8)}&lt;/p&gt;" for n in range(3))
    site.announce(item(0, link="/a", text=TEASER, more=f"<content:encoded>{full}</content:encoded>"))
    site.page("/a", page(0, text=prose(0, 3)))
    run.now(feed)
    assert run.article()["body_from"] == "feed"
    assert run.article()["body"].split("\n") == [prose(n, 8) for n in range(3)]


# pages


def test_the_raw_page_is_kept_as_it_was_served(site, run, feed):
    site.announce(item(0, link="/a", text=TEASER))
    html = article_page(FRENCH_TITLE, FRENCH, charset="windows-1252")
    site.redirect("/a", "/b")
    site.page("/b", html, content_type="text/html", headers={"Set-Cookie": "secret=1", "ETag": '"x"'})
    run.now(feed)
    kept = run.row("SELECT * FROM pages")
    assert zstandard.decompress(kept["html"]) == html
    assert (kept["status"], kept["final_url"]) == (200, site.url("/b"))
    assert (kept["headers"]["etag"], "set-cookie" in kept["headers"]) == ('"x"', False)


def test_pages_are_not_kept_when_they_are_not_wanted(site, run, feed):
    site.announce(item(0, link="/a", text=TEASER))
    site.page("/a", page())
    run.now(feed, archive={"keep_pages": False})
    assert (run.outcomes(), run.column("SELECT html FROM pages")) == (["archived"], [])


# links


def test_links_are_resolved_and_chosen_as_the_document_means_them(site, run):
    links = {
        "base": '<link xml:base="http://127.0.0.1:1/deep/" href="../base"/>',
        "several": '<link rel="alternate" hreflang="de" href="/de"/>'
        '<link rel="alternate" type="application/pdf" href="/pdf"/>'
        '<link rel="alternate" type="text/html" hreflang="en" href="/several"/><link rel="related" href="/other"/>'
        '<link rel="alternate" type="text/html" hreflang="fr" href="/fr"/>',
        "idn": '<link href="http://bücher.example/idn"/>',
        "bare": '<link href="//127.0.0.1:1/bare"/>',
    }
    site.page(
        "/feed.xml",
        atom(*(atom_entry(n, markup) for n, markup in enumerate(links.values())), attributes=' xml:lang="en"'),
    )
    run.now(site.url("/feed.xml"))
    assert run.column("SELECT url FROM entries ORDER BY id") == [
        "http://127.0.0.1:1/base",
        site.url("/several"),
        "http://xn--bcher-kva.example/idn",
        "http://127.0.0.1:1/bare",
    ]


def test_feedburner_links_give_way_to_the_original(site, run):
    original = f"<feedburner:origLink>{site.url('/a?utm_source=x&amp;id=3')}</feedburner:origLink>"
    site.page("/feed.xml", rss(item(0, link="http://feeds.feedburner.example/~r/1", more=original)))
    run.now(site.url("/feed.xml"))
    assert (run.entry()["url"], run.article()["url"]) == (site.url("/a?utm_source=x&id=3"), site.url("/a?id=3"))


def test_a_relative_link_is_resolved_against_where_the_feed_was_found(site, sites, run, feed):
    other = sites("127.0.0.2")
    site.redirect("/feed.xml", other.url("/blog/feed.xml"))
    other.page("/blog/feed.xml", rss(item(0, link="a", text=TEASER)))
    other.page("/blog/a", page())
    run.now(feed)
    assert run.article()["url"] == other.url("/blog/a")


# the document's oddities


def test_an_entry_without_a_link_is_archived_with_the_text_it_has(site, run, feed):
    short = "Only a note, of hardly more than twenty words, but it is all there is, and no page says any more of it."
    site.announce(item(0, text=short), item(1, text=prose(1)), "<item><title>Only a title</title></item>")
    run.now(feed)
    assert run.outcomes() == ["archived", "archived", "no_text"]
    assert run.column("SELECT body FROM articles ORDER BY id") == [short, prose(1)]


def test_entries_that_share_one_link_are_each_archived_with_their_own_text(site, run, feed):
    site.announce(*(item(n, link="/changelog") for n in range(3)))
    run.now(feed)
    assert run.outcomes() == ["archived"] * 3
    assert len(set(run.column("SELECT url FROM articles"))) == 3
    assert run.later(days=1).now(feed).entries_new == 0


@pytest.mark.parametrize("evil", ["&#0;", "&#xD800;", "&#xFFFE;", "\x07"])
def test_characters_that_no_database_takes_do_no_harm(site, run, feed, evil):
    text = item(
        0, link="/a", guid=f"<guid>g{evil}1</guid>", more=f"<pubDate>x{evil}</pubDate><category>c{evil}</category>"
    )
    site.page("/feed.xml", rss(text.replace("Title 0", f"Title{evil} 0")).encode())
    site.page("/a", page())
    assert run.now(feed).entries == {"archived": 1}
    site.page("/feed.xml", rss(text.replace("Title 0", f"Title{evil} 0"), item(1, link="/b")).encode())
    assert run.later(days=1).now(feed).entries_new == 1


@pytest.mark.parametrize("evil", ["\\u0000", "\\ud800", "\\ufffe"])
def test_characters_that_json_can_hold_and_no_database_takes_do_no_harm(site, run, evil):
    def document(*links):
        return json_feed(*links).replace("Title ", f"Title{evil} ").replace('"id": "', f'"id": "{evil}')

    site.page("/feed.json", document(site.url("/a")))
    feed = WantedFeed(site.url("/feed.json"), article="feed")
    assert run.now(feed).entries == {"archived": 1}
    site.page("/feed.json", document(site.url("/a"), site.url("/b")))
    assert run.later(days=1).now(feed).entries_new == 1


def test_a_page_is_asked_for_politely(site, run, feed):
    site.announce(item(0, link="/a", text=TEASER))
    site.answer("/a", lambda request: Answer(200, {}, page()))
    run.now(feed, web={"user_agent": "ingest/test (https://example.org)"})
    headers = site.requests_of("/a")[0].headers
    assert headers["user-agent"] == "ingest/test (https://example.org)"
    assert "text/html" in headers["accept"]


# the method


@pytest.mark.parametrize(
    ("method", "extractor"),
    [
        ("combined", r"(?:blocks \d+ \+ )?trafilatura 2\.\S+"),
        ("blocks", r"blocks \d+"),
        ("trafilatura", r"trafilatura 2\.\S+"),
    ],
)
def test_the_text_is_found_by_the_method_of_the_settings(site, run, feed, method, extractor):
    site.announce(item(0, link="/a", text=TEASER))
    site.page("/a", article_page(FRENCH_TITLE, FRENCH))
    run.now(feed, articles={"method": method})
    assert re.fullmatch(extractor, run.article()["extractor"])
    assert run.article()["body"] == "\n".join(FRENCH)
