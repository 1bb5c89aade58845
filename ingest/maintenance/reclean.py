"""The archive cleaned again, with today's method and all that its sites have shown of themselves.

    take       the sites of the articles concerned, one after the other
    learn      what the site repeats, from the texts of all its articles
    clean      in a worker: each article's stored pages, or its feed's text, with its entry as evidence; the text as
               it stands where neither is kept, and where the site itself has corrected it; without what the site
               repeats
    compare    by the hashes of text and title: what differs in no word makes no revision
    record     the revision; a dry run tells it and writes nothing

Each revision is a transaction of its own: a run that ends at any instant is simply run again.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from ingest.articles.boilerplate import repeated, without
from ingest.articles.content import Method, Verdict
from ingest.configuration.settings import Settings
from ingest.dedupe.fingerprint import content_hash, normalise
from ingest.errors import WorkError
from ingest.pipeline import new_pool, utc_now
from ingest.pipeline.whole import extract_stored
from ingest.text.words import word_count
from ingest.workers.pool import Pool
from ingest.workers.tasks import take_from_feed
from ingest.workers.writer import Writer
from storage.archive import Archive
from storage.articles import CurrentText
from storage.connection import check_current
from storage.reader import Reader
from storage.records import NewEntry, NewRevision, SiteProfile

IN_HAND = 8  # articles a worker: enough to keep it busy, few enough that their pages fit into memory

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recleaned:
    """What became of an article: `revision` if it is revised, the `reason` if its text was kept."""

    text: CurrentText
    outcome: Literal["revised", "unchanged", "kept"]
    revision: NewRevision | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """What cleaning again has brought."""

    verdict: Verdict
    reason: str | None
    revision: NewRevision


async def run_reclean(
    settings: Settings,
    archive: Path,
    *,
    since: datetime | None,
    site: str | None,
    dry_run: bool,
    tell: Callable[[Recleaned], None],
    clock: Callable[[], datetime] = utc_now,
) -> Counter[str]:
    """Tells of every article as it is done, ids ascending within a site; returns how many came to which outcome.

    Raises the archive's errors.
    """
    counts: Counter[str] = Counter()
    async with _opened(settings, archive, dry_run=dry_run) as (reader, writer, pool):
        since_at = since.strftime("%Y-%m-%dT%H:%M:%SZ") if since else None
        run = _Run(reader, writer, pool, settings.articles.method, clock, since_at)
        for host in reader.sites(since=run.since, site=site):
            known = await run.learn(host)
            articles = (run.clean(text, known) for text in reader.current_texts(host, since=run.since))
            async for done in _in_order(articles, width=IN_HAND * settings.articles.workers):
                counts[done.outcome] += 1
                tell(done)
            log.info("%s: done, %d articles so far", host, counts.total())
    return counts


@asynccontextmanager
async def _opened(
    settings: Settings, archive: Path, *, dry_run: bool
) -> AsyncIterator[tuple[Reader, Writer | None, Pool]]:
    with Reader(archive) as reader:  # before a writer, who would make a new archive
        if dry_run:
            check_current(archive, reader.schema_version())
        writer = None if dry_run else Writer(partial(Archive, archive, "reclean"))
        if writer:
            await writer.open()
        pool = new_pool(settings, settings.articles.workers)
        try:
            yield reader, writer, pool
        finally:
            pool.close()
            if writer:
                await writer.close()


@dataclass(frozen=True, slots=True)
class _Run:
    """`writer` is None in a dry run."""

    reader: Reader
    writer: Writer | None
    pool: Pool
    method: Method
    clock: Callable[[], datetime]
    since: str | None

    async def learn(self, site: str) -> SiteProfile:
        found: Counter[str] = Counter()
        for bodies in self.reader.first_bodies(site):
            found.update(repeated(bodies))
        if self.writer and found:
            now = self.clock()
            await self.writer(lambda archive: archive.add_boilerplate(site, found, now))
        return SiteProfile(self.reader.boilerplate(site) | found.keys())

    async def clean(self, text: CurrentText, known: SiteProfile) -> Recleaned:
        """Raises the archive's errors."""
        try:
            found = await self._again(text, known)
        except (WorkError, ValueError) as error:
            return Recleaned(text, "kept", reason=f"cleaning it again {getattr(error, 'cause', error)}")
        if found.verdict != "article":
            return Recleaned(text, "kept", reason=f"today's method finds no article: {found.reason}")
        revision = material(text, found.revision)
        if revision is None:
            return Recleaned(text, "unchanged")
        if self.writer:
            now = self.clock()
            await self.writer(lambda archive: archive.revise(text.id, revision, now))
        return Recleaned(text, "revised", revision)

    async def _again(self, text: CurrentText, known: SiteProfile) -> _Found:
        entry = self.reader.archived_entry(text.id)
        pages = [] if text.edited else self.reader.pages(text.id)
        if pages:
            entry = entry or NewEntry("", text.url, None)
            cleaned = await extract_stored(pages, entry, known, self.method, self.pool, self.clock())
        elif text.body_from == "feed" and entry and not pages and not text.edited:
            cleaned = await self.pool.run(take_from_feed, entry, self.clock(), known)
        else:
            return _Found("article", None, _without_boilerplate(text, known))
        new = cleaned.content
        revision = NewRevision(new.title, new.body, new.words, cleaned.content_hash, new.extractor)
        return _Found(new.verdict, new.reason, revision)


def _without_boilerplate(text: CurrentText, known: SiteProfile) -> NewRevision:
    body = without(text.body, known.boilerplate)
    if body == text.body:
        return NewRevision(text.title, body, text.words, text.content_hash, text.extractor)
    return NewRevision(text.title, body, word_count(body), content_hash(body), text.extractor)


def material(text: CurrentText, new: NewRevision) -> NewRevision | None:
    """The revision that `new` is worth (pure): where only case, spaces or punctuation differ, what is there stays."""
    same_body = new.content_hash == text.content_hash or new.content_hash == content_hash(text.body)
    same_title = not new.title or normalise(new.title) == normalise(text.title or "")
    if same_body and same_title:
        return None
    if same_body:
        return NewRevision(new.title, text.body, text.words, text.content_hash, text.extractor)
    return replace(new, title=text.title) if same_title else new


async def _in_order(jobs: Iterable[Coroutine[Any, Any, T]], *, width: int) -> AsyncIterator[T]:
    """The results in the order of the jobs, of which so many are begun at a time."""
    begun: deque[asyncio.Task[T]] = deque()
    try:
        for job in jobs:
            begun.append(asyncio.create_task(job))
            if len(begun) == width:
                yield await begun.popleft()
        while begun:
            yield await begun.popleft()
    finally:
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
