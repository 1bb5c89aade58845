"""Records as tests need them: every field has a sound default, the test names only what it is about."""

from datetime import UTC, datetime

from ingest.articles.content import Content
from ingest.text.words import word_count
from storage.pages import NewPage
from storage.records import AddressedEntry, FeedState, NewArticle, NewEntry, Poll, WantedFeed

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def feed(url="https://news.example/feed.xml", **fields):
    return WantedFeed(url, **fields)


def entry(guid="g1", url="https://news.example/a", title="A title", **fields):
    return AddressedEntry(NewEntry(guid, url, title, **fields), url, "news.example")


def poll(feed_id=1, at=NOW, outcome="parsed", **fields):
    return Poll(feed_id, at, outcome, **fields)


def state(**fields):
    defaults = {
        "address": "https://news.example/feed.xml",
        "move_seen": None,
        "etag": '"v1"',
        "last_modified": None,
        "validators_url": "https://news.example/feed.xml",
        "body_hash": "h",
        "asked_interval_s": 0,
        "failures": 0,
        "due_at": NOW,
    }
    return FeedState(**(defaults | fields))


def article(url="https://news.example/a", body="First paragraph.\nSecond paragraph.", **fields):
    defaults = {
        "site": "news.example",
        "title": "A title",
        "authors": ("Ada Byron",),
        "published_at": NOW,
        "published_from": "feed",
        "language": "en",
        "summary": None,
        "body_from": "page",
        "words": 4,
        "image_url": None,
        "tags": ("tech",),
        "content_hash": f"1:{hash(body):x}",
        "extractor": "test 1",
    }
    return NewArticle(url=url, body=body, **(defaults | fields))


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
        "authors": (),
        "published_at": None,
        "published_from": None,
        "language": "en",
        "summary": None,
        "body_from": "page",
        "image_url": None,
        "tags": (),
        "site_name": None,
        "canonical_url": None,
        "words": word_count(body),
        "extractor": "test 1",
    }
    return Content(body=body, **(defaults | fields))
