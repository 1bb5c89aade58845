"""Pages of a crawl, recorded by the daemon that has the archive."""

from collections import Counter
from dataclasses import dataclass

from ingest.backfill import wire
from ingest.backfill.record import Step
from ingest.daemon.control import ask_daemon
from storage.crawls import CrawlState


@dataclass(frozen=True, slots=True)
class DaemonRecorder:
    """Sends what is to be recorded to the daemon of the lock's record. Raises DaemonEnded."""

    daemon: dict[str, str]

    async def begin(self, *, key: str, path: str, kind: str, size_bytes: int) -> CrawlState:
        found = {"key": key, "path": path, "kind": kind, "size_bytes": size_bytes}
        return wire.state_from_json(await ask_daemon(self.daemon, "backfill/begin", found))

    async def record(self, step: Step) -> "Counter[str]":
        return Counter(await ask_daemon(self.daemon, "backfill/record", wire.to_json(step)))

    async def end(self, crawl_id: int, error: str | None) -> None:
        await ask_daemon(self.daemon, "backfill/end", {"crawl_id": crawl_id, "error": error})
