"""Work in other processes: nobody suffers for a neighbour, and a process that ends is replaced."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from lxml import etree

from ingest.errors import WorkError
from ingest.workers import pool as workers
from ingest.workers.pool import MAX_LIGHT_BYTES, MAX_QUEUED_PER_WORKER, Pool
from ingest.workers.processes import ForkServer, WorkLimits
from tests.command_run import until

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


def note_and_wait(path, _=b""):
    """Until somebody writes "go" into the file."""
    if not path.exists():
        path.write_text(str(os.getpid()))
    while path.read_text() != "go":
        time.sleep(0.005)
    return path.name


def noted(path):
    """The process that is at `note_and_wait`."""
    until(lambda: path.exists() and path.read_text())
    return int(path.read_text())


@pytest.fixture
async def pool():
    pool = Pool(1, WorkLimits(1.0, 1024, 64))
    yield pool
    pool.close()


@pytest.fixture
async def two():
    pool = Pool(2, WorkLimits(20.0, 1024, 64))
    yield pool
    pool.close()


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


# processes that end


async def test_an_idle_process_that_is_killed_is_replaced(pool):
    os.kill(await pool.run(os.getpid), signal.SIGKILL)
    assert await pool.run(max, 1, 2) == 2


async def test_a_call_is_not_blamed_for_the_ends_of_idle_processes(tmp_path):
    pool = Pool(5, WorkLimits(20.0, 1024, 64))
    paths = [tmp_path / str(n) for n in range(5)]
    calls = [asyncio.create_task(pool.run(note_and_wait, path)) for path in paths]
    pids = [await asyncio.to_thread(noted, path) for path in paths]
    for path in paths:
        path.write_text("go")
    await asyncio.gather(*calls)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    assert await pool.run(max, 1, 2) == 2
    pool.close()


@pytest.mark.parametrize("victims", [["worker"], ["fork server"], ["fork server", "worker"], ["worker", "fork server"]])
async def test_a_call_whose_process_is_killed_from_outside_is_run_again(one_fork_server, two, tmp_path, victims):
    call = asyncio.create_task(two.run(note_and_wait, tmp_path / "noted"))
    pids = {"worker": await asyncio.to_thread(noted, tmp_path / "noted"), "fork server": one_fork_server.pid}
    for victim in victims:
        os.kill(pids[victim], signal.SIGKILL)
    (tmp_path / "noted").write_text("go")
    assert await asyncio.gather(call, *(two.run(abs, -n) for n in range(5))) == ["noted", 0, 1, 2, 3, 4]


async def test_a_fork_server_that_is_killed_as_it_starts_is_replaced(monkeypatch):
    monkeypatch.setattr(workers, "MAX_FAILED_STARTS", 2)
    fork_server = ForkServer()
    pool = Pool(5, WorkLimits(20.0, 1024, 64), fork_server)
    calls = asyncio.gather(*(pool.run(abs, -n) for n in range(5)))
    await asyncio.sleep(0)
    os.kill(fork_server.pid, signal.SIGKILL)
    assert await calls == [0, 1, 2, 3, 4]
    pool.close()


async def test_where_no_process_can_be_started_the_call_fails(monkeypatch):
    monkeypatch.setattr(workers, "START_RETRY_S", 0.0)
    pool = Pool(1, WorkLimits(1.0, 1024, 64), ForkServer())
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/nowhere/python")
        with pytest.raises(WorkError, match="found no worker: none can be started"):
            await pool.run(abs, -1)
    assert await pool.run(abs, -1) == 1
    pool.close()


async def test_a_stopped_process_is_ended_after_a_while(pool, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "SLOW_S", 0.0)
    monkeypatch.setattr(workers, "KILL_GRACE_S", 0.1)
    call = asyncio.create_task(pool.run(note_and_wait, tmp_path / "noted"))
    os.kill(await asyncio.to_thread(noted, tmp_path / "noted"), signal.SIGSTOP)
    with pytest.raises(WorkError, match="took longer"):
        await call
    assert await pool.run(max, 1, 2) == 2


async def test_a_signal_to_all_processes_leaves_them_to_their_parent(one_fork_server, pool, two):
    pid, fork_server_pid = await pool.run(os.getpid), one_fork_server.pid
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
        os.kill(fork_server_pid, number)
    assert await pool.run(os.getpid) == pid
    await two.run(os.getpid)  # a new worker
    assert one_fork_server.pid == fork_server_pid


async def test_a_closed_pool_lets_nobody_wait(pool):
    tasks = [asyncio.create_task(pool.run(time.sleep, 60)) for _ in range(9)]
    await asyncio.sleep(0)
    pool.close()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert all(task.cancelled() for task in tasks)


PARENT = """
import asyncio, os, pathlib, sys
from ingest.workers.processes import ForkServer, WorkLimits
from ingest.workers.pool import Pool
from tests.unit.test_pool import note_and_wait

async def main():
    fork_server = ForkServer()
    pool = Pool(2, WorkLimits(60.0, 1024, 64), fork_server)
    calls = [asyncio.create_task(pool.run(note_and_wait, pathlib.Path(sys.argv[1]) / name)) for name in "ab"]
    await asyncio.sleep(0)
    print(fork_server.pid, flush=True)
    await asyncio.gather(*calls)

asyncio.run(main())
"""


def is_there(pid):
    """A zombie is not."""
    with suppress(OSError):
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False


@pytest.mark.parametrize("also", [[], ["the fork server"]])
def test_a_parent_that_is_killed_leaves_no_process_and_no_file_behind(tmp_path, also):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "TMPDIR": str(temporary)})
    fork_server = int(parent.stdout.readline())
    pids = [fork_server, noted(tmp_path / "a"), noted(tmp_path / "b")]
    if also:
        os.kill(fork_server, signal.SIGKILL)
        for name in "ab":  # at their next answer they find nobody
            (tmp_path / name).write_text("go")
    parent.kill()
    parent.communicate()
    until(lambda: not any(map(is_there, pids)))
    assert list(temporary.iterdir()) == []
