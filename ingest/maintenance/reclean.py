"""Cleaning the archive's articles again, with today's method and today's knowledge of their sites.

    sites      take the sites of the chosen articles, one after the other
    learn      find what the site repeats in the texts of all its articles
    extract    in a worker: the kept pages of each article's latest text, or its feed's text; else take the latest text
               as it is, and leave out what the site repeats
    compare    drop a text that differs from the latest one in no word; a text without Markdown gets it if today's text
               is the same in every character, and is revised if not
    record     write the Markdown or a revision; a dry run only reports it

Each article is a transaction of its own. To complete a run that was ended, run it again.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

from ingest.articles.boilerplate import repeated, without
from ingest.configuration.config import Config
from ingest.dedupe.fingerprint import content_hash, normalise
from ingest.errors import WorkError
from ingest.pipeline import open_writer, utc_now
from ingest.pipeline.stored_pages import extract_stored
from ingest.text.words import word_count
from ingest.workers.in_order import in_order
from ingest.workers.tasks import ExtractedPage, extract_from_feed
from ingest.workers.workers import Workers, open_workers
from ingest.workers.writer import Writer
from storage.connection import check_current
from storage.content import Content, CurrentText
from storage.reader import Reader
from storage.records import Media, NewEntry, SiteProfile, to_text

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RecleanedArticle:
    """An article that was cleaned again: `revision` if its text changes, `reason` if its text is kept.

    "got_markdown": the text stays and has its Markdown now.
    """

    text: CurrentText
    outcome: Literal["revised", "got_markdown", "unchanged", "kept"]
    revision: Content | None = None
    reason: str | None = None


async def run_reclean(
    config: Config,
    archive: Path,
    *,
    since: datetime | None,
    site: str | None,
    dry_run: bool,
    on_article: Callable[[RecleanedArticle], None],
    note: Callable[[str], None] | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Clean the articles again and call `on_article` for each, by site and ascending id.

    `since` and `site` limit the articles. `note` is called with a line about the cluster that is used, if one is.
    Raises the archive's errors, and ClusterError.
    """
    async with AsyncExitStack() as stack:
        reader = stack.enter_context(Reader(archive))  # raises if there is no archive: a writer would make one
        if dry_run:
            check_current(archive, reader.schema_version())
        writer = None if dry_run else await stack.enter_async_context(open_writer(archive, "reclean"))
        workers = await stack.enter_async_context(open_workers(config.settings.articles, note=note))
        cleaner = _Cleaner(reader, writer, workers, config, clock)
        done = 0
        for host in reader.sites(since=to_text(since), site=site):
            profile = await cleaner.learn(host)
            texts = reader.current_texts(host, since=to_text(since))
            async for article in in_order((cleaner.clean(text, profile) for text in texts), lambda: workers.width):
                done += 1
                on_article(article)
            log.info("%s: done, %d articles so far", host, done)


@dataclass(frozen=True, slots=True)
class _Cleaner:
    reader: Reader
    writer: Writer | None  # None in a dry run
    workers: Workers
    config: Config
    clock: Callable[[], datetime]

    async def learn(self, site: str) -> SiteProfile:
        """Find and record what the site repeats."""
        found: Counter[str] = Counter()
        for bodies in self.reader.first_bodies(site):
            found.update(repeated(bodies))
        if self.writer and found:
            now = self.clock()
            await self.writer(lambda archive: archive.add_boilerplate(site, found, now))
        return SiteProfile(self.reader.boilerplate(site) | found.keys())

    async def clean(self, text: CurrentText, profile: SiteProfile) -> RecleanedArticle:
        """Extract, compare and record one article. Raise the archive's errors."""
        try:
            page = await self._extract(text, profile)
        except (WorkError, ValueError) as error:
            return RecleanedArticle(text, "kept", reason=f"cleaning it again {getattr(error, 'cause', error)}")
        if page and page.content.verdict != "article":
            return RecleanedArticle(text, "kept", reason=f"today's method finds no article: {page.content.reason}")
        new = page.content if page else _without_boilerplate(text, self.reader.media(text.id), profile)
        now = self.clock()
        if revision := _compared(text, new):
            if self.writer:
                await self.writer(lambda archive: archive.revise(text.id, revision, now, cause="reclean"))
            return RecleanedArticle(text, "revised", revision)
        if text.markdown is None and new.markdown is not None and new.body == text.body:
            if self.writer:
                await self.writer(lambda archive: archive.add_markdown(text, new))
            return RecleanedArticle(text, "got_markdown")
        return RecleanedArticle(text, "unchanged")

    async def _extract(self, text: CurrentText, profile: SiteProfile) -> ExtractedPage | None:
        """Return the article of the kept pages or of the feed's text, or None if the latest text is taken."""
        entry: NewEntry | None = self.reader.archived_entry(text.id)
        pages = self.reader.current_pages(text.id)
        if pages:
            entry = entry or NewEntry("", text.url, None)
            method, sites = self.config.settings.articles.method, self.config.sites
            return await extract_stored(pages, entry, profile, method, sites, self.workers, self.clock())
        if text.body_from == "feed" and entry and not text.edited:
            return await self.workers.run(extract_from_feed, entry, profile)
        return None


def _without_boilerplate(text: CurrentText, media: Sequence[Media], profile: SiteProfile) -> Content:
    """Return the latest text without what its site repeats. Markdown does not follow: its lines are not known."""
    body = without(text.body, profile.boilerplate)
    same = body == text.body
    return Content(
        "article",
        None,
        text.title,
        body,
        word_count(body),
        text.body_from,
        text.extractor,
        content_hash=content_hash(body),
        markdown=text.markdown if same else None,
        access=text.access,
        access_reason=text.access_reason,
        media=tuple(each if same else replace(each, position=None) for each in media),
    )


def _compared(text: CurrentText, new: Content) -> Content | None:
    """Return the revision to record, or None.

    A title that differs only in case, spaces or punctuation stays as it is. So does a body, unless it has no Markdown
    and would get it.
    """
    gets_markdown = text.markdown is None and new.markdown is not None
    same_body = new.content_hash == text.content_hash or new.content_hash == content_hash(text.body)
    if gets_markdown:
        same_body = new.body == text.body
    same_title = not new.title or normalise(new.title) == normalise(text.title or "")
    if same_body and same_title:
        return None
    return replace(new, title=text.title) if same_title else new
