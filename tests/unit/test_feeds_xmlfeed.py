"""Entries of RSS, RDF and Atom: guid, link, texts, authors, dates, language, picture, tags."""

from datetime import UTC, datetime

import pytest

from tests.builders_feeds import bare_atom, bare_rss, read_feed


def only(document):
    (entry,) = read_feed(document).entries
    return entry


def test_guids_are_as_written():
    items = (
        "<item><guid>abc</guid></item><item><guid isPermaLink='false'>/x</guid></item><item><guid/>"
        "<title>t</title></item>"
    )
    assert [e.guid for e in read_feed(bare_rss(items)).entries] == ["abc", "/x", ""]


def test_xml_base_does_not_change_an_id():
    entry = only(bare_atom("<entry><id>abc</id><link href='one'/></entry>", "xml:base='https://base.example/d/'"))
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
    assert only(bare_rss("<item><guid>https://site.example/1</guid></item>")).url == "https://site.example/1"


@pytest.mark.parametrize("guid", ["<guid isPermaLink='false'>https://site.example/1</guid>", "<guid>abc-123</guid>"])
def test_a_guid_that_is_not_a_permalink_does_not_replace_a_missing_link(guid):
    assert only(bare_rss(f"<item>{guid}</item>")).url is None


def test_a_tag_uri_is_no_link():
    assert only(bare_atom("<entry><id>tag:x,2026:1</id></entry>")).url is None


def test_a_relative_link_is_resolved_against_the_feed():
    assert only(bare_rss("<item><link>one.html</link></item>")).url == "https://site.example/blog/one.html"


def test_feedburner_remembers_the_original_link():
    item = (
        "<item><link>https://feedproxy.example/~3/x</link>"
        "<feedburner:origLink>https://site.example/1</feedburner:origLink></item>"
    )
    assert only(bare_rss(item)).url == "https://site.example/1"


def test_a_translation_does_not_replace_the_page():
    entry = only(
        bare_atom(
            "<entry><id>1</id><link href='/en'/><link rel='alternate' hreflang='de' href='/de'/>"
            "<link rel='replies' href='/comments'/></entry>",
            "xml:lang='en'",
        )
    )
    assert entry.url == "https://site.example/en"


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
    assert only(bare_rss(f"<item><guid>1</guid><title>{title}</title></item>")).title == expected


def test_markup_becomes_paragraphs():
    item = (
        "<item><description><![CDATA[In <i>short</i>.]]></description><content:encoded><![CDATA[<p>One.</p>"
        "<p>Two.</p>]]></content:encoded></item>"
    )
    entry = only(bare_rss(item))
    assert (entry.summary, entry.content) == ("In short.", "One.\nTwo.")


def test_content_alone_gives_the_summary_too():
    entry = only(bare_rss("<item><content:encoded>&lt;p&gt;One.&lt;/p&gt;</content:encoded></item>"))
    assert (entry.summary, entry.content) == ("One.", "One.")


def test_text_that_atom_declares_as_text_is_not_markup():
    content = "<content type='text'>Use List&lt;b&gt; &amp;amp; friends</content>"
    assert only(bare_atom(f"<entry><id>1</id>{content}</entry>")).content == "Use List<b> &amp; friends"


def test_undeclared_markup_is_read_as_markup():
    content = "<summary>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;</summary>"
    assert only(bare_atom(f"<entry><id>1</id>{content}</entry>")).summary == "One.\nTwo."


def test_xhtml_is_markup():
    content = "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>One.</p><p>Two.</p></div></content>"
    assert only(bare_atom(f"<entry><id>1</id>{content}</entry>")).content == "One.\nTwo."


def test_content_by_reference_is_not_content():
    content = "<content type='text/html' src='https://site.example/1'/>"
    assert only(bare_atom(f"<entry><id>1</id>{content}</entry>")).content is None


def test_all_authors_are_read():
    item = (
        "<item><guid>1</guid><dc:creator>Jane Doe</dc:creator><dc:creator>John Roe</dc:creator>"
        "<itunes:author>Jane Doe</itunes:author></item>"
    )
    assert only(bare_rss(item)).authors == ("Jane Doe", "John Roe")


def test_an_rss_author_is_an_address_with_a_name():
    assert only(bare_rss("<item><guid>1</guid><author>jane@site.photography (Jane Doe)</author></item>")).authors == (
        "Jane Doe",
    )


