"""The page's own words on itself: one walk over its tree, and the rest when it is first asked for."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from functools import cached_property
from typing import Any, TypeAlias

from ingest.articles.metadata import structured
from ingest.articles.metadata.around import Line, lines_after, lines_before, place
from ingest.articles.metadata.headline import MAX_TITLE_CHARS, headline, site_folds
from ingest.articles.metadata.structured import Structured
from ingest.articles.words import fold
from ingest.text import clean_line

Element: TypeAlias = Any  # of lxml, which ships no types

NAMES_OF_METAS = ("name", "property", "itemprop", "http-equiv")
SITE_METAS = ("og:site_name", "application-name", "twitter:site")
SECTION_METAS = ("article:section", "parsely-section", "og:article:section", "cxenseparse:recs:articlesection")


class Page:
    """`metas` are the contents by name in lower case, in document order."""

    def __init__(self, tree: Element, url: str, now: datetime) -> None:
        self.tree, self.url, self.now = tree, url, now
        self.metas: defaultdict[str, list[str]] = defaultdict(list)
        self.titles: list[str] = []
        self.h1s: list[str] = []
        self.scripts: list[str] = []
        self.canonical: str | None = None
        self._walk()

    def _walk(self) -> None:
        for node in self.tree.iter("meta", "title", "h1", "script", "link"):
            match node.tag:
                case "meta":
                    self._meta(node)
                case "h1":
                    self.h1s.append(node.text_content())
                case "title":
                    if node.getparent().tag != "svg":
                        self.titles.append(node.text_content())
                case "script":
                    if node.text and "ld+json" in (node.get("type") or "").lower():
                        self.scripts.append(node.text)
                case _:
                    if self.canonical is None and "canonical" in (node.get("rel") or "").lower().split():
                        self.canonical = node.get("href")

    def _meta(self, node: Element) -> None:
        attributes = dict(node.items())
        content = attributes.get("content")
        if content and not content.isspace():
            for name in {attributes[key] for key in NAMES_OF_METAS if key in attributes}:
                self.metas[name.strip().lower()].append(content)

    def said(self, *keys: str) -> list[str]:
        return [value for key in keys for value in self.metas.get(key, ())]

    @cached_property
    def data(self) -> Structured:
        return structured.read(self.scripts)

    @cached_property
    def names(self) -> list[str]:
        claims = [*self.said("og:title", "twitter:title"), *self.titles]
        return [title for claim in claims if (title := clean_line(claim)[:MAX_TITLE_CHARS])]

    @cached_property
    def site_name(self) -> str | None:
        return next(iter(self.said(*SITE_METAS)), None) or self.data.site_name

    @cached_property
    def site(self) -> Collection[str]:
        return site_folds(self.site_name, self.url) | site_folds(self.data.site_name, self.url)

    @cached_property
    def is_website(self) -> bool:
        """Whether it calls itself one (https://ogp.me/#types), which is also what it is where nothing else is said."""
        return any(kind.strip().lower() == "website" for kind in self.said("og:type"))

    @cached_property
    def sections(self) -> Collection[str]:
        """The parts of the site that the page names, folded."""
        return {fold(name) for name in (*self.said(*SECTION_METAS), self.data.section, *self.data.breadcrumb[1:-1]) if name}

    @cached_property
    def languages(self) -> list[str | None]:
        claimed = self.tree.get("lang") or self.tree.get("xml:lang")
        return [claimed, *self.said("og:locale", "content-language"), self.data.language]

    @cached_property
    def headline(self) -> str | None:
        return headline(
            h1s=self.h1s,
            named=self.names,
            structured=self.data.headline,
            site=self.site,
            is_news=self.data.is_news,
            minor=(node.text_content() for node in self.tree.iter("h2", "h3")),
        )

    @cached_property
    def place(self) -> Element | None:
        """The element that shows the headline."""
        return place(self.tree, self.headline)

    @cached_property
    def after(self) -> list[Line]:
        """The lines that follow the headline."""
        return [] if self.place is None else lines_after(self.place)

    @cached_property
    def before(self) -> list[Line]:
        """The lines above the headline."""
        return [] if self.place is None else lines_before(self.place)
