"""Recording pages of a crawl in one transaction: entries, what becomes of them, and how far the crawl is read."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from ingest.crawls.reading import Crawl
from ingest.dedupe.urls import canonical_url
from ingest.hosts import host_key
from ingest.pipeline.context import Observer
from ingest.pipeline.fetch_page import pending_at
from ingest.pipeline.fetched import Fetched, Shortfall
from ingest.pipeline.record import decide_and_write, ruled, settle_known
from ingest.rules.rule import Rules
from ingest.workers.writer import Writer
from storage.archive import Archive
from storage.crawls import BACKFILL, CrawlState
from storage.errors import ArchiveError
from storage.records import NewEntry, Outcome, PendingEntry

KNOWN_ALREADY = "recorded before"
"""In counts: pages whose record is an entry already, from this crawl under another name or from a copy of it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a crawl: its entry, and what was fetched for it. None: it needed nothing, the archive knows it."""

    entry: NewEntry
    result: Fetched | Shortfall | None


@dataclass(frozen=True, slots=True)
class Step:
    """The pages of a crawl after the position `after` up to the position `to`, and how many answers are no pages."""

    crawl_id: int
    after: str
    to: str
    pages: Sequence[Page] = ()
    others: int = 0


class Recorder(Protocol):
    """Where pages are recorded. Raises the archive's errors."""

    async def begin(self, crawl: Crawl, *, again: bool) -> CrawlState:
        """Return where a crawl stands. With `again` it is read from its beginning."""

    async def record(self, step: Step) -> "Counter[str]":
        """Record a step, once. Return how many pages have which outcome."""

    async def end(self, crawl_id: int, error: str | None) -> None: ...


def entry_of(guid: str, url: str) -> NewEntry:
    """Return the entry of a page: all that is known before the page is read."""
    return NewEntry(guid, url or None, None, canonical_url=canonical_url(url) if url else None, host=host_key(url))


def pending_of(entry: NewEntry, source_id: int = 0, entry_id: int = 0) -> PendingEntry:
    """Return an entry for the article stage. Its guid names a record, and not an article that others announce too."""
    return replace(pending_at(entry.url or "", BACKFILL), id=entry_id, feed_id=source_id)


@dataclass(frozen=True, slots=True)
class ArchiveRecorder:
    """Records in the archive that this process writes to."""

    writer: Writer
    rules: Rules
    clock: Callable[[], datetime]
    observers: Sequence[Observer] = ()

    async def begin(self, crawl: Crawl, *, again: bool) -> CrawlState:
        return await self.writer(partial(_begin, crawl=crawl, again=again, now=self.clock()))

    async def record(self, step: Step) -> "Counter[str]":
        rules, now = self.rules, self.clock()
        if rules.rules:
            step = await asyncio.to_thread(_ruled, step, rules)  # texts may be long
        source_id, counts = await self.writer(partial(_record, step=step, rules=rules, now=now))
        for observer in self.observers:
            for outcome in Outcome:
                for _ in range(counts[outcome]):
                    observer.settled(source_id, outcome)
        return counts

    async def end(self, crawl_id: int, error: str | None) -> None:
        now = self.clock()
        await self.writer(lambda archive: archive.end_crawl(crawl_id, now, error))


def _begin(archive: Archive, *, crawl: Crawl, again: bool, now: datetime) -> CrawlState:
    archive.backfill_source(now)
    return archive.begin_crawl(crawl.key, crawl.path, crawl.kind, crawl.size_bytes, now, again=again)


def _ruled(step: Step, rules: Rules) -> Step:
    pages = (
        replace(page, result=ruled(pending_of(page.entry), page.result, rules))
        if isinstance(page.result, Fetched)
        else page
        for page in step.pages
    )
    return replace(step, pages=tuple(pages))


def _record(archive: Archive, *, step: Step, rules: Rules, now: datetime) -> tuple[int, "Counter[str]"]:
    """Return the id of the source, and the counts. A step whose beginning the crawl has left is recorded already."""
    source_id = archive.backfill_source(now)
    recorded = archive.entries_with_guids(source_id, [page.entry.guid for page in step.pages])
    filtered = {record: id_ for record, (id_, outcome) in recorded.items() if outcome is Outcome.FILTERED}
    pages = {(page.entry.guid, page.entry.url): page for page in step.pages}
    new = {record: page for record, page in pages.items() if record not in recorded or record in filtered}
    if not archive.move_crawl(step.crawl_id, step.after, step.to, len(step.pages), step.others, now):
        return source_id, Counter()
    counts = +Counter[str]({KNOWN_ALREADY: len(step.pages) - len(new)})
    for record, page in new.items():
        filtered_id = filtered.get(record)
        try:
            with archive.savepoint():
                counts[_record_page(archive, source_id, filtered_id, page, rules, now)] += 1
        except ArchiveError:
            raise
        except Exception as fault:  # a fault of ours must not stop the others
            if not archive.in_transaction:  # SQLite has rolled back all of it: a full or failing disk
                raise
            log.exception("recording %s", page.entry.url)
            fallen = Shortfall(Outcome.FAILED, f"a fault in ingest: {fault!r}")
            counts[_record_page(archive, source_id, filtered_id, replace(page, result=fallen), rules, now)] += 1
    return source_id, counts


def _record_page(
    archive: Archive, source_id: int, filtered_id: int | None, page: Page, rules: Rules, now: datetime
) -> str:
    """Record a page with its entry, or with the one that a rule has filtered before. Return the outcome."""
    if filtered_id is not None:
        archive.take_up([filtered_id], now)
    pending = pending_of(page.entry, source_id, filtered_id or archive.add_entry(source_id, page.entry, now))
    if known := settle_known(archive, pending, rules, now):
        return known
    result = page.result or Shortfall(Outcome.FAILED, "what it led to was forgotten or split off meanwhile")
    decision = decide_and_write(archive, pending, result, now)
    assert decision.outcome
    return decision.outcome
