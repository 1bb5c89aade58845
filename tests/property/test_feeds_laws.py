import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import ParseError
from ingest.feeds import opml
from ingest.feeds.discover import linked_feeds
from ingest.feeds.links import absolute
from ingest.feeds.media import Named, read_media
from ingest.feeds.parse import parse
from ingest.text.dates import parse_instant
from ingest.text.markup import clean_line, from_markup
from storage.records import WantedFeed
from storage.rows import as_json
from tests.builders_feeds import bare_atom, bare_rss

NOW = datetime(2026, 3, 1, tzinfo=UTC)
URL = "https://site.example/feed"

instants = st.datetimes(datetime(1990, 1, 2), datetime(2026, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001 (bounds are naive by contract)
    lambda at: at.replace(microsecond=0)
)
lines = st.text(max_size=40).map(clean_line)
tags = lines.map(lambda tag: clean_line(tag.replace(",", " ").strip("/ "))).filter(bool)
addresses = st.builds("https://{}.example/{}".format, st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.integers(0))
wanted = st.builds(
    WantedFeed,
    url=addresses,
    name=st.none() | lines.filter(bool),
    tags=st.lists(tags, unique=True, max_size=3).map(tuple),
    interval_s=st.none() | st.integers(1, 10**6),
    article=st.sampled_from(["page", "feed"]),
)


@given(instants, st.integers(-14 * 60, 14 * 60))
def test_a_date_is_read_back_from_any_zone(at, minutes):
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    local = (at + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S")
    assert parse_instant(local + offset, NOW) == at
    assert parse_instant(format_datetime(at), NOW) == at


@given(st.text(max_size=60))
def test_any_date_string_is_a_plausible_instant_or_none(raw):
    at = parse_instant(raw, NOW)
    assert at is None or datetime(1990, 1, 1, tzinfo=UTC) <= at <= NOW + timedelta(days=366)


@given(st.text(max_size=80))
def test_a_link_is_none_or_absolute_and_ascii(raw):
    url = absolute(raw, URL)
    if url is not None:
        assert urlsplit(url).scheme in ("http", "https")
        assert url.isascii()
        assert absolute(url, URL) == url


@given(st.lists(wanted, min_size=1, max_size=5, unique_by=lambda feed: feed.url), lines)
def test_a_feed_list_survives_opml(feeds, title):
    expected = tuple(replace(feed, name=None) if feed.name == feed.url else feed for feed in feeds)
    assert opml.read(opml.write(feeds, title=title), source="x").feeds == expected


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20), max_size=8))
@settings(max_examples=50)
def test_every_entry_that_is_not_empty_is_counted(guids):
    items = "".join(f'<item><guid isPermaLink="false">{escape(guid)}</guid></item>' for guid in guids)
    body = f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()
    feed = parse(body, url=URL, content_type=None, now=NOW)
    assert feed.entries_seen == len(guids)
    assert len(feed.entries) == len({entry.guid for entry in feed.entries if entry.guid})


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda s: f"<rss><channel><item>{s}".encode(errors="replace"))
)
@settings(max_examples=100)
def test_any_bytes_are_a_feed_or_a_parse_error(body):
    try:
        parse(body, url=URL, content_type=None, now=NOW)
    except ParseError as error:
        assert error.cause  # noqa: PT017 (either end is right, but an error must say why)


@given(st.text(max_size=200))
def test_any_page_can_be_searched(page):
    assert isinstance(linked_feeds(page, URL), tuple)


words = st.text(st.sampled_from("abcé漢 &;<>'\"\t\n#@:/"), min_size=1, max_size=12)
blocks = st.recursive(
    words.map(escape) | st.just("<br>"),
    lambda inner: st.builds(
        lambda tag, pieces, attribute: f"<{tag} {attribute}>{''.join(pieces)}</{tag}>",
        st.sampled_from(["p", "b", "li", "div", "td", "pre", "h2", "blockquote", "a"]),
        st.lists(inner, max_size=3),
        st.sampled_from(["", 'href="https://me:pw@a.example/x"', "title='a > b'", 'src="data:image/png;base64,AA=="']),
    ),
    max_leaves=8,
)


@given(blocks, st.sampled_from(["description", "content:encoded"]), st.booleans())
def test_the_words_of_the_markup_are_those_of_the_text(markup, element, is_link):
    link = "<link>https://site.example/1</link>" if is_link else ""
    body = bare_rss(f"<item><guid>1</guid>{link}<{element}>{escape(markup)}</{element}></item>").encode()
    (entry,) = parse(body, url=URL, content_type=None, now=NOW).entries
    if entry.markup is None:
        assert "<" not in markup
    else:
        assert from_markup(entry.markup) == (entry.content or entry.summary or "")
        assert "me:pw@" not in entry.markup


@given(blocks)
def test_the_markup_of_every_format_is_the_same(markup):
    rss = bare_rss(f"<item><guid>1</guid><content:encoded>{escape(markup)}</content:encoded></item>")
    atom = bare_atom(f"<entry><id>1</id><content type='html'>{escape(markup)}</content></entry>")
    feed = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "content_html": markup}]})
    found = {parse(body.encode(), url=URL, content_type=None, now=NOW).entries[0].markup for body in (rss, atom, feed)}
    assert len(found) == 1


@given(
    st.lists(
        st.builds(
            Named, *(st.text(max_size=20) | st.sampled_from(["/a.jpg", "image/png", "1", "99999"]) for _ in range(9))
        )
    )
)
def test_media_have_absolute_addresses_each_once(named):
    found = read_media(named, URL, title=None, summary=None)
    assert len({media.url for media in found}) == len(found)
    for media in found:
        assert media.url.startswith(("http://", "https://"))
        assert media.length_bytes is None or media.length_bytes > 0
        assert as_json([media.alt, media.caption, media.credit, media.type]).encode()
