"""A site's pages: articles with menus and boilerplate as real pages have them, front page, wall, robots.txt."""

import json
from collections.abc import Iterable
from datetime import datetime
from html import escape
from string import Template
from typing import Any

from .content import HERE, Article, Site
from .feeds import TYPES

Boilerplate = dict[str, Any]


def article_page(site: Site, article: Article, base: str, boilerplate: Boilerplate) -> bytes:
    """Return the article's page. `boilerplate` is that of its language; `base` is the site's address."""
    url = base + article.path
    image = f"{base}/images/{article.key.partition('/')[2]}.svg"
    marks = _frame(site, base, boilerplate) | {
        "language": article.language,
        "url": url,
        "image": image,
        "title": escape(article.title),
        "summary": escape(article.summary),
        "authors": escape(", ".join(article.authors)),
        "tags": escape(", ".join(article.tags)),
        "published": _day(article.published_at, boilerplate),
        "published_at": article.published_at.isoformat(),
        "body": article.markup,
        "json_ld": _json_ld(site, article, url, image),
        "related": _links([other for other in site.articles if other is not article][:4]),
    }
    style = "wall" if article.outcome == "walled" else site.style
    return _fill(style, site, marks)


def front_page(site: Site, base: str, boilerplate: Boilerplate) -> bytes:
    return _fill("front", site, _frame(site, base, boilerplate) | {"headlines": _links(site.articles)})


def robots(site: Site) -> bytes:
    refused = [article.path for article in site.articles if article.outcome == "refused"]
    return "\n".join(["User-agent: *", *(f"Disallow: {path}" for path in refused), ""]).encode()


def image(title: str) -> bytes:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360">'
        '<rect width="640" height="360" fill="#357"/>'
        f'<text x="30" y="190" fill="#fff" font-size="18">{escape(title)}</text></svg>'
    ).encode()


def _fill(template: str, site: Site, marks: dict[str, str]) -> bytes:
    text = (HERE / "templates" / f"{template}.html").read_text(encoding="utf-8")
    return Template(text).substitute(marks).encode(site.charset, "xmlcharrefreplace")


def _frame(site: Site, base: str, boilerplate: Boilerplate) -> dict[str, str]:
    texts = {key: escape(text) for key, text in boilerplate.items() if isinstance(text, str)}
    comments = (f"<li><b>{escape(name)}</b><p>{escape(text)}</p></li>" for name, text in boilerplate["comments"])
    return texts | {
        "site": escape(site.name),
        "tagline": escape(site.tagline),
        "language": site.language,
        "charset": site.charset,
        "feed": base + site.feed_path,
        "feed_type": TYPES[site.feed_format],
        "nav": "".join(f'<li><a href="/">{escape(name)}</a></li>' for name in site.nav),
        "comments": "".join(comments),
        "related_title": escape(boilerplate["related"]),
    }


def _links(articles: Iterable[Article]) -> str:
    return "".join(f'<li><a href="{article.path}">{escape(article.title)}</a></li>' for article in articles)


def _day(instant: datetime, boilerplate: Boilerplate) -> str:
    month = boilerplate["months"][instant.month - 1]
    return boilerplate["day"].format(day=instant.day, month=month, year=instant.year, time=f"{instant:%H:%M}")


def _json_ld(site: Site, article: Article, url: str, image: str) -> str:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": url,
        "headline": article.title,
        "description": article.summary,
        "image": [image],
        "datePublished": article.published_at.isoformat(),
        "dateModified": article.changed_at.isoformat(),
        "inLanguage": article.language,
        "author": [{"@type": "Person", "name": name} for name in article.authors],
        "publisher": {"@type": "Organization", "name": site.name},
        "keywords": list(article.tags),
    }
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
