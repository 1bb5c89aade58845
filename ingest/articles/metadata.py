"""What a page says of its article: one walk over its tree, then each fact from the source that is right most often.

The rules and their order are those measured on hand-marked pages: an <h1> backed by the page's title; JSON-LD,
then <meta>, then markup. Nothing is guessed from running text.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import urljoin, urlsplit

from ingest.articles import authors, structured
from ingest.articles.dates import date_in_path, read_date
from ingest.articles.headline import headline
from ingest.text import clean, clean_line

Element: TypeAlias = Any  # of lxml, which ships no types

MAX_TITLE_CHARS = 400
MAX_TAGS = 20
MAX_BYLINE_CHARS = 200

_PUBLISHED_METAS = (
    "article:published_time article:published datepublished date.published og:published_time og:article:published_time"
    " parsely-pub-date sailthru.date publication_date publish_date publish-date publishdate pubdate dcterms.issued"
    " dcterms.created dc.date.issued dcterms.date dc.date date cxenseparse:recs:publishtime article.published"
).split()
_AUTHOR_METAS = (
    "author article:author parsely-author sailthru.author dc.creator dcterms.creator byl citation_author".split()
)
_SITE_METAS = ("og:site_name", "application-name", "twitter:site")
_SUMMARY_METAS = ("description", "og:description", "twitter:description", "dc.description")
_IMAGE_METAS = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
_TAG_METAS = ("article:tag", "parsely-tags", "news_keywords", "keywords")

_BYLINE = re.compile(
    r"(?:^|[\s_-])(?:byline|author|authors|auteur|autor|author[-_]?name|post-author|entry-author)(?:$|[\s_-])",
    re.IGNORECASE,
)
_BYLINE_HINTS = (
    "//*[not(self::meta)]"
    "[@*[contains(., 'utor') or contains(., 'uthor') or contains(., 'uteur') or contains(., 'yline')]]"
)
_ELSEWHERE = re.compile(r"comment|related|sidebar|footer|widget|recommend|teaser|popular|latest|avatar", re.IGNORECASE)
_PUBLISHED_CLASS = re.compile(r"publi|posted|entry-date|post-date|date", re.IGNORECASE)
_UPDATED_CLASS = re.compile(r"updat|modif", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the page says, None or empty where it is silent. Addresses are absolute http(s)."""

    headline: str | None
    names: tuple[str, ...]
    """What the page calls itself: og:title, twitter:title, <title>."""
    authors: tuple[str, ...]
    published_at: datetime | None
    published_from: str | None
    languages: tuple[str | None, ...]
    """What it claims to be written in, truest first."""
    summary: str | None
    image_url: str | None
    tags: tuple[str, ...]
    site_name: str | None
    canonical_url: str | None


@dataclass(slots=True)
class _Found:
    """The raw findings of the walk over the tree, in document order."""

    metas: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    titles: list[str] = field(default_factory=list)
    h1s: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    times: list[Element] = field(default_factory=list)
    bylines: list[Element] = field(default_factory=list)
    canonical: str | None = None


def read(tree: Element, *, url: str, now: datetime, signed: bool = False, dated: bool = False) -> Metadata:
    """What is known already is not searched for: the authors if `signed`, the instant if `dated`."""
    found = _walk(tree, signed=signed, dated=dated)
    data = structured.read(found.scripts)
    said = [*_said(found, "og:title", "twitter:title"), *found.titles]
    titles = [title for claim in said if (title := clean_line(claim)[:MAX_TITLE_CHARS])]
    site_name = next(iter(_said(found, *_SITE_METAS)), None) or data.site_name
    published_at, published_from = (None, None) if dated else _published(found, data.published, url, now)
    keywords = [word for text in [*_said(found, *_TAG_METAS), *data.tags] for word in text.split(",")]
    return Metadata(
        headline=headline(h1s=found.h1s, named=titles, structured=data.headline, site_name=site_name, url=url),
        names=tuple(titles),
        authors=() if signed else _authors(found, data.authors),
        published_at=published_at,
        published_from=published_from,
        languages=(
            tree.get("lang") or tree.get("xml:lang"),
            *_said(found, "og:locale", "content-language"),
            data.language,
        ),
        summary=next((text for claim in _said(found, *_SUMMARY_METAS) if (text := clean(claim))), None),
        image_url=next(
            (at for claim in [*_said(found, *_IMAGE_METAS), data.image] if (at := web_address(claim, url))), None
        ),
        tags=each_once(keywords)[:MAX_TAGS],
        site_name=clean_line(site_name).removeprefix("@") or None if site_name else None,
        canonical_url=web_address(found.canonical, url) or web_address(next(iter(_said(found, "og:url")), None), url),
    )


