from datetime import UTC, datetime

import pytest

from ingest.text.dates import parse_instant, read_instant

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Mon, 02 Jan 2023 10:00:00 GMT", "2023-01-02T10:00:00"),
        ("Mon, 02 Jan 2023 10:00 +0100", "2023-01-02T09:00:00"),
        ("2 January 2023 10:00:00 -0500 (EST)", "2023-01-02T15:00:00"),
        ("Thu, 01 Sept 2022 10:00:00 EST", "2022-09-01T15:00:00"),
        ("Mon, 02 Jan 2023 10:00:00 GMT+0200", "2023-01-02T08:00:00"),
        ("Mon Jan  2 15:04:05 2023", "2023-01-02T15:04:05"),
        ("Mon Jan 2 15:04:05 MST 2023", "2023-01-02T22:04:05"),
        ("January 2nd, 2023 at 3:04 PM", "2023-01-02T15:04:00"),
        ("2023-01-02T03:04:05.678+02:00", "2023-01-02T01:04:05"),
        ("2023-01-02 03:04:05 Z", "2023-01-02T03:04:05"),
        ("20230102T030405Z", "2023-01-02T03:04:05"),
        ("2023-01-02", "2023-01-02T00:00:00"),
        ("1672653600", "2023-01-02T10:00:00"),
        ("1672653600123", "2023-01-02T10:00:00"),
    ],
)
def test_the_usual_forms_are_read(raw, expected):
    assert parse_instant(raw, NOW) == datetime.fromisoformat(f"{expected}+00:00")


@pytest.mark.parametrize(
    ("zone", "hour"),
    [("CEST", 8), ("CET", 9), ("BST", 9), ("JST", 1), ("AEST", 0), ("MSK", 7), ("EDT", 14), ("PST", 18), ("Z", 10)],
)
def test_named_zones_count(zone, hour):
    assert parse_instant(f"Mon, 02 Jan 2023 10:00:00 {zone}", NOW) == datetime(2023, 1, 2, hour, tzinfo=UTC)


def test_ist_is_indian():
    assert parse_instant("Mon, 02 Jan 2023 10:00:00 IST", NOW) == datetime(2023, 1, 2, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize("raw", ["Mon, 02 Jan 2023 10:00:00", "2023-01-02T10:00:00", "2 Jan 2023 10:00 XYZ"])
def test_without_a_known_zone_it_is_utc(raw):
    assert parse_instant(raw, NOW) == datetime(2023, 1, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(("raw", "year"), [("2 Jan 23", 2023), ("2 Jan 98", 1998)])
def test_two_digit_years_are_of_the_near_century(raw, year):
    assert parse_instant(raw, NOW) == datetime(year, 1, 2, tzinfo=UTC)


def test_24_00_is_the_next_midnight():
    assert parse_instant("Sat, 31 Dec 2022 24:00:00 GMT", NOW) == datetime(2023, 1, 1, tzinfo=UTC)


def test_a_leap_second_is_the_one_before():
    assert parse_instant("2016-12-31T23:59:60Z", NOW) == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("mar., 02 janv. 2024 10:00:00 +0100", datetime(2024, 1, 2, 9, tzinfo=UTC)),
        ("Mi, 13 Dez 2023 08:00:00 MEZ", datetime(2023, 12, 13, 7, tzinfo=UTC)),
        ("Sun, 5 Juin 2022 08:00 GMT", datetime(2022, 6, 5, 8, tzinfo=UTC)),
        ("2 de enero de 2023", datetime(2023, 1, 2, tzinfo=UTC)),
        ("2 gennaio 2023", datetime(2023, 1, 2, tzinfo=UTC)),
        ("Пн, 02 янв 2023 10:00:00 +0300", datetime(2023, 1, 2, 7, tzinfo=UTC)),
    ],
)
def test_months_are_read_in_other_languages(raw, expected):
    assert parse_instant(raw, NOW) == expected


@pytest.mark.parametrize(
    "raw",
    [
        *(
            "",
            "   ",
            "yesterday",
            "2 hours ago",
            "hello",
            "x" * 1000,
            "2023-01-02T25:00:00",
            "30 Feb 2023",
            "2023-02-30",
        ),
        *("2023", "2023-01", "January 2023", "02/01/2023", "12 12 2023", "2023-W05-1"),
        *("0", "1970-01-01T00:00:00Z", "Mon, 01 Jan 0001 00:00:00 +0000", "31 Dec 1989", "99999999999999999999"),
        *("2027-03-03", "2099-01-01", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_nonsense_and_dates_without_a_day_are_no_date(raw):
    assert parse_instant(raw, NOW) is None


def test_a_date_within_the_coming_year_is_believed():
    assert parse_instant("2027-02-01", NOW) == datetime(2027, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "precision"),
    [
        ("2023-01-02", "day"),
        ("20230102", "day"),
        ("2 Jan 2023", "day"),
        ("lundi 2 janvier 2023", "day"),
        ("Montag, 2. Januar 2023, 10.20 Uhr", "minute"),
        ("2023-01-02T10:20Z", "minute"),
        ("20230102T1020", "minute"),
        ("Mon, 02 Jan 2023 10:20 +0100", "minute"),
        ("January 2nd, 2023 at 3:04 PM", "minute"),
        ("lundi 2 janvier 2023 10:20", "minute"),
        ("2023-01-02T10:20:30.5Z", "second"),
        ("Mon, 02 Jan 2023 10:20:00 GMT", "second"),
        ("lundi 2 janvier 2023 10:20:30", "second"),
        ("1672653600", "second"),
    ],
)
def test_an_instant_keeps_the_precision_in_which_it_is_written(raw, precision):
    found = read_instant(raw, NOW)
    assert found
    assert found.precision == precision
