"""A cluster for those who must go on without it: the daemon and `ingest now`."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Self, TypeVar, TypeVarTuple

from ingest.errors import ClusterError
from ingest.workers.cluster import Cluster
from ingest.workers.pool import Pool
from ingest.workers.processes import WorkLimits
from ingest.workers.scheduler import Scheduler, cancel

T = TypeVar("T")
Args = TypeVarTuple("Args")

RETRY_S = 60.0
START_TIMEOUT_S = 5.0  # of the first try; then it goes on beside the work

log = logging.getLogger(__name__)


class FallingBack:
    """The workers of a cluster, or the local ones as long as it is gone. Both changes are logged."""

    def __init__(self, scheduler: Scheduler, limits: WorkLimits, local: Pool) -> None:
        self._scheduler = scheduler
        self._limits = limits
        self._local = local
        self._cluster: Cluster | None = None
        self._stack = AsyncExitStack()
        self._is_gone = asyncio.Event()
        self._is_tried = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._follow())
        with suppress(TimeoutError):
            async with asyncio.timeout(START_TIMEOUT_S):
                await self._is_tried.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._task:
            await cancel([self._task])
        await self._stack.aclose()

    @property
    def width(self) -> int:
        return self._cluster.width if self._cluster else self._local.width

    async def room(self) -> None:
        await (self._cluster or self._local).room()

    async def run(self, function: Callable[[*Args], T], *args: *Args) -> T:
        if cluster := self._cluster:
            try:
                return await cluster.run(function, *args)
            except ClusterError as error:
                if self._cluster is cluster:
                    self._go_local(error)
        return await self._local.run(function, *args)

    def _go_local(self, error: ClusterError) -> None:
        log.warning("%s; until it is back, the workers of this machine are used", error)
        self._cluster = None
        self._is_gone.set()

    async def _open(self) -> None:
        try:
            cluster = await self._stack.enter_async_context(Cluster(self._scheduler, self._limits))
        except ClusterError as error:
            self._go_local(error)
        else:
            self._is_gone.clear()
            self._cluster = cluster
            log.info("%s", cluster.description)

    async def _follow(self) -> None:
        while True:
            await self._open()
            self._is_tried.set()
            await self._is_gone.wait()
            await self._stack.aclose()
            await asyncio.sleep(RETRY_S)
