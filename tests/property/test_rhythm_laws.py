"""Laws of rhythms and of the budget of polls."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.schedule.budget import Load, next_wait, price_of_poll_s
from ingest.schedule.polls import DAY_S, after_skipped, next_due
from ingest.schedule.rhythm import learn
from storage.feed_records import FeedDemand, Rhythm

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
LEAST_S, LONGEST_S = 300, DAY_S
ages = st.lists(st.floats(0, 3 * 365 * DAY_S), max_size=20)
rates = st.floats(1e-4, 200)
prices_s = st.floats(1, 1e6)
windows = st.integers(0, 100)
jitters = st.floats(0, 1, exclude_max=True)
days = st.builds(
    lambda peak, depth: [1 + depth * math.cos(math.tau * (hour - peak) / 24) for hour in range(24)],
    st.integers(0, 23),
    st.floats(0, 0.95),
)


def rhythm(per_day, hours=(1.0,) * 24, entries=50):
    mean = sum(hours) / 24
    return Rhythm(NOW, entries, per_day, tuple(hour / mean for hour in hours), (1.2,) * 5 + (0.5,) * 2)


def wait_s(rhythm, price_s, now=NOW, *, window=0, fresh=0, since_s=DAY_S, known_s=365 * DAY_S):
    return next_wait(
        rhythm, now, price_s, window=window, fresh=fresh, since_s=since_s, known_s=known_s,
        min_interval_s=LEAST_S, max_interval_s=LONGEST_S,
    ).seconds  # fmt: skip


def load(rhythm, window=0):
    feed = FeedDemand(rhythm.per_day, rhythm.hours, rhythm.weekdays, 0, None, window, 0)
    return Load.of(feed, min_interval_s=LEAST_S, max_interval_s=LONGEST_S)


loads = st.lists(st.builds(rhythm, rates, days).map(load), min_size=1, max_size=10)


@settings(max_examples=40)
@given(ages)
def test_weights_have_mean_one_and_no_hour_is_excluded(ages):
    learned = learn([NOW.timestamp() - age for age in ages], NOW)
    for weights in (learned.hours, learned.weekdays):
        assert min(weights) > 0
        assert sum(weights) / len(weights) == pytest.approx(1)
    assert learned.per_day > 0


@settings(max_examples=40)
@given(ages, st.lists(st.floats(1, 1e9)), st.randoms())
def test_order_and_dates_in_the_future_teach_nothing(ages, ahead, chance):
    dates = [NOW.timestamp() - age for age in ages]
    mixed = dates + [NOW.timestamp() + each for each in ahead]
    chance.shuffle(mixed)
    assert learn(mixed, NOW) == learn(dates, NOW)


@settings(max_examples=40)
@given(ages.filter(bool), st.floats(1, 400))
def test_a_feed_that_stays_quiet_is_expected_to_bring_less(ages, days):
    dates = [NOW.timestamp() - age for age in ages]
    later = NOW + timedelta(days=days)
    assert learn(dates, later).per_day < learn(dates, NOW).per_day * 1.1


@settings(max_examples=40)
@given(rates, prices_s, windows, st.integers(0, 100), st.floats(1, 1e6), st.floats(0, 1e8))
def test_a_wait_is_within_the_limits(per_day, price_s, window, fresh, since_s, known_s):
    feed = rhythm(per_day, entries=3)
    wait = wait_s(feed, price_s, window=window, fresh=fresh, since_s=since_s, known_s=known_s)
    assert LEAST_S <= wait <= LONGEST_S


@settings(max_examples=40)
@given(rates, st.floats(1, 10), prices_s, st.floats(1, 10), days)
def test_a_busier_feed_and_a_lower_price_never_make_a_wait_longer(per_day, busier, price_s, dearer, hours):
    wait = wait_s(rhythm(per_day, hours), price_s)
    assert wait_s(rhythm(per_day * busier, hours), price_s) <= wait + 1e-3
    assert wait_s(rhythm(per_day, hours), price_s * dearer) >= wait - 1e-3


@settings(max_examples=40)
@given(rates, prices_s, st.integers(1, 100))
def test_half_of_the_window_at_most_is_expected_to_be_new(per_day, price_s, window):
    flat = replace(rhythm(per_day), weekdays=(1.0,) * 7)
    assert wait_s(flat, price_s, window=window) <= max(window / 2 / per_day * DAY_S, LEAST_S) + 1e-3


@settings(max_examples=40)
@given(rates, prices_s, st.integers(2, 100), st.floats(2 * LEAST_S, DAY_S))
def test_a_full_document_halves_the_wait(per_day, price_s, window, since_s):
    assert wait_s(rhythm(per_day), price_s, window=window, fresh=window, since_s=since_s) <= since_s / 2


@settings(max_examples=40)
@given(loads, prices_s, st.floats(1, 10))
def test_a_higher_price_buys_no_more_polls(loads, price_s, dearer):
    for each in loads:
        assert each.polls_per_day(price_s * dearer) <= each.polls_per_day(price_s)


@settings(max_examples=40)
@given(loads, st.floats(2, 100))
def test_all_feeds_make_the_polls_of_the_budget(loads, budget):
    price_s = price_of_poll_s(budget, loads)
    made = sum(each.polls_per_day(price_s) for each in loads) / len(loads)
    assert made == pytest.approx(budget, rel=1e-3)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.05, 100), days, st.floats(1.5, 60), st.randoms(use_true_random=False))
def test_a_feed_makes_the_polls_that_its_load_says(per_day, hours, budget, chance):
    """Two weeks, at the price at which the feed alone makes the budget."""
    feed = rhythm(per_day, hours)
    price_s = price_of_poll_s(budget, [load(feed)])
    now, polls = NOW, 0
    while now < NOW + timedelta(days=14):
        due_in_s = wait_s(feed, price_s, now)
        now = next_due(now, due_in_s, asked_s=(), retry_after_at=None, max_interval_s=LONGEST_S, jitter=chance.random())
        polls += 1
    assert polls / 14 == pytest.approx(budget, rel=0.1)


@settings(max_examples=40)
@given(st.sets(st.integers(0, 23)), st.sets(st.integers(0, 6)), st.floats(0, 7 * DAY_S), jitters)
def test_no_feed_is_due_in_an_hour_or_day_that_it_skips(hours, days, ahead_s, jitter):
    at = NOW + timedelta(seconds=ahead_s)
    due = after_skipped(at, hours, days, jitter=jitter)
    assert at <= due <= at + timedelta(days=7)
    assert len(hours) == 24 or due.hour not in hours
    assert len(days) == 7 or due.weekday() not in days
