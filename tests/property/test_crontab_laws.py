"""Crontab lines against an oracle that looks at every minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.crontab import due_after_step, is_crontab, next_after

MINUTE = timedelta(minutes=1)
WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
ZONES = st.sampled_from(["Europe/Paris", "America/New_York", "UTC", "Australia/Lord_Howe"])
STEPS_OF_2026 = [(3, 29), (10, 25), (3, 8), (11, 1), (4, 5), (10, 4)]  # in these zones
DAYS = 4


@st.composite
def fields(draw, least, most, names=()):
    """Draw a field, and the numbers that it means."""
    parts, numbers = [], set()
    for _ in range(draw(st.integers(1, 2))):
        kind = draw(st.sampled_from(["star", "step", "one", "range", "stepped"]))
        step = draw(st.integers(1, 9))
        first = draw(st.integers(least, most))
        last = draw(st.integers(first, most))

        def word(number):
            if names and number - least < len(names) and draw(st.booleans()):
                name = names[number - least]
                return draw(st.sampled_from([name, name.upper(), name.title()]))
            return str(number)

        texts = {
            "star": ("*", range(least, most + 1)),
            "step": (f"*/{step}", range(least, most + 1, step)),
            "one": (word(first), [first]),
            "range": (f"{word(first)}-{word(last)}", range(first, last + 1)),
            "stepped": (f"{first}-{last}/{step}", range(first, last + 1, step)),
        }
        text, found = texts[kind]
        parts.append(text)
        numbers |= set(found)
    return ",".join(parts), numbers


@st.composite
def lines(draw):
    """Draw a line, and whether it has a time of the wall."""
    minute, hour, day, month, weekday = (
        draw(fields(0, 59)),
        draw(st.one_of(fields(0, 23), st.sampled_from([("*", set(range(24))), ("1-3", {1, 2, 3}), ("2", {2})]))),
        draw(st.one_of(st.just(("*", set(range(1, 32)))), fields(1, 31))),
        draw(st.one_of(st.just(("*", set(range(1, 13)))), fields(1, 12, MONTHS))),
        draw(st.one_of(st.just(("*", set(range(8)))), fields(0, 7, WEEKDAYS))),
    )
    both = day[0].startswith("*") or weekday[0].startswith("*")
    weekdays = {number % 7 for number in weekday[1]}

    def has(wall):
        days = wall.day in day[1], wall.isoweekday() % 7 in weekdays
        return (
            wall.minute in minute[1]
            and wall.hour in hour[1]
            and wall.month in month[1]
            and (all(days) if both else any(days))
        )

    return " ".join(part[0] for part in (minute, hour, day, month, weekday)), has


def first_by_every_minute(has, zone, instant):
    """Return the first instant of the line in the days after `instant`, or None."""
    at = instant.replace(second=0, microsecond=0)
    shown = at.astimezone(zone).replace(tzinfo=None)
    for _ in range(DAYS * 24 * 60):
        at += MINUTE
        before, local = shown, at.astimezone(zone)
        shown = local.replace(tzinfo=None, fold=0)
        if shown > before:
            passed = [shown - n * MINUTE for n in range((shown - before) // MINUTE)]
            if local.fold == 0 and any(map(has, passed)):
                return at
    return None


INSTANTS = st.builds(
    lambda day, minutes, s: datetime(2026, *day, tzinfo=UTC) + timedelta(minutes=minutes, seconds=s),
    st.sampled_from([*STEPS_OF_2026, (2, 27), (12, 30)]),
    st.integers(-1500, 1500),
    st.sampled_from([0, 0, 1, 59.5]),
)


@settings(max_examples=150)
@given(lines(), ZONES, INSTANTS)
def test_the_next_time_is_the_first_minute_that_the_line_has(line, name, instant):
    text, has = line
    if not is_crontab(text):
        assert first_by_every_minute(has, ZoneInfo(name), instant) is None
        return
    found = next_after(text, name, instant)
    expected = first_by_every_minute(has, ZoneInfo(name), instant)
    if expected is None:
        assert found > instant + timedelta(days=DAYS) - MINUTE
    else:
        assert found == expected
    assert found.tzinfo is UTC


@settings(max_examples=60)
@given(lines(), ZONES, INSTANTS, st.integers(-90, 90), st.integers(0, 600))
def test_a_clock_that_is_set_back_delays_nothing_by_more_than_two_times_and_repeats_no_time_before_the_last(
    line, name, last_at, days_back, minutes
):
    text, _ = line
    if not is_crontab(text):
        return
    due_at = next_after(text, name, last_at)
    now = last_at - timedelta(days=days_back, minutes=minutes)
    due = due_after_step(text, name, due_at, last_at, now)
    if now >= last_at:
        assert due == due_at
    assert due <= max(due_at, next_after(text, name, next_after(text, name, now)))
    assert due == due_at or due == next_after(text, name, now)
