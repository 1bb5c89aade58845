"""`workers.in_order`: many calls at once, their results in order."""

import asyncio

import pytest

from ingest.workers.in_order import in_order


class Work:
    """Calls that end when the test says so, and how many of them run at once."""

    def __init__(self, count: int) -> None:
        self.gates = [asyncio.Event() for _ in range(count)]
        self.running = self.most = 0

    async def call(self, number: int) -> int:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.gates[number].wait()
        finally:
            self.running -= 1
        return number

    async def calls(self):
        for number in range(len(self.gates)):
            yield self.call(number)


async def results_of(work: Work, *, width: int) -> list[int]:
    return [result async for result in in_order(work.calls(), lambda: width)]


async def test_results_keep_the_order_of_the_calls_whichever_ends_first():
    work = Work(7)
    reading = asyncio.create_task(results_of(work, width=8))
    for gate in reversed(work.gates):
        gate.set()
        await asyncio.sleep(0)
    assert await reading == list(range(7))


async def test_no_more_calls_run_at_once_than_the_width():
    work = Work(20)
    for gate in work.gates:
        gate.set()
    assert await results_of(work, width=4) == list(range(20))
    assert work.most <= 4


async def test_an_error_ends_the_other_calls_and_is_raised():
    work = Work(3)

    async def calls():
        yield work.call(0)
        yield failing()
        yield work.call(2)

    async def failing() -> int:
        raise LookupError

    work.gates[0].set()
    with pytest.raises(LookupError):
        [_ async for _ in in_order(calls(), lambda: 3)]
    assert work.running == 0


async def test_a_reader_that_stops_ends_the_calls():
    work = Work(5)
    work.gates[0].set()
    results = in_order(work.calls(), lambda: 2)
    assert await anext(results) == 0
    await results.aclose()
    assert work.running == 0
