"""Which documents tell that entries may have been missed, how many, and when they have been found."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.reader import Reader
from storage.records import to_text
from tests import builders as make
from tests.polled_feed import PolledFeed, news

NOW = make.NOW
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def hourly(first, last):
    """The entries `first` to `last` of a feed with one an hour, the newest first. Entry 0 is of NOW."""
    return [news(n, NOW + n * HOUR) for n in range(last, first - 1, -1)]


def undated(entries):
    return [replace(entry, published_at=None) for entry in entries]


def days_only(entries):
    return [replace(e, published_at=e.published_at.replace(hour=0), published_precision="day") for e in entries]


def stuck(count):
    return [news(-100 - n, NOW - 90 * DAY - n * HOUR) for n in range(count)]


MIDNIGHT = NOW.replace(hour=0, minute=0, second=0)
WINDOW = hourly(-9, 0)


@pytest.fixture
def feed(archive):
    return PolledFeed(archive)


def after(feed, *documents, hours=30):
    """Poll the documents, the last one `hours` after the others, and return the gaps that it shows."""
    for n, document in enumerate(documents[:-1], 1):
        assert feed.poll(document, NOW + n * timedelta(minutes=1)) == []
    return feed.poll(documents[-1], NOW + hours * HOUR)


def test_a_document_that_shares_nothing_with_the_last_one_is_a_gap(feed, path):
    (gap,) = after(feed, WINDOW, hourly(21, 30))
    expected = {
        "feed_id": feed.id,
        "from_at": to_text(NOW),
        "to_at": to_text(NOW + 21 * HOUR),
        "entries": 21,
        "evidence": "nothing_shared",
        "noticed_at": to_text(NOW + 30 * HOUR),
        "found": 0,
        "closed_at": None,
    }
    assert expected.items() <= gap.items()
    assert feed.gaps(open_only=True) == [gap]
    assert feed.gaps(limit=0) == []
    with Reader(path) as reader:
        assert (reader.gaps()[0]["url"], reader.feed_health()[0]["missed"]) == (gap["url"], 21)


def test_what_the_rhythm_expects_since_the_last_answer_may_have_been_missed(feed):
    feed.learn(per_day=48)
    feed.poll(WINDOW, NOW)
    feed.answer(NOW + 3 * HOUR, "not_modified")
    feed.answer(NOW + 8 * HOUR, "failed")
    (gap,) = feed.poll(hourly(21, 30), NOW + 30 * HOUR)
    assert (gap["from_at"], gap["entries"]) == (to_text(NOW), 36)


def test_a_feed_of_one_entry_a_day_that_is_read_daily_has_no_gaps_until_days_are_missing(feed):
    feed.learn(per_day=1.1)
    for day in (0, 1, 2, 3):
        assert feed.poll([news(day, NOW + day * DAY)], NOW + day * DAY + HOUR / 12) == []
    (gap,) = feed.poll([news(6, NOW + 6 * DAY)], NOW + 6 * DAY + HOUR / 12)
    assert gap["entries"] == 3


def test_a_server_that_gave_stale_answers_has_shown_nothing_by_them(feed):
    feed.poll(WINDOW, NOW)
    feed.answer(NOW + 10 * HOUR, "same_body")
    feed.answer(NOW + 30 * HOUR, "not_modified")
    (gap,) = feed.poll(hourly(21, 30), NOW + 30.5 * HOUR)
    assert gap["entries"] == 21


@pytest.mark.parametrize("count", [1, 2, 4])
def test_pinned_entries_hide_no_gap(feed, count):
    (gap,) = after(feed, stuck(count) + hourly(-4, 0), stuck(count) + hourly(6, 10))
    assert (gap["evidence"], gap["to_at"]) == ("newest_missing", to_text(NOW + 6 * HOUR))


def test_pinned_entries_hide_no_gap_of_a_small_window_if_entries_were_to_be_expected(feed):
    documents = [stuck(1) + hourly(n - 1, n) for n in (0, 2, 4)]
    for n, document in enumerate(documents):
        assert feed.poll(document, NOW + (2 * n + 0.5) * HOUR) == []
    (gap,) = feed.poll(stuck(1) + hourly(29, 30), NOW + 30.5 * HOUR)
    assert (gap["entries"], gap["evidence"]) == (24, "newest_missing")
    feed.poll(stuck(1) + hourly(30, 31), NOW + 31.5 * HOUR)
    assert feed.gaps() == [gap]


def test_an_old_entry_that_is_pinned_later_hides_no_gap_and_is_no_edge_of_it(feed):
    (gap,) = after(feed, WINDOW, stuck(1) + hourly(21, 30))
    assert gap["to_at"] == to_text(NOW + 21 * HOUR)


def test_an_entry_published_under_an_earlier_date_hides_no_gap(feed):
    (gap,) = after(feed, WINDOW, [*hourly(25, 30), news(99, NOW - DAY), *hourly(21, 24)])
    assert gap["to_at"] == to_text(NOW + 21 * HOUR)


def test_day_only_dates_make_a_gap_of_days(feed):
    (gap,) = after(feed, days_only(hourly(-19, 0)), days_only(hourly(50, 70)), hours=70)
    assert (gap["from_at"], gap["to_at"]) == ("2026-03-01T00:00:00Z", "2026-03-03T00:00:00Z")


def test_a_feed_that_dates_by_the_day_is_none_of_editions(feed):
    today = [news(n, MIDNIGHT) for n in range(20)]
    feed.poll(today[:6], NOW)
    feed.poll(today[3:9], NOW + HOUR)
    (gap,) = feed.poll(today[14:], NOW + 8 * HOUR)
    assert (gap["from_at"], gap["to_at"]) == (to_text(MIDNIGHT), to_text(MIDNIGHT))


def test_a_feed_that_dates_its_entries_ahead_is_none_of_editions(feed):
    ahead = [news(n, NOW + timedelta(hours=n + 12)) for n in range(20)]
    feed.poll(ahead[:6], NOW)
    (gap,) = feed.poll(ahead[13:19], NOW + 8 * HOUR)
    assert (gap["evidence"], gap["to_at"]) == ("nothing_shared", to_text(NOW + 25 * HOUR))


def test_of_entries_with_one_date_any_may_be_the_newest(feed):
    today = [news(n, MIDNIGHT) for n in range(20)]
    feed.poll([*today[:8], *hourly(-99, -98)], NOW)
    assert feed.poll([*today[8:17], today[0]], NOW + HOUR) == []
    pinned = hourly(-99, -98)
    (gap,) = feed.poll([*pinned, *days_only(hourly(30, 37))], NOW + 40 * HOUR)
    assert gap["evidence"] == "newest_missing"


def test_entries_that_come_in_another_order_than_their_dates_hide_no_gap(feed):
    feed.poll([news(n, NOW + n * MINUTE) for n in range(10)], NOW + 20 * MINUTE)
    (gap,) = feed.poll([news(99 + n, NOW + n * MINUTE) for n in range(6, 16)], NOW + 40 * MINUTE)
    assert (gap["from_at"], gap["to_at"]) == (to_text(NOW + 9 * MINUTE),) * 2


NO_GAP = {
    "a first document": [WINDOW],
    "a window that has moved by nine": [WINDOW, hourly(0, 9)],
    "the same entries": [WINDOW, WINDOW[::-1]],
    "fewer entries, one of which is the newest": [hourly(-49, 0), hourly(-2, 7)],
    "more entries": [hourly(-4, 0), hourly(-49, 3)],
    "two deleted": [WINDOW, hourly(1, 3) + hourly(-8, -2)],
    "the newest replaced under other names": [
        WINDOW,
        [replace(e, guid=f"new-{e.guid}", url=f"{e.url}/new") for e in WINDOW[:3]] + WINDOW[3:],
    ],
    "an empty document between": [WINDOW, [], hourly(0, 9)],
    "no dates": [undated(WINDOW), undated(hourly(21, 30))],
    "no dates before": [undated(WINDOW), hourly(21, 30)],
    "no dates after": [WINDOW, undated(hourly(21, 30))],
    "older entries": [WINDOW, hourly(-40, -31)],
    "entries of any age": [
        WINDOW,
        [e for n in range(6) for e in (news(50 + n, NOW + n * HOUR), news(80 + n, NOW - n * DAY))],
    ],
    "a list in no order": [WINDOW, [news(n, NOW + n * HOUR) for n in (5, 9, 2, 8, 1, 7, 3)] + WINDOW[7:]],
    "issued again": [WINDOW, [replace(e, guid=f"n{e.guid}", url=f"{e.url}/n") for e in WINDOW]],
    "issued again, under other dates": [
        WINDOW[:3],
        [replace(e, guid=f"n{e.guid}", url=f"{e.url}/n", published_at=NOW + 29 * HOUR) for e in WINDOW[:3]],
    ],
    "dates to come": [
        [replace(e, published_at=e.published_at + 9 * DAY) for e in WINDOW],
        [replace(e, published_at=e.published_at + 9 * DAY) for e in hourly(0, 9)],
    ],
    "editions, each of one instant": [
        [news(n, NOW) for n in range(8)],
        [news(n + 50, NOW + DAY) for n in range(12)],
    ],
    "two caches of another age": [WINDOW, hourly(-40, -5), hourly(-1, 8)],
}


@pytest.mark.parametrize("documents", NO_GAP.values(), ids=NO_GAP)
def test_no_gap_is(feed, documents):
    assert after(feed, *documents) == []


def test_a_truncated_document_is_no_gap_and_no_window(feed):
    feed.poll(WINDOW, NOW)
    assert feed.poll(hourly(7, 9), NOW + 9 * HOUR, is_truncated=True) == []
    assert feed.poll(hourly(0, 9), NOW + 9.5 * HOUR) == []
    assert feed.poll(hourly(13, 15), NOW + 15 * HOUR, is_truncated=True) == []
    (gap,) = feed.poll([*hourly(31, 37), *hourly(0, 2)], NOW + 37 * HOUR)
    assert (gap["from_at"], gap["to_at"]) == (to_text(NOW + 15 * HOUR), to_text(NOW + 31 * HOUR))


@pytest.mark.parametrize("size", [1, 2])
def test_windows_of_one_or_two_entries_make_a_gap_only_if_an_entry_was_to_be_expected(feed, size):
    feed.learn(per_day=4)
    entries = [news(n, NOW + n * 6 * HOUR) for n in range(20)]
    feed.poll(entries[:size], NOW + (size - 1) * 6 * HOUR + HOUR)
    for n in range(size, 12, size):
        assert feed.poll(entries[n : n + size], NOW + (n + size - 1) * 6 * HOUR + HOUR) == []
    feed.answer(NOW + 80 * HOUR, "failed")
    (gap,) = feed.poll(entries[-size:], NOW + 115 * HOUR)
    assert gap["entries"] == {1: 8, 2: 7}[size]


def test_a_gap_is_closed_when_as_many_entries_of_its_time_have_come(feed):
    after(feed, WINDOW, hourly(5, 14))
    ((found, closed_at),) = [(gap["found"], gap["closed_at"]) for gap in feed.gaps()]
    assert (found, closed_at) == (0, None)
    for n, state in ((1, (1, None)), (2, (2, None)), (5, (4, to_text(NOW + 35 * HOUR)))):
        late = [news(n, NOW + n * HOUR) for n in range(1, min(n, 4) + 1)]
        feed.poll(late + hourly(8, 14 + n), NOW + (30 + n) * HOUR)
        (gap,) = feed.gaps()
        if n < 5:
            assert (gap["found"], gap["closed_at"]) == state


def test_a_gap_is_closed_by_a_document_with_entries_of_both_sides(feed):
    (gap,) = after(feed, WINDOW, hourly(5, 14))
    feed.poll(hourly(6, 15), NOW + 31 * HOUR)  # it has the one side
    feed.poll(hourly(-9, 0), NOW + 32 * HOUR)  # an old copy has the other
    assert feed.gaps() == [gap]
    feed.poll([e for e in hourly(-5, 16) if e.guid not in ("guid-1", "guid-2", "guid-3")], NOW + 33 * HOUR)
    (gap,) = feed.gaps()
    assert (gap["found"], gap["closed_at"]) == (1, to_text(NOW + 33 * HOUR))
    assert feed.gaps(open_only=True) == []


def test_gaps_that_follow_each_other_count_no_time_twice(feed):
    after(feed, WINDOW, hourly(21, 30))
    feed.poll(hourly(51, 60), NOW + 60 * HOUR)
    later, earlier = feed.gaps()
    assert (earlier["to_at"], later["from_at"]) == (to_text(NOW + 21 * HOUR), to_text(NOW + 30 * HOUR))
