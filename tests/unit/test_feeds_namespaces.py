"""Feeds that feedparser alone cannot read: an HTML doctype, undeclared prefixes, unknown namespaces."""

import re

import pytest

from ingest.errors import ParseError
from ingest.feeds.parse import parse
from tests.builders_feeds import atom, atom_entry, item, page, rdf, rss
from tests.builders_web import NOON

XML = '<?xml version="1.0"?>'
FEEDS = {
    "rss20": rss(*(item(n, link=f"/{n}") for n in range(3))),
    "rss10": rdf(*(f"http://news.example/{n}" for n in range(3))),
    "atom10": atom(*(atom_entry(n, f'<link href="/{n}"/>') for n in range(3))),
}
RSS, RDF, ATOM = FEEDS.values()
IN_RSS = "rss channel item title link description guid"
IN_ATOM = "feed entry title id link content"
NAMESPACES = {
    "xhtml": "http://www.w3.org/1999/xhtml",
    "media": "http://search.yahoo.com/mrss/",
    "atom": "http://www.w3.org/2005/Atom",
    "unknown": "http://example.org/",
}


def read(document, encoding="utf-8"):
    return parse(document.encode(encoding), url="http://news.example/feed", content_type=None, now=NOON)


def prefixed(document, names, prefix="x"):
    return re.sub(rf"<(/?)({names.replace(' ', '|')})\b", rf"<\1{prefix}:\2", document)


DOCTYPES = (
    "<!DOCTYPE html>",
    '<!-- <html> -->\n<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd"><!---->',
    '<!DOCTYPE html [<!ENTITY nbsp "&#160;">]>',
)


@pytest.mark.parametrize(
    ("version", "doctype", "encoding"),
    [
        *((version, doctype, "utf-8") for version in FEEDS for doctype in DOCTYPES[:2]),
        ("rss20", DOCTYPES[2], "utf-8-sig"),
        ("atom10", DOCTYPES[2], "utf-16"),
    ],
)
def test_a_feed_under_a_doctype_of_html_is_a_feed(version, doctype, encoding):
    body = FEEDS[version].removeprefix(XML)
    for document in (f"{XML}{doctype}{body}", f"{doctype}{body}"):
        feed = read(document, encoding)
        assert (feed.version, len(feed.entries), feed.is_truncated) == (version, 3, False)


def test_an_html_page_is_not_a_feed():
    for document in (
        page(1),
        XML + page(1),
        XML + page(1).replace("<body>", "<body><rss><item/></rss>"),
        "<!doctype html>",
    ):
        with pytest.raises(ParseError, match="this is an HTML page"):
            read(document)


HIDDEN = {
    **{f"undeclared {names}": prefixed(RSS, names) for names in (IN_RSS, "item", "title link description")},
    **{f"undeclared {names}": prefixed(ATOM, names, "a") for names in (IN_ATOM, "entry")},
    "undeclared in rdf": prefixed(RDF, IN_RSS),
    "items of rdf": prefixed(RDF, "item", "rdf"),
    "a prefix of their own": prefixed(prefixed(ATOM, "entry id link content"), "feed title", "y"),
    "declared rss": prefixed(RSS, IN_RSS).replace("<x:rss", '<x:rss xmlns:x="http://example.org/"'),
    "declared items": prefixed(RSS, "item").replace("<rss", '<rss xmlns:x="http://example.org/"'),
    "declared rss 1.0": prefixed(RSS, IN_RSS).replace("<x:rss", '<x:rss xmlns:x="http://purl.org/rss/1.0/"'),
    "declared atom": prefixed(ATOM, IN_ATOM).replace("xmlns=", "xmlns:x="),
    "declared as another": prefixed(ATOM, IN_ATOM).replace("xmlns=", "xmlns:x=").replace("2005/Atom", "2099/Atom"),
    **{f"rss in {name}": RSS.replace("<rss", f'<rss xmlns="{url}"') for name, url in NAMESPACES.items()},
    "channel in media": RSS.replace("<channel", f"<channel xmlns='{NAMESPACES['media']}'"),
    "item in atom": RSS.replace("<item", f'<item xmlns="{NAMESPACES["atom"]}"'),
    "feed in xhtml": ATOM.replace(NAMESPACES["atom"], NAMESPACES["xhtml"]),
    "upper case": re.sub("</?(rss|channel|item)", lambda tag: tag[0].upper(), prefixed(RSS, IN_RSS)),
}


@pytest.mark.parametrize("document", HIDDEN.values(), ids=HIDDEN)
def test_entries_are_read_in_any_namespace(document):
    feed = read(document)
    assert (feed.title, feed.entries_seen) == ("News", 3)
    assert [entry.title for entry in feed.entries] == ["Title 0", "Title 1", "Title 2"]
    assert [entry.url for entry in feed.entries] == [f"http://news.example/{n}" for n in range(3)]
    assert all("commission settled" in (entry.content or entry.summary or "") for entry in feed.entries)


@pytest.mark.parametrize(
    ("document", "seen"),
    [
        (rss("<item/>", "<item></item>"), 2),
        (rss(*["<item><headline>One</headline></item>"] * 35), 35),
        (prefixed(rss("<item><headline>One</headline></item>"), IN_RSS), 1),
        (atom("<entry><link/></entry>"), 1),
        (RSS[: RSS.index("</description>")], 1),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": [1, {}, null]}', 3),
    ],
)
def test_a_feed_of_unreadable_entries_is_an_error(document, seen):
    with pytest.raises(ParseError, match=f"no entry could be read, of {seen} that are in it"):
        read(document)


@pytest.mark.parametrize("document", [rss(), atom(), rdf(), rss(channel="<!-- <item/> -->")])
def test_a_feed_may_have_no_entries(document):
    assert read(document).entries == ()
