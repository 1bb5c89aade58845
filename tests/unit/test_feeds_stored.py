"""Entries with markup and media, from a feed's bytes through an archive's file to the article stage."""

from html import escape

import pytest

from ingest.pipeline.announced import record_entries
from ingest.workers.tasks import parse_feed
from storage.records import Media
from tests import builders as make
from tests.builders_feeds import bare_rss, prose

URL = "https://news.example/feed.xml"
MARKUP = f'<p>{prose(1, 20)}</p>\n<p>É 🛰 <a href="b">more</a></p>'


@pytest.fixture
def polled(archive):
    """Record a document with one entry of this markup, and return what the article stage claims."""
    with archive.transaction():
        archive.subscribe([make.feed(URL)], make.NOW)
    (feed,) = archive.due_feeds(make.NOW, limit=1, exclude=())

    def poll(markup, more=""):
        item = f"<item><title>T</title><link>https://news.example/a</link><description>{escape(markup)}</description>{more}</item>"
        parsed = parse_feed(bare_rss(item).encode(), URL, None, make.NOW)
        with archive.transaction():
            record_entries(archive, feed, parsed, make.NOW)
        (pending,) = archive.pending_entries("news.example", make.NOW, limit=9)
        return pending

    return poll


def test_an_entry_is_claimed_with_its_markup_and_media(polled):
    pending = polled(
        MARKUP,
        "<enclosure url='/1.mp3' type='audio/mpeg' length='5000'/>"
        "<media:content url='/1.jpg' medium='image'><media:credit>É 🛰</media:credit></media:content>",
    )
    assert pending.markup == MARKUP
    assert pending.content.endswith("\nÉ 🛰 more")
    assert pending.media == (
        Media("picture", "https://news.example/1.jpg", "feed", credit="É 🛰"),
        Media("audio", "https://news.example/1.mp3", "feed", "audio/mpeg", 5000),
    )


def test_an_entry_without_markup_and_media_is_claimed_without(polled):
    pending = polled("Only text.")
    assert (pending.markup, pending.media) == (None, ())


def test_a_known_entry_with_other_markup_and_the_same_words_is_not_written_again(polled, archive):
    first = polled(MARKUP)
    written = []
    archive.db.set_trace_callback(written.append)
    again = polled(MARKUP.replace("<p>", '<p class="signed-5">'), "<enclosure url='/1.mp3' type='audio/mpeg'/>")
    archive.db.set_trace_callback(None)
    assert (again.markup, again.media, again.text_hash) == (first.markup, (), first.text_hash)
    assert not [sql for sql in written if "signed-5" in sql]
