import asyncio
from contextlib import nullcontext
from datetime import timedelta

import pytest

from ingest.errors import HostBusy, Unreachable
from ingest.web.manners import MAX_UNANSWERED, Manners, NoHostMemory, Pace, Slots
from storage.records import Host
from tests.builders_web import NOON, DictMemory, FakeClock

URL = "http://news.example/a"
HOST = "news.example"


def manners(clock, memory=None, *, concurrency=1, interval_s=1.0):
    return Manners(
        memory or NoHostMemory(),
        lambda _: Pace(interval_s, concurrency),
        clock,
        sleep=clock.sleep,
        now_s=lambda: clock.now_s,
    )


def turn(pace, host=HOST, slot=None):
    return pace.turn(URL, host, slot or nullcontext())


async def test_turns_of_one_host_start_an_interval_apart_and_in_the_order_they_came():
    clock = FakeClock()
    pace = manners(clock)
    starts = []

    async def ask(name):
        async with turn(pace):
            starts.append((name, clock.now_s))

    await asyncio.gather(*(ask(name) for name in "abcd"))
    assert starts == [("a", 0.0), ("b", 1.0), ("c", 2.0), ("d", 3.0)]


async def test_the_interval_is_counted_from_start_to_start():
    clock = FakeClock()
    pace = manners(clock)
    async with turn(pace):
        clock.now_s += 0.75
    async with turn(pace):
        assert clock.slept_s == [0.25]
        clock.now_s += 5
    async with turn(pace):
        assert clock.slept_s == [0.25]


async def test_requests_that_waited_for_a_slot_still_start_an_interval_apart():
    clock = FakeClock()
    pace, slots = manners(clock, concurrency=2), Slots(1)
    starts = []

    async def ask():
        async with turn(pace, slot=slots.slot()):
            starts.append(clock.now_s)

    async with slots.slot():
        asking = [asyncio.create_task(ask()) for _ in range(2)]
        for _ in range(20):
            await asyncio.sleep(0)
        clock.now_s = 60
    await asyncio.gather(*asking)
    assert starts == [60, 61]


async def test_a_block_that_begins_during_the_wait_for_a_slot_holds():
    pace, slots = manners(FakeClock()), Slots(1)

    async def ask():
        async with turn(pace, slot=slots.slot()):
            pytest.fail("the host was asked")

    async with slots.slot():
        asking = asyncio.create_task(ask())
        for _ in range(20):
            await asyncio.sleep(0)
        await pace.block(HOST, NOON + timedelta(hours=1))
    with pytest.raises(HostBusy):
        await asking


