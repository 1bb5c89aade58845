"""One reading of hosts for all that read addresses: the guard, robots.txt, manners, feeds, claims, the feed list."""

import json

import pytest

from ingest.articles.metadata.fields import web_address
from ingest.articles.tree import parse as parse_page
from ingest.dedupe.urls import canonical_url
from ingest.feeds import opml
from ingest.feeds.discover import linked_feeds
from ingest.feeds.links import absolute
from ingest.feeds.parse import parse
from ingest.hosts import (
    credentials_of,
    for_message,
    has_known_suffix,
    host_key,
    is_web_address,
    read_url,
    same_publisher,
    site,
    with_credentials,
    without_credentials,
)
from ingest.web.address import address_of, redirected
from tests.builders_feeds import atom, atom_entry, item, page, rss
from tests.builders_web import NOON

HIDDEN = [
    *("exa\x00mple.org", "exa\x0bmple.org", "exa\x7fmple.org", "exa\x85mple.org"),
    *("exa mple.org", "exa\xa0mple.org", "exa\u2028mple.org", "exa%00mple.org", "exa%2fmple.org", "%65xample.org"),
    *("exa\uff05\uff10\uff10mple.org", "exa\uff0fmple.org", "exa\u202emple.org", "good.example\\@example.org"),
    *("example.org\\.good.example", "exa..mple.org", ".example.org", "example.org..", "a" * 64, "1.2.3.4.5", "0x"),
    *("[::1%25lo]", "[fe80::1%eth0]", "[::1]example.org", "exa<mple.org", "exa|mple.org", "h:0"),
]
MAPPED = {
    "EXAMPLE.org": "example.org",
    "example.org.": "example.org",
    "exa\tmp\nle.org": "example.org",
    "exam\u00adple.org": "example.org",
    "exam\u200bple.org": "example.org",
    "\uff45xample.org": "example.org",
    "example\u3002org": "example.org",
    "b\u00fccher.example": "xn--bcher-kva.example",
    "i\u2764\ufe0f.example": "xn--i-7iq.example",
    "my_blog.example": "my_blog.example",
    "a@b@example.org": "example.org",
    "0x7f.1": "127.0.0.1",
    "[2001:DB8::0:1]": "[2001:db8::1]",
}


def readings(host):
    """The host that each reader of addresses would have asked, None where it refuses."""
    url = f"http://{host}/a"

    def address(*arguments):
        try:
            return (redirected if len(arguments) > 1 else address_of)(*arguments).url
        except ValueError:
            return None

    found = {
        "request": address(url),
        "redirect": address(address_of("http://news.example/"), url),
        "scheme-less redirect": address(address_of("http://news.example/"), f"//{host}/a"),
        "feed link": absolute(url, "http://news.example/"),
        "canonical": canonical_url(url),
        "claim": web_address(url, "http://news.example/"),
    }
    return {reader: found and read_url(found)[1].host for reader, found in found.items()}


@pytest.mark.parametrize("host", HIDDEN)
def test_a_host_with_characters_that_some_readers_drop_is_refused(host):
    assert set(readings(host).values()) == {None}
    assert not is_web_address(f"http://{host}/a")


@pytest.mark.parametrize(("written", "asked"), MAPPED.items())
def test_all_spellings_of_a_host_are_one_host(written, asked):
    assert set(readings(written).values()) == {asked}
    assert host_key(f"http://{written}/a") == asked


def links_of(body):
    return [entry.url for entry in parse(body, url="http://news.example/", content_type=None, now=NOON).entries]


def test_a_nul_in_a_link_does_not_lead_to_another_host():
    hidden = "http://exa\0mple.org/a"
    assert links_of(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [
        {"id": "1", "title": "One", "url": hidden}]}).encode()) == [None]  # fmt: skip
    for written in (hidden, "http://exa&#0;mple.org/a", "http://exa&#1;mple.org/a"):
        assert "http://example.org/a" not in links_of(
            rss(item(1)).replace("<item>", f"<item><link>{written}</link>").encode()
        )
        assert "http://example.org/a" not in links_of(atom(atom_entry(1, f'<link href="{written}"/>')).encode())
        head = (
            f'<link rel="canonical" href="{written}"><link rel="alternate" type="application/rss+xml" href="{written}">'
        )
        document = page(1, head=head)
        tree = parse_page(document.encode(), None)
        assert "example.org" not in tree.xpath("string(//link[@rel='canonical']/@href)")
        assert "http://example.org/a" not in linked_feeds(document, "http://news.example/")
        outlines = f'<opml><body><outline xmlUrl="{written}"/><outline xmlUrl="http://other.example/"/></body></opml>'
        assert [feed.url for feed in opml.read(outlines.encode(), source="list").feeds] == ["http://other.example/"]


