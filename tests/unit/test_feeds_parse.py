from itertools import product

import pytest

from ingest.errors import ParseError
from tests.builders_feeds import FEED_URL, bare_rss, read_feed


def test_the_feed_itself_is_described():
    feed = read_feed(bare_rss("", "<link>https://Site.example/</link><language>en-us</language><ttl>90</ttl>"))
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
    assert read_feed(bare_rss("", channel)).asked_interval_s == expected_s


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
def test_a_document_that_is_no_feed_is_named(body, cause):
    with pytest.raises(ParseError, match=cause) as raised:
        read_feed(body)
    assert raised.value.url == FEED_URL


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
        document = f"<?xml version='1.0'{declaration}?>{bare_rss(items)}".encode(encoding)
        feed = read_feed(document, content_type=content_type)
        assert [entry.title for entry in feed.entries] == [f"{text} {n}" for n in range(9)], (declared, content_type)
        assert feed.warning is None


def test_a_feed_served_as_html_is_a_feed_without_a_warning():
    feed = read_feed(bare_rss("<item><title>x</title></item>"), content_type="text/html; charset=utf-8")
    assert len(feed.entries) == 1
    assert feed.warning is None


def test_a_broken_feed_gives_its_entries_and_a_warning():
    feed = read_feed(
        "\n\n<?xml version='1.0'?>" + bare_rss("<item><title>One &nbsp; & two</title></item><item><title>Cut")
    )
    assert [e.title for e in feed.entries] == ["One & two"]
    assert "XML is broken" in feed.warning


def test_impossible_characters_cost_no_entries():
    feed = read_feed(bare_rss("<item><title>A &#55357;&#56832; &#99999999999; b</title></item>"))
    assert [e.title for e in feed.entries] == ["A �� � b"]


def test_a_bad_entry_does_not_cost_the_others(monkeypatch):
    def from_title(raw):
        if raw == "bad":
            raise RuntimeError
        return raw

    monkeypatch.setattr("ingest.feeds.xmlfeed.from_title", from_title)
    feed = read_feed(bare_rss("<item><title>bad</title></item><item><title>good</title></item>"))
    assert [e.title for e in feed.entries] == ["good"]
    assert feed.warning == "1 of its 2 entries could not be read"


def test_exact_duplicates_are_dropped_and_counted():
    feed = read_feed(bare_rss("<item><guid>1</guid></item>" * 3))
    assert (len(feed.entries), feed.entries_seen) == (1, 3)


def test_of_too_many_entries_the_newest_are_kept():
    items = "".join(f"<item><guid>{d}</guid><pubDate>2026-01-0{d}</pubDate></item>" for d in (1, 3, 2))
    feed = read_feed(bare_rss(items), limit=2)
    assert [e.guid for e in feed.entries] == ["3", "2"]
    assert feed.warning == "only the newest 2 of its 3 entries were taken"


def test_a_truncated_document_gives_no_half_entry():
    item = "<item><title>{0}</title><link>https://site.example/{0}</link></item>"
    document = bare_rss(item.format(1) + item.format(2))
    assert not read_feed(document).is_truncated
    cut = read_feed(document[: document.index("site.example/2") + 5])
    assert (cut.is_truncated, [entry.title for entry in cut.entries]) == (True, ["1"])
    without_end = read_feed(document[: -len("</channel></rss>")])
    assert without_end.is_truncated
    assert len(without_end.entries) == 2
