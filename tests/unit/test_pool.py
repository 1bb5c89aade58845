"""Work in other processes: alone at once, together when it waits, and nobody suffers for a neighbour."""

import asyncio
import os
import signal
import threading
import time
from collections import deque
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver

import pytest
from pebble.pool.process import WorkerManager

from ingest import processes, workers
from ingest.batches import BATCH_BYTES, BATCH_CALLS, Call, run_batch, take_batch
from ingest.errors import WorkError
from ingest.processes import WorkLimits
from ingest.workers import Pool
from tests.command_run import until


def len_of_so_many_bytes(count):
    return len(bytearray(count))


@pytest.fixture
def pool():
    pool = Pool(1, WorkLimits(1.0, 1024, 64))
    yield pool
    pool.close()


async def test_work_is_done_in_another_process(pool):
    assert await pool.run(os.getpid) != os.getpid()


async def test_processes_stay_between_calls(pool):
    assert await pool.run(os.getpid) == await pool.run(os.getpid)


async def test_a_call_that_takes_too_long_is_ended_and_the_next_one_works(pool):
    with pytest.raises(WorkError, match=r"longer than 1 s \(articles.time_limit_s\)"):
        await pool.run(time.sleep, 60)
    assert await pool.run(max, 1, 2) == 2


async def test_a_call_that_takes_too_much_memory_is_refused_and_the_next_one_works(pool):
    with pytest.raises(WorkError, match=r"more than 64 MB"):
        await pool.run(bytearray, 100 * 1024 * 1024)
    assert await pool.run(max, 1, 2) == 2


async def test_a_call_that_kills_its_process_is_reported_and_the_next_one_works(pool):
    with pytest.raises(WorkError, match="exit code 9"):
        await pool.run(os._exit, 9)
    assert await pool.run(max, 1, 2) == 2


async def test_an_exception_comes_back_as_it_was_raised(pool):
    with pytest.raises(ZeroDivisionError):
        await pool.run(divmod, 1, 0)


async def test_a_pool_that_was_never_used_starts_no_process(pool):
    assert pool._pool is None


# batches


def waiting(*sizes, alone=()):
    return deque(Call(len, (bytes(size),), None, n in alone) for n, size in enumerate(sizes))


def sizes(calls):
    return [call.size_bytes for call in calls]


@pytest.mark.parametrize(
    ("calls", "workers", "taken"),
    [(1, 2, 1), (2, 2, 1), (3, 2, 2), (6, 2, 3), (100, 2, BATCH_CALLS), (3, 1, 3), (100, 64, 2)],
)
def test_a_batch_is_small_and_leaves_the_other_workers_their_share(calls, workers, taken):
    queue = waiting(*range(calls))
    assert sizes(take_batch(queue, workers)) == list(range(taken))
    assert sizes(queue) == list(range(taken, calls))


def test_a_batch_is_bounded_in_bytes_but_takes_the_largest_call_by_itself():
    queue = waiting(BATCH_BYTES - 1, 1, 1, 5 * BATCH_BYTES, 1)
    assert sizes(take_batch(queue, 1)) == [BATCH_BYTES - 1, 1]
    assert sizes(take_batch(queue, 1)) == [1]
    assert sizes(take_batch(queue, 1)) == [5 * BATCH_BYTES]


def test_what_is_to_run_alone_does():
    queue = waiting(1, 2, 3, 4, alone=(1, 2))
    assert [sizes(take_batch(queue, 1)) for _ in range(4)] == [[1], [2], [3], [4]]


def test_a_batch_gives_each_call_its_own_result_and_leaves_no_alarm():
    (one, _), (none, error), (two, _) = run_batch([(abs, (-1,)), (divmod, (1, 0)), (abs, (-2,))], 5.0)
    assert (one, none, two, type(error)) == (1, None, 2, ZeroDivisionError)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


async def test_a_lone_call_goes_to_its_worker_at_once(pool):
    call = asyncio.create_task(pool.run(max, 1, 2))
    await asyncio.sleep(0)
    assert (len(pool._sent), len(pool._waiting)) == (1, 0)
    assert await call == 2


@pytest.fixture
def together(pool, monkeypatch):
    """Gives the results of calls that wait while the one worker is busy, and so go as one batch."""
    batches = []

    def take(*args):
        batches.append(take_batch(*args))
        return batches[-1]

    async def results(*calls):
        monkeypatch.setattr("ingest.workers.take_batch", take)
        before = [pool.run(abs, -n) for n in range(2)]
        answers = await asyncio.gather(*before, *(pool.run(*call) for call in calls), return_exceptions=True)
        assert list(map(len, batches[:3])) == [1, 1, len(calls)]
        return answers[2:]

    return results


async def test_an_exception_is_the_calls_own(together):
    one, error, two = await together((abs, -1), (divmod, 1, 0), (abs, -2))
    assert (one, type(error), two) == (1, ZeroDivisionError, 2)


