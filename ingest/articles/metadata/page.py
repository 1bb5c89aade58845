"""The page's own words on itself: one walk over its tree, and the rest when it is first asked for."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from functools import cached_property
from typing import Any, TypeAlias

from ingest.articles.metadata import structured
from ingest.articles.metadata.headline import MAX_TITLE_CHARS, headline, shown_headline, site_folds, without_site
from ingest.articles.metadata.lines import Line, lines_after, lines_before, place
from ingest.articles.metadata.structured import Structured
from ingest.text.markup import clean_line
from ingest.text.words import fold

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
        self.links: list[Element] = []
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
                    if "ld+json" in (node.get("type") or "").lower() and node.text:
                        self.scripts.append(node.text)
                case _:
                    self.links.append(node)
                    if self.canonical is None and "canonical" in (node.get("rel") or "").lower().split():
                        self.canonical = node.get("href")

    def _meta(self, node: Element) -> None:
        content = None
        names = []
        for key, value in node.items():
            if key == "content":
                content = value
            elif key in NAMES_OF_METAS:
                names.append(value.strip().lower())
        if names and content and not content.isspace():
            for name in dict.fromkeys(names):
                self.metas[name].append(content)

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
        return site_folds(self.site_name, self.url) | {
            fold(self.data.site_name or self.site_name or "").replace(" ", "")
        }

    @cached_property
    def is_website(self) -> bool:
        """Whether it calls itself one (https://ogp.me/#types), which is also what it is where nothing else is said."""
        return any(kind.strip().lower() == "website" for kind in self.said("og:type"))

    @cached_property
    def sections(self) -> Collection[str]:
        """The parts of the site that the page names, in lower case."""
        names = (*self.said(*SECTION_METAS), self.data.section, *self.data.breadcrumb[1:-1])
        return {name.casefold() for name in names if name}

    @cached_property
    def languages(self) -> list[str | None]:
        claimed = self.tree.get("lang") or self.tree.get("xml:lang")
        return [claimed, *self.said("og:locale", "content-language"), self.data.language]

    @cached_property
    def own_titles(self) -> list[str]:
        """Its names without the site's."""
        bare = {name: without_site(name, self.site) for name in dict.fromkeys(self.names)}
        return [bare[name] for name in self.names if bare[name]]

    @cached_property
    def shown_headline(self) -> str | None:
        return shown_headline(
            h1s=self.h1s,
            named=self.own_titles,
            structured=self.data.headline,
            site=self.site,
            minor=(node.text_content() for node in self.tree.iter("h2", "h3")),
        )

    @cached_property
    def headline(self) -> str | None:
        return headline(
            self.shown_headline,
            named=self.own_titles,
            structured=self.data.headline,
            site=self.site,
            is_news=self.data.is_news,
        )

    @cached_property
    def text(self) -> str:
        """All text of the tree, that of scripts too."""
        return str(self.tree.xpath("string()"))

    @cached_property
    def place(self) -> Element | None:
        """The element that shows the headline."""
        return place(self.tree, self.shown_headline)

    @cached_property
    def after(self) -> list[Line]:
        """The lines that follow the headline."""
        return [] if self.place is None else lines_after(self.place)

    @cached_property
    def before(self) -> list[Line]:
        """The lines above the headline."""
        return [] if self.place is None else lines_before(self.place)

    def beside(self) -> Iterator[list[Line]]:
        """The lines that follow the headline, then those above it, which are looked for only when asked for."""
        yield self.after
        yield self.before
