"""A page's metadata: as the page has them, and derived from these at first use."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from functools import cached_property

from ingest.articles.metadata import structured
from ingest.articles.metadata.headline import MAX_TITLE_CHARS, headline, shown_headline, site_keys, without_site
from ingest.articles.metadata.lines import Line, headline_element, lines_after, lines_before
from ingest.articles.metadata.structured import Structured
from ingest.articles.tree import Element
from ingest.text.markup import clean_line
from ingest.text.words import fold

SECTION_METAS = ("article:section", "parsely-section", "og:article:section", "cxenseparse:recs:articlesection")

_NAME_ATTRIBUTES = ("name", "property", "itemprop", "http-equiv")
_SITE_METAS = ("og:site_name", "application-name", "twitter:site")


class Page:
    """`metas` maps the names of <meta> elements, in lower case, to their contents in document order."""

    def __init__(self, tree: Element, url: str, now: datetime) -> None:
        self.tree, self.url, self.now = tree, url, now
        self.links = list(tree.iter("link"))
        canonical = (link.get("href") for link in self.links if "canonical" in (link.get("rel") or "").lower().split())
        self.canonical = next((href for href in canonical if href is not None), None)
        self.metas: defaultdict[str, list[str]] = defaultdict(list)
        for node in tree.iter("meta"):
            content = node.get("content")
            if content and not content.isspace():
                names = (value.strip().lower() for key, value in node.items() if key in _NAME_ATTRIBUTES)
                for name in dict.fromkeys(names):
                    self.metas[name].append(content)

    def meta(self, *names: str) -> list[str]:
        """Return the contents of the <meta> elements with these names, name by name."""
        return [content for name in names for content in self.metas.get(name, ())]

    @cached_property
    def data(self) -> Structured:
        scripts = (node.text for node in self.tree.iter("script") if "ld+json" in (node.get("type") or "").lower())
        return structured.read([text for text in scripts if text])

    @cached_property
    def titles(self) -> list[str]:
        tags = (node.text_content() for node in self.tree.iter("title") if node.getparent().tag != "svg")
        claims = [*self.meta("og:title", "twitter:title"), *tags]
        return [title for claim in claims if (title := clean_line(claim)[:MAX_TITLE_CHARS])]

    @cached_property
    def bare_titles(self) -> list[str]:
        bare = {title: without_site(title, self.site) for title in dict.fromkeys(self.titles)}
        return [bare[title] for title in self.titles if bare[title]]

    @cached_property
    def site_name(self) -> str | None:
        return next(iter(self.meta(*_SITE_METAS)), None) or self.data.site_name

    @cached_property
    def site(self) -> Collection[str]:
        """The names of the site as `site_keys` gives them."""
        name = fold(self.data.site_name or self.site_name or "")
        return site_keys(self.site_name, self.url) | {name.replace(" ", "")}

    @cached_property
    def is_website(self) -> bool:
        """Whether og:type is "website", which is also its default (https://ogp.me/#types)."""
        return any(kind.strip().lower() == "website" for kind in self.meta("og:type"))

    @cached_property
    def sections(self) -> Collection[str]:
        """The sections of the site that the page names, in lower case."""
        names = (*self.meta(*SECTION_METAS), self.data.section, *self.data.breadcrumb[1:-1])
        return {name.casefold() for name in names if name}

    @cached_property
    def languages(self) -> list[str | None]:
        claimed = self.tree.get("lang") or self.tree.get("xml:lang")
        return [claimed, *self.meta("og:locale", "content-language"), self.data.language]

    @cached_property
    def shown_headline(self) -> str | None:
        h1s = [node.text_content() for node in self.tree.iter("h1")]
        minor = (node.text_content() for node in self.tree.iter("h2", "h3"))  # costly, read only if needed
        return shown_headline(h1s, self.bare_titles, self.data.headline, self.site, minor)

    @cached_property
    def headline(self) -> str | None:
        news_headline = self.data.headline if self.data.is_news else None
        return headline(self.shown_headline, self.bare_titles, news_headline, self.site)

    @cached_property
    def text(self) -> str:
        """All text of the tree, that of scripts included."""
        return str(self.tree.xpath("string()"))

    @cached_property
    def headline_element(self) -> Element | None:
        return headline_element(self.tree, self.shown_headline)

    @cached_property
    def lines_after(self) -> list[Line]:
        return [] if self.headline_element is None else lines_after(self.headline_element)

    @cached_property
    def lines_before(self) -> list[Line]:
        return [] if self.headline_element is None else lines_before(self.headline_element)
