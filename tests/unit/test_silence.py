import random
from datetime import UTC, datetime

import pytest

from ingest.schedule.silence import silence_after_s

HOUR_S, DAY_S = 3600, 86400
NOW = datetime(2024, 5, 1, 12, tzinfo=UTC).timestamp()  # a Wednesday


def every(gap_s, count, *, until=NOW):
    return [until - place * gap_s for place in range(count)]


def on_weekdays(dates):
    return [date for date in dates if datetime.fromtimestamp(date, UTC).weekday() < 5]


def days_until_silent(dates):
    silence_s = silence_after_s(dates, NOW)
    assert silence_s is not None
    return silence_s / DAY_S


PAUSED = [date for pause in range(6) for date in every(2 * DAY_S, 20, until=NOW - pause * 100 * DAY_S)]


@pytest.mark.parametrize(
    ("kind", "dates", "least", "most"),
    [
        ("an agency of which half a day is known", every(HOUR_S / 2, 24), 4, 4),
        ("an agency", every(HOUR_S / 2, 1000), 2, 2),
        ("a newspaper that rests at the weekend", on_weekdays(every(HOUR_S, 700)), 4, 9),
        ("three entries a day", every(DAY_S / 3, 90), 2, 3),
        ("a daily blog that rested at Christmas", every(DAY_S, 60) + every(DAY_S, 60, until=NOW - 72 * DAY_S), 13, 30),
        ("a weekly blog of a year", every(7 * DAY_S, 52), 9, 15),
        ("a weekly blog of ten entries", every(7 * DAY_S, 10), 16, 30),
        ("two years of entries, and pauses of two months", PAUSED, 62, 100),
        ("a blog that slept for a year, twice", every(400 * DAY_S, 3) + every(9 * DAY_S, 20), 390, 390),
        ("a greeting each New Year", every(365 * DAY_S, 6), 390, 390),
        ("three entries, a week apart", every(7 * DAY_S, 3), 25, 60),
        ("one entry", [NOW - 30 * DAY_S], 390, 390),
        ("one document of undated entries", [NOW - HOUR_S] * 20, 390, 390),
    ],
)
def test_a_feed_is_silent_after_a_gap_that_its_rhythm_makes_unlikely(kind, dates, least, most):
    assert least <= days_until_silent(dates) <= most, kind


def test_a_feed_that_has_announced_nothing_has_no_rhythm():
    assert silence_after_s([], NOW) is None
    assert silence_after_s([NOW + 1], NOW) is None


def test_one_old_entry_that_is_pinned_does_not_make_a_feed_slow():
    assert days_until_silent([*every(HOUR_S, 300), NOW - 500 * DAY_S]) == days_until_silent(every(HOUR_S, 300))


def test_one_outage_does_not_make_a_feed_slow():
    dates = every(DAY_S / 4, 100)
    assert days_until_silent(dates + every(DAY_S / 4, 100, until=NOW - 60 * DAY_S)) < days_until_silent(dates) + 1


def test_dates_without_a_time_leave_the_day_to_its_end():
    midnight = NOW - NOW % DAY_S
    by_day, by_hour = (days_until_silent(every(DAY_S, 100, until=until)) for until in (midnight, midnight - HOUR_S))
    assert by_day == pytest.approx(by_hour + 1)


@pytest.mark.parametrize("days", [0.2, 1, 7, 30])
def test_a_healthy_feed_is_silent_less_than_once_in_two_years(days):
    rng = random.Random(1)
    false = 0
    for _ in range(8):
        dates = [0.0]
        while dates[-1] < 730 * DAY_S:
            dates.append(dates[-1] + rng.lognormvariate(0, 1) * days * DAY_S / 1.65)
        for known in range(10, len(dates)):
            gap_s = dates[known] - dates[known - 1]
            if gap_s > 2 * DAY_S:
                false += gap_s > silence_after_s(dates[max(0, known - 500) : known], dates[known - 1])
    assert false / 8 < 1
