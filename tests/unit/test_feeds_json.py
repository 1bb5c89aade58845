import codecs
import json
from datetime import UTC, datetime

import pytest

from ingest.errors import ParseError
from ingest.feeds.parse import parse

URL = "https://site.example/feed.json"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
VERSION = "https://jsonfeed.org/version/1.1"


def read(document):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return parse(body, url=URL, content_type="application/feed+json", now=NOW)


def only(**item):
    (entry,) = read({"version": VERSION, "items": [item]}).entries
    return entry


def test_every_field_of_a_feed_is_read():
    feed = read(
        {
            "version": VERSION,
            "title": "A &amp; B",
            "home_page_url": "https://site.example/",
            "language": "en_us",
            "authors": [{"name": "Default Author"}],
            "items": [
                {
                    "id": "1",
                    "url": "/one",
                    "external_url": "https://other.example/",
                    "title": "One",
                    "content_html": "<p>First.</p><p>Second.</p>",
                    "summary": "In short.",
                    "date_published": "2026-02-01T10:00:00+01:00",
                    "date_modified": "2026-02-02T10:00:00Z",
                    "authors": [{"name": "Jane Doe"}, {"name": "John Roe"}],
                    "tags": ["Tech", 7, "tech"],
                    "language": "fr",
                    "attachments": [{"url": "/one.png", "mime_type": "image/png"}],
                },
                {"id": "2", "content_text": "a < b\nsecond"},
            ],
        }
    )
    one, two = feed.entries
    assert (feed.version, feed.title, feed.site_url, feed.language) == (
        "json11",
        "A & B",
        "https://site.example/",
        "en-US",
    )
    assert (one.guid, one.url, one.title) == ("1", "https://site.example/one", "One")
    assert (one.summary, one.content) == ("In short.", "First.\nSecond.")
    assert one.published_at == datetime(2026, 2, 1, 9, tzinfo=UTC)
    assert one.published_raw == "2026-02-01T10:00:00+01:00"
    assert one.published_precision == "second"
    assert one.updated_at == datetime(2026, 2, 2, 10, tzinfo=UTC)
    assert (one.authors, one.tags, one.language) == (("Jane Doe", "John Roe"), ("Tech",), "fr")
    assert one.image_url == "https://site.example/one.png"
    assert (two.content, two.authors, two.language) == ("a < b\nsecond", ("Default Author",), "en-US")


def test_version_1_has_one_author():
    feed = read({"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "author": {"name": "Jane Doe"}}]})
    assert feed.version == "json1"
    assert feed.entries[0].authors == ("Jane Doe",)


def test_an_id_that_is_a_number_is_its_digits():
    assert only(id=42).guid == "42"


def test_an_external_url_is_the_link_of_an_entry_without_url():
    assert only(id="1", external_url="https://other.example/x").url == "https://other.example/x"


def test_values_of_the_wrong_type_count_as_absent():
    entry = only(id="1", title=["x"], tags="tech", authors="Jane", date_published=True, attachments={}, url={})
    assert (entry.title, entry.tags, entry.authors, entry.published_at, entry.url) == (None, (), (), None, None)


def test_an_entry_that_is_not_an_object_does_not_cost_the_others():
    feed = read({"version": VERSION, "items": ["x", {"id": "1"}, None]})
    assert [e.guid for e in feed.entries] == ["1"]
    assert feed.entries_seen == 3
    assert feed.warning == "2 of its 3 entries could not be read"


def test_characters_that_no_database_takes_are_removed():
    assert only(id="a\0\ud800b", title="x\ud800y").guid == "a?b"


def test_a_feed_without_a_version_is_recognised_by_its_entries():
    assert len(read({"items": [{"id": "1", "content_text": "x"}]}).entries) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_other_encodings_are_understood(encoding):
    body = json.dumps({"version": VERSION, "items": [{"id": "é"}]}, ensure_ascii=False).encode(encoding)
    assert read(body).entries[0].guid == "é"


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b'{"items": [1]}', "no JSON Feed"),
        (b'{"error": "not found"}', "no JSON Feed"),
        (b"[]", "no JSON Feed"),
        (codecs.BOM_UTF8 + b' {"version":', "broken"),
        (b'{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_json_that_is_not_a_feed_is_an_error(body, cause):
    with pytest.raises(ParseError, match=cause):
        read(body)


def test_links_are_relative_to_the_feed_not_to_its_home_page():
    document = {"version": VERSION, "home_page_url": "https://home.example/", "items": [{"id": "1", "url": "/a1"}]}
    assert read(document).entries[0].url == "https://site.example/a1"


def test_an_id_that_is_a_url_is_the_link_of_an_entry_without_one():
    assert only(id="https://site.example/a1", title="T").url == "https://site.example/a1"
    assert only(id="a1", title="T").url is None
