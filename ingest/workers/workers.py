"""What runs the calls: worker processes of this machine, or those of a Dask cluster."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from typing import Protocol, TypeVar, TypeVarTuple

from ingest.configuration.settings import ArticleSettings
from ingest.workers.pool import Pool
from ingest.workers.processes import WorkLimits

T = TypeVar("T")
Args = TypeVarTuple("Args")


class Workers(Protocol):
    """`width`: how many calls in flight keep all workers busy, and fit into memory. It may change."""

    @property
    def width(self) -> int: ...

    async def room(self) -> None:
        """Wait until there are few waiting calls."""

    async def run(self, function: Callable[[*Args], T], *args: *Args) -> T:
        """Run the call in a worker. Raise WorkError if it takes too long, too much memory, or ends its process."""


@asynccontextmanager
async def open_workers(
    articles: ArticleSettings, *, falls_back: bool = False, note: Callable[[str], None] | None = None
) -> AsyncIterator[Workers]:
    """Open the workers of the cluster that the settings name, else those of this machine.

    `falls_back`: local workers take the calls as long as the cluster is gone. `note` is called with a line that says
    which workers these are. Raises ConfigError or ClusterError if there is no such cluster; with `falls_back`,
    ConfigError only.
    """
    limits = WorkLimits(articles.time_limit_s, articles.memory_limit_mb, articles.page_memory_mb)
    with closing(Pool(articles.workers, limits)) as local:
        if not articles.cluster:
            yield local
            return
        from ingest.workers.cluster import Cluster
        from ingest.workers.fallback import FallingBack
        from ingest.workers.scheduler import Scheduler

        scheduler = Scheduler(articles.cluster)
        opened = FallingBack(scheduler, limits, local) if falls_back else Cluster(scheduler, limits)
        async with opened as chosen:
            if note and isinstance(chosen, Cluster):
                note(chosen.description)
            yield chosen
