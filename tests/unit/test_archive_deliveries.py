"""What hooks are given: cursors, deliveries, dead letters."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count as numbers

import pytest

from storage.deliveries import KINDS, Batch
from storage.selection import EVERYTHING, Selection
from tests import builders as make

NUMBERS = numbers()
LATER = make.NOW + timedelta(seconds=90)


@pytest.fixture
def archive(archive):
    with archive.transaction():
        yield archive


@dataclass
class Wanted:
    name: str
    start: str


def add_articles(archive, count, **fields):
    for _ in range(count):
        n = next(NUMBERS)
        archive.add_article(make.article(f"https://news.example/{n}", body=f"Text {n}.", **fields), [], make.NOW)


def subscribed(archive, start="beginning", name="one"):
    archive.subscribe_hooks([Wanted(name, start)], make.NOW)
    return archive.hook(name)


def next_batch(archive, hook, *, kinds=KINDS, selection=EVERYTHING, limit=2, without_reclean=True):
    after = archive.hook(hook.name).change_seq
    return archive.next_changes(selection, kinds, after=after, limit=limit, without_reclean=without_reclean)


def claim(archive, hook, **wanted):
    return archive.claim_delivery(hook.id, next_batch(archive, hook, **wanted), make.NOW)


def health(archive, *columns):
    (row,) = archive.hook_health()
    return tuple(row[column] for column in columns)


def test_a_new_hook_begins_at_the_end_or_at_the_beginning_and_stays_there(archive):
    add_articles(archive, 3)
    archive.subscribe_hooks([Wanted("late", "now"), Wanted("early", "beginning")], make.NOW)
    add_articles(archive, 1)
    archive.subscribe_hooks([Wanted("late", "beginning"), Wanted("early", "now")], LATER)
    assert [archive.hook(name).change_seq for name in ("late", "early")] == [3, 0]


def test_a_hook_that_left_the_settings_goes_on_from_its_place_when_it_is_back(archive):
    hook = subscribed(archive)
    add_articles(archive, 3)
    claim(archive, hook)
    archive.subscribe_hooks([], make.NOW)
    assert health(archive, "state", "behind") == ("off", 3)
    subscribed(archive, "now")
    assert health(archive, "state", "behind") == ("ok", 3)
    assert archive.next_delivery(hook.id).seqs == (1, 2)
    assert next_batch(archive, hook).seqs == (3,)


def test_a_claim_is_made_once(archive):
    hook = subscribed(archive)
    add_articles(archive, 3)
    batch = next_batch(archive, hook)
    first = archive.claim_delivery(hook.id, batch, make.NOW)
    assert (first.seqs, archive.claim_delivery(hook.id, batch, make.NOW)) == ((1, 2), None)
    assert archive.next_delivery(hook.id) == first
    assert claim(archive, hook).seqs == (3,)
    assert claim(archive, hook) is None


def test_a_batch_leaves_out_other_kinds_other_articles_and_what_reclean_made(archive):
    hook = subscribed(archive)
    add_articles(archive, 2)
    archive.revise(1, make.article(body="Edited."), make.NOW)
    archive.revise(2, make.article(body="Cleaned."), make.NOW, cause="reclean")
    add_articles(archive, 1, site="other.example")
    assert next_batch(archive, hook, kinds=["revision"]) == Batch("changes", (3,), 0, 5)
    assert next_batch(archive, hook, kinds=["revision"], without_reclean=False).seqs == (3, 4)
    assert next_batch(archive, hook, selection=Selection(sites=("other.example",))) == Batch("changes", (5,), 0, 5)
    assert next_batch(archive, hook, kinds=["copy"]) == Batch("changes", (), 0, 5)
    assert next_batch(archive, hook, kinds=[]) == Batch("changes", (), 0, 5)
    assert next_batch(archive, hook) == Batch("changes", (1, 2), 0, 2, more=True)


def test_a_long_log_of_what_is_left_out_is_read_a_part_at_a_time(archive, monkeypatch):
    monkeypatch.setattr("storage.deliveries.MAX_READ", 3)
    hook = subscribed(archive)
    add_articles(archive, 5)
    batch = next_batch(archive, hook, kinds=["copy"])
    assert batch == Batch("changes", (), 0, 3, more=True)
    assert archive.pass_over(hook.id, batch)
    assert next_batch(archive, hook, kinds=["copy"]) == Batch("changes", (), 3, 5)


def test_what_was_taken_is_counted_and_gone(archive):
    hook = subscribed(archive)
    add_articles(archive, 3)
    delivery = claim(archive, hook)
    archive.delivery_failed(delivery, make.NOW, LATER, tries=1, status=503, error="503")
    assert health(archive, "state", "tries", "due_at", "behind") == ("failing", 1, "2026-03-01T12:01:30Z", 3)
    assert archive.next_due() == LATER
    archive.delivery_taken(archive.next_delivery(hook.id), LATER, status=200)
    archive.delivery_taken(delivery, LATER, status=200)
    assert health(archive, "state", "delivered", "behind", "last_status", "last_error") == ("ok", 2, 1, 200, None)
    assert (archive.next_delivery(hook.id), archive.next_due()) == (None, None)


def test_dead_letters_are_sent_again_before_newer_deliveries(archive):
    hook = subscribed(archive)
    add_articles(archive, 6)
    first, second, third = (claim(archive, hook) for _ in range(3))
    for refused in (first, second):
        archive.delivery_failed(refused, make.NOW, None, tries=1, status=400, error="it answered 400")
    archive.delivery_failed(third, make.NOW, LATER, tries=1, status=503, error="503")
    assert archive.next_delivery(hook.id).id == third.id
    assert [(row["hook"], row["seqs"], row["tries"]) for row in archive.dead_letters("one")] == [
        ("one", [1, 2], 1),
        ("one", [3, 4], 1),
    ]
    assert health(archive, "dead", "behind") == (2, 2)
    assert archive.resend("one", [second.id]) == 1
    assert archive.next_delivery(hook.id) == second
    assert archive.next_delivery(hook.id, exclude=second.id).due_at is None
    assert archive.resend("one") == 1
    assert archive.next_delivery(hook.id) == first
    assert archive.dead_letters() == []
    assert archive.resend("nobody") == 0


def test_dead_letters_can_be_dropped(archive):
    hook = subscribed(archive)
    add_articles(archive, 2)
    dead, other = (claim(archive, hook, limit=1) for _ in range(2))
    for refused in (dead, other):
        archive.delivery_failed(refused, make.NOW, None, tries=1, status=400, error="it answered 400")
    assert archive.drop_dead_letters("one", [dead.id]) == 1
    assert [row["id"] for row in archive.dead_letters()] == [other.id]


def test_a_stopped_hook_waits_for_resend_and_loses_nothing(archive):
    hook = subscribed(archive)
    add_articles(archive, 2)
    delivery = claim(archive, hook)
    archive.stop_hook(delivery, make.NOW, status=410, error="it wants no more")
    assert health(archive, "state", "behind", "stopped_at") == ("stopped", 2, "2026-03-01T12:00:00Z")
    assert archive.next_due() is None
    assert archive.resend("one") == 0
    assert (archive.hook("one").stopped_at, archive.next_delivery(hook.id).seqs) == (None, (1, 2))


def test_only_a_hook_that_left_the_settings_is_forgotten_with_its_deliveries(archive):
    hook = subscribed(archive)
    add_articles(archive, 1)
    claim(archive, hook)
    assert not archive.forget_hook("one")
    archive.subscribe_hooks([], make.NOW)
    assert archive.forget_hook("one")
    assert archive._column("SELECT count(*) FROM deliveries") == [0]  # noqa: SLF001 (the table)


def test_a_clock_that_was_set_back_delays_no_delivery(archive):
    archive.subscribe([make.feed()], make.NOW)
    archive.record_poll(make.poll(), make.state())
    hook = subscribed(archive)
    add_articles(archive, 1)
    archive.delivery_failed(claim(archive, hook), make.NOW, LATER, tries=1, status=None, error="down")
    archive.follow_clock(make.NOW - timedelta(days=1))
    assert archive.next_delivery(hook.id).due_at == LATER - timedelta(days=1)


def test_alerts_are_batches_of_their_own(archive):
    hook = subscribed(archive)
    archive.db.execute("INSERT INTO alerts (kind, subject, reason, began_at) VALUES ('feed_gone', 'x', 'y', '2026')")
    batch = archive.next_alert_events(after=hook.alert_seq, limit=5)
    assert batch == Batch("alert_events", (1,), 0, 1)
    assert archive.claim_delivery(hook.id, batch, make.NOW).source == "alert_events"
    assert archive.next_alert_events(after=1, limit=5) == Batch("alert_events", (), 1, 1)
    assert archive.next_alert_events(after=0, limit=0) == Batch("alert_events", (), 0, 1)
