import pytest

from ingest.dedupe.aliases import alias_keys, guid_key, under_other_scheme
from tests import builders as make

FEED, OTHER = "https://news.example/feed.xml", "https://other.example/feed.xml"


@pytest.mark.parametrize(
    "guid",
    [
        "https://news.example/?p=12",
        "tag:news.example,2026:7",
        "urn:isbn:0451450523",
        "urn:uuid:1225C695-cfb8-4ebb-aaaa-80da344efa6a",
        "1225c695-cfb8-4ebb-aaaa-80da344efa6a",
    ],
)
def test_a_guid_that_is_unique_by_its_form_means_the_same_in_every_feed(guid):
    assert guid_key(guid, FEED) == guid_key(guid, OTHER)


@pytest.mark.parametrize(
    "guid", ["7", "abc123", "/2026/a", "tag", "tag:news", "urn:", "a4f", "node/7 at https://x.example"]
)
def test_any_other_guid_is_unique_within_its_publisher(guid):
    assert guid_key(guid, FEED) != guid_key(guid, OTHER)
    assert guid_key(guid, FEED) == guid_key(guid, "http://feeds.news.example/atom")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://news.example/?p=12", "https://www.news.example/?p=12"),
        ("{1225C695-CFB8-4EBB-AAAA-80DA344EFA6A}", "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a"),
    ],
)
def test_two_spellings_of_a_guid_have_one_key(one, other):
    assert guid_key(one, FEED) == guid_key(other, FEED)


def test_guids_with_different_fragments_differ():
    assert guid_key("https://news.example/a#1", FEED) != guid_key("https://news.example/a#2", FEED)


def test_an_empty_guid_has_no_key():
    assert guid_key("", FEED) is None
    assert alias_keys(make.entry("", None), FEED) == []
    assert alias_keys(make.entry("7", "https://news.example/a"), FEED) == ["news.example/a", "guid:news.example 7"]


def test_the_key_of_a_guid_is_never_that_of_a_url():
    assert guid_key("https://news.example/a", FEED) not in alias_keys(make.entry(""), FEED)


def test_only_an_http_url_changes_its_scheme():
    assert under_other_scheme("http://a.example/http:") == "https://a.example/http:"
    assert under_other_scheme("https://a.example/") == "http://a.example/"
    assert under_other_scheme("7") == "7"
