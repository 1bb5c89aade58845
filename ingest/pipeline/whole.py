"""An article over several pages: the first, then what each names as its next, while that continues the article.

The end is a page that names no next one or one that was had; one of another site, of another article, or with
nothing new to read; and an address that is archived as an article of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from http import HTTPStatus

from ingest.articles.content import Method
from ingest.hosts import same_publisher
from ingest.pipeline.context import Context
from ingest.pipeline.visits import Shortfall, Visit, keys_of, visit
from ingest.workers.pool import Pool
from ingest.workers.tasks import ExtractedPage, extract_next_page, extract_page
from storage.pages import NewPage, StoredPage
from storage.records import NewEntry, Outcome, PendingEntry, SiteProfile

MOST_PAGES = 20  # long reviews run to fifteen; what is longer is a gallery, a forum or a book
MOST_BYTES = 1024 * 1024  # as they are kept, some 35 kB each: they are held until the last is there
SOON_AGAIN = frozenset({408, 421, 425, 429})  # besides 5xx; a 404 comes back too seldom to keep the article waiting


@dataclass(frozen=True, slots=True)
class Whole:
    """An article as far as it was had, from `visits` (none: from the feed); `shortfall` is why it breaks off."""

    cleaned: ExtractedPage
    visits: tuple[Visit, ...] = ()
    shortfall: Shortfall | None = None

    @property
    def pages(self) -> list[NewPage]:
        return [visit.page for visit in self.visits if visit.page]

    @property
    def size_bytes(self) -> int:
        return len(self.cleaned.content.body) + sum(len(page.html) for page in self.pages)

    @property
    def later_keys(self) -> list[str]:
        """The addresses (`url_key`) of what follows the first page."""
        return [key for visit in self.visits[1:] for key in visit.keys]

    def first_alone(self) -> "Whole":
        assert self.visits[0].cleaned
        return Whole(self.visits[0].cleaned, self.visits[:1])


async def follow(
    first: Visit,
    clean: Callable[..., ExtractedPage],
    pending: PendingEntry,
    context: Context,
    now: datetime,
) -> Whole:
    """What comes after `first`, asked for and cleaned as that was."""
    assert first.cleaned
    whole = Whole(first.cleaned, (first,))
    while (url := whole.cleaned.content.next_url) and await _is_new(url, whole, context, pending.article_id):
        number = len(whole.visits) + 1
        if number > MOST_PAGES or whole.size_bytes > MOST_BYTES:
            most = f"{MOST_PAGES} pages and {MOST_BYTES // 1024} KiB of them"
            return _broken_off(whole, Shortfall(Outcome.FAILED, f"no more than {most} are asked for"))
        had = await visit(url, partial(extract_next_page, clean, whole.cleaned.content), pending, context, now)
        if isinstance(had, Shortfall):
            return _broken_off(whole, had)
        if had.cleaned is None or not same_publisher(first.final_url, had.final_url):
            break
        if had.cleaned.content.verdict != "article":
            return _broken_off(whole, Shortfall(Outcome.FAILED, had.cleaned.content.reason or "it has no text"))
        whole = Whole(had.cleaned, (*whole.visits, had))
    return whole


async def extract_stored(
    pages: Sequence[StoredPage], entry: NewEntry, known: SiteProfile, method: Method, pool: Pool, now: datetime
) -> ExtractedPage:
    """The article as its stored pages have it; a later one that is none of the article's any more ends it.

    Raises WorkError.
    """
    clean = partial(extract_page, method=method, keep=False)
    whole: ExtractedPage | None = None
    for page in pages:
        job = partial(extract_next_page, clean, whole.content) if whole else clean
        job = partial(job, known=known)
        at = page.fetched_at or now
        part = await pool.run(job, page.html, page.final_url, page.content_type, entry, at)
        if whole and (part is None or part.content.verdict != "article"):
            break
        whole = part
    assert whole
    return whole


async def _is_new(url: str, whole: Whole, context: Context, article_id: int | None) -> bool:
    keys = keys_of(url)
    first = whole.visits[0]
    if not same_publisher(first.final_url, url) or not {*first.keys, *whole.later_keys}.isdisjoint(keys):
        return False
    return await context.writer(lambda archive: archive.article_at(keys)) in (None, article_id)


def _broken_off(whole: Whole, why: Shortfall) -> Whole:
    status = why.status
    soon = status is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in SOON_AGAIN
    reason = f"page {len(whole.visits) + 1} of the article could not be had: {why.reason}"
    return replace(whole, shortfall=replace(why, reason=reason, try_again=why.try_again and soon))
