"""Reads what a page says of its article: each field from the source that is right most often on marked pages.

Fields that the feed gives are not searched for. Costly sources are read only if the cheap ones give nothing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.articles.access.declared import NOTHING_SAID, Declared, declared
from ingest.articles.metadata import published
from ingest.articles.metadata.authors import authors_of
from ingest.articles.metadata.dates import date_in_path, read_date
from ingest.articles.metadata.lines import is_in_aside
from ingest.articles.metadata.next_page import next_page
from ingest.articles.metadata.page import SECTION_METAS, Page
from ingest.articles.metadata.published import FoundDate, Hints
from ingest.articles.tree import Element
from ingest.hosts import read_url, without_credentials
from ingest.text.dates import Instant
from ingest.text.markup import clean, clean_line, from_markup
from ingest.text.words import fold, likeness
from storage.records import Precision

MAX_TAGS = 20
MAX_TAG_CHARS = 200
MAX_SUMMARY_CHARS = 4000
MAX_SECTION_CHARS = 60
MIN_MOVED = timedelta(days=7)  # by which a shown date is older than the metadata's if the page was moved
MIN_HEADLINE_LIKENESS = 0.5  # of words in common, from which the last step of a breadcrumb is the article

_PUBLISHED_METAS = (
    "article:published_time article:published datepublished date.published og:published_time og:article:published_time"
    " parsely-pub-date sailthru.date publication_date publish_date publish-date published-date publishdate pubdate"
    " dcterms.issued dcterms.created dc.date.issued dcterms.date dc.date date citation_publication_date citation_date"
    " cxenseparse:recs:publishtime article.published"
).split()
_NOT_PUBLISHED = re.compile("unpubli|updat|modif")
_SUMMARY_METAS = ("description", "og:description", "twitter:description", "dc.description")
_IMAGE_METAS = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
_TAG_METAS = ("article:tag", "parsely-tags", "news_keywords", "keywords")
_MONTH_FIRST = ("en-us", "en-ph")
_MARKED_TIMES = "//*[contains(@itemprop, 'datePublished') or (self::time and (@pubdate or @class))]"


@dataclass(frozen=True, slots=True)
class Metadata:
    """A field is None or empty if the page does not give it. Addresses are absolute http(s)."""

    headline: str | None = None
    titles: tuple[str, ...] = ()
    """og:title, twitter:title, <title>, the headline on the page."""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    published_from: str | None = None
    published_precision: Precision | None = None
    languages: tuple[str | None, ...] = ()
    """The declared languages, the most reliable first."""
    summary: str | None = None
    text: str | None = None
    """The article's text in the structured data: all of it, or the beginning."""
    image_url: str | None = None
    tags: tuple[str, ...] = ()
    section: str | None = None
    site_name: str | None = None
    canonical_url: str | None = None
    next_url: str | None = None
    """The next page of the same article."""
    access: Declared = NOTHING_SAID
    """What the page says of who may read it."""
    kinds: tuple[str, ...] = ()
    """What the page says that it is: its og:type, and the types in its JSON-LD."""


def read_metadata(tree: Element, *, url: str, now: datetime, signed: bool = False, dated: bool = False) -> Metadata:
    """Read a page's metadata. Skip the authors if `signed`, the instant if `dated`: the feed gives them."""
    page = Page(tree, url, now)
    date = None if dated else _published(page)
    keywords = [word for text in [*page.meta(*_TAG_METAS), *page.data.tags] for word in text.split(",")]
    return Metadata(
        headline=page.headline,
        titles=tuple(filter(None, [*page.titles, page.shown_headline])),
        authors=() if signed else authors_of(page),
        published_at=date.at if date else None,
        published_from=date.source if date else None,
        published_precision=date.precision if date else None,
        languages=tuple(page.languages),
        summary=_first(clean(claim[:MAX_SUMMARY_CHARS]) for claim in page.meta(*_SUMMARY_METAS)),
        text=from_markup(page.data.text) if page.data.text else None,
        image_url=_first(web_address(claim, url) for claim in [*page.meta(*_IMAGE_METAS), page.data.image]),
        tags=distinct(keywords)[:MAX_TAGS],
        section=_section(page),
        site_name=clean_line(page.site_name)[:MAX_TAG_CHARS].removeprefix("@") or None if page.site_name else None,
        canonical_url=web_address(page.canonical, url) or web_address(_first(page.meta("og:url")), url),
        next_url=next_page(tree, url, page.links),
        access=declared(page.data.access, page.metas, tree),
        kinds=(*page.meta("og:type"), *page.data.kinds),
    )


