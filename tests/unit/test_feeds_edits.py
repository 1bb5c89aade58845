from dataclasses import replace
from datetime import timedelta

from ingest.feeds.edits import MAX_RECHECKS_PER_POLL, edits
from storage.records import KnownEntry, NewEntry, Outcome
from tests import builders as make

NOW = make.NOW
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def seen(n=1, *, changed=True, **fields):
    """An entry archived an hour ago, and what it is now."""
    defaults = {"first_seen_at": NOW - HOUR, "outcome": Outcome.ARCHIVED, "text_hash": "1:a", "updated_at": NOW - DAY}
    known = KnownEntry(n, f"g{n}", f"https://news.example/{n}", "T", **(defaults | fields))
    return known, NewEntry(f"g{n}", known.canonical_url, "T", text_hash="1:b" if changed else "1:a")


def ids(pairs):
    return [known.id for known, *_ in pairs]


def test_an_unchanged_entry_is_not_rechecked():
    found = edits([seen(changed=False)], NOW)
    assert (found.noted, found.rechecks, found.note) == ([], [], None)


def test_an_entry_with_another_text_is_rechecked():
    ((_, entry, due_at),) = edits([seen()], NOW).rechecks
    assert (entry.text_hash, due_at) == ("1:b", NOW)


def test_an_entry_with_a_later_updated_is_rechecked():
    known, entry = seen(changed=False)
    assert ids(edits([(known, replace(entry, updated_at=NOW))], NOW).rechecks) == [1]
    assert edits([(known, replace(entry, updated_at=NOW - 2 * DAY))], NOW).rechecks == []
    assert edits([(known, replace(entry, updated_at=NOW - DAY + timedelta(microseconds=5)))], NOW).rechecks == []


def test_an_entry_without_a_comparable_hash_is_only_noted():
    pairs = [seen(1, text_hash=None), seen(2, text_hash="0:a")]
    found = edits(pairs, NOW)
    assert (ids(found.noted), found.rechecks) == ([1, 2], [])


def test_rechecks_are_due_after_ten_minutes_six_hours_and_two_days():
    fresh = seen(first_seen_at=NOW)
    assert edits([fresh], NOW).rechecks[0][2] == NOW + timedelta(minutes=10)
    for rechecks, after in ((1, 6 * HOUR), (2, 2 * DAY)):
        assert edits([seen(rechecks=rechecks, rechecked_at=NOW)], NOW).rechecks[0][2] == NOW + after
    spent = edits([seen(rechecks=3, rechecked_at=NOW - DAY)], NOW)
    assert (ids(spent.noted), spent.rechecks) == ([1], [])


def test_after_thirty_days_a_change_is_only_noted():
    assert ids(edits([seen(first_seen_at=NOW - 30 * DAY)], NOW).rechecks) == [1]
    old = edits([seen(first_seen_at=NOW - 31 * DAY)], NOW)
    assert (ids(old.noted), old.rechecks) == ([1], [])


def test_entries_without_an_article_of_their_own_are_only_noted():
    pairs = [seen(n, outcome=outcome) for n, outcome in enumerate((Outcome.KNOWN, Outcome.REFUSED, Outcome.PENDING))]
    found = edits(pairs, NOW)
    assert (ids(found.noted), found.rechecks) == ([0, 1, 2], [])


def test_if_half_of_five_entries_change_at_once_none_is_rechecked():
    found = edits([seen(n, changed=n < 3) for n in range(5)], NOW)
    assert (ids(found.noted), found.rechecks) == ([0, 1, 2], [])
    assert found.note is not None
    assert found.note.startswith("3 of 5 known entries have changed at once")
    assert ids(edits([seen(n, changed=n < 2) for n in range(5)], NOW).rechecks) == [0, 1]
    assert ids(edits([seen(n) for n in range(4)], NOW).rechecks) == [0, 1, 2, 3]


def test_one_poll_asks_for_at_most_five_rechecks():
    pairs = [seen(n, changed=n < 8, waiting=n == 0) for n in range(20)]
    found = edits(pairs, NOW)
    assert ids(found.rechecks) == [*range(MAX_RECHECKS_PER_POLL + 1)]  # a waiting recheck is not a new one
    assert found.noted == []
