"""The workers of a Dask cluster: a real scheduler and real workers on loopback."""

import asyncio
import multiprocessing
import socket
from contextlib import asynccontextmanager, closing, suppress
from types import SimpleNamespace

import psutil
import pytest
from distributed.http.routing import RoutingApplication
from tornado.web import Application

from ingest.configuration.settings import ArticleSettings
from ingest.errors import ClusterError, ConfigError
from ingest.workers import cluster as clusters
from ingest.workers import fallback, versions
from ingest.workers import scheduler as schedulers
from ingest.workers.pool import MAX_QUEUED_PER_WORKER
from ingest.workers.processes import WorkLimits
from ingest.workers.scheduler import Connection, Scheduler, serves_dashboard
from ingest.workers.workers import open_workers
from tests.cluster_calls import end, fill, proxy_to, wait

pytestmark = [
    pytest.mark.xdist_group("cluster"),
    # distributed 2026.8 leaves the connections of a scheduler that is gone to the garbage collection
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

LOCAL_WIDTH = MAX_QUEUED_PER_WORKER


def on(cluster: str) -> ArticleSettings:
    return ArticleSettings(time_limit_s=0.5, page_memory_mb=64, workers=1, cluster=cluster)


async def test_a_call_that_ends_its_process_or_meets_a_limit_fails_alone(dask):
    async with open_workers(on(dask.address)) as workers:
        bad = [workers.run(end), workers.run(wait, 0, 9.0), workers.run(fill, 100 << 20), workers.run(int, "x")]
        answers = await asyncio.gather(*(workers.run(wait, n) for n in range(20)), *bad, return_exceptions=True)
    assert answers[:20] == list(range(20))
    assert [str(error) for error in answers[20:]] == [
        "ended its worker process (exit code 3)",
        "took longer than 0.5 s (articles.time_limit_s)",
        "needed more than 64 MB (articles.page_memory_mb)",
        "invalid literal for int() with base 10: 'x'",
    ]


async def test_a_dask_worker_that_is_killed_loses_nothing(dask):
    async with open_workers(on(dask.address)) as workers:
        running = asyncio.gather(*(workers.run(wait, n) for n in range(200)))
        await workers.run(wait, 0)  # the others are being worked on
        dask.workers[0].kill()
        dask.workers[0].wait()
        answers = await running
    assert answers == list(range(200))


async def test_the_width_follows_the_workers_and_the_size_of_the_calls(dask, monkeypatch):
    async with open_workers(on(dask.address)) as workers:
        assert workers.width in (64, 128)  # one worker, or two if no test has killed one
        monkeypatch.setattr(clusters, "MAX_IN_FLIGHT_BYTES", 40_000)
        assert await workers.run(len, bytes(40_000)) == 40_000
        assert workers.width == clusters.MAX_BATCH


@pytest.mark.parametrize("joins_late", [False, True])
async def test_a_worker_with_other_code_is_refused_by_name(dask, monkeypatch, joins_late):
    theirs = versions.extraction_version()["its code"]
    if joins_late:
        monkeypatch.setattr(Connection, "check_versions", lambda self: asyncio.sleep(0))
    monkeypatch.setattr(versions, "_digest", lambda: "0123456789ab")
    versions.extraction_version.cache_clear()
    with pytest.raises(ClusterError) as refused:
        async with open_workers(on(dask.address)) as workers:
            await workers.run(wait, 1)
    versions.extraction_version.cache_clear()
    assert f"has its code {theirs}, and here is its code 0123456789ab: " in str(refused.value)
    assert str(refused.value).startswith(f"{dask.address}: {'a worker' if joins_late else 'the scheduler'} has ")


async def test_what_was_in_flight_runs_again_when_the_scheduler_is_back(dask):
    async with proxy_to(dask.address) as proxy, open_workers(on(proxy.address)) as workers:
        running = asyncio.gather(*(workers.run(wait, n) for n in range(200)))
        await workers.run(wait, 0)
        await proxy.take_away()
        await proxy.open()
        assert await running == list(range(200))


async def test_a_scheduler_that_stays_away_ends_the_run_with_a_sentence(dask, monkeypatch):
    async with proxy_to(dask.address) as proxy, open_workers(on(proxy.address)) as workers:
        running = asyncio.gather(*(workers.run(wait, n) for n in range(200)), return_exceptions=True)
        await workers.run(wait, 0)
        monkeypatch.setattr(clusters, "GONE_TIMEOUT_S", 0.2)
        await proxy.take_away()
        answers = await running
        with pytest.raises(ClusterError) as gone:
            await workers.run(wait, 1)
    assert str(gone.value) == f"the scheduler at {proxy.address} is gone; run it again: it goes on where it was"
    assert isinstance(answers[-1], ClusterError)


async def test_it_ends_though_a_connection_that_closes_swallows_the_cancellation(monkeypatch):
    monkeypatch.setattr(schedulers, "CANCEL_INTERVAL_S", 0.05)
    closing_began = asyncio.Event()

    class Swallowing:
        """A scheduler whose first connection is lost, and swallows a cancellation while it closes."""

        where = "tcp://127.0.0.1:8786"
        connections = 0

        @asynccontextmanager
        async def connected(self):
            self.connections += 1
            nothing = asyncio.sleep
            yield SimpleNamespace(
                is_open=self.connections > 1,
                threads=lambda: nothing(0, {"worker": 1}),
                check_versions=lambda: nothing(0),
                find_dashboard=lambda: nothing(0),
            )
            if self.connections == 1:
                closing_began.set()
                with suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()

    async with asyncio.timeout(10), clusters.Cluster(Swallowing(), WorkLimits(1, 64, 64)):
        await closing_began.wait()


async def test_who_falls_back_goes_on_with_local_workers_and_returns_to_the_cluster(dask, monkeypatch, caplog):
    monkeypatch.setattr(fallback, "START_TIMEOUT_S", 30)  # the workers may have to join first
    monkeypatch.setattr(fallback, "RETRY_S", 0.1)
    async with (
        proxy_to(dask.address) as proxy,
        open_workers(on(proxy.address), falls_back=True) as workers,
    ):
        assert workers.width > LOCAL_WIDTH
        monkeypatch.setattr(clusters, "GONE_TIMEOUT_S", 0.2)
        await proxy.take_away()
        assert await asyncio.gather(*(workers.run(wait, n) for n in range(9))) == list(range(9))
        assert workers.width == LOCAL_WIDTH
        await proxy.open()
        async with asyncio.timeout(20):
            while workers.width == LOCAL_WIDTH:  # noqa: ASYNC110 (the product has no such event)
                await asyncio.sleep(0.02)
        assert await workers.run(wait, 1) == 1
    assert "is gone; run it again: it goes on where it was; until it is back, the workers of this" in caplog.text


async def test_a_local_cluster_is_on_loopback_and_ends_with_its_user():
    async with open_workers(on("local:1")) as workers:
        assert workers.description.startswith("local:1: 1 worker with 1 thread; ")
        listening = [c for p in multiprocessing.active_children() for c in psutil.Process(p.pid).net_connections()]
        assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"}
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(
    ("protocol", "remedy"),
    [
        ("tcp", "start one with `dask scheduler --host 127.0.0.1 --port {}`"),
        ("tls", "start one with `dask scheduler --protocol tls --port {}` on 127.0.0.1"),
    ],
)
async def test_a_missing_scheduler_is_said_at_once(protocol, remedy):
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(ClusterError) as missing:
            async with open_workers(on(f"{protocol}://127.0.0.1:{port}")):
                pass
    assert str(missing.value).endswith(f": no scheduler answers; {remedy.format(port)}")


async def test_no_dashboard_is_named_that_is_not_there(dask):
    """The scheduler was started with --no-dashboard, and names a port of one."""
    async with Scheduler(dask.address).connected() as connection:
        await connection.find_dashboard()
        assert connection.dashboard is None
    http = RoutingApplication([])
    assert not serves_dashboard(SimpleNamespace(http_application=http))
    http.add_application(Application())  # as --jupyter does
    assert not serves_dashboard(SimpleNamespace(http_application=http))
    http.add_application(type("DaskBokehTornado", (type("BokehTornado", (Application,), {}),), {})())
    assert serves_dashboard(SimpleNamespace(http_application=http))


@pytest.mark.parametrize("addresses", [["192.0.2.7"], ["127.0.0.1", "192.0.2.7"]])
def test_without_tls_only_a_scheduler_on_loopback_is_spoken_to(monkeypatch, addresses):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 8786)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(ConfigError, match=r"runs the code of everyone who can reach it; use tls://dask\.example:8786"):
        Scheduler("tcp://dask.example:8786")