def web_address(claim: str | None, base: str) -> str | None:
    """Return `claim` as an absolute http(s) address."""
    if not claim or not claim.strip():
        return None
    try:
        return without_credentials(read_url(claim, base)[0].geturl())
    except ValueError:
        return None


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """Clean the values, in order; keep the first of several that differ in case only."""
    found: dict[str, str] = {}
    for value in values:
        if 0 < len(line := clean_line(value)) <= MAX_TAG_CHARS:
            found.setdefault(line.casefold(), line)
    return tuple(found.values())


def _first(values: Iterable[str | None]) -> str | None:
    return next(filter(None, values), None)


def _section(page: Page) -> str | None:
    claims = [*page.meta(*SECTION_METAS), page.data.section]
    trail = page.data.breadcrumb
    ends_here = len(trail) > len(("front", "article")) and (
        likeness(fold(trail[-1]), fold(page.headline or "")) >= MIN_HEADLINE_LIKENESS
    )
    lines = (clean_line(claim) for claim in [*claims, *(trail[-2:-1] if ends_here else ())] if claim)
    return _first(line for line in lines if len(line) <= MAX_SECTION_CHARS)


def _published(page: Page) -> FoundDate | None:
    """Return the first date in the metadata, or a clearly older one beside the headline.

    If a page calls itself a website, not an article, its metadata date the website, and only a shown date counts.
    """
    declared = list(_declared_dates(page))
    is_of_website = page.is_website and not page.data.is_news
    of_page = read_date(page.data.page_published or "", now=page.now)
    others = [*declared, FoundDate(*of_page, "json-ld")] if of_page else declared
    hints = Hints(others, _day_first(page), page.now)
    shown = published.date_near_headline(page.lines_after, hints)
    if not shown and (is_of_website or not declared):
        shown = published.date_near_headline(page.lines_before, hints, last_first=True)
    if not shown and is_of_website:
        declared = []
    if shown and not shown.is_update and (not declared or shown.at < declared[0].at - MIN_MOVED):
        return shown
    if declared:
        return published.with_time(declared[0], [*others, *([shown] if shown else [])])
    if instant := next(_marked_times(page), None):
        return FoundDate(*instant, "time")
    if instant := date_in_path(page.url, now=page.now):
        return FoundDate(*instant, "url")
    return shown or published.only_stated_date(page.tree, page.text, now=page.now)


def _declared_dates(page: Page) -> Iterator[FoundDate]:
    keys = (key for key in page.metas if "publi" in key and not _NOT_PUBLISHED.search(key))
    dated_keys = (key for key in keys if "date" in key or "time" in key)
    sources = {page.data.published or "": "json-ld"}
    for text in page.meta(*_PUBLISHED_METAS, *dated_keys):
        sources.setdefault(text, "meta")
    for text, source in sources.items():
        if instant := read_date(text, now=page.now):
            yield FoundDate(*instant, source)


def _day_first(page: Page) -> bool | None:
    """Return whether the page's language writes 3 April as 3/4. Return None if the page does not declare enough."""
    claim = next((claim.lower().replace("_", "-") for claim in page.languages if claim), "en")
    return None if claim == "en" else not claim.startswith(_MONTH_FIRST)


def _marked_times(page: Page) -> Iterator[Instant]:
    for node in page.tree.xpath(_MARKED_TIMES):
        if published.marks_publication(node) and not is_in_aside(node, page.headline_element):
            instant = read_date(node.get("datetime") or node.get("content") or node.text_content(), now=page.now)
            if instant:
                yield instant
