import pytest

from ingest.errors import PageFound
from ingest.feeds.discover import MAX_LINKED_FEEDS, MAX_USUAL_PATHS, linked_feeds, usual_paths
from ingest.feeds.parse import is_html
from tests.builders_feeds import read_feed

BASE = "https://site.example/news/"


def test_links_come_first_then_anchors_and_comments_last():
    page = """<html><head>
      <link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed/">
      <link rel="stylesheet" href="/feed.css">
      <LINK REL="Alternate home" TYPE="Application/Atom+XML; charset=utf-8" HREF="atom.xml">
      <link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/1">
      <link rel="alternate" type="application/json" href="/feed.json">
      <link rel="alternate" hreflang="fr" href="/fr/">
      </head><body><a href="/blog/rss">RSS</a> <a href="/about">About</a> <a href="atom.xml">again</a></body></html>"""
    assert linked_feeds(page, BASE) == (
        "https://site.example/news/atom.xml",
        "https://site.example/feed.json",
        "https://site.example/blog/rss",
        "https://site.example/comments/feed/",
    )


def test_a_page_in_place_of_a_feed_names_the_feeds_that_it_links_but_for_comments():
    page = (
        "<!doctype html><link rel=alternate type=application/rss+xml href=/comments/feed>"
        "<link rel=alternate type=application/rss+xml href=new.xml>"
    )
    with pytest.raises(PageFound) as found:
        read_feed(page)
    assert (found.value.cause, found.value.feeds) == (
        "this is an HTML page, not a feed",
        ("https://site.example/blog/new.xml",),
    )


def test_a_base_element_counts():
    page = '<base href="https://cdn.example/x/"><link rel=alternate type=application/rss+xml href=rss.xml>'
    assert linked_feeds(page, BASE) == ("https://cdn.example/x/rss.xml",)


def test_there_are_at_most_twenty_links():
    page = "".join(f'<a href="/{n}/feed">x</a>' for n in range(50))
    assert len(linked_feeds(page, BASE)) == MAX_LINKED_FEEDS


@pytest.mark.parametrize(
    "page", ["", " ", "<", "no markup", "<?xml version='1.0' encoding='utf-8'?><html/>", "\ud800\0"]
)
def test_a_page_without_feeds_has_none(page):
    assert linked_feeds(page, BASE) == ()


@pytest.mark.parametrize(
    ("element", "found"),
    [
        (
            '<link href="/?format=feed&amp;type=rss" rel="alternate" type="application/rss+xml">',
            "?format=feed&type=rss",
        ),
        ('<link href="/index.php?format=feed&amp;type=atom" rel="alternate">', "index.php?format=feed&type=atom"),
        ('<a href="/?format=feed&type=rss">RSS</a>', "?format=feed&type=rss"),
        ('<link rel="feed" href="/f.xml" type="application/rss+xml">', "f.xml"),
        ('<a type="application/rss+xml" href="/syndicate">RSS</a>', "syndicate"),
        ('<link rel="alternate" type="application/xml" href="/spip.php?page=backend">', "spip.php?page=backend"),
        ('<a href="/feed.php">RSS</a>', "feed.php"),
        ('<a href="/?type=9818">RSS</a>', "?type=9818"),
        ('<a href="/index.php?action=rss">RSS</a>', "index.php?action=rss"),
    ],
)
def test_a_feed_is_recognised_by_its_programs_url(element, found):
    assert linked_feeds(element, BASE) == (f"https://site.example/{found}",)


@pytest.mark.parametrize(
    ("generator", "first"),
    [
        ("Joomla! - Open Source Content Management", "/?format=feed&type=rss"),
        ("WordPress 6.8", "/feed/"),
        ("Drupal 11 (https://www.drupal.org)", "/rss.xml"),
        ("TYPO3 CMS", "/?type=9818"),
        ("Hugo 0.150", "/index.xml"),
        ("my own", "/feed"),
    ],
)
def test_the_usual_paths_begin_with_those_of_the_pages_program(generator, first):
    places = usual_paths(f'<head><meta content="{generator}" name="generator"></head>')
    assert places[0] == first
    assert "/?format=feed&type=rss" in places
    assert all(path.startswith("/") for path in places)
    assert len(set(places)) == len(places) <= MAX_USUAL_PATHS
    assert usual_paths("") == usual_paths("<p>x")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<!DOCTYPE html><title>x</title>", True),
        (b"\xef\xbb\xbf\n<!-- x --><HTML lang=en>", True),
        (b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x"><html>', True),
        (b'<?xml version="1.0"?><rss><channel><description>&lt;html></description>', False),
        (b"<feed><!-- <html> --></feed>", False),
        (b"<!doctype html>" + b" " * 5000 + b"<p>x", True),
        (b"<!doctype html><svg><feed/></svg>", True),
        (b"<html:html><feed/>", True),
        (b"<meta charset=utf-8><p>On Atom: <feed><entry>", True),
        (b"<title>On RSS</title><p><rss><item>", True),
        (b"<!DOCTYPE HTML><!-- x --><rdf:RDF>", False),
        (b"", False),
    ],
)
def test_a_page_is_known_by_its_first_tag(body, expected):
    assert is_html(body) is expected