@pytest.mark.parametrize(
    ("guilty", "reason"),
    [
        ((time.sleep, 60), "took longer than 1 s (articles.time_limit_s)"),
        ((bytearray, 100 * 1024 * 1024), "needed more than 64 MB (articles.page_memory_mb)"),
        ((os._exit, 9), "ended its worker process (exit code 9)"),
    ],
)
async def test_only_the_guilty_call_of_a_batch_fails(together, guilty, reason):
    one, error, two, three = await together((abs, -1), guilty, (abs, -2), (abs, -3))
    assert (one, two, three) == (1, 2, 3)
    assert isinstance(error, WorkError)
    assert str(error) == reason


async def test_a_result_that_cannot_be_sent_is_its_calls_own_fault(together):
    one, error = await together((abs, -1), (threading.Lock,))
    assert (one, type(error)) == (1, TypeError)


async def test_each_call_of_a_batch_has_the_whole_time_limit(together):
    assert await together(*[(time.sleep, 0.4)] * BATCH_CALLS) == [None] * BATCH_CALLS


async def test_a_call_that_needs_more_memory_gets_it_while_no_other_does(together):
    """Each would be beyond the limit by itself, were the one before it still there."""
    one, *larger = await together((abs, -1), *[(len_of_so_many_bytes, 45 * 1024 * 1024)] * 3)
    assert (one, larger) == (1, [45 * 1024 * 1024] * 3)


async def test_a_process_takes_no_more_than_its_own_limit_whatever_a_page_may():
    pool = Pool(1, WorkLimits(5.0, 128, 1000))
    with pytest.raises(WorkError, match=r"more than 128 MB \(articles.memory_limit_mb\)"):
        await pool.run(bytearray, 128 * 1024 * 1024)
    pool.close()


async def test_many_calls_each_get_their_own_answer():
    pool = Pool(2, WorkLimits(5.0, 1024, 64))
    answers = await asyncio.gather(*(pool.run(divmod, n, 7) for n in range(300)))
    assert answers == [divmod(n, 7) for n in range(300)]
    pool.close()


async def test_a_call_that_nobody_waits_for_does_not_go_to_a_worker(pool):
    tasks = [asyncio.create_task(pool.run(abs, -n)) for n in range(4)]
    await asyncio.sleep(0)
    tasks[2].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [answers[0], answers[1], answers[3]] == [0, 1, 3]
    assert isinstance(answers[2], asyncio.CancelledError)


async def test_an_idle_process_that_is_killed_is_replaced(pool):
    os.kill(await pool.run(os.getpid), signal.SIGKILL)
    assert await pool.run(max, 1, 2) == 2


def note_and_wait_once(path):
    """The first time until somebody ends it."""
    again = path.exists()
    path.write_text(str(os.getpid()))
    time.sleep(0 if again else 60)
    return "done"


@pytest.mark.parametrize("victims", [["the worker"], ["the fork server"], ["the worker", "the fork server"]])
async def test_a_call_whose_process_is_killed_from_outside_is_run_again(tmp_path, victims):
    pool = Pool(1, WorkLimits(5.0, 1024, 64))
    noted = tmp_path / "pid"
    call = asyncio.create_task(pool.run(note_and_wait_once, noted))
    await asyncio.to_thread(until, lambda: noted.exists() and noted.read_text())
    pids = {"the worker": int(noted.read_text()), "the fork server": forkserver._forkserver._forkserver_pid}
    for victim in victims:
        os.kill(pids[victim], signal.SIGKILL)
    assert await call == "done"
    pool.close()


@pytest.mark.parametrize("broken", [False, True])
async def test_a_call_that_pebble_has_lost_is_run_again(pool, monkeypatch, broken):
    monkeypatch.setattr(workers, "LOOK_S", 0.01)
    await pool.run(abs, -1)
    monkeypatch.setattr(workers, "GRACE_S", 600.0 if broken else -7.5)  # after 8 calls of 1 s
    pebbles = pool._pool
    with monkeypatch.context() as losing:
        losing.setattr(pebbles, "schedule", lambda *_, **__: Future())
        lost = asyncio.create_task(pool.run(max, 1, 2))
        await asyncio.sleep(0)
    if broken:
        processes.end(pebbles)
    assert await lost == 2


async def test_processes_that_are_killed_as_they_start_are_replaced_and_nobody_is_forgotten(pool, monkeypatch):
    start = WorkerManager.create_workers

    def killed_at_first(manager):
        monkeypatch.setattr(WorkerManager, "create_workers", start)
        raise BrokenProcessPool

    monkeypatch.setattr(WorkerManager, "create_workers", killed_at_first)
    assert await asyncio.gather(*(pool.run(abs, -n) for n in range(5))) == [0, 1, 2, 3, 4]


async def test_a_closed_pool_lets_nobody_wait(pool):
    tasks = [asyncio.create_task(pool.run(time.sleep, 60)) for _ in range(9)]
    await asyncio.sleep(0)
    pool.close()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert all(task.cancelled() for task in tasks)
