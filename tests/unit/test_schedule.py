from datetime import UTC, datetime, timedelta

import pytest

from ingest.schedule.entries import retry_at
from ingest.schedule.polls import backoff_s, follow_move, next_due, poll_interval_s

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
MIN_S, MAX_S, HOUR_S, DAY_S = 300, 86400, 3600, 86400


def interval_s(recent_entries, quiet_s, max_interval_s=MAX_S):
    return poll_interval_s(
        recent_entries=recent_entries, quiet_s=quiet_s, min_interval_s=MIN_S, max_interval_s=max_interval_s
    )


@pytest.mark.parametrize(
    ("kind", "recent_entries", "quiet_s", "expected_s"),
    [
        ("an agency, 1000 a day", 7000, 60, MIN_S),
        ("a daily paper, 100 a day", 700, 600, 432),
        ("the same, quiet for a night", 700, 8 * HOUR_S, 0.8 * HOUR_S),
        ("a magazine, 10 a day", 70, HOUR_S, 1.2 * HOUR_S),
        ("a daily blog", 7, 12 * HOUR_S, 12 * HOUR_S),
        ("a weekly blog", 1, 3 * DAY_S, 12 * HOUR_S),
        ("a weekly blog on holiday", 0, 8 * DAY_S, 0.8 * DAY_S),
        ("a new feed that brought nothing yet", 0, None, 12 * HOUR_S),
        ("a dead feed", 0, 300 * DAY_S, MAX_S),
    ],
)
def test_the_interval_follows_the_rate_of_entries(kind, recent_entries, quiet_s, expected_s):
    assert interval_s(recent_entries, quiet_s) == pytest.approx(expected_s), kind


@pytest.mark.parametrize(
    ("kind", "gap_s", "fewest_polls", "most_polls", "latest_s"),
    [
        ("100 entries a day", DAY_S / 100, 600, 1500, HOUR_S / 2),
        ("10 entries a day", DAY_S / 10, 80, 200, 2 * HOUR_S),
        ("an entry a day", DAY_S, 10, 30, 14 * HOUR_S),
        ("an entry a week", 7 * DAY_S, 8, 16, DAY_S),
    ],
)
def test_a_simulated_week_costs_few_polls_and_finds_entries_soon(kind, gap_s, fewest_polls, most_polls, latest_s):
    """The feed, two weeks old, brings an entry every `gap_s`."""
    at_s, polls, latest_found_s = 14.0 * DAY_S, 0, 0.0
    found = int(at_s // gap_s)
    while at_s < 21 * DAY_S:
        brought = int(at_s // gap_s)
        if brought > found:
            latest_found_s = max(latest_found_s, at_s - (found + 1) * gap_s)
            found = brought
        polls += 1
        at_s += interval_s(brought - int((at_s - 7 * DAY_S) // gap_s), at_s - brought * gap_s)
    assert fewest_polls <= polls <= most_polls, kind
    assert latest_found_s <= latest_s, kind


def test_a_dead_feed_is_polled_ever_more_seldom():
    intervals = [interval_s(0, days * DAY_S, max_interval_s=30 * DAY_S) for days in (1, 20, 40, 400)]
    assert intervals == [12 * HOUR_S, 2 * DAY_S, 4 * DAY_S, 30 * DAY_S]


def due_after_s(interval_s=600.0, asked_s=(), retry_after_at=None, jitter=0.0, now=NOW):
    due_at = next_due(
        now, interval_s, asked_s=asked_s, retry_after_at=retry_after_at, max_interval_s=MAX_S, jitter=jitter
    )
    return (due_at - now).total_seconds()


def test_a_feed_is_due_after_its_interval():
    assert due_after_s() == 600


def test_a_feed_is_not_due_sooner_than_asked():
    assert due_after_s(asked_s=(60, 1800, 900)) == 1800


def test_an_asked_interval_is_limited_to_the_maximum():
    assert due_after_s(asked_s=(10**12,)) == MAX_S
    assert due_after_s(asked_s=(-5.0,)) == 600


def test_a_feed_with_its_own_interval_may_wait_longer_than_the_maximum():
    assert due_after_s(interval_s=10 * MAX_S, asked_s=(60,)) == 10 * MAX_S


def test_jitter_only_lengthens_the_wait_by_a_tenth_at_most():
    assert due_after_s(jitter=0.5) == 630
    assert due_after_s(jitter=0.999999) == 660


def test_a_retry_after_is_waited_for_to_its_end():
    assert due_after_s(retry_after_at=NOW + timedelta(hours=5)) == 5 * HOUR_S
    assert due_after_s(retry_after_at=NOW + timedelta(days=7)) == 7 * DAY_S
    assert due_after_s(retry_after_at=NOW - timedelta(hours=5)) == 600


def test_a_due_instant_is_rounded_up_to_the_second_it_is_stored_in():
    due_at = next_due(
        NOW + timedelta(milliseconds=1), 600, asked_s=(), retry_after_at=None, max_interval_s=MAX_S, jitter=0.0
    )
    assert due_at == NOW + timedelta(seconds=601)


def test_failures_double_the_interval_up_to_the_maximum():
    waits = [backoff_s(n, min_interval_s=MIN_S, max_interval_s=MAX_S) for n in (1, 2, 3, 9, 10, 10_000)]
    assert waits == [300, 600, 1200, 76800, MAX_S, MAX_S]


def test_one_success_forgives_all_failures():
    assert backoff_s(0, min_interval_s=MIN_S, max_interval_s=MAX_S) == MIN_S


def retry_after_s(tries, status=503, retry_after_at=None, jitter=0.0):
    return (retry_at(NOW, tries, status=status, retry_after_at=retry_after_at, jitter=jitter) - NOW).total_seconds()


def test_a_page_is_retried_ever_later_but_within_a_day():
    assert [retry_after_s(tries) / 60 for tries in range(5)] == [5, 20, 80, 320, 1280]
    assert retry_after_s(10_000) == DAY_S


@pytest.mark.parametrize("status", [401, 403])
def test_a_forbidden_page_is_not_hammered(status):
    assert [retry_after_s(tries, status) / HOUR_S for tries in range(3)] == [6, 24, 24]


def test_a_page_that_was_unreachable_has_no_status():
    assert retry_after_s(0, None) == 300


def test_a_page_is_not_tried_before_its_host_allows():
    assert retry_after_s(0, 429, NOW + timedelta(hours=2)) == 2 * HOUR_S
    assert retry_after_s(0, 429, NOW + timedelta(days=7)) == 7 * DAY_S


def test_tries_are_spread_by_a_fifth_at_most():
    assert retry_after_s(0, jitter=0.999999) == 360


OLD, NEW, OTHER = "https://example.org/rss", "https://example.org/feed", "https://example.com/parked"


def test_a_move_is_followed_when_it_is_seen_twice_in_succession():
    assert follow_move(OLD, None, NEW) == (OLD, NEW)
    assert follow_move(OLD, NEW, NEW) == (NEW, None)


def test_a_move_that_is_not_repeated_is_forgotten():
    assert follow_move(OLD, NEW, None) == (OLD, None)
    assert follow_move(OLD, NEW, OLD) == (OLD, None)


def test_another_move_starts_anew():
    assert follow_move(OLD, NEW, OTHER) == (OLD, OTHER)
