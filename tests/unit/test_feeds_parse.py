from datetime import UTC, datetime
from itertools import product

import pytest

from ingest.errors import ParseError
from ingest.feeds.parse import parse

URL = "https://site.example/blog/feed.xml"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:itunes="http://www.itunes.com/DTDs/PodCast-1.0.dtd" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)


def rss(items, channel=""):
    return f'<rss version="2.0" {NAMESPACES}><channel><title>T</title>{channel}{items}</channel></rss>'


def atom(entries, attributes="", feed=""):
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>T</title>{feed}{entries}</feed>'


def read(document, **more):
    body = document.encode() if isinstance(document, str) else document
    return parse(body, url=URL, content_type=more.pop("content_type", None), now=NOW, **more)


def only(document):
    (entry,) = read(document).entries
    return entry


def test_the_feed_itself_is_described():
    feed = read(rss("", "<link>https://Site.example/</link><language>en-us</language><ttl>90</ttl>"))
    assert (feed.version, feed.title, feed.site_url, feed.language) == ("rss20", "T", "https://site.example/", "en-US")
    assert (feed.entries, feed.entries_seen, feed.asked_interval_s, feed.warning) == ((), 0, 5400, None)


@pytest.mark.parametrize(
    ("channel", "expected_s"),
    [
        ("<ttl>0</ttl>", 0),
        ("<ttl>-5</ttl>", 0),
        ("<ttl>soon</ttl>", 0),
        ("<ttl>99999999</ttl>", 0),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 1800),
        ("<sy:updatePeriod> Daily </sy:updatePeriod>", 86400),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 0),
        ("<sy:updatePeriod>often</sy:updatePeriod>", 0),
        ("<ttl>10</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", 3600),
    ],
)
def test_the_interval_it_asks_for_is_believed_where_it_makes_sense(channel, expected_s):
    assert read(rss("", channel)).asked_interval_s == expected_s


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"", "empty"),
        (b" \r\n\0", "empty"),
        (b"<!doctype html><html><body><item/></html>", "HTML page"),
        (b"<opml><body/></opml>", "OPML"),
        (b'<?xml version="1.0"?><urlset/>', "sitemap"),
        (b'<CHANNEL HREF="x"><ITEM HREF="y"/></CHANNEL>', "CDF"),
        (b"<catalogue><book/></catalogue>", "<catalogue>"),
        (b"hello", "no XML or JSON"),
        (b"\x89PNG\r\n\x1a\n", "no XML or JSON"),
    ],
)
def test_what_is_no_feed_is_named(body, cause):
    with pytest.raises(ParseError, match=cause) as raised:
        read(body)
    assert raised.value.url == URL


TEXTS = {
    "Le conseil a voté « l’été »": "utf-8 utf-8-sig cp1252 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be",
    "議会は火曜日の夜に予算案を可決した": "shift_jis iso2022_jp euc_jp",
    "市议会周二晚间通过了第二号预算": "gbk gb18030",
    "市議會週二晚間通過了第二號預算": "big5",
    "시의회는 화요일 밤에 예산안을 통과시켰다": "euc_kr",
    "Совет утвердил бюджет вечером": "windows-1251 koi8-r",
    "המועצה אישרה את התקציב": "iso8859_8",
}


@pytest.mark.parametrize(
    ("text", "encoding"), [(text, name) for text, names in TEXTS.items() for name in names.split()]
)
def test_an_encoding_is_found_whether_it_is_declared_wrongly_or_not_at_all(text, encoding):
    items = "".join(f"<item><title>{text} {n}</title><description>{text}</description></item>" for n in range(9))
    types = (None, "text/xml", "application/rss+xml; charset=utf-8", "text/html; charset=nonsense")
    for declared, content_type in product(("", "utf-8", "iso-8859-1", encoding.replace("_", "-")), types):
        declaration = declared and f" encoding='{declared}'"
        document = f"<?xml version='1.0'{declaration}?>{rss(items)}".encode(encoding)
        feed = read(document, content_type=content_type)
        assert [entry.title for entry in feed.entries] == [f"{text} {n}" for n in range(9)], (declared, content_type)
        assert feed.warning is None


def test_a_feed_served_as_html_is_a_feed_without_a_warning():
    feed = read(rss("<item><title>x</title></item>"), content_type="text/html; charset=utf-8")
    assert len(feed.entries) == 1
    assert feed.warning is None


def test_a_broken_feed_gives_its_entries_and_a_warning():
    feed = read("\n\n<?xml version='1.0'?>" + rss("<item><title>One &nbsp; & two</title></item><item><title>Cut"))
    assert [e.title for e in feed.entries] == ["One & two"]
    assert "XML is broken" in feed.warning


def test_impossible_characters_cost_no_entries():
    feed = read(rss("<item><title>A &#55357;&#56832; &#99999999999; b</title></item>"))
    assert [e.title for e in feed.entries] == ["A �� � b"]


