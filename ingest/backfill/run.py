"""A crawl, read page after page, and recorded in its order."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any

from ingest.articles.metadata.next_page import first_page
from ingest.backfill.inventory import Inventory, is_html
from ingest.backfill.record import Page, Recorder, Step, entry_of, pending_of
from ingest.backfill.source import CrawledPages
from ingest.configuration.config import Config
from ingest.configuration.settings import Settings
from ingest.crawls.answers import Answer, BadBody, CrawlError, Unreadable
from ingest.crawls.reading import Crawl
from ingest.errors import ClusterError
from ingest.pipeline.context import Reads
from ingest.pipeline.fetch_page import fetch_article
from ingest.pipeline.fetched import Fetched, Shortfall, keys_of
from ingest.pipeline.record import before_fetch, key_of
from ingest.text.markup import clean_line
from ingest.web.request import RequestOptions
from ingest.workers.in_order import in_order
from ingest.workers.workers import Workers
from storage.crawls import CrawlState
from storage.errors import ArchiveError
from storage.reader import Queries
from storage.records import NewEntry, Outcome, PendingEntry

GROUP = 32  # pages of a transaction
MAX_STEP_BYTES = 16 * 1024 * 1024  # of texts and compressed pages: a daemon takes a step in one request
READ_AT_ONCE = 256  # answers: the crawl is read in a thread beside the loop

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Progress:
    """How far a crawl is read: `done` of its `pages`, those of earlier runs included, and this run's by outcome.

    `others` are answers that are no pages; `skipped` counts, by reason, what cannot be read as an answer. `error` says
    where and why reading has ended before the crawl's end. `was_read`: an earlier run has read it to its end.
    """

    crawl: Crawl
    pages: int = 0
    done: int = 0
    others: int = 0
    outcomes: "Counter[str]" = field(default_factory=Counter)
    skipped: "Counter[str]" = field(default_factory=Counter)
    error: str | None = None
    was_read: bool = False


async def read_crawl(
    config: Config,
    crawl: Crawl,
    recorder: Recorder,
    reads: Reads,
    workers: Workers,
    *,
    again: bool,
    outcomes: "Counter[str]",
    on_progress: Callable[[Progress], None],
    clock: Callable[[], datetime],
) -> Progress:
    """Read a crawl from where it was left, and record its pages. Call `on_progress` after each transaction.

    With `again` it is read from its beginning, for what rules have dropped. `outcomes` are counted on.

    Raises the archive's errors and ClusterError.
    """
    articles = config.settings.articles.model_copy(update={"tries": 1})  # a crawl has what it has
    config = replace(config, settings=config.settings.model_copy(update={"articles": articles}))
    return await _Backfill(config, crawl, recorder, reads, workers, clock, on_progress).run(again, outcomes)


@dataclass(frozen=True, slots=True)
class _Context:
    """A `FetchContext`."""

    config: Config
    client: CrawledPages
    pool: Workers
    writer: Reads
    clock: Callable[[], datetime]
    rng: random.Random = field(default_factory=random.Random)
    requests: Mapping[str, RequestOptions] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return self.config.settings


@dataclass(frozen=True, slots=True)
class _Read:
    """A page, where reading goes on after it, and how many answers before it are no pages."""

    page: Page
    position: str
    others: int


@dataclass(slots=True)
class _Backfill:
    config: Config
    crawl: Crawl
    recorder: Recorder
    reads: Reads
    workers: Workers
    clock: Callable[[], datetime]
    on_progress: Callable[[Progress], None]
    source_id: int = 0
    inventory: Inventory = field(init=False)
    _rest: Step = field(init=False)  # what follows the last page: answers that are none
    _error: str | None = None
    _alone: set[str] = field(default_factory=set)  # addresses of pages that no numbered page continues

    async def run(self, again: bool, outcomes: "Counter[str]") -> Progress:
        state = await self.recorder.begin(self.crawl, again=again)
        done, others = (state.pages, state.others) if state.position else (0, 0)
        progress = Progress(self.crawl, done=done, others=others, outcomes=outcomes)
        if state.ended_at and not state.error and self.crawl.is_at_end(state.position):
            progress.was_read, progress.pages = True, state.pages
            return progress
        self.source_id = await self.reads.read(lambda archive: archive.backfill_id() or 0)
        self.inventory = await asyncio.to_thread(Inventory, self.crawl)
        progress.pages, progress.skipped = self.inventory.pages, self.inventory.skipped
        self.on_progress(progress)
        try:
            await self._read(state, progress)
        except (CrawlError, Unreadable) as error:  # the file is gone, or another
            self._error = str(error)
        progress.error = self._error
        await self.recorder.end(state.id, self._error)
        return progress

    async def _read(self, state: CrawlState, progress: Progress) -> None:
        """Record a step while the next one is read."""
        recording: asyncio.Task[None] | None = None
        async with aclosing(self._steps(state)) as steps:
            try:
                async for step in steps:
                    if recording:
                        await recording
                    recording = asyncio.create_task(self._record(step, progress))
            finally:
                if recording:
                    await recording

    async def _record(self, step: Step, progress: Progress) -> None:
        progress.outcomes += await self.recorder.record(step)
        progress.done += len(step.pages)
        progress.others += step.others
        self.on_progress(progress)

    async def _steps(self, state: CrawlState) -> AsyncGenerator[Step]:
        position = state.position
        self._rest = Step(state.id, position, position)
        group: list[_Read] = []
        async with aclosing(in_order(self._work(position), lambda: GROUP + self.workers.width)) as reads:
            async for read in reads:
                group.append(read)
                if len(group) == GROUP or sum(map(_size_bytes, group)) > MAX_STEP_BYTES:
                    yield _step(state.id, position, group)
                    position, group = read.position, []
        if group:
            yield _step(state.id, position, group)
            position = group[-1].position
        if self._rest.to != position:
            yield replace(self._rest, after=position)

    async def _work(self, position: str) -> AsyncIterator[Coroutine[Any, Any, _Read]]:
        """Yield the work on each page. At the end, `_rest` and `_error` say what follows."""
        reading, others = self.crawl.answers(position), 0
        while self._error is None:
            read, self._error = await asyncio.to_thread(_next_of, reading)
            for answer in read:
                if is_html(answer):
                    yield self._page(answer, others)
                    others = 0
                else:
                    others += 1
            self._rest = replace(self._rest, to=reading.position, others=others)
            if not read:
                return

    async def _page(self, answer: Answer, others: int) -> _Read:
        entry = entry_of(answer.id, answer.url)
        return _Read(Page(entry, await self._result(answer, entry)), answer.position, others)

    async def _result(self, answer: Answer, entry: NewEntry) -> Fetched | Shortfall | None:
        pending = pending_of(entry)
        if not entry.canonical_url:
            return Shortfall(Outcome.NO_TEXT, "the page does not say at which address it was")
        if await self.reads.read(lambda archive: self._is_known(archive, entry, pending)):
            return None
        now = self.clock()
        fetched_at = min(answer.fetched_at or now, now)
        pages = CrawledPages(answer, self.inventory, self.config.settings.web.max_bytes)
        context = _Context(self.config, pages, self.workers, self.reads, lambda: fetched_at)
        try:
            result: Fetched | Shortfall | None = await self._from_first_page(pending, context)
            result = result or await fetch_article(pending, context, fetched_at, announced=False)
        except (ArchiveError, ClusterError, CrawlError, Unreadable):
            raise
        except BadBody as error:
            return Shortfall(Outcome.FAILED, str(error))
        except Exception as fault:  # a fault of ours must not stop the others
            log.exception("reading %s", answer.url)
            return Shortfall(Outcome.FAILED, f"a fault in ingest: {fault!r}")
        if answer.truncated and isinstance(result, Fetched) and result.content.verdict == "article":
            return _cut(result, f"the crawl has only the beginning of the page ({clean_line(answer.truncated)})")
        return result

    async def _from_first_page(self, pending: PendingEntry, context: _Context) -> Fetched | None:
        """Return the article of which this is a later page: a crawl may have its pages in any order."""
        first_url = first_page(pending.url or "")
        if not first_url or first_url in self._alone or not self.inventory.find(first_url):
            return None
        first = replace(pending, url=first_url)
        result = await fetch_article(first, context, context.clock(), announced=False)
        if not isinstance(result, Fetched) or key_of(pending) not in result.later_keys:
            self._alone.add(first_url)
            return None
        # An article that one of the other pages has led to has not this page's text.
        others = {key for page in result.pages for key in keys_of(page.url, page.final_url)} - {key_of(pending)}
        return None if await self.reads.read(lambda archive: archive.aliased(others)) else result

    def _is_known(self, archive: Queries, entry: NewEntry, pending: PendingEntry) -> bool:
        recorded = archive.entries_with_guids(self.source_id, [entry.guid]).get((entry.guid, entry.url))
        if recorded and recorded[1] is not Outcome.FILTERED:
            return True
        return before_fetch(archive, pending, key_of(pending), self.config.rules) is not None


def _cut(fetched: Fetched, reason: str) -> Fetched:
    """Return the article as one of which only the beginning is there."""
    content = replace(fetched.content, access="partial", access_reason=reason)
    return replace(fetched, extracted=replace(fetched.extracted, content=content))


def _size_bytes(read: _Read) -> int:
    result = read.page.result
    if not isinstance(result, Fetched):
        return 0
    return len(result.content.body) + sum(len(page.html) for page in result.pages)


def _step(crawl_id: int, after: str, read: Sequence[_Read]) -> Step:
    return Step(
        crawl_id, after, read[-1].position, tuple(each.page for each in read), sum(each.others for each in read)
    )


def _next_of(answers: Iterator[Answer]) -> tuple[list[Answer], str | None]:
    """Return the next answers, and the damage after them."""
    read: list[Answer] = []
    try:
        read.extend(islice(answers, READ_AT_ONCE))
    except CrawlError as error:
        return read, str(error)
    return read, None
