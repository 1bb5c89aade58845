import pytest

from ingest.feeds.links import absolute, page_link

BASE = "https://site.example/blog/feed.xml"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("one.html", "https://site.example/blog/one.html"),
        ("/one", "https://site.example/one"),
        ("?p=1", "https://site.example/blog/feed.xml?p=1"),
        ("//other.example/x", "https://other.example/x"),
        ("other.example/x", "https://other.example/x"),
        ("www.other.example", "https://www.other.example"),
        ("foo.php/bar", "https://site.example/blog/foo.php/bar"),
        ("HTTPS://Other.EXAMPLE/Path", "https://other.example/Path"),
        ("\n https://other.example/a\n   b ", "https://other.example/ab"),
        ("https://other.example/a b", "https://other.example/a%20b"),
        ("https://other.example/?a=1&amp;amp;b=2&amp;c=3", "https://other.example/?a=1&b=2&c=3"),
        ("https://other.example/?a=1&copy=2", "https://other.example/?a=1&copy=2"),
        ("https://bücher.example/é?q=ü", "https://xn--bcher-kva.example/%C3%A9?q=%C3%BC"),
        ("https://other.example/a%20b", "https://other.example/a%20b"),
        ("https://other.example:8443/#/route", "https://other.example:8443/#/route"),
        ("feed://other.example/x", "http://other.example/x"),
        ("feed:https://other.example/x", "https://other.example/x"),
        ("http://https://other.example/x", "https://other.example/x"),
        ("http://[::1]:80/x", "http://[::1]/x"),
        ("http://user:secret@other.example/x", "http://other.example/x"),
        ("https://other.example/a\x01b", "https://other.example/a%01b"),
    ],
)
def test_a_link_is_repaired_and_made_absolute(raw, expected):
    assert absolute(raw, BASE) == expected


@pytest.mark.parametrize(
    "raw",
    [
        *(
            None,
            "",
            "  ",
            "mailto:a@b.example",
            "javascript:void(0)",
            "tag:x,2020:1",
            "urn:uuid:1",
            "ftp://h.example/x",
        ),
        *("http://", "http://h.example:99999/", "http://exa mple.org/", "http://[::1", "https://\ud800.example/"),
    ],
)
def test_a_link_that_is_not_an_http_url_is_dropped(raw):
    assert absolute(raw, BASE) is None


def test_a_link_to_localhost_is_read_as_a_link_to_the_feeds_site():
    assert absolute("http://localhost:4000/one?x=1", BASE) == "https://site.example/one?x=1"


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000/feed", "http://user:secret@127.0.0.1:8000/feed"])
def test_a_feed_that_is_on_localhost_may_link_there(base):
    assert absolute("http://localhost:4000/one", base) == "http://localhost:4000/one"


def test_the_page_is_chosen_among_several_links():
    links = [
        {"rel": "self", "href": "self"},
        {"rel": "alternate", "type": "application/pdf", "href": "pdf"},
        {"rel": "alternate", "type": "text/html", "hreflang": "de", "href": "german"},
        {"rel": "alternate", "type": "text/html", "href": "page"},
        {"rel": "alternate", "type": "text/html", "href": "later"},
    ]
    assert page_link(links, "en") == links[3]
    assert page_link(links, "de-AT") == links[2]
    assert page_link(links[:2], "en") == links[1]
    assert page_link(links[:1], "en") is None
