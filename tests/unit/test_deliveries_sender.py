"""Senders: what a receiver gets, and when."""

import asyncio
from collections import deque
from contextlib import ExitStack
from functools import partial

import pytest

from ingest.deliveries.hooks import deliver_waiting, running_senders
from ingest.deliveries.sender import Sender
from storage.reader import Reader
from tests.hooks_run import DOWN, REFUSED, STOPPED, HooksRun, Killed, hook, scripted


@pytest.fixture
def start(path):
    with ExitStack() as stack:
        yield lambda *hooks: stack.enter_context(scripted(HooksRun(path, *hooks)))


async def deliver(run, context):
    """Deliver once what waits; return the health of the only hook."""
    await deliver_waiting(context, run.path)
    return (await health(context))[0]


async def health(context):
    return await context.writer.read(lambda archive: archive.hook_health())


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 (of the receiver)
            await asyncio.sleep(0.001)


async def test_events_come_in_batches_and_in_order(start):
    run = start(hook(batch_size=2))
    async with run.context() as context:
        await context.writer(partial(run.add, count=5))
        row = await deliver(run, context)
    (receiver,) = run.receivers.values()
    assert [len(events) for events in receiver.got] == [2, 2, 1]
    assert receiver.seqs() == [1, 2, 3, 4, 5]
    assert (row["delivered"], row["behind"], row["state"]) == (5, 0, "ok")


async def test_a_batch_is_full_when_its_texts_are_long(start, monkeypatch):
    monkeypatch.setattr("ingest.deliveries.sender.MAX_CHARS", 3000)
    run = start(hook(batch_size=4))
    async with run.context() as context:
        for words in (1, 1, 300, 300, 1000, 1, 1, 1):
            await context.writer(partial(run.add, markdown="word " * words))
        row = await deliver(run, context)
    (receiver,) = run.receivers.values()
    seqs = [[event["data"]["seq"] for event in events] for events in receiver.got]
    assert seqs == [[1, 2, 3], [4], [5], [6, 7, 8]]
    assert (row["delivered"], row["behind"]) == (8, 0)


async def test_a_hook_that_is_behind_searches_the_log_once_for_many_deliveries(start, monkeypatch):
    monkeypatch.setattr("ingest.deliveries.sender.READ_AHEAD", 5)
    run = start(hook(batch_size=2))
    searches, search = [], Reader.next_changes
    monkeypatch.setattr(Reader, "next_changes", lambda *args, **wanted: searches.append(1) or search(*args, **wanted))
    async with run.context() as context:
        await context.writer(partial(run.add, count=9))
        await deliver(run, context)
    receiver = run.receivers["one"]
    assert [len(events) for events in receiver.got] == [2, 2, 2, 2, 1]
    assert receiver.seqs() == list(range(1, 10))
    assert len(searches) == 4


async def test_a_steady_hook_costs_one_write_a_delivery(start, monkeypatch):
    run = start(hook())
    writes = []
    async with run.context() as context:
        await context.writer(partial(run.add, count=5))
        write = type(context.writer).__call__
        monkeypatch.setattr(type(context.writer), "__call__", lambda self, f: writes.append(f) or write(self, f))
        await deliver(run, context)
    assert len(writes) == 1 + 5


async def test_a_failed_delivery_is_tried_again_with_the_same_ids_and_others_wait(start):
    run = start(hook())
    receiver = run.receivers["one"]
    receiver.script.extend([DOWN, DOWN])
    async with run.context() as context:
        await context.writer(partial(run.add, count=2))
        row = await deliver(run, context)
        assert (row["state"], row["tries"], row["behind"], row["last_error"]) == ("failing", 1, 2, "it answered 503")
        await deliver(run.later(seconds=4), context)
        assert len(receiver.got) == 1
        await deliver(run.later(seconds=3), context)
        assert (await deliver(run.later(seconds=25), context))["state"] == "ok"
    first, second, third, fourth = receiver.got
    assert first == second == third != fourth
    assert receiver.seqs() == [1, 2]


async def test_a_refused_delivery_becomes_a_dead_letter_and_the_hook_goes_on(start):
    run = start(hook(tries=2))
    receiver = run.receivers["one"]
    receiver.script.extend([REFUSED, REFUSED])
    async with run.context() as context:
        await context.writer(partial(run.add, count=2))
        await deliver(run, context)
        row = await deliver(run.later(hours=1), context)
        assert (row["dead"], row["state"], receiver.seqs()) == (1, "ok", [2])
        assert await context.writer(lambda archive: archive.resend("one")) == 1
        row = await deliver(run, context)
    assert (row["dead"], row["delivered"], receiver.seqs()) == (0, 2, [2, 1])


async def test_a_receiver_that_wants_no_more_gets_nothing_until_resend(start):
    run = start(hook())
    receiver = run.receivers["one"]
    receiver.script.append(STOPPED)
    async with run.context() as context:
        await context.writer(partial(run.add, count=2))
        await deliver(run, context)
        row = await deliver(run.later(days=1), context)
        assert (row["state"], row["behind"], len(receiver.got)) == ("stopped", 2, 1)
        await context.writer(lambda archive: archive.resend("one"))
        await deliver(run, context)
    assert receiver.seqs() == [1, 2]


async def test_alerts_go_first_in_deliveries_of_their_own(start):
    run = start(hook(kinds=["article", "alert"], batch_size=9))
    async with run.context() as context:
        await context.writer(partial(run.add, count=2))
        await context.writer(lambda archive: archive.begin_alert("feed_gone", "https://x", "gone", run.now_at))
        await deliver(run, context)
    (alert,), changes = run.receivers["one"].got
    assert (alert["type"], alert["data"]["subject"]) == ("alert.began", "https://x")
    assert [event["type"] for event in changes] == ["article", "article"]


