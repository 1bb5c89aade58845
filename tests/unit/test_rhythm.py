import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from ingest.schedule.budget import Load, next_wait, price_of_poll_s
from ingest.schedule.polls import after_skipped
from ingest.schedule.rhythm import learn
from storage.feed_records import FeedDemand

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)  # a Wednesday
HOUR_S, DAY_S = 3600, 86400
YEAR_S = 365 * DAY_S


def every(gap_s, *, days, until=NOW):
    end_s = until.timestamp()
    return [end_s - place * gap_s for place in range(1, int(days * DAY_S / gap_s))]


def in_hours(dates, *hours):
    return [date for date in dates if datetime.fromtimestamp(date, UTC).hour in hours]


def days_of(dates):
    return [date // DAY_S * DAY_S for date in dates]


def wait(dates, price_s, *, now=NOW, window=30, fresh=0, since_s=DAY_S, known_s=YEAR_S):
    return next_wait(
        learn(dates, now), now, price_s, window=window, fresh=fresh, since_s=since_s, known_s=known_s,
        min_interval_s=300, max_interval_s=DAY_S,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "dates", "per_day", "tolerance"),
    [
        ("an agency, of which five days are known", every(DAY_S / 100, days=5), 100, 0.15),
        ("a daily paper's day", every(DAY_S / 20, days=30), 20, 0.05),
        ("a weekly blog", every(7 * DAY_S, days=700), 1 / 7, 0.1),
        ("days only", days_of(every(DAY_S / 3, days=60)), 3, 0.05),
        ("bursts of four", [date + 30 * n for date in every(DAY_S, days=60) for n in range(-4, 0)], 4, 0.1),
    ],
)
def test_the_rate_is_that_of_the_dates(kind, dates, per_day, tolerance):
    assert learn(dates, NOW).per_day == pytest.approx(per_day, rel=tolerance), kind


@pytest.mark.parametrize(
    "dates", [[], [NOW.timestamp() - 3 * YEAR_S], every(DAY_S, days=60, until=NOW - timedelta(days=700))]
)
def test_a_dormant_feed_is_expected_to_bring_next_to_nothing(dates):
    assert learn(dates, NOW).per_day < 0.01


def test_hours_and_weekdays_are_those_of_the_dates():
    office = [
        date
        for date in in_hours(every(HOUR_S / 2, days=60), 8, 9, 10)
        if datetime.fromtimestamp(date, UTC).weekday() < 5
    ]
    learned = learn(office, NOW)
    assert min(learned.hours[8:11]) > 3
    assert max(learned.hours[14:]) < 0.5
    assert min(learned.weekdays[:5]) > 1.2
    assert max(learned.weekdays[5:]) < 0.2


def test_hours_reach_over_evening():
    learned = learn(in_hours(every(HOUR_S, days=30), 23, 0), NOW)
    assert min(learned.hours[23], learned.hours[0]) > learned.hours[1] > learned.hours[6] > learned.hours[12]


def test_part_of_a_day_teaches_no_hours():
    assert set(learn(every(60, days=0.3), NOW).hours) == {1.0}


def test_dates_without_hours_teach_no_hours():
    assert set(learn(days_of(every(DAY_S / 3, days=60)), NOW).hours) == {1.0}


def test_the_pace_of_the_last_days_counts():
    usual = every(DAY_S / 10, days=60, until=NOW - timedelta(days=2))
    quiet, busy = learn(usual, NOW), learn(usual + every(DAY_S / 30, days=2), NOW)
    assert quiet.per_day < 0.7 * 10
    assert busy.per_day > 1.3 * 10


def test_a_feed_is_polled_when_it_brings_something():
    morning = in_hours(every(HOUR_S / 4, days=40), 6, 7, 8)
    evening = NOW.replace(hour=22)
    night = wait(morning, 2000, now=evening)
    day = wait(morning, 2000, now=NOW.replace(hour=6) + timedelta(days=1))
    assert day.seconds < HOUR_S
    assert evening + timedelta(seconds=night.seconds) > evening.replace(hour=5) + timedelta(days=1)


@pytest.mark.parametrize(
    ("kind", "arguments", "because", "longest_s"),
    [
        ("a rate", {"dates": every(HOUR_S, days=30)}, "rhythm", 2 * HOUR_S),
        ("a small window", {"dates": every(HOUR_S, days=30), "window": 2, "price_s": 1e6}, "window", 2 * HOUR_S),
        ("a full document", {"dates": [], "fresh": 30, "since_s": HOUR_S}, "window", HOUR_S / 2),
        ("a new feed", {"dates": [], "known_s": DAY_S}, "new", 6 * HOUR_S),
        ("a new feed that is known", {"dates": every(DAY_S, days=30), "known_s": 1, "price_s": 2e4}, "rhythm", DAY_S),
        ("a dormant feed", {"dates": []}, "longest", DAY_S),
        ("an agency", {"dates": every(60, days=1), "price_s": 50.0}, "shortest", 300),
    ],
)  # fmt: skip
def test_a_wait_has_a_reason(kind, arguments, because, longest_s):
    waits = wait(**{"price_s": 1000.0} | arguments)
    assert waits.because == because, kind
    assert 0 < waits.seconds <= longest_s, kind


def test_polls_are_in_proportion_to_the_square_root_of_the_rate():
    rare, frequent = (learn(every(gap_s, days=60), NOW) for gap_s in (DAY_S, DAY_S / 16))
    loads = [Load(each.per_day, 1.0, 0, 1, 10 * DAY_S) for each in (rare, frequent)]
    price_s = price_of_poll_s(5, loads)
    few, many = (each.polls_per_day(price_s) for each in loads)
    assert many / few == pytest.approx(math.sqrt(frequent.per_day / rare.per_day))
    assert few + many == pytest.approx(10, rel=1e-3)


def test_what_a_document_asks_for_limits_what_a_feed_costs():
    feed = FeedDemand(1000.0, (1.0,) * 24, (1.0,) * 7, 0, None, None, 6 * HOUR_S)
    assert Load.of(feed, min_interval_s=300, max_interval_s=DAY_S).polls_per_day(1) <= 4


def test_ten_thousand_feeds_have_a_price():
    chance = random.Random(1)
    loads = [Load(10 ** chance.uniform(-3, 2), 0.9, 30, 300, DAY_S) for _ in range(10_000)]
    price_s = price_of_poll_s(6, loads)
    assert sum(each.polls_per_day(price_s) for each in loads) == pytest.approx(60_000, rel=1e-3)


@pytest.mark.parametrize(
    ("hours", "days", "expected"),
    [
        ((), (), NOW),
        ((11, 13), (3,), NOW),
        ((12, 13), (), NOW.replace(hour=14)),
        ((12, *range(13, 24), 0), (), NOW.replace(hour=1) + timedelta(days=1)),
        ((), (2, 3), NOW.replace(hour=0) + timedelta(days=2)),
        ((0, 1), (2,), NOW.replace(hour=2) + timedelta(days=1)),
        (range(24), (), NOW),
        ((), range(7), NOW),
        (range(24), (2,), NOW.replace(hour=0) + timedelta(days=1)),
    ],
)
def test_a_skipped_hour_or_day_is_waited_for(hours, days, expected):
    assert after_skipped(NOW, hours, days, jitter=0) == expected
    assert expected <= after_skipped(NOW, hours, days, jitter=0.99) <= expected + timedelta(minutes=6)
