"""Laws of silence."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.schedule.silence import silence_after_s

HOUR_S, DAY_S = 3600, 86400
NOW = 1_700_000_000.5  # never a midnight
ages = st.lists(st.floats(0, 20 * 365 * DAY_S), min_size=1, max_size=40)


def silence_s(ages):
    return silence_after_s([NOW - age for age in ages], NOW)


@given(ages)
def test_a_threshold_is_from_two_days_to_thirteen_months(ages):
    assert 2 * DAY_S <= silence_s(ages) <= 390 * DAY_S


@given(ages, st.lists(st.floats(1, 1e9)), st.randoms())
def test_order_and_dates_in_the_future_do_not_matter(ages, ahead, chance):
    shuffled = [*ages, *(-date for date in ahead)]
    chance.shuffle(shuffled)
    assert silence_s(shuffled) == silence_s(ages)


@given(st.integers(1, 40), st.floats(2 * HOUR_S, 100 * DAY_S), st.integers(2, 9))
def test_a_burst_is_one_event(count, gap_s, size):
    first = [place * gap_s + HOUR_S for place in range(count)]
    assert silence_s([age - 60 * place for age in first for place in range(size)]) == silence_s(first)


@given(st.integers(2, 200), st.floats(HOUR_S + 1, 30 * DAY_S))
def test_a_feed_that_keeps_its_pace_is_never_silent(count, gap_s):
    assert silence_s([place * gap_s for place in range(count)]) >= gap_s


@given(st.lists(st.floats(HOUR_S, 30 * DAY_S), min_size=2, max_size=40), st.floats(1, 10))
def test_a_slower_feed_is_silent_later(gaps, factor):
    at, ages, slower = 0.0, [0.0], [0.0]
    for gap_s in gaps:
        at += gap_s
        ages.append(at)
        slower.append(at * factor)
    assert silence_s(slower) * 1.001 >= silence_s(ages) or slower[-1] >= 8 * DAY_S > ages[-1]
