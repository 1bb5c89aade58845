from dataclasses import replace
from datetime import timedelta

from ingest.feeds.identity import Matches, count_reissued, match_entries
from storage.records import FeedHistory, KnownEntry
from tests import builders as make


def known(guid="g1", url="https://news.example/a", title="A title", n=7):
    return KnownEntry(n, guid, url, title, make.NOW)


def is_new(entry, *rows):
    found = match_entries([entry], rows)
    assert bool(found.new) != bool(found.seen)
    return bool(found.new)


def test_an_entry_with_the_same_guid_and_link_is_known_under_another_headline():
    assert not is_new(make.entry(title="A better title"), known())


def test_an_entry_that_moved_to_another_link_under_its_guid_is_known():
    assert not is_new(make.entry(url="https://news.example/new-slug"), known())


def test_a_guid_used_for_another_article_does_not_hide_it():
    assert is_new(make.entry(url="https://news.example/b", title="Another"), known())


def test_a_guid_that_drifts_does_not_make_the_entry_new():
    assert not is_new(make.entry("g1#1"), known("g1#0"))


def test_an_entry_without_guid_is_known_by_link_and_title():
    assert not is_new(make.entry(""), known(""))


def test_entries_without_guid_and_with_one_link_differ_by_title():
    assert is_new(make.entry("", title="Second"), known("", title="First"))


def test_an_entry_that_is_twice_in_a_document_is_one():
    assert match_entries([make.entry(), make.entry()], []) == Matches(new=[make.entry()])


def test_entries_of_one_document_that_share_a_constant_guid_are_all_new():
    entries = [make.entry("home", f"https://news.example/{n}", f"Title {n}") for n in range(3)]
    assert match_entries(entries, []) == Matches(new=entries)


def test_an_entry_seen_twice_is_reported_once():
    found = match_entries([make.entry(), make.entry()], [known()])
    assert (found.new, list(found.seen)) == ([], [7])


def test_entries_without_link_are_known_by_their_guid():
    assert not is_new(make.entry(url=None), known(url=None))
    assert is_new(make.entry("g2", url=None), known(url=None))


def test_a_guid_of_several_entries_identifies_no_entry():
    entries = [make.entry("const", f"https://news.example/a{n}", "Daily update") for n in range(3)]
    row = known("const", "https://news.example/a0", "Daily update")
    assert match_entries(entries, [row]) == Matches(entries[1:], {7: (row, entries[0])})


def test_an_entry_without_an_article_moves_to_its_corrected_link():
    corrected = make.entry(url="https://news.example/right")
    wrong = KnownEntry(7, "g1", "https://news.example/typo", "A title", make.NOW, open=True)
    assert match_entries([corrected], [wrong]) == Matches(seen={7: (wrong, corrected)}, moved=[7])
    assert match_entries([corrected], [known(url="https://news.example/typo")]).moved == []
    assert match_entries([make.entry(url=None)], [wrong]).moved == []


def test_an_entry_with_an_article_is_reported_as_renamed():
    for renamed in (make.entry(url="https://news.example/right"), make.entry("g2")):
        assert match_entries([renamed], [known()]) == Matches(seen={7: (known(), renamed)}, renamed=[(7, renamed)])


def test_an_entry_under_two_names_is_renamed_twice():
    again = [make.entry(guid, "https://news.example/a") for guid in ("g8", "g9")]
    assert match_entries(again, [known()]) == Matches(
        seen={7: (known(), again[0])}, renamed=[(7, entry) for entry in again]
    )


def test_an_entry_has_not_moved_while_the_document_still_has_its_link():
    wrong = KnownEntry(7, "g1", "https://news.example/a", "A title", make.NOW, open=True)
    both = [make.entry(url="https://news.example/b"), make.entry("")]
    assert match_entries(both, [wrong]) == Matches(seen={7: (wrong, both[0])})


def test_an_entry_is_known_by_an_alias_of_its_article():
    moved = make.entry("g2", "https://news.example/final")
    by_alias = KnownEntry(7, "g1", "https://t.example/x", "A title", make.NOW, alias="https://news.example/final")
    assert match_entries([moved], [by_alias]) == Matches(seen={7: (by_alias, moved)}, renamed=[(7, moved)])
    assert is_new(make.entry("g2", "https://news.example/final", "Another"), by_alias)


def test_urls_and_guids_are_compared_by_their_keys():
    keys = {"guid_key": str.casefold, "url_key": lambda url: url.replace("http:", "https:")}
    moved = make.entry("G1", "http://news.example/a", "A better title")
    assert match_entries([moved], [known()], **keys) == Matches(seen={7: (known(), moved)}, renamed=[(7, moved)])


def test_a_constant_guid_and_title_day_after_day_are_new_each_day():
    first = KnownEntry(7, "daily", "https://news.example/1", "The day", make.NOW, make.NOW)
    entry = make.entry("daily", "https://news.example/2", "The day", published_at=make.NOW + timedelta(days=1))
    assert is_new(entry, first)
    assert not is_new(make.entry("daily", "https://news.example/2", "The day", published_at=make.NOW), first)
    assert not is_new(make.entry("daily", "https://news.example/2", "The day"), first)


def test_news_is_not_counted_as_reissued():
    later = make.NOW + timedelta(hours=1)
    before = FeedHistory(5, make.NOW, frozenset({"Old"}))
    news = [make.entry(str(n), title=f"News {n}", published_at=later) for n in range(6)]
    old = [make.entry(f"o{n}", title="Old", published_at=later) for n in range(6)]
    undated = [make.entry(f"u{n}", title=f"News {n}") for n in range(6)]
    assert count_reissued(Matches(new=news), before) == 0
    assert count_reissued(Matches(new=old), before) == count_reissued(Matches(new=undated), before) == 6
    assert count_reissued(Matches(new=news[:4] + old), before) == 6
    assert count_reissued(Matches(new=news[:5] + old), before) == 0
    assert count_reissued(Matches(new=old), FeedHistory(4, make.NOW, frozenset({"Old"}))) == 0


def test_news_of_the_day_is_not_counted_as_reissued_if_its_date_has_no_time():
    today = make.NOW.replace(hour=0, minute=0, second=0)
    before = FeedHistory(5, today.replace(hour=9), frozenset({"Old"}))
    news = [make.entry(str(n), title=f"News {n}", published_at=today) for n in range(6)]
    old = [make.entry(f"o{n}", title="Old", published_at=today) for n in range(6)]
    yesterday = [make.entry(f"y{n}", title=f"News {n}", published_at=today - timedelta(days=1)) for n in range(6)]
    assert count_reissued(Matches(new=news), before) == 0
    assert count_reissued(Matches(new=old), before) == count_reissued(Matches(new=yesterday), before) == 6


def test_news_that_its_feed_shows_hours_after_its_date_is_not_counted_as_reissued():
    before = FeedHistory(5, make.NOW, frozenset(), make.NOW - timedelta(hours=2))

    def count(hours):
        at = make.NOW - timedelta(hours=hours)
        return count_reissued(
            Matches(new=[make.entry(str(n), title=f"News {n}", published_at=at) for n in range(6)]), before
        )

    assert (count(1), count(2), count(3)) == (0, 6, 6)
    before = replace(before, newest_at=make.NOW - timedelta(days=9))
    assert (count(5), count(7)) == (0, 6)
    before = replace(before, newest_at=make.NOW + timedelta(days=9))
    assert (count(-1), count(1)) == (0, 6)
