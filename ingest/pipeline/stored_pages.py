"""A page extracted with the selectors of its site, and an article extracted again from its stored pages."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from ingest.articles.selectors import NO_SELECTORS
from ingest.configuration.sites import Sites
from ingest.crawls.answers import Unreadable
from ingest.errors import WorkError
from ingest.hosts import site
from ingest.workers.tasks import ExtractedPage, PageTask, extract_page
from ingest.workers.workers import Workers
from storage.content import Method
from storage.pages import StoredPage
from storage.records import NewEntry, SiteProfile


async def extract(
    body: bytes | Callable[[], bytes], task: PageTask, sites: Sites, pool: Workers
) -> ExtractedPage | None:
    """Extract a page in a worker, as `extract_page` does, with the selectors of its site.

    A body that is callable is read by the worker. If it cannot read it, the body is read here and sent.
    Raises BadBody, Unreadable and WorkError. A WorkError names the selectors, if there are any: they may be why the
    page takes too long.
    """
    settings = sites.of(site(task.url))
    task = replace(task, selectors=settings.selectors)
    try:
        try:
            return await pool.run(extract_page, body, task)
        except Unreadable:
            if isinstance(body, bytes):
                raise
            return await pool.run(extract_page, await asyncio.to_thread(body), task)
    except WorkError as error:
        if settings.selectors == NO_SELECTORS:
            raise
        raise WorkError(f"with the selectors of {settings.site} (sites.toml) {error.cause}") from None


async def extract_stored(
    pages: Sequence[StoredPage],
    entry: NewEntry,
    profile: SiteProfile,
    method: Method,
    sites: Sites,
    pool: Workers,
    now: datetime,
) -> ExtractedPage:
    """Extract an article from its stored pages, up to one that no longer continues it, by today's method.

    Raises WorkError.
    """
    article: ExtractedPage | None = None
    for page in pages:
        task = PageTask(
            page.final_url,
            page.content_type,
            entry,
            page.fetched_at or now,
            method,
            profile,
            so_far=article.content if article else None,
            continues=page is not pages[-1],
        )
        extracted = await extract(page.html, task, sites, pool)
        if article and (extracted is None or extracted.content.verdict != "article"):
            break
        article = extracted
    assert article
    return article
