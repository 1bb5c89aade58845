"""What a page says of its article: one walk over its tree, then each fact from the source that is right most often.

The rules and their order are those measured on hand-marked pages. What a feed has told is not searched for, and what
costs more is looked at only where the cheaper says nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from ingest.articles.metadata import published
from ingest.articles.metadata.asides import stands_elsewhere
from ingest.articles.metadata.authorship import authors_of
from ingest.articles.metadata.dates import date_in_path, read_date
from ingest.articles.metadata.next_page import next_page
from ingest.articles.metadata.page import SECTION_METAS, Page
from ingest.articles.metadata.published import Claim, Known
from ingest.hosts import read_url, without_credentials
from ingest.text.dates import Instant
from ingest.text.markup import clean, clean_line, from_markup
from ingest.text.words import fold, likeness
from storage.records import Precision

Element: TypeAlias = Any  # of lxml, which ships no types

MAX_TAGS = 20
MAX_TAG_CHARS = 200
MAX_SUMMARY_CHARS = 4000
MAX_SECTION_CHARS = 60
IMPORTED = timedelta(days=7)  # a page that shows an older date than machines are told has moved from another system
LIKE_HEADLINE = 0.5  # of words in common, from which the last step of a breadcrumb is the article

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


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the page says, None or empty where it is silent. Addresses are absolute http(s)."""

    headline: str | None = None
    names: tuple[str, ...] = ()
    """What the page calls itself: og:title, twitter:title, <title>, the headline that it shows."""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    published_from: str | None = None
    published_precision: Precision | None = None
    languages: tuple[str | None, ...] = ()
    """What it claims to be written in, truest first."""
    summary: str | None = None
    text: str | None = None
    """The article's, of its structured data: paragraphs, or the beginning only."""
    image_url: str | None = None
    tags: tuple[str, ...] = ()
    section: str | None = None
    site_name: str | None = None
    canonical_url: str | None = None
    next_url: str | None = None
    """Where the same article goes on."""


def read(tree: Element, *, url: str, now: datetime, signed: bool = False, dated: bool = False) -> Metadata:
    """What is known already is not searched for: the authors if `signed`, the instant if `dated`."""
    page = Page(tree, url, now)
    date = None if dated else _published(page)
    keywords = [word for text in [*page.said(*_TAG_METAS), *page.data.tags] for word in text.split(",")]
    return Metadata(
        headline=page.headline,
        names=tuple(filter(None, [*page.names, page.shown_headline])),
        authors=() if signed else authors_of(page),
        published_at=date.at if date else None,
        published_from=date.source if date else None,
        published_precision=date.precision if date else None,
        languages=tuple(page.languages),
        summary=next(
            (text for claim in page.said(*_SUMMARY_METAS) if (text := clean(claim[:MAX_SUMMARY_CHARS]))), None
        ),
        text=from_markup(page.data.text) if page.data.text else None,
        image_url=next(
            (at for claim in [*page.said(*_IMAGE_METAS), page.data.image] if (at := web_address(claim, url))), None
        ),
        tags=each_once(keywords)[:MAX_TAGS],
        section=_section(page),
        site_name=clean_line(page.site_name)[:MAX_TAG_CHARS].removeprefix("@") or None if page.site_name else None,
        canonical_url=web_address(page.canonical, url) or web_address(next(iter(page.said("og:url")), None), url),
        next_url=next_page(tree, url, page.links),
    )


def web_address(claim: str | None, base: str) -> str | None:
    """`claim` as an absolute http(s) address."""
    if not claim or not claim.strip():
        return None
    try:
        return without_credentials(read_url(claim, base)[0].geturl())
    except ValueError:
        return None


def each_once(values: list[str]) -> tuple[str, ...]:
    """Clean, in order, the first of those that differ in case only."""
    found: dict[str, str] = {}
    for value in values:
        if 0 < len(line := clean_line(value)) <= MAX_TAG_CHARS:
            found.setdefault(line.casefold(), line)
    return tuple(found.values())


def _section(page: Page) -> str | None:
    claims = [*page.said(*SECTION_METAS), page.data.section]
    trail = page.data.breadcrumb
    if len(trail) > len(("front", "article")) and likeness(fold(trail[-1]), fold(page.headline or "")) >= LIKE_HEADLINE:
        claims.append(trail[-2])
    return next((line for claim in claims if claim and 0 < len(line := clean_line(claim)) <= MAX_SECTION_CHARS), None)


def _published(page: Page) -> Claim | None:
    """The first date that machines are told, unless the page shows an older one beside the headline; else that.

    A page that calls itself a website rather than an article is dated by what it shows: its data date its making.
    """
    claims = list(_claims(page))
    is_standing = page.is_website and not page.data.is_news
    of_page = read_date(page.data.page_published or "", now=page.now)
    elsewhere = [*claims, Claim(of_page, "json-ld")] if of_page else claims
    known = Known(elsewhere, _day_first(page), page.now)
    seen = published.shown(page.after, known)
    if not seen and (is_standing or not claims):
        seen = published.shown(page.before, known, last_first=True)
    if not seen and is_standing:
        claims = []
    if seen and not seen.changed and (not claims or seen.claim.at < claims[0].at - IMPORTED):
        return seen.claim
    if claims:
        return published.to_the_second(claims[0], [*elsewhere, *([seen.claim] if seen else [])])
    if instant := next(_marked_times(page), None):
        return Claim(instant, "time")
    if instant := date_in_path(page.url, now=page.now):
        return Claim(instant, "url")
    return seen.claim if seen else published.told_anywhere(page.tree, page.text, now=page.now)


def _claims(page: Page) -> Iterator[Claim]:
    published = (key for key in page.metas if "publi" in key and not _NOT_PUBLISHED.search(key))
    named = (key for key in published if "date" in key or "time" in key)
    sources = {page.data.published or "": "json-ld"}
    for text in page.said(*_PUBLISHED_METAS, *named):
        sources.setdefault(text, "meta")
    for text, source in sources.items():
        if instant := read_date(text, now=page.now):
            yield Claim(instant, source)


def _day_first(page: Page) -> bool | None:
    """Whether the page's language writes 3 April as 3/4; None where that is not said."""
    claim = next((claim.lower().replace("_", "-") for claim in page.languages if claim), "en")
    return None if claim == "en" else not claim.startswith(_MONTH_FIRST)


def _marked_times(page: Page) -> Iterator[Instant]:
    """Of the page's times those that say to be of the publication, outside comments and sidebars."""
    for node in page.tree.xpath("//*[contains(@itemprop, 'datePublished') or (self::time and (@pubdate or @class))]"):
        if published.says_published(node) and not stands_elsewhere(node, page.place):
            instant = read_date(node.get("datetime") or node.get("content") or node.text_content(), now=page.now)
            if instant:
                yield instant
