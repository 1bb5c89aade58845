"""The HTML of an entry's text: found in every format, with the address that its links start from."""

import json
from html import escape

import pytest

from ingest.feeds.markup import MAX_MARKUP_CHARS, kept
from ingest.text.markup import from_markup
from tests.builders_feeds import FEED_URL, bare_atom, bare_rss, read_feed

HTML = '<p>One &amp; <a href="two">two</a>.</p><p>Three.</p>'
TEXT = "One & two.\nThree."
LINK = "<link>https://site.example/1</link>"


def only(document):
    (entry,) = read_feed(document).entries
    return entry


def rss_entry(description, link=LINK, channel=""):
    return only(bare_rss(f"<item>{link}<description>{description}</description></item>", channel))


@pytest.mark.parametrize(
    "document",
    [
        bare_rss(f"<item>{LINK}<content:encoded><![CDATA[{HTML}]]></content:encoded></item>"),
        bare_rss(f"<item>{LINK}<content:encoded>{escape(HTML)}</content:encoded></item>"),
        bare_rss(f"<item>{LINK}<description><![CDATA[{HTML}]]></description></item>"),
        bare_rss(f"<item>{LINK}<description>{escape(HTML)}</description></item>"),
        bare_rss(f"<item>{LINK}<description>{escape(escape(HTML))}</description></item>"),
        bare_atom(f"<entry><link href='https://site.example/1'/><content type='html'>{escape(HTML)}</content></entry>"),
        bare_atom(f"<entry><link href='https://site.example/1'/><summary type='html'>{escape(HTML)}</summary></entry>"),
        bare_atom(
            "<entry><link href='https://site.example/1'/><content type='xhtml'>"
            f"<div xmlns='http://www.w3.org/1999/xhtml'>{HTML}</div></content></entry>"
        ),
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [
            {"id": "1", "url": "https://site.example/1", "content_html": HTML, "content_text": "One & two."}
        ]}),
    ],
)  # fmt: skip
def test_the_markup_is_the_html_that_a_reader_renders(document):
    entry = only(document)
    assert (entry.content or entry.summary, entry.markup) == (TEXT, HTML)
    assert entry.url == "https://site.example/1"


@pytest.mark.parametrize(
    "document",
    [
        bare_rss("<item><title>t</title><description>Merck &amp;amp; Co, 1 &lt; 2</description></item>"),
        bare_atom("<entry><title>t</title><content type='text'>The &lt;p&gt; element</content></entry>"),
        bare_rss("<item><title>t</title></item>"),
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "content_text": HTML}]}),
    ],
)
def test_a_text_that_is_no_markup_has_none(document):
    assert only(document).markup is None


def test_the_markup_of_the_summary_is_kept_if_there_is_no_content():
    entry = rss_entry(escape("<p>A <i>short</i> teaser …</p>"))
    assert (entry.content, entry.summary, entry.markup) == (None, "A short teaser …", "<p>A <i>short</i> teaser …</p>")


def test_line_breaks_of_xhtml_are_single():
    content = "<div xmlns='http://www.w3.org/1999/xhtml'>One<br/>two<img src='a.png'/></div>"
    entry = only(
        bare_atom(f"<entry><link href='https://site.example/1'/><content type='xhtml'>{content}</content></entry>")
    )
    assert entry.markup == 'One<br>two<img src="a.png"></img>'


@pytest.mark.parametrize(
    ("declared", "base"),
    [
        ("https://other.example/a/?x=1&amp;y=2", "https://other.example/a/?x=1&amp;y=2"),
        ("/blog/1/", "https://site.example/blog/1/"),
        ("http://localhost:4000/blog/1/", "https://site.example/blog/1/"),
    ],
)
def test_a_declared_base_stands_in_front(declared, base):
    content = f"<content type='html' xml:base='{declared}'>{escape(HTML)}</content>"
    entry = only(bare_atom(f"<entry><link href='https://site.example/1'/>{content}</entry>"))
    assert entry.markup == f'<base href="{base}">{HTML}'
    assert from_markup(entry.markup) == TEXT


def test_a_declared_base_that_is_the_entrys_link_is_not_repeated():
    content = f"<content type='html' xml:base='https://site.example/1'>{escape(HTML)}</content>"
    assert only(bare_atom(f"<entry><link href='https://site.example/1'/>{content}</entry>")).markup == HTML


@pytest.mark.parametrize(
    ("link", "channel", "base"),
    [
        ("", "", f'<base href="{FEED_URL}">'),
        ("", "<link>https://site.example/</link>", '<base href="https://site.example/">'),
        ("<link>https://elsewhere.example/1</link>", "", f'<base href="{FEED_URL}">'),
        ("<link>https://www.site.example/1</link>", "", ""),
        ("<link>https://elsewhere.example/1</link><source url='https://elsewhere.example/feed'>E</source>", "", ""),
    ],
)
def test_links_start_from_the_entrys_page_or_from_its_site(link, channel, base):
    assert rss_entry(escape(HTML), f"<guid isPermaLink='false'>1</guid>{link}", channel).markup == f"{base}{HTML}"


def test_addresses_in_markup_have_no_credentials_and_its_text_is_as_written():
    written = "<p>curl https://me:pw@a.example/x</p><img alt='a > b' src='https://me:pw@a.example/y'>"
    expected = "<p>curl https://me:pw@a.example/x</p><img alt='a > b' src='https://a.example/y'>"
    assert rss_entry(escape(written)).markup == expected


def test_embedded_files_are_dropped_from_tags_only():
    data = f"data:image/png;base64,{'iVBORw0KGgo+/=' * 9}"
    entry = rss_entry(escape(f'<p>See {data}.</p><img srcset="{data} 1x, b.png 2x">'))
    assert entry.markup == f'<p>See {data}.</p><img srcset="data:, 1x, b.png 2x">'


def test_markup_that_is_too_long_is_not_kept_but_its_text_is():
    entry = rss_entry(escape(f"<p>{'word ' * (MAX_MARKUP_CHARS // 5)}</p>"))
    assert entry.markup is None
    assert len(entry.content) == MAX_MARKUP_CHARS - 1


def test_pictures_that_are_dropped_do_not_count():
    written = f'<p>One.</p><img src="data:image/png;base64,{"A" * MAX_MARKUP_CHARS}">'
    assert kept(written, link=FEED_URL, home=FEED_URL) == '<p>One.</p><img src="data:,">'


@pytest.mark.parametrize("impossible", ["&#xD800;", "&#0;", "\0", "&amp;#xD800;", "&amp;#0;"])
def test_characters_that_a_database_cannot_hold_are_not_in_the_markup_of_xml(impossible):
    markup = rss_entry(f"&lt;p&gt;One{impossible} two.&lt;/p&gt;").markup
    assert "\0" not in markup
    assert markup.encode()


def test_characters_that_a_database_cannot_hold_are_not_in_the_markup_of_json():
    document = '{"items": [{"id": "1", "content_html": "<p>One\\u0000 \\ud800two.</p>"}]}'
    assert only(document).markup == f'<base href="{FEED_URL}"><p>One ?two.</p>'
