"""Entries that the last document had are not read again, where that is certain to change nothing."""

import json
from dataclasses import replace

import pytest

from ingest.feeds.parse import parse
from ingest.feeds.split import NOTHING, Last
from tests import builders as make
from tests.builders_feeds import FEED_URL, atom, atom_entry, bare_rss, item, json_feed, rdf, rss

LINKS = [f"https://site.example/{n}" for n in range(6)]
MEDIA = "<media:title xmlns:media='{}'>M</media:title>"


def read(document: str, last: Last = NOTHING, *, url=FEED_URL):
    return parse(document.encode(), url=url, content_type=None, now=make.NOW, last=last)


def known_of(document: str) -> Last:
    feed = read(document)
    return Last(feed.frame, frozenset(feed.digests))


def rss_of(count: int, **channel: str) -> str:
    return rss(*(item(n, link=LINKS[n]) for n in range(count)), **channel)


DOCUMENTS = {
    "rss": rss_of,
    "atom": lambda count: atom(*(atom_entry(n, f'<link href="{LINKS[n]}"/>') for n in range(count))),
    "rdf": lambda count: rdf(*LINKS[:count]),
    "json": lambda count: json_feed(*LINKS[:count]),
}


@pytest.mark.parametrize("form", DOCUMENTS)
def test_only_the_entries_that_the_last_document_did_not_have_are_read(form):
    before, after = DOCUMENTS[form](4), DOCUMENTS[form](6)
    feed, whole = read(after, known_of(before)), read(after)
    assert [entry.title for entry in feed.entries] == ["Title 4", "Title 5"]
    assert feed.entries == whole.entries[4:]
    assert feed.same == read(before).digests
    assert replace(feed, entries=(), digests=(), same=()) == replace(whole, entries=(), digests=(), same=())


@pytest.mark.parametrize("form", DOCUMENTS)
def test_of_a_document_whose_entries_are_all_known_none_is_read(form):
    document = DOCUMENTS[form](3)
    feed = read(document, known_of(document))
    assert (feed.entries, len(feed.same), feed.entries_seen, feed.warning) == ((), 3, 3, None)


def test_an_entry_with_another_byte_is_read():
    feed = read(rss_of(3).replace("Title 1<", "Title 1!<"), known_of(rss_of(3)))
    assert [entry.title for entry in feed.entries] == ["Title 1!"]


@pytest.mark.parametrize(
    "channel",
    [
        "<lastBuildDate>Sun, 01 Mar 2026 12:00:00 GMT</lastBuildDate>",
        "<pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate><!-- made in 0.3 s -->",
        "<atom:updated xmlns:atom='http://www.w3.org/2005/Atom'>2026-03-01T12:00:00Z</atom:updated>",
    ],
)
def test_dates_of_the_feed_and_comments_say_nothing_of_its_entries(channel):
    assert read(rss_of(3, channel=channel), known_of(rss_of(3))).entries == ()


@pytest.mark.parametrize(
    "channel", ["<language>fr</language>", "<link>https://other.example/</link>", "<![CDATA[<!-- -->]]>"]
)
def test_what_stands_around_the_entries_lets_the_document_be_read_in_full_if_it_has_changed(channel):
    assert len(read(rss_of(3, channel=channel), known_of(rss_of(3))).entries) == 3


def test_a_document_from_another_address_is_read_in_full():
    assert len(read(rss_of(3), known_of(rss_of(3)), url="https://moved.example/feed").entries) == 3


@pytest.mark.parametrize(
    "document",
    [
        rss_of(2).replace("<rss", "<!DOCTYPE rss [<!ENTITY a 'b'>]><rss", 1),
        rss(item(0, link=LINKS[0]), "<link>https://site.example/</link>", item(1, link=LINKS[1])),
        rss(f"<item><title>Outer</title>{item(0, link=LINKS[0])}</item>", item(1, link=LINKS[1])),
        rss(item(0, link=LINKS[0]), item(1, link=LINKS[1]) + "</item>"),
        rss(item(0, link=LINKS[0]), "<item><title>Not closed</title>"),
        rss(item(0, link=LINKS[0]), item(1, link=LINKS[1]), "<item><title>A &nbsp; b &unknown;</title></item>"),
        rss(item(0, more=MEDIA.format("urn:a")), item(1, more=MEDIA.format("urn:b"))),
        rss(item(0, link=LINKS[0]), item(0, link=LINKS[0])),
        rss(item(0, link=LINKS[0]), "<item/>"),
        rss(item(0, link=LINKS[0]), "<?old <item><title>Hidden</title></item>?>", item(1, link=LINKS[1])),
        bare_rss("<p:item xmlns:p='urn:p'><p:title>T</p:title></p:item>"),
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "T"}, 5]}),
    ],
)
def test_a_document_that_is_not_certain_to_be_split_well_is_read_in_full_the_next_time_too(document):
    feed = read(document)
    assert (feed.frame, feed.digests) == (b"", ())


def test_a_new_entry_that_breaks_the_document_lets_it_be_read_in_full():
    document = rss_of(3).replace("</channel>", "<item><title>A <b>broken one</title></item></channel>")
    feed = read(document, known_of(rss_of(3)))
    assert len(feed.entries) == 4
    assert (feed.same, feed.frame) == ((), b"")
    assert "its XML is broken" in feed.warning
