"""Whatever happens between claim, send and record, a receiver gets every event at least once and in order."""

import asyncio
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.deliveries.sender import Sender
from tests.hooks_run import DOWN, REFUSED, STOPPED, TAKEN, HooksRun, Killed, hook, scripted

ANSWERS = st.sampled_from([TAKEN, DOWN, REFUSED, STOPPED, Killed, "before"])
STEPS = st.lists(st.tuples(st.integers(0, 4), st.lists(ANSWERS, max_size=5)), min_size=1, max_size=6)


async def deliver(run, context):
    """A day later, deliver until nothing is left, a try fails, or the sender is killed."""
    await context.writer(lambda archive: archive.resend("one", []))  # goes on if its receiver had stopped it
    with suppress(Killed):
        await Sender(run.later(days=1).settings.hooks[0], context, run.path, ()).run(until_idle=True)


async def follow(run, steps):
    """Deliver articles to a receiver that answers so, and at last takes everything, and then what it had refused.

    Return the numbers that it took, in the order in which it took them first, and those that it had refused.
    """
    receiver = run.receivers["one"]
    async with run.context() as context:
        for count, answers in steps:
            await context.writer(partial(run.add, count=count))
            receiver.script.extend(answers)
            await deliver(run, context)
        receiver.script.clear()
        await deliver(run, context)
        taken = list(dict.fromkeys(receiver.seqs()))
        dead = await context.writer(lambda archive: archive.dead_letters())
        await context.writer(lambda archive: archive.resend("one"))
        await deliver(run, context)
        (row,) = await context.writer(lambda archive: archive.hook_health())
        assert (row["state"], row["behind"], row["dead"]) == ("ok", 0, 0)
        return taken, [seq for letter in dead for seq in letter["seqs"]]


@given(STEPS, st.integers(1, 3))
@settings(max_examples=25)
def test_every_event_is_taken_at_least_once_and_in_order_and_stays_what_it_was(steps, batch_size):
    with tempfile.TemporaryDirectory() as folder:
        run = HooksRun(Path(folder) / "news.db", hook(batch_size=batch_size))
        with scripted(run):
            taken, dead = asyncio.run(follow(run, steps))
    added = set(range(1, sum(count for count, _ in steps) + 1))
    receiver = run.receivers["one"]
    assert taken == sorted(taken)
    assert set(taken) | set(dead) == added
    assert set(receiver.seqs()) == added
    deliveries = {tuple(event["id"] for event in events) for events in receiver.got}
    assert len([event_id for ids in deliveries for event_id in ids]) == len(
        {event["data"]["seq"] for events in receiver.got for event in events}
    )
