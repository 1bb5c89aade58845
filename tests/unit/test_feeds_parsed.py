from dataclasses import replace
from datetime import UTC, datetime

from ingest.feeds.parsed import ParsedFeed, tidy
from storage.records import NewEntry

URL = "https://www.site.example/feed.xml"


def tidied(*entries, limit=100, site_url="https://site.example/"):
    return tidy(ParsedFeed("rss20", "T", site_url, None, entries, len(entries)), url=URL, limit=limit)


def entry(guid="", path="/a", title="Title", content="The text.", **more):
    return NewEntry(guid, f"https://site.example{path}", title, content=content, **more)


def test_of_exact_duplicates_the_first_stays():
    first, again = entry("1", summary="first"), entry("1", summary="again")
    feed = tidied(first, again, entry("2", "/b"))
    assert [e.summary for e in feed.entries] == ["first", None]
    assert feed.entries_seen == 3


def test_a_reused_guid_with_another_link_is_another_entry():
    assert len(tidied(entry("1", "/a"), entry("1", "/b")).entries) == 2


def test_entries_without_guid_and_link_differ_by_date_and_text():
    one = NewEntry("", None, "Paladins", published_raw="1 Mar", summary="Updated")
    assert len(tidied(one, one, replace(one, published_raw="2 Mar")).entries) == 2


def test_an_empty_entry_is_dropped():
    assert tidied(NewEntry("", None, None)).entries == ()


def test_entries_that_share_a_page_get_a_url_each():
    one, two = tidied(entry("1", title="v1"), entry("2", title="v2")).entries
    assert one.shared_url
    assert two.shared_url
    assert one.url != two.url
    assert one.url.startswith("https://site.example/a#entry-")


def test_the_own_url_is_the_same_at_each_poll():
    one = tidied(entry("1", title="v1"), entry("2", title="v2")).entries[0]
    again = tidied(entry("3", title="v3"), entry("1", title="v1")).entries[1]
    assert one.url == again.url


def test_a_fragment_that_one_entry_has_is_kept():
    one, two = tidied(entry("1", "/log#v1"), entry("2", "/log#v2")).entries
    assert (one.url, two.url) == ("https://site.example/log#v1", "https://site.example/log#v2")
    assert one.shared_url
    assert two.shared_url


def test_a_fragment_that_several_entries_have_is_replaced():
    one, two = tidied(entry("1", "/log#top"), entry("2", "/log#top")).entries
    assert one.url != two.url
    assert "#entry-" in one.url


def test_a_link_to_the_front_page_is_shared():
    assert tidied(entry("1", "/")).entries[0].shared_url
    assert tidied(entry("1", "")).entries[0].shared_url


def test_a_front_page_with_a_query_or_of_another_site_is_not_shared():
    foreign = replace(entry("1"), url="https://other.example/")
    assert not tidied(entry("1", "/?p=1")).entries[0].shared_url
    assert not tidied(foreign).entries[0].shared_url


def test_an_entry_with_little_text_is_not_marked_as_shared():
    feed = tidied(entry("1", content=None, summary="Brief."), entry("2", content=None, summary="w" * 300))
    assert [e.shared_url for e in feed.entries] == [False, True]


def test_of_too_many_entries_the_newest_are_kept_in_the_documents_order():
    dated = [
        replace(entry(str(day), f"/{day}"), published_at=datetime(2026, 1, day, tzinfo=UTC)) for day in (3, 1, 4, 2)
    ]
    feed = tidied(entry("undated", "/u"), *dated, limit=3)
    assert [e.guid for e in feed.entries] == ["3", "4", "2"]
    assert feed.warning == "only the newest 3 of its 5 entries were taken"


def test_without_dates_the_first_entries_are_kept():
    assert [e.guid for e in tidied(*(entry(str(n), f"/{n}") for n in range(5)), limit=2).entries] == ["0", "1"]