def test_a_bad_entry_does_not_cost_the_others(monkeypatch):
    def from_title(raw):
        if raw == "bad":
            raise RuntimeError
        return raw

    monkeypatch.setattr("ingest.feeds.xmlfeed.from_title", from_title)
    feed = read(rss("<item><title>bad</title></item><item><title>good</title></item>"))
    assert [e.title for e in feed.entries] == ["good"]
    assert feed.warning == "1 of its 2 entries could not be read"


def test_guids_are_as_written():
    items = (
        "<item><guid>abc</guid></item><item><guid isPermaLink='false'>/x</guid></item><item><guid/>"
        "<title>t</title></item>"
    )
    assert [e.guid for e in read(rss(items)).entries] == ["abc", "/x", ""]


def test_xml_base_does_not_change_an_id():
    entry = only(atom("<entry><id>abc</id><link href='one'/></entry>", "xml:base='https://base.example/d/'"))
    assert (entry.guid, entry.url) == ("abc", "https://base.example/d/one")


def test_an_rdf_entry_is_known_by_its_about():
    entry = only(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><item rdf:about="urn:1"><link>https://site.example/1</link>'
        "<dc:date>2026-02-01T10:00:00Z</dc:date></item></rdf:RDF>"
    )
    assert (entry.guid, entry.url) == ("urn:1", "https://site.example/1")
    assert entry.published_at == datetime(2026, 2, 1, 10, tzinfo=UTC)
    assert entry.updated_at is None


def test_a_permalink_replaces_a_missing_link():
    assert only(rss("<item><guid>https://site.example/1</guid></item>")).url == "https://site.example/1"


@pytest.mark.parametrize("guid", ["<guid isPermaLink='false'>https://site.example/1</guid>", "<guid>abc-123</guid>"])
def test_a_guid_that_is_not_a_permalink_does_not_replace_a_missing_link(guid):
    assert only(rss(f"<item>{guid}</item>")).url is None


def test_a_tag_uri_is_no_link():
    assert only(atom("<entry><id>tag:x,2026:1</id></entry>")).url is None


def test_a_relative_link_is_resolved_against_the_feed():
    assert only(rss("<item><link>one.html</link></item>")).url == "https://site.example/blog/one.html"


def test_feedburner_remembers_the_original_link():
    item = (
        "<item><link>https://feedproxy.example/~3/x</link>"
        "<feedburner:origLink>https://site.example/1</feedburner:origLink></item>"
    )
    assert only(rss(item)).url == "https://site.example/1"


def test_a_translation_does_not_replace_the_page():
    entry = only(
        atom(
            "<entry><id>1</id><link href='/en'/><link rel='alternate' hreflang='de' href='/de'/>"
            "<link rel='replies' href='/comments'/></entry>",
            "xml:lang='en'",
        )
    )
    assert entry.url == "https://site.example/en"


def test_exact_duplicates_are_dropped_and_counted():
    feed = read(rss("<item><guid>1</guid></item>" * 3))
    assert (len(feed.entries), feed.entries_seen) == (1, 3)


def test_of_too_many_entries_the_newest_are_kept():
    items = "".join(f"<item><guid>{d}</guid><pubDate>2026-01-0{d}</pubDate></item>" for d in (1, 3, 2))
    feed = read(rss(items), limit=2)
    assert [e.guid for e in feed.entries] == ["3", "2"]
    assert feed.warning == "only the newest 2 of its 3 entries were taken"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Words", "Words"),
        ("R&amp;amp;D", "R&D"),
        ("<![CDATA[<b>Bold</b> move]]>", "Bold move"),
        ("&lt;script&gt; considered harmful", "<script> considered harmful"),
        ("", None),
    ],
)
def test_a_title_reads_as_the_site_shows_it(title, expected):
    assert only(rss(f"<item><guid>1</guid><title>{title}</title></item>")).title == expected


def test_markup_becomes_paragraphs():
    item = (
        "<item><description><![CDATA[In <i>short</i>.]]></description><content:encoded><![CDATA[<p>One.</p>"
        "<p>Two.</p>]]></content:encoded></item>"
    )
    entry = only(rss(item))
    assert (entry.summary, entry.content) == ("In short.", "One.\nTwo.")


def test_content_alone_gives_the_summary_too():
    entry = only(rss("<item><content:encoded>&lt;p&gt;One.&lt;/p&gt;</content:encoded></item>"))
    assert (entry.summary, entry.content) == ("One.", "One.")


def test_atoms_plain_text_is_not_markup():
    content = "<content type='text'>Use List&lt;b&gt; &amp;amp; friends</content>"
    assert only(atom(f"<entry><id>1</id>{content}</entry>")).content == "Use List<b> &amp; friends"


def test_undeclared_markup_is_read_as_markup():
    content = "<summary>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;</summary>"
    assert only(atom(f"<entry><id>1</id>{content}</entry>")).summary == "One.\nTwo."


def test_xhtml_is_markup():
    content = "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>One.</p><p>Two.</p></div></content>"
    assert only(atom(f"<entry><id>1</id>{content}</entry>")).content == "One.\nTwo."


def test_content_by_reference_is_not_content():
    content = "<content type='text/html' src='https://site.example/1'/>"
    assert only(atom(f"<entry><id>1</id>{content}</entry>")).content is None


