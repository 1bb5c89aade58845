import time
from contextlib import suppress

import pytest
from lxml.etree import fromstring

from ingest.errors import ParseError
from ingest.feeds.opml import LeftOut, read, write
from storage.records import WantedFeed


def test_folders_become_tags_with_a_slash_and_categories_become_words():
    body = b"""<?xml version="1.0"?><opml version="1.0"><body>
      <outline text="Tech"><outline title="AI/ML, 100%">
        <outline text="Short" title="A &amp; B" type="rss" XMLURL="https://a.example/feed"
          category="/Science/Physics,tcp/ip"/>
      </outline></outline>
      <outline xmlUrl="feed://b.example/rss"/>
    </body></opml>"""
    assert read(body, source="x.opml").feeds == (
        WantedFeed("https://a.example/feed", "A & B", ("/Tech/AI%2FML, 100%", "Science", "Physics", "tcp/ip")),
        WantedFeed("http://b.example/rss"),
    )


@pytest.mark.parametrize(
    ("outlines", "tags"),
    [
        ('<outline text="a">{}</outline><outline text="b">{}</outline>', ("/a", "/b")),
        ('{}<outline text="a">{}</outline>', ("/", "/a")),
        ('<outline>{}</outline><outline text=" "/>', ()),
        ('<outline text="%2F">{}</outline>', ("/%252F",)),
        (60 * '<outline text="a">' + "{}", (50 * "/a",)),
    ],
)
def test_a_feed_has_a_tag_for_each_folder_it_is_in(outlines, tags):
    feed = '<outline xmlUrl="https://x.example/"/>'
    body = f"<opml><body>{outlines.format(feed, feed)}</body></opml>"
    outlines = read(body.encode(), source="x")
    assert outlines.feeds == (WantedFeed("https://x.example/", tags=tags),)


def test_outlines_are_left_out_with_a_reason():
    body = b"""<opml><body>
      <outline text="Mail" type="rss" xmlUrl="mailto:a@b.example"/><outline text="Nothing" type="rss"/>
      <outline text="A" xmlUrl="https://a.example/"/><outline text="Again" xmlUrl="HTTPS://A.example/"/>
      <outline text="Page" type="link" url="https://a.example/"/><outline text="Empty"/>
      <outline text="Path" type="HTML+XPath" xmlUrl="https://p.example/"/>
    </body></opml>"""
    outlines = read(body, source="x")
    assert [feed.url for feed in outlines.feeds] == ["https://a.example/"]
    assert outlines.left_out == (
        LeftOut("…b.example", "Mail", "no http or https address"),
        LeftOut("", "Nothing", "no address (xmlUrl)"),
        LeftOut("https://a.example/", "Again", "twice in the file"),
        LeftOut("", "Page", "no address (xmlUrl)"),
        LeftOut("", "Empty", "a folder without feeds"),
        LeftOut("https://p.example/", "Path", "of type HTML+XPath, which is no feed"),
    )


@pytest.mark.parametrize("interval", ["0", "-1", "x", "9" * 5000])
def test_an_invalid_interval_is_ignored(interval):
    body = f'<opml xmlns:i="urn:ingest:feeds"><outline xmlUrl="https://x.example/" i:interval_s="{interval}"/></opml>'
    assert read(body.encode(), source="x").feeds == (WantedFeed("https://x.example/"),)


def test_tags_with_a_slash_become_folders():
    feeds = [
        WantedFeed("https://a.example/", "A", ("en", "/News/Tech", "/AI%2fML")),
        WantedFeed("https://b.example/", "B"),
        WantedFeed("https://c.example/", "C", ("/News//", "/")),
    ]
    body = fromstring(write(feeds, title="Mine")).find("body")
    assert paths(body) == ["News/Tech: A", "News: C", "AI/ML: A", ": B", ": C"]
    assert body.find(".//outline[@xmlUrl]").get("category") == "en"


def paths(parent, inside=()):
    found = []
    for outline in parent:
        if outline.get("xmlUrl"):
            found.append(f"{'/'.join(inside)}: {outline.get('text')}")
        else:
            found += paths(outline, (*inside, outline.get("text")))
    return found


def test_broken_xml_is_read_as_far_as_possible():
    body = b'<opml><body><outline text="a & b" xmlUrl="https://x.example/?a=1&b=2"/><outline text='
    assert [feed.url for feed in read(body, source="x").feeds] == ["https://x.example/?a=1&b=2"]


def test_entities_are_not_resolved(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    body = f"""<!DOCTYPE opml [<!ENTITY e SYSTEM "{secret.as_uri()}"><!ENTITY l "loud">]>
      <opml><body><outline text="a">&e;<outline text="x" xmlUrl="https://x.example/"/></outline></body></opml>"""
    assert "secret" not in repr(read(body.encode(), source="x"))


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"", "not OPML"),
        (b"hello", "not OPML"),
        (b"<rss/>", "not OPML but <rss>"),
        (b"<opml><body><outline text='x'/></body></opml>", "no feeds"),
        (b"<opml><body><outline xmlUrl='javascript:x'/></body></opml>", r"no feeds: no http or https address \(1\)$"),
    ],
)
def test_a_document_that_is_not_a_feed_list_is_an_error(body, cause):
    with pytest.raises(ParseError, match=cause) as raised:
        read(body, source="list.opml")
    assert raised.value.url == "list.opml"


def test_our_own_attributes_are_written_and_read():
    feeds = (WantedFeed("https://x.example/", "X", ("a",), 600, "feed"),)
    assert read(write(feeds, title="Mine"), source="x").feeds == feeds


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
FEED = '<outline text="News" xmlUrl="http://a.example/feed"/>'


@pytest.mark.parametrize(
    "document",
    [
        f"<!DOCTYPE o [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><opml>{FEED}<outline text='&x;'/></opml>",
        f"<!DOCTYPE o [<!ENTITY % x SYSTEM 'http://127.0.0.1:1/x'>%x;]><opml>{FEED}</opml>",
        f"<!DOCTYPE o [<!ENTITY e0 'lol'>{BOMB}]><opml>{FEED}&e9;</opml>",
        f"<opml>{FEED}{'<outline>' * 100_000}",
        f"<opml>{FEED}{'&' * 100_000}{'&a' * 100_000}",
        "<opml>" + "".join(FEED.replace("text", f"category='{n}' text") for n in range(20_000)),
    ],
)
def test_a_hostile_list_is_read_or_refused_at_once(document):
    began_s = time.process_time()
    with suppress(ParseError):  # libxml2 stops at a bomb
        (feed,) = read(document.encode(), source="list.opml").feeds
        assert (feed.url, feed.name) == ("http://a.example/feed", "News")
    assert time.process_time() - began_s < 5
