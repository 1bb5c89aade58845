"""What a try of a delivery leads to."""

from datetime import timedelta

import pytest

from ingest.deliveries.events import alert_event, change_event
from ingest.deliveries.retries import Verdict, is_refusal, verdict, wait_s
from ingest.deliveries.transport import Sent
from tests.builders import NOW

DOWN = Sent(taken=False, status=503, error="it answered 503")
REFUSED = Sent(taken=False, refused=True, status=400, error="it answered 400")


def judged(sent, *, tries=0, last_status=None, max_tries=3, jitter=0.0):
    return verdict(sent, tries=tries, last_status=last_status, max_tries=max_tries, now=NOW, jitter=jitter)


def in_s(seconds):
    return NOW + timedelta(seconds=seconds)


def test_what_is_taken_is_done():
    assert judged(Sent(taken=True, status=200), tries=2) == Verdict("taken", 2)


def test_waits_grow_fourfold_up_to_an_hour_for_ever():
    waits = [judged(DOWN, tries=n, last_status=503).due_at for n in range(7)]
    assert waits == [in_s(seconds) for seconds in (5, 20, 80, 320, 1280, 3600, 3600)]
    assert judged(DOWN, tries=10**9, last_status=503).outcome == "again"


def test_waits_differ_by_up_to_a_fifth():
    assert [wait_s(2, jitter) for jitter in (0.0, 0.5, 1.0)] == [20, 22, 24]
    assert wait_s(50, 1.0) == 3600


def test_a_refused_delivery_is_dead_after_its_tries():
    results = [judged(REFUSED, tries=n, last_status=400 if n else None) for n in range(3)]
    assert results == [Verdict("again", 1, in_s(5)), Verdict("again", 2, in_s(20)), Verdict("dead", 3)]
    assert judged(REFUSED, max_tries=1) == Verdict("dead", 1)


@pytest.mark.parametrize("last_status", [None, 503, 429, 1])
def test_tries_while_the_receiver_was_down_say_nothing_about_the_delivery(last_status):
    assert judged(REFUSED, tries=40, last_status=last_status) == Verdict("again", 1, in_s(5))


def test_a_receiver_that_wants_no_more_stops_the_hook():
    assert judged(Sent(taken=False, stopped=True, status=410)) == Verdict("stopped", 1)


def test_retry_after_comes_first():
    for asked, due in ((0, 0), (2, 2), (7200, 7200), (-60, 0), (10**7, 86_400)):
        sent = Sent(taken=False, status=503, not_before=in_s(asked))
        assert judged(sent, tries=3, last_status=503).due_at == in_s(due)


def test_which_answers_are_refusals():
    statuses = (0, 1, 65, 66, -9, 200, 302, 400, 404, 408, 422, 425, 429, 499, 500, 503)
    assert [status for status in statuses if is_refusal(status)] == [65, 400, 404, 422, 499]


def test_an_event_is_a_change_with_an_id_that_no_other_has():
    change = {"seq": 7, "at": "2026-03-01T12:00:00Z", "kind": "revision", "id": 3, "article_id": 2, "record": None}
    assert change_event("a1b2", change) == {
        "id": "a1b2-7-1772366400",
        "type": "revision",
        "timestamp": "2026-03-01T12:00:00Z",
        "data": change,
    }


def test_an_alert_s_event_says_what_began_or_ended():
    alert = {"kind": "feed_gone", "subject": "x", "reason": "y", "began_at": "2026-03-01T11:00:00Z", "ended_at": None}
    row = {"seq": 4, "at": "2026-03-01T12:00:00Z", "kind": "began", "alert": alert | {"id": 9}}
    assert alert_event("a1b2", row) == {
        "id": "a1b2-alert-4-1772366400",
        "type": "alert.began",
        "timestamp": "2026-03-01T12:00:00Z",
        "data": alert,
    }