def test_all_authors_are_read():
    item = (
        "<item><guid>1</guid><dc:creator>Jane Doe</dc:creator><dc:creator>John Roe</dc:creator>"
        "<itunes:author>Jane Doe</itunes:author></item>"
    )
    assert only(rss(item)).authors == ("Jane Doe", "John Roe")


def test_an_rss_author_is_an_address_with_a_name():
    assert only(rss("<item><guid>1</guid><author>jane@site.photography (Jane Doe)</author></item>")).authors == (
        "Jane Doe",
    )


def test_an_atom_entry_inherits_its_feeds_authors():
    author = "<author><name>Jane Doe</name><email>jane@site.example</email></author>"
    own = "<entry><id>2</id><author><name>John Roe</name></author></entry>"
    entries = read(atom(f"<entry><id>1</id></entry>{own}", feed=author)).entries
    assert [e.authors for e in entries] == [("Jane Doe",), ("John Roe",)]


def test_dates_are_read_from_the_raw_string():
    entry = only(rss("<item><guid>1</guid><pubDate>Mon, 02 Feb 2026 10:00:00 CEST</pubDate></item>"))
    assert entry.published_at == datetime(2026, 2, 2, 8, tzinfo=UTC)
    assert entry.published_raw == "Mon, 02 Feb 2026 10:00:00 CEST"
    assert entry.updated_at is None


@pytest.mark.parametrize(
    ("raw", "precision"),
    [
        ("Mon, 02 Feb 2026 10:00:00 GMT", "second"),
        ("2026-02-02T10:00Z", "minute"),
        ("2026-02-02", "day"),
        ("soon", None),
    ],
)
def test_a_date_is_as_precise_as_the_feed_writes_it(raw, precision):
    assert only(rss(f"<item><guid>1</guid><pubDate>{raw}</pubDate></item>")).published_precision == precision
    updated = f"<entry><id>1</id><updated>{raw}</updated></entry>"
    assert only(atom(updated)).published_precision == precision


def test_an_unbelievable_date_is_kept_raw_only():
    entry = only(rss("<item><guid>1</guid><pubDate>Mon, 01 Jan 0001 00:00:00 +0000</pubDate></item>"))
    assert entry.published_at is None
    assert entry.published_raw == "Mon, 01 Jan 0001 00:00:00 +0000"


def test_an_update_is_the_publication_where_there_is_no_other_date():
    entry = only(atom("<entry><id>1</id><updated>2026-02-01T10:00:00Z</updated></entry>"))
    assert entry.published_at == entry.updated_at == datetime(2026, 2, 1, 10, tzinfo=UTC)


def test_an_entrys_language_goes_before_its_feeds():
    entries = "<entry xml:lang='fr'><id>1</id><title>x</title></entry><entry><id>2</id><title>y</title></entry>"
    assert [e.language for e in read(atom(entries, "xml:lang='en_us'")).entries] == ["fr", "en-US"]


@pytest.mark.parametrize(
    "item",
    [
        "<media:content url='/a.jpg' medium='image' width='1'/><media:content url='/i.jpg' type='image/x' width='9'/>",
        "<media:content url='/v.mp4' type='video/mp4'/><media:thumbnail url='/i.jpg'/>",
        "<enclosure url='/a.mp3' type='audio/mpeg'/><enclosure url='/i.jpg' type='image/jpeg'/>",
        "<itunes:image href='/i.jpg'/>",
        "<media:content url='https://0.gravatar.com/avatar/1' medium='image'/><itunes:image href='/i.jpg'/>",
    ],
)
def test_the_picture_is_found(item):
    assert only(rss(f"<item><guid>1</guid>{item}</item>")).image_url == "https://site.example/i.jpg"


def test_categories_become_tags():
    item = (
        "<item><guid>1</guid><category>Tech</category><category domain='x'>TECH</category>"
        "<category>R&amp;amp;D</category></item>"
    )
    assert only(rss(item)).tags == ("Tech", "R&D")


@pytest.mark.parametrize("link", ["<link></link>", "<link/>", "<link>mailto:a@b.example</link>"])
def test_a_permalink_replaces_a_useless_link(link):
    guid = "<guid>https://site.example/a1</guid>"
    assert only(rss(f"<item><title>A</title>{link}{guid}</item>")).url == "https://site.example/a1"


def test_a_guid_that_is_not_a_permalink_does_not_replace_a_useless_link():
    guid = '<guid isPermaLink="false">https://site.example/a1</guid>'
    assert only(rss(f"<item><title>A</title>{guid}</item>")).url is None


def test_a_truncated_document_gives_no_half_entry():
    item = "<item><title>{0}</title><link>https://site.example/{0}</link></item>"
    document = rss(item.format(1) + item.format(2))
    assert not read(document).is_truncated
    cut = read(document[: document.index("site.example/2") + 5])
    assert (cut.is_truncated, [entry.title for entry in cut.entries]) == (True, ["1"])
    without_end = read(document[: -len("</channel></rss>")])
    assert without_end.is_truncated
    assert len(without_end.entries) == 2
