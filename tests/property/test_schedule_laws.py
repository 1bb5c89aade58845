"""Laws of the clock."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.schedule.entries import retry_at
from ingest.schedule.polls import backoff_s, next_due, poll_interval_s

LEAST_S, LONGEST_S = 300, 86400
counts = st.integers(0, 100_000)
quiets = st.none() | st.floats(-1e6, 1e10)
jitters = st.floats(0, 1, exclude_max=True)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (bounds are naive)
waits_s = st.floats(0, 1e9)


def interval_s(recent_entries, quiet_s):
    return poll_interval_s(
        recent_entries=recent_entries, quiet_s=quiet_s, min_interval_s=LEAST_S, max_interval_s=LONGEST_S
    )


@given(counts, quiets)
def test_the_interval_is_within_its_bounds(recent, quiet_s):
    assert LEAST_S <= interval_s(recent, quiet_s) <= LONGEST_S


@given(counts, counts, quiets)
def test_a_feed_that_brings_more_is_never_polled_less(a, b, quiet_s):
    assert interval_s(max(a, b), quiet_s) <= interval_s(min(a, b), quiet_s)


@given(counts, st.floats(0, 1e10), st.floats(0, 1e10))
def test_a_feed_that_is_quiet_longer_is_never_polled_more(recent, a, b):
    assert interval_s(recent, max(a, b)) >= interval_s(recent, min(a, b))


@given(st.integers(0, 100_000))
def test_the_backoff_grows_within_its_bounds(failures):
    now_s, next_s = (backoff_s(n, min_interval_s=LEAST_S, max_interval_s=LONGEST_S) for n in (failures, failures + 1))
    assert LEAST_S <= now_s <= next_s <= LONGEST_S


@given(
    instants,
    waits_s,
    st.lists(waits_s, max_size=3),
    st.none() | st.timedeltas(timedelta(0), timedelta(days=30)),
    jitters,
)
def test_a_feed_is_never_due_sooner_than_asked_nor_much_later(now, wait_s, asked_s, retry_after, jitter):
    retry_after_at = None if retry_after is None else now + retry_after
    due_at = next_due(
        now, wait_s, asked_s=asked_s, retry_after_at=retry_after_at, max_interval_s=LONGEST_S, jitter=jitter
    )
    longest_s = max(wait_s, *(min(asked, LONGEST_S) for asked in asked_s), 0)
    assert due_at >= now + timedelta(seconds=longest_s)
    assert retry_after_at is None or due_at >= retry_after_at
    latest_s = max(longest_s * 1.1, retry_after.total_seconds() if retry_after else 0) + 1
    assert due_at <= now + timedelta(seconds=latest_s)
    assert due_at.microsecond == 0


@given(instants, st.integers(0, 10_000), st.sampled_from([None, 401, 403, 404, 429, 503]), jitters)
def test_a_page_is_retried_within_a_day_and_a_fifth(now, tries, status, jitter):
    wait = retry_at(now, tries, status=status, retry_after_at=None, jitter=jitter) - now
    assert timedelta(minutes=5) <= wait <= timedelta(days=1.2, seconds=1)
