import pytest

from ingest.feeds.discover import MOST_CANDIDATES, WELL_KNOWN, candidates, is_html

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
    assert candidates(page, BASE) == (
        "https://site.example/news/atom.xml",
        "https://site.example/feed.json",
        "https://site.example/blog/rss",
        "https://site.example/comments/feed/",
    )


def test_a_base_element_counts():
    page = '<base href="https://cdn.example/x/"><link rel=alternate type=application/rss+xml href=rss.xml>'
    assert candidates(page, BASE) == ("https://cdn.example/x/rss.xml",)


def test_there_are_no_more_than_twenty():
    page = "".join(f'<a href="/{n}/feed">x</a>' for n in range(50))
    assert len(candidates(page, BASE)) == MOST_CANDIDATES


@pytest.mark.parametrize(
    "page", ["", " ", "<", "no markup", "<?xml version='1.0' encoding='utf-8'?><html/>", "\ud800\0"]
)
def test_a_page_without_feeds_has_none(page):
    assert candidates(page, BASE) == ()


def test_well_known_places_are_paths():
    assert all(path.startswith("/") for path in WELL_KNOWN)
    assert len(set(WELL_KNOWN)) == len(WELL_KNOWN)


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
        (b"<!DOCTYPE HTML><!-- x --><rdf:RDF>", False),
        (b"", False),
    ],
)
def test_a_page_is_known_by_its_first_tag(body, expected):
    assert is_html(body) is expected
