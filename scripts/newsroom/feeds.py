"""A site's feed in its format: RSS 2.0, Atom (RFC 4287), JSON Feed 1.1 or RSS 1.0 (RDF)."""

import json
from collections.abc import Callable
from email.utils import format_datetime
from html import escape

from .content import Article, Line, Site

TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
    "rdf": "application/rdf+xml",
}


def feed(site: Site, bases: dict[str, str]) -> bytes:
    """Return the site's feed. `bases` are the sites' addresses by key, without a slash at the end."""
    return _WRITERS[site.feed_format](site, bases).encode(site.charset, "xmlcharrefreplace")


def _link(line: Line, bases: dict[str, str]) -> str:
    return f"{bases[line.article.site]}{line.article.path}{line.query}"


def _image(article: Article, bases: dict[str, str]) -> str:
    return f"{bases[article.site]}/images/{article.key.partition('/')[2]}.svg"


def _rss(site: Site, bases: dict[str, str]) -> str:
    def entry(line: Line) -> str:
        article = line.article
        return f"""
<item>
<title>{escape(article.title)}</title>
<link>{escape(_link(line, bases))}</link>
<guid isPermaLink="false">{article.key}</guid>
{"".join(f"<dc:creator>{escape(name)}</dc:creator>" for name in article.authors)}
<pubDate>{format_datetime(article.published_at)}</pubDate>
{"".join(f"<category>{escape(tag)}</category>" for tag in article.tags)}
<media:content url="{_image(article, bases)}" medium="image"/>
<description>{escape(article.summary)}</description>
</item>"""

    return f"""<?xml version="1.0" encoding="{site.charset}"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel>
<title>{escape(site.name)}</title>
<link>{bases[site.key]}/</link>
<description>{escape(site.tagline)}</description>
<language>{site.language}</language>{"".join(map(entry, site.lines))}
</channel>
</rss>
"""


def _atom(site: Site, bases: dict[str, str]) -> str:
    def entry(line: Line) -> str:
        article = line.article
        return f"""
<entry>
<id>tag:newsroom.example,2025:{article.key}</id>
<title>{escape(article.title)}</title>
<link rel="alternate" type="text/html" href="{escape(_link(line, bases))}"/>
<published>{article.published_at.isoformat()}</published>
<updated>{article.changed_at.isoformat()}</updated>
{"".join(f"<author><name>{escape(name)}</name></author>" for name in article.authors)}
{"".join(f'<category term="{escape(tag)}"/>' for tag in article.tags)}
<summary>{escape(article.summary)}</summary>
</entry>"""

    changed_at = max(line.article.changed_at for line in site.lines)
    return f"""<?xml version="1.0" encoding="{site.charset}"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{site.language}">
<id>tag:newsroom.example,2025:{site.key}</id>
<title>{escape(site.name)}</title>
<subtitle>{escape(site.tagline)}</subtitle>
<link rel="self" href="{bases[site.key]}{site.feed_path}"/>
<link rel="alternate" href="{bases[site.key]}/"/>
<updated>{changed_at.isoformat()}</updated>{"".join(map(entry, site.lines))}
</feed>
"""


def _json(site: Site, bases: dict[str, str]) -> str:
    def entry(line: Line) -> dict[str, object]:
        article = line.article
        return {
            "id": article.key,
            "url": _link(line, bases),
            "title": article.title,
            "summary": article.summary,
            "content_html": article.markup,
            "image": _image(article, bases),
            "date_published": article.published_at.isoformat(),
            "date_modified": article.changed_at.isoformat(),
            "authors": [{"name": name} for name in article.authors],
            "tags": list(article.tags),
        }

    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": site.name,
        "description": site.tagline,
        "home_page_url": f"{bases[site.key]}/",
        "feed_url": f"{bases[site.key]}{site.feed_path}",
        "language": site.language,
        "items": [entry(line) for line in site.lines],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _rdf(site: Site, bases: dict[str, str]) -> str:
    def entry(line: Line) -> str:
        article, link = line.article, escape(_link(line, bases))
        return f"""
<item rdf:about="{link}">
<title>{escape(article.title)}</title>
<link>{link}</link>
<description>{escape(article.summary)}</description>
{"".join(f"<dc:creator>{escape(name)}</dc:creator>" for name in article.authors)}
<dc:date>{article.published_at.isoformat()}</dc:date>
<dc:language>{article.language}</dc:language>
{"".join(f"<dc:subject>{escape(tag)}</dc:subject>" for tag in article.tags)}
</item>"""

    toc = "".join(f'<rdf:li rdf:resource="{escape(_link(line, bases))}"/>' for line in site.lines)
    return f"""<?xml version="1.0" encoding="{site.charset}"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="{bases[site.key]}{site.feed_path}">
<title>{escape(site.name)}</title>
<link>{bases[site.key]}/</link>
<description>{escape(site.tagline)}</description>
<items><rdf:Seq>{toc}</rdf:Seq></items>
</channel>{"".join(map(entry, site.lines))}
</rdf:RDF>
"""


_WRITERS: dict[str, Callable[[Site, dict[str, str]], str]] = {
    "rss": _rss,
    "atom": _atom,
    "json": _json,
    "rdf": _rdf,
}
