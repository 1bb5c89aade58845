"""A page extracted with the selectors of its site, and an article extracted again from its stored pages."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ingest.articles.selectors import NO_SELECTORS
from ingest.configuration.sites import Sites
from ingest.crawls.answers import Place, Unreadable
from ingest.errors import WorkError
from ingest.hosts import site
from ingest.workers.tasks import ExtractedPage, PageTask, extract_page
from ingest.workers.workers import Workers
from storage.content import Method
from storage.pages import StoredPage
from storage.records import NewEntry, SiteProfile


async def extract(
    body: bytes | Place, task: PageTask, sites: Sites, pool: Workers, max_bytes: int = 0
) -> ExtractedPage | None:
    """Extract a page in a worker, as `extract_page` does, with the selectors of its site.

    The worker reads a body of up to `max_bytes` at its place. If it cannot, the body is read here and sent.
    Raises BadBody, Unreadable and WorkError. A WorkError names the selectors, if there are any: they may be why the
    page takes too long.
    """
    settings = sites.of(site(task.url))
    task = replace(task, selectors=settings.selectors)
    try:
        try:
            return await pool.run(extract_page, body, task, max_bytes)
        except Unreadable:
            if not isinstance(body, Place):
                raise
            from ingest.crawls.reading import read_body

            sent = await asyncio.to_thread(read_body, body, max_bytes)
            return await pool.run(extract_page, sent, task)
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
