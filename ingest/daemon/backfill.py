"""`ingest backfill`: pages are recorded by the daemon that has the archive, and without one by this process."""

from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

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
    changes = 0
    begun: set[str] = set()  # the keys of the crawls that are not to be begun again

    def progressed(progress: Progress) -> None:
        nonlocal changes
        changes = 0 if progress.outcomes else changes
        begun.add(progress.crawl.key)
        on_progress(progress)

    def read(crawl: Crawl, recorder: Recorder, reads: Reads) -> Coroutine[Any, Any, Progress]:
        anew = again and crawl.key not in begun
        return read_crawl(config, crawl, recorder, reads, workers, again=anew, on_progress=progressed, clock=utc_now)

    done: list[Progress] = []
    while True:
        daemon = daemon_of(archive)
        try:
            if daemon:
                note(f"{archive}: the daemon (process {daemon['pid']}) records what is read")
                async with reading_beside(archive) as reads:
                    for crawl in crawls[len(done) :]:
                        progress = await read(crawl, DaemonRecorder(daemon), reads)
                        done.append(progress)
                return done
            async with open_writer(archive, "backfill") as writer:
                recorder = ArchiveRecorder(writer, config.rules, utc_now)
                for crawl in crawls[len(done) :]:
                    progress = await writer.unless_failed(read(crawl, recorder, writer))
                    done.append(progress)
                    if not progress.was_read:
                        await upkeep(_Context(writer, workers))  # the next crawl's pages compress better
                return done
        except (DaemonEnded, ArchiveLocked) as error:
            changes += 1
            if changes == MAX_CHANGES or not _goes_on(archive, error):
                raise
            note(f"{archive}: {error}")


def _goes_on(archive: Path, error: DaemonEnded | ArchiveLocked) -> bool:
    """Return whether the archive is there, and a daemon has it or nobody. Raise ArchiveGone if it is not there."""
    if isinstance(error, ArchiveLocked):
        return daemon_of(archive) is not None
    if not archive.exists():  # another run would make a second archive in its place
        raise ArchiveGone(str(error)) from error
    return True