def test_an_atom_entry_inherits_its_feeds_authors():
    author = "<author><name>Jane Doe</name><email>jane@site.example</email></author>"
    own = "<entry><id>2</id><author><name>John Roe</name></author></entry>"
    entries = read_feed(bare_atom(f"<entry><id>1</id></entry>{own}", feed=author)).entries
    assert [e.authors for e in entries] == [("Jane Doe",), ("John Roe",)]


def test_dates_are_read_from_the_raw_string():
    entry = only(bare_rss("<item><guid>1</guid><pubDate>Mon, 02 Feb 2026 10:00:00 CEST</pubDate></item>"))
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
    assert only(bare_rss(f"<item><guid>1</guid><pubDate>{raw}</pubDate></item>")).published_precision == precision
    updated = f"<entry><id>1</id><updated>{raw}</updated></entry>"
    assert only(bare_atom(updated)).published_precision == precision


def test_an_unbelievable_date_is_kept_raw_only():
    entry = only(bare_rss("<item><guid>1</guid><pubDate>Mon, 01 Jan 0001 00:00:00 +0000</pubDate></item>"))
    assert entry.published_at is None
    assert entry.published_raw == "Mon, 01 Jan 0001 00:00:00 +0000"


def test_an_update_is_the_publication_where_there_is_no_other_date():
    entry = only(bare_atom("<entry><id>1</id><updated>2026-02-01T10:00:00Z</updated></entry>"))
    assert entry.published_at == entry.updated_at == datetime(2026, 2, 1, 10, tzinfo=UTC)


def test_an_entrys_language_goes_before_its_feeds():
    entries = "<entry xml:lang='fr'><id>1</id><title>x</title></entry><entry><id>2</id><title>y</title></entry>"
    assert [e.language for e in read_feed(bare_atom(entries, "xml:lang='en_us'")).entries] == ["fr", "en-US"]


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
    assert only(bare_rss(f"<item><guid>1</guid>{item}</item>")).image_url == "https://site.example/i.jpg"


def test_categories_become_tags():
    item = (
        "<item><guid>1</guid><category>Tech</category><category domain='x'>TECH</category>"
        "<category>R&amp;amp;D</category></item>"
    )
    assert only(bare_rss(item)).tags == ("Tech", "R&D")


@pytest.mark.parametrize("link", ["<link></link>", "<link/>", "<link>mailto:a@b.example</link>"])
def test_a_permalink_replaces_a_useless_link(link):
    guid = "<guid>https://site.example/a1</guid>"
    assert only(bare_rss(f"<item><title>A</title>{link}{guid}</item>")).url == "https://site.example/a1"


def test_a_guid_that_is_not_a_permalink_does_not_replace_a_useless_link():
    guid = '<guid isPermaLink="false">https://site.example/a1</guid>'
    assert only(bare_rss(f"<item><title>A</title>{guid}</item>")).url is None


def hours(*texts):
    return f"<skipHours>{''.join(f'<hour>{text}</hour>' for text in texts)}</skipHours>"


def days(*texts):
    return f"<skipDays>{''.join(f'<day>{text}</day>' for text in texts)}</skipDays>"


@pytest.mark.parametrize("broken", ["", "<description>a & b</description>"])
@pytest.mark.parametrize(
    ("markup", "skipped"),
    [
        (hours(3, " 7 ", "05", 3, 0), ((0, 3, 5, 7), ())),
        (hours(24, 25, -1, "noon", "", "3.5"), ((0,), ())),
        (days("SUNDAY", "saturday", "Sat", "dimanche", ""), ((), (5, 6))),
        (hours(1) + days("Monday") + hours(2), ((1, 2), (0,))),
        (hours(*range(24)), ((), ())),
        (days(*"Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()), ((), ())),
        ("<hour>3</hour><day>Monday</day><skipHours/><skipDays></skipDays>", ((), ())),
    ],
)
def test_hours_and_days_to_skip_are_read(markup, skipped, broken):
    entry = f"<item><guid>1</guid>{hours(9)}</item>"
    for document in (bare_rss(entry, markup + broken), bare_rss("", broken + entry + markup)):
        parsed = read_feed(document)
        assert (parsed.skip_hours, parsed.skip_days) == skipped
        assert [e.guid for e in parsed.entries] == ["1"]
