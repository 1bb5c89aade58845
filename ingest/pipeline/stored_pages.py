"""An article extracted again from its stored pages, by today's method and with today's selectors of its sites."""

from collections.abc import Sequence
from datetime import datetime

from ingest.configuration.sites import Sites
from ingest.hosts import site
from ingest.workers.pool import Pool
from ingest.workers.tasks import ExtractedPage, PageTask, extract_page
from storage.content import Method
from storage.pages import StoredPage
from storage.records import NewEntry, SiteProfile


async def extract_stored(
    pages: Sequence[StoredPage],
    entry: NewEntry,
    profile: SiteProfile,
    method: Method,
    sites: Sites,
    pool: Pool,
    now: datetime,
) -> ExtractedPage:
    """Extract an article from its stored pages, up to one that no longer continues it. Raises WorkError."""
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
            selectors=sites.of(site(page.final_url)).selectors,
        )
        extracted = await pool.run(extract_page, page.html, task)
        if article and (extracted is None or extracted.content.verdict != "article"):
            break
        article = extracted
    assert article
    return article
