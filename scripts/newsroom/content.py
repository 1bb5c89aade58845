"""The sites with their articles and feeds, read from newsroom.toml and the article files.

An article file is a header of `key: value` lines, an empty line, and blocks with empty lines between them. A block is
a paragraph of text, or markup if it begins with a tag. `title`, `authors` (separated by `;`), `published`, `tags` (by
`,`) and `summary` are required. `language` and `path` override the site's. `updated` and `update` are the instant and
the text of the edit. `outcome` is the outcome of an entry that cannot be archived.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape, unescape
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Article:
    """An article. `key` is site/slug; `outcome` is its entry's outcome after one run."""

    key: str
    path: str
    title: str
    authors: tuple[str, ...]
    published_at: datetime
    tags: tuple[str, ...]
    summary: str
    language: str
    blocks: tuple[str, ...]
    outcome: str = "archived"
    update: str | None = None
    update_at: datetime | None = None
    edited_at: datetime | None = None

    @property
    def body(self) -> str:
        """Return the text that an archive should hold, one paragraph a line."""
        return "\n".join(line for block in self.blocks for line in _lines(block))

    @property
    def markup(self) -> str:
        return "\n".join(block if block.startswith("<") else f"<p>{escape(block)}</p>" for block in self.blocks)

    @property
    def site(self) -> str:
        return self.key.partition("/")[0]

    @property
    def changed_at(self) -> datetime:
        return self.edited_at or self.published_at

    def edited(self) -> "Article":
        """Return the article with its update on top, or itself if it has no update."""
        if self.update is None:
            return self
        return replace(self, blocks=(self.update, *self.blocks), edited_at=self.update_at)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a feed: an article, and the query that is added to its link."""

    article: Article
    query: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A site. `articles` are those it publishes, newest first; `lines` are those its feed lists."""

    key: str
    name: str
    tagline: str
    language: str
    charset: str
    style: str
    nav: tuple[str, ...]
    feed_format: str
    feed_path: str
    moved_from: str | None
    articles: tuple[Article, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class DeadFeed:
    site: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Content:
    """All sites. `boilerplate` is the text that pages repeat, by language."""

    sites: tuple[Site, ...]
    dead_feed: DeadFeed
    boilerplate: dict[str, dict[str, Any]]

    def expected_articles(self) -> tuple[Article, ...]:
        """Return the articles that an archive must hold after every feed was polled and every page fetched."""
        return tuple(article for site in self.sites for article in site.articles if article.outcome == "archived")

    def edited(self) -> "Content":
        def of_site(site: Site) -> Site:
            articles = tuple(article.edited() for article in site.articles)
            lines = tuple(replace(line, article=line.article.edited()) for line in site.lines)
            return replace(site, articles=articles, lines=lines)

        return replace(self, sites=tuple(of_site(site) for site in self.sites))


def _lines(block: str) -> list[str]:
    if not block.startswith("<"):
        return [block]
    text = re.sub("<[^>]+>", "", re.sub("</t[dh]>", " ", re.sub("</(?:li|tr)>", "\n", block)))
    return [" ".join(line.split()) for line in unescape(text).split("\n") if line.strip()]


def load(folder: Path = HERE) -> Content:
    config = tomllib.loads((folder / "newsroom.toml").read_text(encoding="utf-8"))
    own = {
        site["key"]: [_read(file, site) for file in sorted((folder / "articles" / site["key"]).glob("*.txt"))]
        for site in config["sites"]
    }
    by_key = {article.key: article for articles in own.values() for article in articles}
    return Content(
        sites=tuple(_site(site, own[site["key"]], by_key) for site in config["sites"]),
        dead_feed=DeadFeed(**config["dead_feed"]),
        boilerplate=config["boilerplate"],
    )


def _site(config: dict[str, Any], own: list[Article], by_key: dict[str, Article]) -> Site:
    feed = config["feed"]
    reprints = [_reprint(by_key[key], config) for key in config.get("reprints", ())]
    articles = _newest_first([*own, *reprints])
    announced = _newest_first(by_key[key] for key in feed.get("announces", ()))
    tagged = _newest_first(by_key[key] for key in feed.get("tagged", ()))
    query = f"?utm_source={config['key']}&utm_medium=feed"
    return Site(
        key=config["key"],
        name=config["name"],
        tagline=config["tagline"],
        language=config["language"],
        charset=config["charset"],
        style=config["style"],
        nav=tuple(config["nav"]),
        feed_format=feed["format"],
        feed_path=feed["path"],
        moved_from=feed.get("moved_from"),
        articles=articles,
        lines=(*map(Line, articles + announced), *(Line(article, query) for article in tagged)),
    )


def _newest_first(articles: Iterable[Article]) -> tuple[Article, ...]:
    return tuple(sorted(articles, key=lambda article: article.published_at, reverse=True))


def _reprint(article: Article, config: dict[str, Any]) -> Article:
    slug = article.key.partition("/")[2]
    path = config["path"].format(day=article.published_at, language=article.language, slug=slug)
    return replace(article, key=f"{config['key']}/{slug}", path=path, outcome="copy")


def _read(file: Path, config: dict[str, Any]) -> Article:
    head, _, text = file.read_text(encoding="utf-8").partition("\n\n")
    header = dict(line.split(": ", 1) for line in head.splitlines())
    published_at = datetime.fromisoformat(header["published"])
    language = header.get("language", config["language"])
    path = header.get("path") or config["path"].format(day=published_at, language=language, slug=file.stem)
    return Article(
        key=f"{config['key']}/{file.stem}",
        path=path,
        title=header["title"],
        authors=tuple(name.strip() for name in header["authors"].split(";")),
        published_at=published_at,
        tags=tuple(tag.strip() for tag in header["tags"].split(",")),
        summary=header["summary"],
        language=language,
        blocks=tuple(text.strip().split("\n\n")),
        outcome=header.get("outcome", "archived"),
        update=header.get("update"),
        update_at=datetime.fromisoformat(header["updated"]) if "updated" in header else None,
    )
