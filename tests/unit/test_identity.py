from ingest.feeds.identity import Split, split
from storage.records import KnownEntry
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
