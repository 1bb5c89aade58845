from datetime import timedelta

from ingest.feeds.identity import Split, reissued, split
from storage.records import FeedHistory, KnownEntry
from tests import builders as make


def known(guid="g1", url="https://news.example/a", title="A title", n=7):
    return KnownEntry(n, guid, url, title, make.NOW)


def is_new(entry, *rows):
    found = split([entry], rows)
    assert bool(found.new) != bool(found.seen)
    return bool(found.new)


def test_an_entry_with_the_same_guid_and_link_is_known_though_its_headline_was_edited():
    assert not is_new(make.entry(title="A better title"), known())


def test_an_entry_that_moved_to_another_link_under_its_guid_is_known():
    assert not is_new(make.entry(url="https://news.example/new-slug"), known())


def test_a_guid_used_for_another_article_does_not_hide_it():
    assert is_new(make.entry(url="https://news.example/b", title="Another"), known())


def test_a_guid_that_drifts_does_not_make_the_entry_new():
    assert not is_new(make.entry("g1#1"), known("g1#0"))


def test_an_entry_without_guid_is_known_by_link_and_title():
    assert not is_new(make.entry(""), known(""))


def test_entries_without_guid_that_share_one_link_are_told_apart_by_title():
    assert is_new(make.entry("", title="Second"), known("", title="First"))


def test_an_entry_twice_in_one_document_is_one():
    assert split([make.entry(), make.entry()], []) == Split(new=[make.entry()])


def test_entries_of_one_document_that_share_a_constant_guid_are_all_new():
    entries = [make.entry("home", f"https://news.example/{n}", f"Title {n}") for n in range(3)]
    assert split(entries, []) == Split(new=entries)


def test_an_entry_seen_twice_is_reported_once():
    found = split([make.entry(), make.entry()], [known()])
    assert (found.new, list(found.seen)) == ([], [7])


def test_entries_without_link_are_known_by_their_guid():
    assert not is_new(make.entry(url=None), known(url=None))
    assert is_new(make.entry("g2", url=None), known(url=None))


def test_a_guid_that_a_document_gives_to_several_entries_identifies_none_of_them():
    entries = [make.entry("const", f"https://news.example/a{n}", "Daily update") for n in range(3)]
    row = known("const", "https://news.example/a0", "Daily update")
    assert split(entries, [row]) == Split(entries[1:], {7: (row, entries[0])})


def test_a_corrected_link_is_followed_while_no_article_has_come_of_the_entry():
    corrected = make.entry(url="https://news.example/right")
    wrong = KnownEntry(7, "g1", "https://news.example/typo", "A title", make.NOW, open=True)
    assert split([corrected], [wrong]) == Split(seen={7: (wrong, corrected)}, moved=[7])
    assert split([corrected], [known(url="https://news.example/typo")]).moved == []
    assert split([make.entry(url=None)], [wrong]).moved == []


def test_an_entry_that_has_its_article_brings_it_another_name():
    for renamed in (make.entry(url="https://news.example/right"), make.entry("g2")):
        assert split([renamed], [known()]) == Split(seen={7: (known(), renamed)}, renamed=[(7, renamed)])


def test_an_entry_that_is_shown_twice_brings_both_its_names():
    again = [make.entry(guid, "https://news.example/a") for guid in ("g8", "g9")]
    assert split(again, [known()]) == Split(seen={7: (known(), again[0])}, renamed=[(7, entry) for entry in again])


def test_a_link_is_not_taken_for_corrected_while_the_document_still_has_it():
    wrong = KnownEntry(7, "g1", "https://news.example/a", "A title", make.NOW, open=True)
    both = [make.entry(url="https://news.example/b"), make.entry("")]
    assert split(both, [wrong]) == Split(seen={7: (wrong, both[0])})


def test_an_entry_is_known_by_an_alias_of_its_article():
    moved = make.entry("g2", "https://news.example/final")
    by_alias = KnownEntry(7, "g1", "https://t.example/x", "A title", make.NOW, alias="https://news.example/final")
    assert split([moved], [by_alias]) == Split(seen={7: (by_alias, moved)}, renamed=[(7, moved)])
    assert is_new(make.entry("g2", "https://news.example/final", "Another"), by_alias)


def test_addresses_and_guids_are_compared_by_their_keys():
    keys = {"guid_key": str.casefold, "url_key": lambda url: url.replace("http:", "https:")}
    moved = make.entry("G1", "http://news.example/a", "A better title")
    assert split([moved], [known()], **keys) == Split(seen={7: (known(), moved)}, renamed=[(7, moved)])


def test_a_constant_guid_and_title_day_after_day_are_new_each_day():
    first = KnownEntry(7, "daily", "https://news.example/1", "The day", make.NOW, make.NOW)
    entry = make.entry("daily", "https://news.example/2", "The day", published_at=make.NOW + timedelta(days=1))
    assert is_new(entry, first)
    assert not is_new(make.entry("daily", "https://news.example/2", "The day", published_at=make.NOW), first)
    assert not is_new(make.entry("daily", "https://news.example/2", "The day"), first)


def test_news_counts_for_no_reissue_but_an_old_title_or_date_does():
    later = make.NOW + timedelta(hours=1)
    before = FeedHistory(5, make.NOW, frozenset({"Old"}))
    news = [make.entry(str(n), title=f"News {n}", published_at=later) for n in range(6)]
    old = [make.entry(f"o{n}", title="Old", published_at=later) for n in range(6)]
    undated = [make.entry(f"u{n}", title=f"News {n}") for n in range(6)]
    assert reissued(Split(new=news), before) == 0
    assert reissued(Split(new=old), before) == reissued(Split(new=undated), before) == 6
    assert reissued(Split(new=news[:4] + old), before) == 6
    assert reissued(Split(new=news[:5] + old), before) == 0
    assert reissued(Split(new=old), FeedHistory(4, make.NOW, frozenset({"Old"}))) == 0
