from datetime import UTC, datetime, timedelta

import pytest

from ingest.crontab import CrontabError, check, due_after_step, is_crontab, is_time_zone, next_after

MONDAY = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def times(line, count, *, after=MONDAY, zone="UTC"):
    found = []
    for _ in range(count):
        after = next_after(line, zone, after)
        found.append(f"{after:%a %d %b %H:%M}")
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("0 0 * * 0", ["Sun 06 Dec 00:00", "Sun 13 Dec 00:00"]),
        ("0 0 * * 7", ["Sun 06 Dec 00:00", "Sun 13 Dec 00:00"]),
        ("0 0 * * 5-7", ["Fri 04 Dec 00:00", "Sat 05 Dec 00:00", "Sun 06 Dec 00:00", "Fri 11 Dec 00:00"]),
        ("0 0 * * sun-Tue", ["Tue 01 Dec 00:00", "Sun 06 Dec 00:00", "Mon 07 Dec 00:00"]),
        ("0 0 * * fri-sun", ["Fri 04 Dec 00:00", "Sat 05 Dec 00:00", "Sun 06 Dec 00:00", "Fri 11 Dec 00:00"]),
        ("0 0 * * */2", ["Tue 01 Dec 00:00", "Thu 03 Dec 00:00", "Sat 05 Dec 00:00", "Sun 06 Dec 00:00"]),
        ("0 0 * * 1-5/2", ["Wed 02 Dec 00:00", "Fri 04 Dec 00:00", "Mon 07 Dec 00:00"]),
        ("0 0 13 * fri", ["Fri 04 Dec 00:00", "Fri 11 Dec 00:00", "Sun 13 Dec 00:00"]),
        ("0 0 */2 * fri", ["Fri 11 Dec 00:00", "Fri 25 Dec 00:00"]),
        ("0 0 30 2 mon", ["Mon 01 Feb 00:00"]),
        ("*/10 7-20 * * MON-FRI", ["Mon 30 Nov 12:10", "Mon 30 Nov 12:20"]),
        ("5/20 * * * *", ["Mon 30 Nov 12:05", "Mon 30 Nov 12:25", "Mon 30 Nov 12:45", "Mon 30 Nov 13:05"]),
        ("@hourly", ["Mon 30 Nov 13:00"]),
        ("@daily", ["Tue 01 Dec 00:00"]),
        ("@midnight", ["Tue 01 Dec 00:00"]),
        ("@weekly", ["Sun 06 Dec 00:00"]),
        ("@monthly", ["Tue 01 Dec 00:00"]),
        ("@Yearly", ["Fri 01 Jan 00:00"]),
        ("@annually", ["Fri 01 Jan 00:00"]),
    ],
)
def test_a_line_means_what_crontab_5_says(line, expected):
    assert times(line, len(expected)) == expected


def test_a_leap_day_on_a_sunday_is_waited_for():
    assert next_after("0 0 29 2 */7", "UTC", MONDAY) == datetime(2032, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "after", "line", "expected"),
    [
        ("Europe/Paris", "2026-03-28T12:00Z", "30 2 * * *", ["Sun 29 Mar 01:00", "Mon 30 Mar 00:30"]),
        ("Europe/Paris", "2026-10-24T12:00Z", "30 2 * * *", ["Sun 25 Oct 00:30", "Mon 26 Oct 01:30"]),
        ("America/New_York", "2026-03-08T06:00Z", "*/30 * * * *", ["Sun 08 Mar 06:30", "Sun 08 Mar 07:00"]),
        ("Australia/Lord_Howe", "2026-10-03T12:00Z", "15 2 * * *", ["Sat 03 Oct 15:30", "Sun 04 Oct 15:15"]),
    ],
)
def test_a_skipped_time_comes_after_the_gap_and_a_repeated_one_comes_once(zone, after, line, expected):
    assert times(line, len(expected), after=datetime.fromisoformat(after), zone=zone) == expected


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0 0 30 2 *", "its day never comes: none of its months is so long"),
        ("0 0 31 4,feb */2", "its day never comes: none of its months is so long"),
        ("* * * *", "it has 4 of the 5 fields minute, hour, day of month, month, day of week"),
        ("60 * * * *", "minute 60 is not 0 to 59"),
        ("* * * * mond", "weekday mond is not 0 to 7 or sun to sat"),
        ("* * * * 8", "weekday 8 is not 0 to 7 or sun to sat"),
        ("* * 0 * *", "day 0 is not 1 to 31"),
        ("*/0 * * * *", "step 0 of minute is not 1 or more"),
        ("* 22-2 * * *", "range 22-2 of hour ends before it begins"),
        ("1,,2 * * * *", "minute without a value is not 0 to 59"),
        ("² * * * *", "minute ² is not 0 to 59"),
        ("@reboot", "there is no @reboot; there are @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually"),
    ],
)
def test_a_line_that_means_nothing_is_refused_with_the_reason(line, reason):
    with pytest.raises(CrontabError) as raised:
        check(line)
    assert str(raised.value) == reason
    assert not is_crontab(line)


def test_a_time_zone_is_one_that_the_system_knows():
    assert all(map(is_time_zone, ["UTC", "Europe/Paris", "Asia/Kathmandu"]))
    assert not any(map(is_time_zone, ["", "Mars/Olympus", "/etc/passwd", "../UTC", "Europe", "a\0b"]))


@pytest.mark.parametrize(
    ("line", "back", "expected"),
    [
        ("30 3 * * *", timedelta(0), "Wed 02 Dec 03:30"),
        ("30 3 * * *", timedelta(seconds=2), "Wed 02 Dec 03:30"),
        ("30 3 * * *", timedelta(hours=1), "Wed 02 Dec 03:30"),
        ("*/10 * * * *", timedelta(hours=1), "Tue 01 Dec 02:40"),
        ("30 3 * * *", timedelta(days=365), "Tue 02 Dec 03:30"),
    ],
)
def test_a_clock_that_is_set_back_repeats_nothing_at_once_and_delays_nothing_for_long(line, back, expected):
    last_at = datetime(2026, 12, 1, 3, 30, tzinfo=UTC)
    due_at = next_after(line, "UTC", last_at)
    found = due_after_step(line, "UTC", due_at, last_at, last_at - back)
    assert f"{found:%a %d %b %H:%M}" == expected