async def test_a_host_has_at_most_so_many_turns_at_a_time():
    pace = manners(FakeClock(), concurrency=2, interval_s=0)
    release = asyncio.Event()
    inside = 0

    async def ask():
        nonlocal inside
        async with turn(pace):
            inside += 1
            await release.wait()

    tasks = [asyncio.create_task(ask()) for _ in range(5)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert inside == 2
    release.set()
    await asyncio.gather(*tasks)
    assert inside == 5


async def test_hosts_do_not_wait_for_each_other():
    clock = FakeClock()
    pace = manners(clock)
    async with turn(pace), turn(pace, "other.example"), turn(pace, "news.example:8080"):
        assert clock.slept_s == []


async def test_a_host_may_ask_for_more_time_but_not_for_less():
    clock = FakeClock()
    pace = manners(clock)
    await pace.slow_down(HOST, 10, "testreader")
    await pace.slow_down("fast.example", 0.1, "testreader")
    for host in (HOST, HOST, "fast.example", "fast.example"):
        async with turn(pace, host):
            pass
    assert clock.slept_s == [10, 1]


async def test_the_longest_time_that_a_host_asks_one_of_our_user_agents_for_holds_for_all():
    clock = FakeClock()
    pace = manners(clock)
    for seconds in (10, 3):
        await pace.slow_down(HOST, seconds, "testreader")
        await pace.slow_down(HOST, 2, "mybot")
    for _ in range(2):
        async with turn(pace):
            pass
    assert clock.slept_s == [3]


async def test_hosts_that_wait_are_known_with_the_reason_the_longest_first():
    clock = FakeClock()
    pace = manners(clock, concurrency=2)
    await pace.block("busy.example", NOON + timedelta(hours=1))
    await pace.slow_down("slow.example", 30, "testreader")
    for _ in range(MAX_UNANSWERED):
        await pace.note("dead.example", answered=False)
    async with turn(pace, "news.example"), turn(pace, "slow.example"):
        waits = pace.waiting()
    assert [(wait["host"], wait["why"], wait["until"] - NOON, wait["requests"]) for wait in waits] == [
        ("busy.example", "Retry-After", timedelta(hours=1), 0),
        ("dead.example", "no answer", timedelta(seconds=60), 0),
        ("slow.example", "robots.txt", timedelta(seconds=30), 1),
        ("news.example", "pace", timedelta(seconds=1), 1),
    ]
    clock.now_s += 40
    assert "slow.example" not in [wait["host"] for wait in pace.waiting()]


async def test_a_cancelled_turn_lets_the_next_one_in():
    pace = manners(FakeClock(), interval_s=0)
    entered = asyncio.Event()

    async def hold():
        async with turn(pace):
            entered.set()
            await asyncio.Event().wait()

    holder = asyncio.create_task(hold())
    await entered.wait()
    waiting = asyncio.create_task(hold())
    await asyncio.sleep(0)
    waiting.cancel()
    holder.cancel()
    await asyncio.gather(holder, waiting, return_exceptions=True)
    async with turn(pace):
        pass


async def test_a_blocked_host_is_busy_until_its_time_has_come():
    clock = FakeClock()
    pace = manners(clock)
    until = NOON + timedelta(seconds=90)
    await pace.block(HOST, until)
    with pytest.raises(HostBusy, match="no request before 2024-05-01 12:01:30 UTC") as caught:
        async with turn(pace):
            pass
    assert caught.value.until == until
    clock.now_s = 90
    async with turn(pace):
        pass


async def test_a_clock_that_is_set_back_makes_no_block_longer():
    clock = FakeClock()
    pace = manners(clock)
    await pace.block(HOST, NOON + timedelta(seconds=90))
    clock.start -= timedelta(hours=1)
    clock.now_s = 89
    with pytest.raises(HostBusy):
        await pace.check(URL, HOST)
    clock.now_s = 90
    await pace.check(URL, HOST)


async def test_a_host_that_does_not_answer_rests_for_a_minute():
    clock = FakeClock()
    pace = manners(clock)
    for answered in (False, False, True, False, False):
        await pace.note(HOST, answered=answered)
        await pace.check(URL, HOST)
    await pace.note(HOST, answered=False)
    with pytest.raises(Unreachable, match="has not answered 3 times running"):
        await pace.check(URL, HOST)
    clock.now_s += 60
    await pace.check(URL, HOST)
    await pace.note(HOST, answered=False)
    with pytest.raises(Unreachable, match="has not answered 4 times running"):
        await pace.check(URL, HOST)


async def test_a_block_ends_the_wait_of_queued_requests():
    clock = FakeClock()
    pace = manners(clock)
    outcomes = []

    async def ask():
        try:
            async with turn(pace):
                await pace.block(HOST, NOON + timedelta(hours=1))
                outcomes.append("asked")
        except HostBusy:
            outcomes.append("busy")

    await asyncio.gather(*(ask() for _ in range(4)))
    assert outcomes == ["asked", "busy", "busy", "busy"]
    assert clock.slept_s == []


async def test_a_block_outlives_the_run_and_leaves_the_rest_of_the_memory_alone():
    clock, memory = FakeClock(), DictMemory()
    await memory.remember(HOST, robots="User-agent: *", robots_status=200, robots_at=NOON)
    until = NOON + timedelta(hours=1)
    await manners(clock, memory).block(HOST, until)
    assert memory.hosts[HOST] == Host(HOST, "User-agent: *", 200, NOON, until)
    with pytest.raises(HostBusy):
        await manners(clock, memory).check(URL, HOST)


async def test_a_shorter_block_does_not_lift_a_longer_one():
    clock, memory = FakeClock(), DictMemory()
    pace = manners(clock, memory)
    await pace.block(HOST, NOON + timedelta(hours=1))
    await pace.block(HOST, NOON + timedelta(seconds=1))
    assert memory.hosts[HOST].blocked_until == NOON + timedelta(hours=1)


async def test_idle_hosts_are_dropped_and_blocked_or_used_ones_are_kept():
    clock = FakeClock()
    pace = manners(clock)
    await pace.block("blocked.example", NOON + timedelta(days=1))
    async with turn(pace, "in-use.example"):
        for number in range(3000):
            clock.now_s += 2
            async with turn(pace, f"host-{number}.example"):
                pass
        assert len(pace.turns) <= 1000
        assert {"blocked.example", "in-use.example"} <= set(pace.turns)
