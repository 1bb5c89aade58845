"""`ingest backfill`: pages are recorded by the daemon that has the archive, and without one by this process."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from ingest.backfill import wire
from ingest.backfill.record import ArchiveRecorder, Recorder, Step
from ingest.backfill.run import Progress, read_crawl
from ingest.configuration.config import Config
from ingest.crawls.reading import Crawl
from ingest.daemon.control import DaemonEnded, ask_daemon, daemon_of
from ingest.maintenance.upkeep import upkeep
from ingest.pipeline import open_writer, utc_now
from ingest.pipeline.context import Reads
from ingest.workers.memory import give_large_blocks_back
from ingest.workers.workers import Workers
from ingest.workers.writer import Writer, reading_beside
from storage.crawls import CrawlState
from storage.errors import ArchiveGone, ArchiveLocked

RESTART_TIMEOUT_S, RESTART_POLL_S = 15.0, 0.2  # of a daemon that has ended: a lock that is taken keeps it from starting
MAX_CHANGES = 5  # in a row, of who has the archive, without a page recorded between


@dataclass(frozen=True, slots=True)
class DaemonRecorder:
    """Sends what is to be recorded to the daemon of the lock's record. Raises DaemonEnded."""

    daemon: dict[str, str]

    async def begin(self, crawl: Crawl, *, again: bool) -> CrawlState:
        request = {"crawl": asdict(crawl), "again": again}
        return wire.state_from_json(await ask_daemon(self.daemon, "backfill/begin", request))

    async def record(self, step: Step) -> "Counter[str]":
        return Counter(await ask_daemon(self.daemon, "backfill/record", wire.to_json(step)))

    async def end(self, crawl_id: int, error: str | None) -> None:
        await ask_daemon(self.daemon, "backfill/end", {"crawl_id": crawl_id, "error": error})


@dataclass(frozen=True, slots=True)
class _Context:
    """An `UpkeepContext`."""

    writer: Writer
    pool: Workers
    clock: Callable[[], datetime] = utc_now


async def backfill(
    config: Config,
    archive: Path,
    crawls: Sequence[Crawl],
    workers: Workers,
    *,
    again: bool,
    on_progress: Callable[[Progress], None],
    note: Callable[[str], None],
) -> list[Progress]:
    """Read the crawls into the archive. If a daemon ends or begins meanwhile, go on from where the archive stands.

    Raises the archive's errors and ClusterError.
    """
    give_large_blocks_back()
    run = _Run(config, archive, crawls, workers, again, on_progress, note)
    daemon = daemon_of(archive)
    changes = 0
    while True:
        recorded = run.recorded
        try:
            await (run.through(daemon) if daemon else run.alone())
        except (DaemonEnded, ArchiveLocked) as error:
            changes = changes + 1 if run.recorded == recorded else 1
            daemon = await _next_daemon(archive)
            if changes == MAX_CHANGES or (isinstance(error, ArchiveLocked) and not daemon):
                raise
            if not await asyncio.to_thread(archive.exists):  # another run would make a second archive in its place
                raise ArchiveGone(str(error)) from error
            note(f"{archive}: {error}")
        else:
            return run.done


@dataclass(slots=True)
class _Run:
    """A run of the command. `done` are the crawls that are read, `outcomes` those of each crawl by its key."""

    config: Config
    archive: Path
    crawls: Sequence[Crawl]
    workers: Workers
    again: bool
    on_progress: Callable[[Progress], None]
    note: Callable[[str], None]
    done: list[Progress] = field(default_factory=list)
    outcomes: "dict[str, Counter[str]]" = field(default_factory=dict)

    @property
    def recorded(self) -> int:
        return sum(counts.total() for counts in self.outcomes.values())

    async def through(self, daemon: dict[str, str]) -> None:
        """Let the daemon record the crawls that are left. Raises DaemonEnded."""
        self.note(f"{self.archive}: the daemon (process {daemon['pid']}) records what is read")
        async with reading_beside(self.archive) as reads:
            for crawl in self.crawls[len(self.done) :]:
                self.done.append(await self._read(crawl, DaemonRecorder(daemon), reads))

    async def alone(self) -> None:
        """Record the crawls that are left. Raises ArchiveLocked."""
        async with open_writer(self.archive, "backfill") as writer:
            recorder = ArchiveRecorder(writer, self.config.rules, utc_now)
            for crawl in self.crawls[len(self.done) :]:
                self.done.append(await writer.unless_failed(self._read(crawl, recorder, writer)))
                if not self.done[-1].was_read:
                    await upkeep(_Context(writer, self.workers))  # the next crawl's pages compress better

    async def _read(self, crawl: Crawl, recorder: Recorder, reads: Reads) -> Progress:
        again = self.again and crawl.key not in self.outcomes
        outcomes = self.outcomes.setdefault(crawl.key, Counter())
        return await read_crawl(
            self.config,
            crawl,
            recorder,
            reads,
            self.workers,
            again=again,
            outcomes=outcomes,
            on_progress=self.on_progress,
            clock=utc_now,
        )


async def _next_daemon(archive: Path) -> dict[str, str] | None:
    """Return the daemon that has the archive now. Wait for one that is being restarted."""
    deadline = time.monotonic() + RESTART_TIMEOUT_S
    while True:
        daemon = await asyncio.to_thread(daemon_of, archive)
        if daemon or time.monotonic() > deadline:
            return daemon
        await asyncio.sleep(RESTART_POLL_S)
