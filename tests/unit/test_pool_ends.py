"""Worker processes that end, hang or cannot be started; and the end of their parent."""

import asyncio
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from ingest.errors import WorkError
from ingest.workers import pool as workers
from ingest.workers.fork_server import HEADER
from ingest.workers.pool import Pool
from ingest.workers.processes import ForkServer, WorkLimits
from tests.command_run import until
from tests.worker_calls import note_and_wait, noted

NO_PID = 2**22 + 1  # greater than any process's id on Linux


async def test_an_idle_process_that_is_killed_is_replaced(pool):
    os.kill(await pool.run(os.getpid), signal.SIGKILL)
    assert await pool.run(max, 1, 2) == 2


def threads_of(pid):
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted in /proc")
async def test_the_fork_server_has_one_thread_so_that_its_forks_are_safe(one_fork_server, pool):
    assert await pool.run(os.getppid) == one_fork_server.pid
    assert await pool.run(threads_of, one_fork_server.pid) == 1


async def idle_processes(pool, count, folder):
    """Let the pool start `count` processes. Return their ids, in the order in which they are given calls."""
    paths = [folder / str(n) for n in range(count)]
    calls = [asyncio.create_task(pool.run(note_and_wait, path)) for path in paths]
    pids = [await asyncio.to_thread(noted, path) for path in paths]
    for path in paths:
        path.write_text("go")
    await asyncio.gather(*calls)
    return sorted(pids)


async def test_a_call_is_not_blamed_for_the_ends_of_idle_processes(tmp_path):
    pool = Pool(5, WorkLimits(20.0, 1024, 64))
    for pid in await idle_processes(pool, 5, tmp_path):
        os.kill(pid, signal.SIGKILL)
    assert await pool.run(max, 1, 2) == 2
    pool.close()


@pytest.mark.parametrize("size_bytes", [9, 900_000], ids=["small", "larger than a pipe holds"])
async def test_a_call_is_not_blamed_for_processes_that_end_before_they_have_read_it(tmp_path, size_bytes):
    pool = Pool(5, WorkLimits(20.0, 1024, 64))
    pids = await idle_processes(pool, 5, tmp_path)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    call = asyncio.create_task(pool.run(len, bytes(size_bytes)))
    await asyncio.sleep(0)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(until, lambda pid=pid: not is_there(pid))
        await asyncio.sleep(0.05)  # the pool gives the call to the next one
    assert await call == size_bytes
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


async def test_a_call_that_every_process_ends_before_it_has_read_it_fails(monkeypatch):
    class Ending(ForkServer):
        """Its workers say that they are there, and end when they have been sent a call."""

        def fork(self):
            ours, theirs = socket.socketpair()
            end_fd, their_end_fd = os.pipe()
            os.close(their_end_fd)
            message = pickle.dumps((NO_PID, None))
            theirs.sendall(HEADER.pack(len(message)) + message)
            ours.setblocking(False)
            asyncio.get_running_loop().call_later(0.02, theirs.close)
            return ours, end_fd

    monkeypatch.setattr(workers, "START_RETRY_S", 0.0)
    pool = Pool(1, WorkLimits(1.0, 1024, 64), Ending())
    with pytest.raises(WorkError, match="found no worker: none can be started"):
        await pool.run(abs, -1)
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
from tests.worker_calls import note_and_wait

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
