"""The door to Dask: where its scheduler is, and a connection to it. Only this module imports distributed."""

import asyncio
import ipaddress
import logging
import multiprocessing
import signal
import socket
import warnings
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ingest.errors import ClusterError, ConfigError
from ingest.workers.versions import differences, extraction_version, is_installed

CONNECT_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 2.0
GONE_CLOSE_TIMEOUT_S = 0.2  # of a client whose scheduler is gone: it would try to connect again
CANCEL_INTERVAL_S = 3.0  # longer than a connection needs to close
LIBRARY_OPTIONS = {
    "distributed.admin.large-graph-warning-threshold": "1 GB",  # else Dask warns above 10 MB: a page may have that much
    # Of a local cluster: 5 % of a core went to the statistics of the scheduler and of each worker.
    "distributed.admin.tick.interval": "500 ms",
    "distributed.admin.system-monitor.interval": "5 s",
    "distributed.worker.profile.enabled": False,
}
DASHBOARD_PORT = 8787
LOOPBACK = "127.0.0.1"
LOGGERS = ("distributed", "distributed.client", "distributed.scheduler", "tornado", "tornado.application", "bokeh")


class Scheduler:
    """The scheduler of a cluster: `where` is "local:N", "tcp://host:port" or "tls://host:port".

    A scheduler runs whatever its clients send, and everyone who can reach one without TLS is a client: only one on
    loopback is spoken to without TLS. Raises ConfigError for any other, and if distributed is not installed.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self._local_workers = int(where.removeprefix("local:")) if where.startswith("local:") else 0
        if not is_installed("distributed"):
            raise ConfigError(f"{where}: a cluster needs distributed; `pip install 'ingest[cluster]'` installs it")
        self._address = where if self._local_workers or where.startswith("tls://") else _loopback_address(where)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["Connection"]:
        """Connect to the scheduler; start it and its workers if it is local. Raises ClusterError."""
        with _quiet_libraries():
            from distributed import Client, LocalCluster

            async with AsyncExitStack() as stack:
                address: Any = self._address
                if self._local_workers:
                    address = await stack.enter_async_context(_local(LocalCluster, self._local_workers))
                try:
                    if not self._local_workers:
                        await _knock(urlsplit(address))
                    client = Client(  # type: ignore[no-untyped-call]
                        address, asynchronous=True, set_as_default=False, timeout=CONNECT_TIMEOUT_S, name="ingest"
                    )
                    stack.push_async_callback(_closed, client)
                    await client
                except (OSError, TypeError, ValueError) as error:
                    raise ClusterError(_unreachable(self.where, error)) from error
                yield Connection(self.where, client)


class Connection:
    """A connection to a scheduler. `dashboard` is the address of its pages, once it is found; None if it has none."""

    def __init__(self, where: str, client: Any) -> None:  # noqa: ANN401 (distributed has no types)
        self._where = where
        self._client = client
        self.dashboard: str | None = None

    @property
    def is_open(self) -> bool:
        is_running: bool = self._client.status == "running"
        return is_running

    async def find_dashboard(self) -> None:
        if await self._client.run_on_scheduler(serves_dashboard):
            self.dashboard = self._client.dashboard_link

    async def threads(self) -> dict[str, int]:
        """Return the number of threads of each worker, by its address. Raises OSError if the scheduler is gone."""
        threads: dict[str, int] = await self._client.scheduler.ncores()
        return threads

    async def check_versions(self) -> None:
        """Raise ClusterError if the scheduler or a worker has no ingest, or another version."""
        theirs = {"the scheduler": await self._version_of_scheduler()}
        theirs |= await self._client.run(extraction_version, on_error="return")
        for name, version in theirs.items():
            if isinstance(version, OSError):  # it has gone meanwhile
                continue
            if isinstance(version, Exception):  # its module or its function is not there, as it is or as text
                raise ClusterError(
                    f"{self._where}: {_name(name)} has no ingest that could work for this one ({version});"
                    f" install ingest {extraction_version()['ingest']} in its environment, and restart it"
                )
            self.check_version(name, version)

    def check_version(self, name: str, version: Any) -> None:  # noqa: ANN401 (whatever a worker has returned)
        if version != extraction_version():
            there, here = differences(version, extraction_version())
            raise ClusterError(
                f"{self._where}: {_name(name)} has {there}, and here is {here}: it would extract other texts;"
                " install the same versions there, and restart it"
            )

    async def _version_of_scheduler(self) -> Any:  # noqa: ANN401
        try:
            return await self._client.run_on_scheduler(extraction_version)
        except Exception as error:  # noqa: BLE001 (judged like those of the workers)
            return error

    async def submit(self, function: Any, *args: Any) -> Any:  # noqa: ANN401
        """Run an `async def` function in a worker's event loop. Raises Lost or WorkersDied."""
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        future = self._client.submit(function, *args, pure=False)
        try:
            return await future
        except KilledWorker as error:
            raise WorkersDied from error
        except (FutureCancelledError, OSError) as error:
            raise Lost from error
        finally:
            future.release()