def web_address(claim: str | None, base: str) -> str | None:
    """`claim` as an absolute http(s) address."""
    if not claim or not claim.strip():
        return None
    try:
        address = urljoin(base, claim.strip())
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname else None


def each_once(values: list[str]) -> tuple[str, ...]:
    """Clean, in order, the first of those that differ in case only."""
    found: dict[str, str] = {}
    for value in values:
        if line := clean_line(value):
            found.setdefault(line.casefold(), line)
    return tuple(found.values())


def _walk(tree: Element, *, signed: bool, dated: bool) -> _Found:
    found = _Found(
        titles=[node.text_content() for node in tree.iter("title") if node.getparent().tag != "svg"],
        h1s=[node.text_content() for node in tree.iter("h1")],
        scripts=[
            node.text for node in tree.iter("script") if node.text and "ld+json" in (node.get("type") or "").lower()
        ],
        times=[] if dated else tree.xpath("//time | //*[contains(@itemprop, 'datePublished')]"),
        bylines=[] if signed else [node for node in tree.xpath(_BYLINE_HINTS) if _is_byline(node)],
    )
    for node in tree.iter("meta"):
        content = node.get("content")
        for name in {node.get(key) for key in ("name", "property", "itemprop", "http-equiv")}:
            if name and content and content.strip():
                found.metas[name.strip().lower()].append(content)
    relations = ((node.get("rel") or "", node.get("href")) for node in tree.iter("link"))
    found.canonical = next((href for rel, href in relations if "canonical" in rel.lower().split()), None)
    return found


def _is_byline(node: Element) -> bool:
    if "author" in (node.get("rel") or "").split() or "author" in (node.get("itemprop") or "").split():
        return True
    return bool(_BYLINE.search(f"{node.get('class') or ''} {node.get('id') or ''}"))


def _said(found: _Found, *keys: str) -> list[str]:
    return [value for key in keys for value in found.metas.get(key, ())]


def _is_elsewhere(node: Element) -> bool:
    """Whether the node belongs to a part of the page that is not the article."""
    for part in (node, *node.iterancestors()):
        if part.tag in ("aside", "footer", "nav"):
            return True
        if part.tag not in ("body", "html") and _ELSEWHERE.search(f"{part.get('class') or ''} {part.get('id') or ''}"):
            return True
    return False


def _authors(found: _Found, structured_authors: tuple[str, ...]) -> tuple[str, ...]:
    for claims in (list(structured_authors), _said(found, *_AUTHOR_METAS)):
        if who := authors.names([claim for claim in claims if "://" not in claim]):
            return who
    for text in _byline_texts(found):
        if who := authors.names([text]):
            return who
    return ()


def _byline_texts(found: _Found) -> Iterator[str]:
    """Bylines outside comments and sidebars, those that machines are meant to read first."""
    here = [node for node in found.bylines if not _is_elsewhere(node)]
    here.sort(key=lambda node: node.get("itemprop") is None and node.get("rel") is None)
    for node in here:
        named = next(iter(node.xpath(".//*[@itemprop='name'] | .//*[@rel='author']")), node)
        text = clean_line(named.get("content") or named.text_content())
        if 0 < len(text) <= MAX_BYLINE_CHARS:
            yield text


def _published(
    found: _Found, structured_date: str | None, url: str, now: datetime
) -> tuple[datetime | None, str | None]:
    if structured_date and (at := read_date(structured_date, now=now)):
        return at, "json-ld"
    for claim in _said(found, *_PUBLISHED_METAS):
        if at := read_date(claim, now=now):
            return at, "meta"
    for claim in _time_claims(found):
        if at := read_date(claim, now=now):
            return at, "time"
    at = date_in_path(url, now=now)
    return at, "url" if at else None


def _time_claims(found: _Found) -> Iterator[str]:
    """Times of the article's head, those that say to be of the publication first."""

    def rank(node: Element) -> int:
        names = f"{node.get('class') or ''} {node.get('itemprop') or ''}"
        if "datePublished" in names or node.get("pubdate") is not None:
            return 0
        if _UPDATED_CLASS.search(names):
            return 3
        return 1 if _PUBLISHED_CLASS.search(names) else 2

    here = [node for node in found.times if not _is_elsewhere(node)]
    for node in sorted(here, key=rank):
        yield node.get("datetime") or node.get("content") or node.text_content()
