"""Work in other processes: nobody suffers for a neighbour, and a process that ends is replaced."""

import asyncio
import os
import threading
import time

import pytest
from lxml import etree

from ingest.errors import WorkError
from ingest.workers import pool as workers
from ingest.workers.pool import MAX_LIGHT_BYTES, MAX_QUEUED_PER_WORKER, Pool
from ingest.workers.processes import ForkServer, WorkLimits
from tests.worker_calls import note_and_wait, noted

HEAVY = bytes(MAX_LIGHT_BYTES + 1)


class OddError(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one}{two}")


def raise_odd():
    raise OddError(1, 2)


def raise_out_of_memory(name):
    raise RuntimeError(name)


def join_its_text_forty_times():
    """160 MB, for which libxml2 has no memory; lxml says "unknown error"."""
    page = etree.fromstring(f"<p>{4_000_000 * 'x'}</p>", etree.XMLParser(huge_tree=True))
    return page.xpath(f"string-length(concat({','.join(40 * ['string()'])}))")


def len_of_so_many_bytes(count):
    return len(bytearray(count))


async def test_work_is_done_in_another_process_that_stays(pool):
    pid = await pool.run(os.getpid)
    assert pid != os.getpid()
    assert await pool.run(os.getpid) == pid


async def test_a_pool_that_was_never_used_starts_no_process():
    fork_server = ForkServer()
    Pool(1, WorkLimits(1.0, 1024, 64), fork_server).close()
    assert fork_server.pid is None


async def test_one_call_at_a_time_starts_one_worker(two):
    assert len({await two.run(os.getpid) for _ in range(5)}) == 1


@pytest.mark.parametrize(
    ("guilty", "reason"),
    [
        ((time.sleep, 60), "took longer than 1 s (articles.time_limit_s)"),
        ((bytearray, 100 * 1024 * 1024), "needed more than 64 MB (articles.page_memory_mb)"),
        ((join_its_text_forty_times,), "needed more than 64 MB (articles.page_memory_mb)"),
        ((raise_out_of_memory, "zstd: not enough memory"), "needed more than 64 MB (articles.page_memory_mb)"),
        ((os._exit, 9), "ended its worker process (exit code 9)"),
    ],
)  # fmt: skip
async def test_only_the_guilty_call_fails(pool, guilty, reason):
    calls = [(abs, -1), guilty, (abs, -2), (abs, -3)]
    one, error, two, three = await asyncio.gather(*(pool.run(*call) for call in calls), return_exceptions=True)
    assert (one, two, three) == (1, 2, 3)
    assert isinstance(error, WorkError)
    assert str(error) == reason


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ((divmod, 1, 0), ZeroDivisionError),
        ((threading.Lock,), TypeError),
        ((len, threading.Lock()), TypeError),
        ((raise_odd,), TypeError),
    ],
    ids=[
        "its own",
        "of a result that cannot be sent",
        "of a call that cannot be sent",
        "one that cannot be made again",
    ],
)
async def test_an_exception_is_the_calls_own(pool, call, error):
    with pytest.raises(error):
        await pool.run(*call)
    assert await pool.run(max, 1, 2) == 2


async def test_a_call_that_needs_more_memory_gets_it_while_no_other_does(two):
    """Each would be beyond the limit by itself, were the one before it still there."""
    calls = [(abs, -1), *[(len_of_so_many_bytes, 45 * 1024 * 1024)] * 3]
    assert await asyncio.gather(*(two.run(*call) for call in calls)) == [1, *[45 * 1024 * 1024] * 3]


async def test_a_process_takes_no_more_than_its_own_limit_whatever_a_page_may():
    pool = Pool(1, WorkLimits(5.0, 128, 1000))
    with pytest.raises(WorkError, match=r"more than 128 MB \(articles.memory_limit_mb\)"):
        await pool.run(bytearray, 128 * 1024 * 1024)
    pool.close()


async def test_many_calls_each_get_their_own_answer(two):
    bodies = [bytes([n]) * n * 3000 for n in range(200)]  # more than a pipe holds
    answers = await asyncio.gather(*(two.run(bytes.upper, body) for body in bodies))
    assert answers == [body.upper() for body in bodies]


async def test_a_call_that_nobody_waits_for_does_not_go_to_a_worker(pool, tmp_path):
    tasks = [asyncio.create_task(pool.run(note_and_wait, tmp_path / name)) for name in "ab"]
    await asyncio.to_thread(noted, tmp_path / "a")
    tasks[1].cancel()
    (tmp_path / "a").write_text("go")
    assert await tasks[0] == "a"
    assert await pool.run(max, 1, 2) == 2
    assert not (tmp_path / "b").exists()


# heavy and light


async def test_heavy_calls_leave_a_worker_to_the_light_ones(two, tmp_path):
    heavy = [asyncio.create_task(two.run(note_and_wait, tmp_path / name, HEAVY)) for name in "ab"]
    await asyncio.to_thread(noted, tmp_path / "a")
    assert await asyncio.gather(*(two.run(abs, -n) for n in range(20))) == list(range(20))
    assert not (tmp_path / "b").exists()
    for name in "ab":
        (tmp_path / name).write_text("go")
    assert await asyncio.gather(*heavy) == ["a", "b"]


async def test_heavy_calls_do_not_keep_light_ones_from_being_fetched(pool):
    heavy = [asyncio.create_task(pool.run(len, HEAVY)) for _ in range(2 * MAX_QUEUED_PER_WORKER)]
    await asyncio.sleep(0)
    await pool.room()
    light = [asyncio.create_task(pool.run(abs, -n)) for n in range(2 * MAX_QUEUED_PER_WORKER)]
    await asyncio.sleep(0)
    waiting = asyncio.create_task(pool.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    await asyncio.gather(*heavy, *light, waiting)


async def test_with_one_worker_heavy_calls_go_last(pool):
    done = []

    async def run(name, *call):
        await pool.run(*call)
        done.append(name)

    await asyncio.gather(run("heavy", len, HEAVY), *(run("light", abs, -n) for n in range(5)))
    assert done == [*["light"] * 5, "heavy"]


async def test_with_one_worker_a_heavy_call_that_takes_long_makes_way_too(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "SLOW_S", 0.05)
    pool = Pool(1, WorkLimits(20.0, 1024, 64))
    heavy = asyncio.create_task(pool.run(note_and_wait, tmp_path / "noted", HEAVY))
    await asyncio.to_thread(noted, tmp_path / "noted")
    assert await pool.run(max, 1, 2) == 2
    (tmp_path / "noted").write_text("go")
    assert await heavy == "noted"
    pool.close()


@pytest.mark.parametrize("count", [1, 2])
async def test_a_slow_call_makes_way_for_light_ones_and_is_run_again(tmp_path, monkeypatch, count):
    monkeypatch.setattr(workers, "SLOW_S", 0.05)
    pool = Pool(count, WorkLimits(20.0, 1024, 64))
    slow = [asyncio.create_task(pool.run(note_and_wait, tmp_path / str(n))) for n in range(count)]
    pids = [await asyncio.to_thread(noted, tmp_path / str(n)) for n in range(count)]
    assert await pool.run(os.getpid) not in pids
    for n in range(count):
        (tmp_path / str(n)).write_text("go")
    assert await asyncio.gather(*slow) == [str(n) for n in range(count)]
    pool.close()
