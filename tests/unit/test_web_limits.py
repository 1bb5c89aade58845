"""The memory that bodies may take in all."""

import asyncio
from contextlib import ExitStack, contextmanager, suppress

from ingest.web.limits import SMALL_BYTES, Budget

MIB = 2**20


async def turns():
    for _ in range(3):
        await asyncio.sleep(0)


async def may_grow(share):
    asking = asyncio.create_task(share.budget.room(share))
    await turns()
    done = asking.done()
    asking.cancel()
    return done


@contextmanager
def large(budget, size_bytes=0):
    """The transfer of a large body, of which so much is there."""
    with budget.transfer() as share:
        share.enlarge()
        share.resize(size_bytes)
        yield share


async def test_a_large_transfer_waits_until_another_is_released():
    budget = Budget(MIB)
    with large(budget, MIB // 2), large(budget, MIB // 2) as second, large(budget) as third:
        waiting = asyncio.create_task(budget.room(third))
        await turns()
        assert not waiting.done()
        second.release()
        await turns()
        assert waiting.done()


async def test_small_bodies_begin_and_go_on_beside_large_ones():
    budget = Budget(MIB)
    with large(budget, 9 * MIB), budget.transfer() as small:
        small.resize(SMALL_BYTES - 1)
        assert await may_grow(small)
        assert budget.has_room()


async def test_no_transfer_begins_while_small_bodies_take_the_budget():
    budget = Budget(MIB)
    with ExitStack() as transfers:
        shares = [transfers.enter_context(budget.transfer()) for _ in range(4)]
        for share in shares:
            share.resize(MIB // 4)
        beginning = asyncio.create_task(budget.room())
        await turns()
        assert not beginning.done()
        shares[0].enlarge()
        await turns()
        assert beginning.done()


async def test_the_oldest_large_transfer_goes_on():
    budget = Budget(MIB)
    with ExitStack() as transfers:
        shares = [transfers.enter_context(large(budget, MIB // 2)) for _ in range(4)]
        assert [await may_grow(share) for share in shares] == [True, False, False, False]


async def test_the_oldest_waits_while_finished_bodies_take_the_budget():
    budget = Budget(MIB)
    with large(budget, MIB) as done:
        pass
    with large(budget) as oldest:
        assert not await may_grow(oldest)
        del done
        await turns()
        assert await may_grow(oldest)


async def test_a_failed_transfer_releases_its_share():
    budget = Budget(MIB)
    with suppress(ZeroDivisionError), budget.transfer() as share:
        share.resize(MIB)
        raise ZeroDivisionError
    assert budget.used_bytes == 0
