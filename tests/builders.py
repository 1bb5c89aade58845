"""Records as tests need them: every field has a sound default, the test names only what it is about."""

from datetime import UTC, datetime

from ingest.articles.structure.lines import paragraphs
from ingest.text.words import word_count
from storage.content import Content
from storage.feed_records import DueFeed, FeedState
from storage.pages import NewPage
from storage.records import NewEntry, PendingEntry, Poll, WantedFeed

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def feed(url="https://news.example/feed.xml", **fields):
    return WantedFeed(url, **fields)


def entry(guid="g1", url="https://news.example/a", title="A title", **fields):
    return NewEntry(guid, url, title, canonical_url=url, host="news.example", **fields)


def pending(**fields):
    """An entry to work on."""
    url = fields.get("url", "https://news.example/a")
    defaults = {
        "guid": "g1",
        "url": url,
        "title": "A title",
        "id": 1,
        "feed_id": 1,
        "feed_url": "https://news.example/feed.xml",
        "article_from": "page",
        "canonical_url": url,
        "host": "news.example",
        "tries": 0,
    }
    return PendingEntry(**(defaults | fields))


def poll(feed_id=1, at=NOW, outcome="parsed", **fields):
    return Poll(feed_id, at, outcome, **fields)


MEMORY = {
    "address": "https://news.example/feed.xml",
    "move_seen": None,
    "etag": '"v1"',
    "last_modified": None,
    "validators_url": "https://news.example/feed.xml",
    "body_hash": "h",
    "asked_interval_s": 0,
    "failures": 0,
}


def due_feed(url="https://news.example/feed.xml", **fields):
    """A feed that was not polled yet."""
    of_list = {"id": 1, "url": url, "name": None, "interval_s": None, "article": "page", "schedule": None}
    times = {"time_zone": None, "added_at": NOW, "polled_at": None, "body_at": None}
    return DueFeed(**(MEMORY | of_list | times | fields))


def state(**fields):
    return FeedState(**(MEMORY | {"due_at": NOW} | fields))


def article(url="https://news.example/a", body="First paragraph.\nSecond paragraph.", **fields):
    """An article of four words, unless something else is said."""
    defaults = {
        "site": "news.example",
        "authors": ("Ada Byron",),
        "published_at": NOW,
        "published_from": "feed",
        "words": 4,
        "tags": ("tech",),
        "content_hash": f"1:{hash(body):x}",
    }
    return content(body, url=url, **(defaults | fields))


def page(html=b"compressed", **fields):
    defaults = {
        "fetched_at": NOW,
        "status": 200,
        "final_url": "https://news.example/a",
        "headers": {"content-type": "text/html"},
    }
    return NewPage(html=html, **(defaults | fields))


def content(body, **fields):
    defaults = {
        "verdict": "article",
        "reason": None,
        "title": "A title",
        "language": "en",
        "body_from": "page",
        "words": word_count(body),
        "extractor": "test 1",
        "lines": paragraphs(body),
    }
    return Content(body=body, **(defaults | fields))