def test_credentials_are_kept_for_urls_of_their_origin():
    listed = "https://user:p@ss@news.example:443/feed?a=b@c"
    assert without_credentials(listed) == "https://news.example:443/feed?a=b@c"
    assert credentials_of(listed) == "user:p@ss"
    assert credentials_of("https://news.example/@user?u=http://a:b@c.example") == ""
    assert with_credentials("https://news.example/a", listed) == "https://user:p@ss@news.example/a"
    for url in (
        "http://news.example/a",
        "https://news.example:8443/a",
        "https://www.news.example/",
        "https://o@news.example/",
    ):
        assert with_credentials(url, listed) == url
    assert (
        without_credentials("no connection to https://token@a.example/ nor //b@c")
        == "no connection to https://a.example/ nor //b@c"
    )


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Notes @ home", "Notes @ home"),
        ("https://user:p@ss@a.example/feed", "https://a.example/feed"),
        ("https://user:p/x@a.example/feed", "…a.example/feed"),
        ("user:p ss@a.example/feed", "…a.example/feed"),
        ("user:p@ss @a.example/feed", "…a.example/feed"),
    ],
)
def test_user_input_is_shown_without_its_password(given, shown):
    assert for_message(given) == shown


def test_the_site_is_the_host_without_www_and_port():
    assert site("https://www.Example.org:8443/a") == "example.org"
    assert site("https://news.example.org/") == "news.example.org"
    assert site("nonsense") == ""


def test_the_host_key_keeps_a_port_that_is_not_the_default():
    assert host_key("https://me@WWW.example.org:443/a") == "www.example.org"
    assert host_key("http://127.0.0.1:8080/a") == "127.0.0.1:8080"
    assert host_key("nonsense") == ""


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("example.org", "www.example.org"),
        ("m.example.org", "amp.example.org"),
        ("news.example.co.uk", "example.co.uk"),
        ("a.gouv.fr", "www.a.gouv.fr"),
        ("me.github.io", "me.github.io"),
        ("www.gazeta.jor.br", "noticias.gazeta.jor.br"),
        ("www.食狮.公司.cn", "a.xn--85x722f.xn--55qx5d.cn"),
        ("a.news.invalid", "b.news.invalid."),
        ("a.city.kawasaki.jp", "city.kawasaki.jp"),
        ("localhost", "localhost:8080"),
        ("127.0.0.1", "127.0.0.1:8080"),
        ("[::1]", "[::1]:8080"),
    ],
)
def test_hosts_of_one_publisher_have_one_registrable_domain(a, b):
    assert same_publisher(f"https://{a}/x", f"http://{b}/y")


@pytest.mark.parametrize(
    ("host", "has_one"),
    [
        ("example.co.uk", True),
        ("me.github.io", True),
        ("[::1]:80", True),
        ("notes.of.mine", False),
        ("localhost", False),
    ],
)
def test_a_name_that_is_no_host_has_no_suffix_of_the_list(host, has_one):
    assert has_known_suffix(host) == has_one


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("example.org", "example.com"),
        ("one.co.uk", "two.co.uk"),
        ("one.github.io", "two.github.io"),
        ("one.blogspot.de", "two.blogspot.de"),
        ("one.blogspot.com", "two.blogspot.com"),
        ("one.substack.com", "two.substack.com"),
        ("gazeta.jor.br", "correio.jor.br"),
        ("食狮.公司.cn", "xn--x8s.xn--55qx5d.cn"),
        ("a.b.kawasaki.jp", "a.c.kawasaki.jp"),
        ("one.co.ck", "two.co.ck"),
        ("jor.br", "gazeta.jor.br"),
        ("localhost", "a.localhost"),
        ("[::1]", "[::2]"),
        ("127.0.0.1", "127.1.0.1"),
        ("10.0.0.1", "11.1.0.1"),
        ("example.org", "evil-example.org"),
    ],
)
def test_hosts_of_two_publishers_have_two(a, b):
    assert not same_publisher(f"https://{a}/", f"https://{b}/")


def test_text_that_is_not_a_url_has_no_publisher():
    assert not same_publisher("nonsense", "nonsense")