async def test_what_a_hook_leaves_out_moves_its_place_without_a_write_each(start):
    run = start(hook(kinds=["revision"], selection={"sites": ["other.example"]}))
    async with run.context() as context:
        await context.writer(partial(run.add, count=3))
        async with running_senders(context, run.path) as senders:
            for _ in range(3):
                await context.writer(run.add)
                senders.wake()
                await asyncio.sleep(0.01)
            assert (await health(context))[0]["behind"] == 6
        assert (await health(context))[0]["behind"] == 0
    assert run.receivers["one"].got == []


async def test_a_place_that_nothing_else_saves_is_saved_in_a_while(start, monkeypatch):
    monkeypatch.setattr("ingest.deliveries.sender.SAVE_INTERVAL_S", 0.01)
    run = start(hook(kinds=["revision"]))
    async with run.context() as context:
        await context.writer(partial(run.add, count=3))
        async with running_senders(context, run.path) as senders, asyncio.timeout(10):
            while (await health(context))[0]["behind"]:
                senders.wake()
                await asyncio.sleep(0.005)


async def test_one_hook_does_not_hold_up_another_nor_the_archive(start):
    run = start(hook("stuck"), hook("quick"))
    run.receivers["stuck"].hold = asyncio.Event()
    async with run.context() as context, running_senders(context, run.path) as senders:
        for n in range(3):
            await context.writer(run.add)
            senders.wake()
            await until(lambda n=n: len(run.receivers["quick"].taken) == n + 1)
        assert len(run.receivers["stuck"].got) == 1
        stuck = next(row for row in await health(context) if row["name"] == "stuck")
        assert stuck["behind"] == 3


async def test_what_the_receiver_has_taken_when_the_sender_ends_is_recorded(start):
    run = start(hook())
    receiver = run.receivers["one"]
    async with run.context() as context:
        await context.writer(run.add)
        gate, find = asyncio.Event(), Sender._find  # noqa: SLF001 (between taking and recording)

        async def slow_find(sender, *, exclude=None):
            if exclude is not None:
                await gate.wait()
            return await find(sender, exclude=exclude)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Sender, "_find", slow_find)
            async with running_senders(context, run.path):
                await until(lambda: receiver.taken)
                asyncio.get_running_loop().call_later(0.02, gate.set)
        assert (await deliver(run, context))["delivered"] == 1
    assert len(receiver.got) == 1


async def test_a_delivery_in_flight_at_the_end_is_sent_again(start):
    run = start(hook())
    receiver = run.receivers["one"]
    receiver.hold = asyncio.Event()
    async with run.context() as context:
        await context.writer(run.add)
        async with running_senders(context, run.path):
            await until(lambda: receiver.got)
        receiver.hold = None
        await deliver(run, context)
    assert receiver.got[0] == receiver.got[1]


async def test_a_run_that_is_over_waits_for_the_delivery_in_flight_and_begins_no_other(start):
    run = start(hook())
    receiver = run.receivers["one"]
    receiver.hold = asyncio.Event()
    async with run.context() as context:
        await context.writer(partial(run.add, count=3))
        sender = Sender(run.settings.hooks[0], context, run.path, ())
        sending = asyncio.create_task(sender.run(until_idle=True))
        await until(lambda: receiver.got)
        sender.finish()
        receiver.hold.set()
        await sending
        (row,) = await deliver_waiting(context, run.path, limit_s=0)
    assert len(receiver.got) == 1
    assert (row["delivered"], row["behind"]) == (0, 2)


async def test_a_due_try_is_made_when_the_clock_wakes_the_sender(start):
    run = start(hook())
    receiver = run.receivers["one"]
    receiver.script.append(DOWN)
    async with run.context() as context:
        await context.writer(run.add)
        async with running_senders(context, run.path) as senders:
            while (await health(context))[0]["state"] != "failing":  # noqa: ASYNC110 (of the archive)
                await asyncio.sleep(0.001)
            run.later(seconds=6)
            senders.wake()
            await until(lambda: receiver.taken)


async def test_a_fault_of_ours_is_a_failed_try(start):
    run = start(hook())
    run.receivers["one"].script = deque([None])
    async with run.context() as context:
        await context.writer(run.add)
        row = await deliver(run, context)
        assert row["last_error"] == "a fault in ingest (AttributeError); its log has more"
        assert (await deliver(run.later(seconds=9), context))["state"] == "ok"


async def test_a_killed_sender_sends_the_same_again(start):
    run = start(hook(batch_size=3))
    receiver = run.receivers["one"]
    receiver.script.extend(["before", Killed])
    async with run.context() as context:
        await context.writer(partial(run.add, count=2))
        for _ in range(2):
            with pytest.raises(Killed):
                await Sender(run.settings.hooks[0], context, run.path, ()).run(until_idle=True)
            await context.writer(run.add)
        await deliver(run, context)
    assert [[event["data"]["seq"] for event in events] for events in receiver.got] == [[1, 2], [1, 2], [3, 4]]
    assert receiver.got[0] == receiver.got[1]


async def test_a_sender_that_is_woken_at_its_end_ends(start):
    run = start(hook())
    run.receivers["one"].script.append(DOWN)
    async with run.context() as context, asyncio.timeout(2):
        await context.writer(run.add)
        async with running_senders(context, run.path) as senders:
            while (await health(context))[0]["state"] != "failing":  # noqa: ASYNC110 (of the archive)
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.02)  # until it waits for its next try
            senders.wake()
            await asyncio.sleep(0)  # it is told, and has not gone on
