"""Which feeds only repeat another's entries."""

from datetime import timedelta

import pytest

from storage.records import Outcome
from storage.repeats import announced_nearly_all, repeating
from tests import builders as make

DAY = timedelta(days=1)
LATER = make.NOW + 3 * DAY


@pytest.fixture(autouse=True)
def feeds(archive):
    with archive.transaction():
        for place in range(3):
            wanted = [make.feed(f"https://{name}.example/feed") for name in "abc"[: place + 1]]
            archive.subscribe(wanted, make.NOW + timedelta(hours=place))
        yield


def announce(archive, feed_id, numbers, at=make.NOW, **fields):
    entries = [make.entry(f"g{n}", f"https://news.example/{n}", **fields) for n in numbers]
    archive.add_entries(feed_id, entries, at)


def repeated(archive, now=LATER):
    archive.save_repeating(archive.repeating_feeds(now))
    return dict(archive.db.execute("SELECT id, repeats_id FROM feeds WHERE repeats_id IS NOT NULL").fetchall())


def test_the_younger_of_two_feeds_with_the_same_entries_repeats_the_other(archive):
    announce(archive, 2, range(30))
    announce(archive, 1, range(30), make.NOW + timedelta(hours=5))
    announce(archive, 3, range(100, 130))
    assert repeated(archive) == {2: 1}


def test_a_feed_with_a_part_of_anothers_entries_repeats_it_whichever_is_older(archive):
    announce(archive, 1, range(0, 60, 4))
    announce(archive, 2, range(60))
    assert repeated(archive) == {1: 2}


def test_entries_with_other_addresses_that_led_to_one_article_are_the_same(archive):
    announce(archive, 1, range(12))
    announce(archive, 2, range(100, 112))
    for n in range(12):
        article_id = archive.add_article(make.article(f"https://news.example/{n}", f"Text {n}."), (), make.NOW)
        archive.settle(n + 1, Outcome.ARCHIVED, article_id=article_id)
        archive.settle(n + 13, Outcome.KNOWN, article_id=article_id)
    assert repeated(archive) == {2: 1}


def test_one_entry_of_twenty_may_be_missing(archive):
    announce(archive, 1, range(1, 60))
    announce(archive, 2, range(20))
    assert repeated(archive) == {2: 1}
    announce(archive, 2, [99])
    assert repeated(archive) == {}


def test_less_than_ten_entries_say_nothing(archive):
    announce(archive, 1, range(9))
    announce(archive, 2, range(9))
    assert repeated(archive) == {}


def test_entries_of_one_page_say_nothing(archive):
    announce(archive, 1, range(30), shared_url=True)
    announce(archive, 2, range(30), shared_url=True)
    assert repeated(archive) == {}


def test_the_other_feed_has_a_day_to_announce_an_entry(archive):
    announce(archive, 1, range(30))
    announce(archive, 2, range(30))
    announce(archive, 1, range(40, 50), LATER)
    announce(archive, 2, range(50, 60), LATER)
    assert repeated(archive, LATER + DAY / 2) == {2: 1}
    assert repeated(archive, LATER + 2 * DAY) == {}


def test_a_feed_that_has_left_the_list_neither_repeats_nor_is_repeated(archive):
    for feed_id in (1, 2, 3):
        announce(archive, feed_id, range(30))
    assert repeated(archive) == {2: 1, 3: 1}
    archive.subscribe([make.feed(f"https://{name}.example/feed") for name in "bc"], LATER)
    assert repeated(archive) == {3: 2}


def test_nearly_all_is_nineteen_of_twenty():
    assert announced_nearly_all([{1, 2}] * 19 + [{1}]) == {1, 2}
    assert announced_nearly_all([{1, 2}] * 18 + [{1}]) == {1}
    assert announced_nearly_all([]) == set()


def test_no_feed_repeats_a_feed_that_repeats_it():
    found = repeating({1: {2}, 2: {1, 3}, 3: {4}}, oldest_first=[1, 2, 3])
    assert found == {2: 1}
