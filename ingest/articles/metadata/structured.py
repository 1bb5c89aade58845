"""Reads the article in a page's structured data: JSON-LD (https://json-ld.org) with the terms of schema.org."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingest.articles.access.declared import NOTHING_SAID, Declared, of_nodes
from ingest.text.words import squeeze

Node = dict[str, object]

_ARTICLE_TYPE = re.compile(r"(?:Article|BlogPosting|Report|LiveBlogPosting|Review|Recipe|HowTo)$")
_NEWS_TYPE = re.compile(r"NewsArticle$|^Report$|^LiveBlogPosting$")
_DESK_TYPE = re.compile(r"Organization$|^WebSite$")
_PAGE_TYPE = re.compile(r"(?:WebPage|ItemPage|AboutPage)$")
_BREADCRUMB_TYPE = re.compile(r"^BreadcrumbList$")
_NESTING = ("@graph", "mainEntity", "mainEntityOfPage")
_LAST_COMMA = re.compile(r",(\s*[}\]])")
MIN_TWICE_CHARS = 60  # of half a text, without spaces; a shorter text may well repeat itself
MAX_NODES = 2000  # a page's graph has dozens; some shops list all their stock


@dataclass(frozen=True, slots=True)
class Structured:
    """The values as written, with HTML entities resolved.

    `published` is a date string, `image` may be relative, `text` may be a teaser.
    """

    headline: str | None = None
    authors: tuple[str, ...] = ()
    desks: tuple[str, ...] = ()
    """The authors that are organisations."""
    is_news: bool = False
    """Whether the article's type is news, not a blog post or a page."""
    published: str | None = None
    page_published: str | None = None
    """The date of the page, which may be no article: site builders date all pages."""
    language: str | None = None
    image: str | None = None
    tags: tuple[str, ...] = ()
    site_name: str | None = None
    section: str | None = None
    text: str | None = None
    breadcrumb: tuple[str, ...] = ()
    """The names on the way from the site's front page to this page."""
    access: Declared = NOTHING_SAID
    kinds: tuple[str, ...] = ()
    """The types of the page's own nodes."""


def read(scripts: list[str]) -> Structured:
    """Read the first article in the JSON-LD scripts. A WebPage gives no headline, author, date or tags."""
    nodes = [node for script in scripts for node in _nodes(_load(script))]
    by_id = {str(node["@id"]): node for node in nodes if "@id" in node and len(node) > 1}
    article = next((node for node in nodes if _is(node, _ARTICLE_TYPE)), None)
    page = next((node for node in nodes if _is(node, _PAGE_TYPE)), None)
    if article:
        found = _structured(article, by_id)
    elif page:
        found = replace(_structured(page, by_id), headline=None, authors=(), desks=(), published=None, tags=())
    else:
        found = Structured()
    trail = next((node for node in nodes if _is(node, _BREADCRUMB_TYPE)), {})
    return replace(
        found,
        page_published=_text(page.get("datePublished")) if page else None,
        access=of_nodes([node for node in (article, page) if node], by_id),
        kinds=tuple(kind for node in nodes for kind in _list(node.get("@type")) if isinstance(kind, str)),
        breadcrumb=tuple(name for item in _list(trail.get("itemListElement")) if (name := _step(item))),
    )


def _structured(node: Node, by_id: dict[str, Node]) -> Structured:
    def named(key: str) -> list[tuple[str, object]]:
        values = (
            by_id.get(str(value.get("@id")), value) if isinstance(value, dict) else value
            for value in _list(node.get(key))
        )
        return [(name, value) for value in values if (name := _name(value))]

    authors = named("author") or named("creator")
    return Structured(
        headline=_text(node.get("headline")) or _text(node.get("name")),
        authors=tuple(name for name, _ in authors),
        desks=tuple(name for name, value in authors if isinstance(value, dict) and _is(value, _DESK_TYPE)),
        is_news=_is(node, _NEWS_TYPE),
        published=_text(node.get("datePublished")) or _text(node.get("dateCreated")),
        language=_name(next(iter(_list(node.get("inLanguage"))), None)),
        image=_address(next(iter(_list(node.get("image"))), None), by_id),
        tags=tuple(tag for value in _list(node.get("keywords")) if (tag := _name(value))),
        site_name=next((name for name, _ in named("publisher")), None),
        section=_text(node.get("articleSection")),
        text=_once(_text(node.get("articleBody"))),
    )


def _once(text: str | None) -> str | None:
    """Return the first half of a text that is given twice in a row, else the text."""
    flat = squeeze(text or "")
    half = len(flat) // 2
    if not text or half < MIN_TWICE_CHARS or flat[:half] != flat[half:]:
        return text
    ends = [number for number, character in enumerate(text, 1) if not character.isspace()]
    return text[: ends[half - 1]]


def _load(script: str) -> object:
    """Parse a script. Repair common errors; return None if it is still not JSON."""
    script = script.replace("<![CDATA[", "").replace("]]>", "")
    start = min((at for at in (script.find("{"), script.find("[")) if at >= 0), default=0)
    script = script[start : max(script.rfind("}"), script.rfind("]")) + 1]
    for attempt in (script, _LAST_COMMA.sub(r"\1", script)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(data: object) -> Iterator[Node]:
    """Yield the nodes of the page itself, outermost first, but not the nodes they refer to: lists of other articles."""
    waiting = [data]
    for _ in range(MAX_NODES):
        if not waiting:
            return
        value = waiting.pop(0)
        if isinstance(value, list):
            waiting[:0] = value
        elif isinstance(value, dict):
            yield value
            waiting[:0] = [value[key] for key in _NESTING if key in value]


def _is(node: Node, kind: re.Pattern[str]) -> bool:
    return any(isinstance(name, str) and kind.search(name) for name in _list(node.get("@type")))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: object) -> str | None:
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("@value")
    return html.unescape(value).strip() or None if isinstance(value, str) else None


def _name(value: object) -> str | None:
    return _text(value.get("name") or value.get("@value")) if isinstance(value, dict) else _text(value)


def _step(value: object) -> str | None:
    return (_name(value) or _name(value.get("item"))) if isinstance(value, dict) else None


def _address(value: object, by_id: dict[str, Node]) -> str | None:
    if isinstance(value, dict):
        value = by_id.get(str(value.get("@id")), value)
        return _text(value.get("url") or value.get("contentUrl"))
    return _text(value)
