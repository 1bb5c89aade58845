"""Documents without limit: too many entries, endless fields, markup that makes a pattern backtrack."""

import json
import time
from datetime import UTC, datetime

import pytest

from ingest.feeds import fields, markup
from ingest.feeds.parse import is_html, parse
from ingest.feeds.xml_source import keep_newest, without_namespaces
from ingest.hosts import without_credentials
from ingest.text.markup import MAX_TITLE_CHARS
from tests.builders_feeds import atom, rdf, rss

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NEWEST = (7, 30_000, 199_999)


def read(document, **more):
    body = document if isinstance(document, bytes) else document.encode()
    return parse(body, url="https://news.example/feed", content_type=None, now=NOW, **more)


def titled(n, dated, written):
    return f"<title>{n}</title>{written if n in dated else ''}"


@pytest.mark.parametrize("form", ["rss", "atom", "json", "utf-16"])
def test_of_200000_entries_the_newest_are_kept_with_a_warning(form):
    numbers, written = range(200_000), "2026-02-02T10:00:00Z"
    if form == "json":
        items = [{"id": str(n), "title": str(n), "date_published": written if n in NEWEST else None} for n in numbers]
        document = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items})
    elif form in ("rss", "utf-16"):
        document = rss(*(f"<item>{titled(n, NEWEST, f'<pubDate>{written}</pubDate>')}</item>" for n in numbers))
    else:
        document = atom(*(f"<entry>{titled(n, NEWEST, f'<updated>{written}</updated>')}</entry>" for n in numbers))
    feed = read(document.encode("utf-16") if form == "utf-16" else document, limit=5)
    assert [entry.title for entry in feed.entries] == ["0", "1", "7", "30000", "199999"]
    assert feed.entries_seen == 200_000
    assert feed.warning == "only the newest 5 of its 200000 entries were taken"


def test_the_document_beside_its_entries_is_kept():
    document = rdf(*(f"https://news.example/{n}" for n in range(9))).encode()
    assert keep_newest(document, NOW, 9) == (document, 9)
    feed = read(document, limit=4)
    assert (feed.title, feed.site_url) == ("News", "http://news.example/")
    assert [entry.title for entry in feed.entries] == [f"Title {n}" for n in range(4)]


@pytest.mark.parametrize(
    "written",
    [
        "<item><title>{}</title><description><![CDATA[</item><item>]]></description></item>",
        "<item><!-- </item><item> --><title>{}</title></item>",
        "<ITEM><title>{}</title></ITEM >",
        "<item/><item><title>{}</title></item>",
        "<item xmlns:p='urn:p'><p:item/><title>{}</title></item>",
        "<item><title>{}</title>",
    ],
)
def test_entries_are_counted_however_their_tags_are_written(written):
    feed = read(rss(*(written.format(n) for n in range(20))), limit=8)
    assert [entry.title for entry in feed.entries] == [str(n) for n in range(len(feed.entries))]
    assert len(feed.entries) == (4 if "<item/>" in written else 8)
    assert f"only the newest 8 of its {feed.entries_seen} entries were taken" in feed.warning


@pytest.mark.parametrize("mark", ["<![CDATA[", "<!--", "<item><![CDATA[", "<item/>", "</item>"])
def test_200000_tags_are_searched_in_linear_time(mark):
    began_s = time.process_time()
    keep_newest(mark.encode() * 200_000, NOW, 5)
    assert time.process_time() - began_s < 2


def test_of_too_many_entries_dates_in_words_of_other_languages_are_not_read():
    items = (f"<item><title>{n}</title><pubDate>{n % 28 + 1} mars 20{n % 25:02}</pubDate></item>" for n in range(9000))
    began_s = time.process_time()
    assert len(read(rss(*items), limit=5).entries) == 5
    assert time.process_time() - began_s < 3


@pytest.mark.parametrize("document", ["<rss><channel>" + "<item>" * 200_000, "<item></item" * 200_000])
def test_unclosed_entries_are_searched_in_linear_time(document):
    keep_newest(document.encode(), NOW, 5)


def test_endless_fields_are_cut():
    item = (
        f"<item><title>{'a&amp;b ' * 50_000}</title><guid isPermaLink='false'>{'g' * 10**5}</guid>"
        f"<pubDate>{'1 ' * 50_000}</pubDate><link>https://news.example/{'a' * 10**5}</link></item>"
    )
    (entry,) = read(rss(item, item.replace("gg</guid>", "gh</guid>"))).entries[:1]
    assert len(entry.title) <= MAX_TITLE_CHARS + 2
    assert entry.title.endswith(" …")
    assert (len(entry.guid), len(entry.published_raw), entry.url) == (1017, fields.MAX_DATE_CHARS, None)
    assert len(read(rss(item, item.replace("gg</guid>", "gh</guid>"))).entries) == 2  # their ends differ


def test_a_byline_has_at_most_a_hundred_names():
    assert len(fields.names(f"Jane Doe{chr(65 + n % 26)}{chr(97 + n // 26)}" for n in range(600))) == fields.MAX_NAMES


@pytest.mark.parametrize(
    "work",
    [
        lambda: is_html(b"<!---->" * 500 + b"x"),
        lambda: is_html(b"<!doctype " + b"a" * 65_000),
        lambda: without_namespaces(b"<item xmlns" * 200_000 + b"<a:item " * 200_000 + b"<" + b" xmlns" * 200_000),
        lambda: without_credentials("://" * 200_000 + "a" * 1_000_000),
        lambda: is_html(b"<!-- -->" * 500 + b"<?x?>" * 10 + b"<html>"),
        lambda: fields.texts(
            None, fields.Text(), [fields.Text("the post " + "x first appeared on " * 40_000 + "\ny\nz")]
        ),
        lambda: markup.kept("<a x='@://;base64," * 50_000, link=None, home=""),
        lambda: markup.kept("<a x=@://a@b;base64," * 50_000, link=None, home=""),
        lambda: markup.kept("<a '\">" * 150_000 + "://a@", link=None, home=""),
        lambda: markup.kept("<a x='://a@b" + "data:" * 150_000 + "'>", link=None, home=""),
        lambda: markup.kept("<a x='" + "://" * 300_000 + "a@'>", link=None, home=""),
    ],
)
def test_no_pattern_backtracks(work):
    began_s = time.process_time()
    work()
    assert time.process_time() - began_s < 2