class Lost(Exception):
    """The connection to the scheduler is lost."""


class WorkersDied(Exception):
    """Every worker that ran this task died; so perhaps because of another task."""


async def cancel(tasks: Iterable["asyncio.Task[None]"]) -> None:
    """Cancel the tasks until they have ended: while distributed closes a connection, it swallows a cancellation."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        ended, left = await asyncio.wait(left, timeout=CANCEL_INTERVAL_S)
        await asyncio.gather(*ended, return_exceptions=True)


def serves_dashboard(dask_scheduler: Any) -> bool:  # noqa: ANN401
    """Return whether a scheduler has a dashboard. Called in the scheduler, which gives itself by this name.

    With --no-dashboard, without bokeh or with an old one, it names a port of a dashboard all the same.
    """
    served = dask_scheduler.http_application.applications
    return any(kind.__name__ == "BokehTornado" for each in served for kind in type(each).__mro__)


def _loopback_address(where: str) -> str:
    """Return the address in numbers: looked up again, the name might have another. Raise ConfigError if it is not
    loopback.
    """
    url = urlsplit(where)
    host, port = url.hostname or "", url.port
    try:
        found = [info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError as error:
        raise ConfigError(f"{where}: the host {host} has no address ({error.strerror}); correct the name") from error
    addresses = [ipaddress.ip_address(str(address).partition("%")[0]) for address in found]
    if not all(address.is_loopback for address in addresses):
        raise ConfigError(
            f"{where}: {host} is another machine, and a scheduler without TLS runs the code of everyone who can reach"
            f" it; use tls://{host}:{port}, or an SSH tunnel (`ssh -N -L {port}:127.0.0.1:{port} {host}`) and"
            f" tcp://127.0.0.1:{port}"
        )
    address = addresses[0]
    return f"tcp://[{address}]:{port}" if address.version == 6 else f"tcp://{address}:{port}"  # noqa: PLR2004 (IPv6)


async def _knock(address: SplitResult) -> None:
    """Raise OSError if nothing listens there: distributed would try again until its timeout."""
    async with asyncio.timeout(CONNECT_TIMEOUT_S):
        writer = (await asyncio.open_connection(address.hostname, address.port))[1]
    writer.close()


def _unreachable(where: str, error: Exception) -> str:
    if where.startswith("tls://") and not isinstance(error, OSError):
        return (
            f"{where}: there is no certificate to connect with; name one in Dask's configuration, with the keys"
            " distributed.comm.tls.ca-file and distributed.comm.tls.client"
        )
    url = urlsplit(where)
    options = (
        f"--protocol tls --port {url.port}` on {url.hostname}"
        if url.scheme == "tls"
        else f"--host 127.0.0.1 --port {url.port}`"
    )
    return f"{where}: no scheduler answers; start one with `dask scheduler {options}"


@asynccontextmanager
async def _local(cluster_type: Any, workers: int) -> AsyncIterator[Any]:  # noqa: ANN401
    """Start a scheduler in this process, and worker processes; all of it on loopback."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # Ctrl-C signals the workers too: we end them
    try:
        cluster = await cluster_type(
            n_workers=workers,
            threads_per_worker=1,
            host=LOOPBACK,
            dashboard_address=f"{LOOPBACK}:{DASHBOARD_PORT}",
            asynchronous=True,
            silence_logs=logging.CRITICAL,
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise ClusterError(f"local:{workers}: its workers cannot be started ({error}); use fewer, or none") from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    try:
        yield cluster
    finally:
        for nanny in cluster.workers.values():
            nanny.auto_restart = False
        for process in multiprocessing.active_children():  # asked to end, a worker would end its batch first
            process.kill()
        with suppress(TimeoutError):
            await cluster.close(timeout=CLOSE_TIMEOUT_S)


async def _closed(client: Any) -> None:  # noqa: ANN401
    timeout_s = CLOSE_TIMEOUT_S if client.status == "running" else GONE_CLOSE_TIMEOUT_S
    with suppress(Exception):
        await client.close(timeout=timeout_s)


def _name(address: str) -> str:
    return f"the worker {address}" if "://" in address else address


@contextmanager
def _quiet_libraries() -> Iterator[None]:
    """Keep off stderr what distributed logs and warns of: `cluster` logs what a user can use."""
    import dask

    with dask.config.set({"logging": dict.fromkeys(LOGGERS, "critical")}):
        import distributed  # it sets up its log, and its part of the configuration, when it is imported

    with dask.config.set(LIBRARY_OPTIONS):
        for name in LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r"(?s)\s*Port \d+ is already in use")
            warnings.filterwarnings("ignore", category=distributed.versions.VersionMismatchWarning)
            yield
