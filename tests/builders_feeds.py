"""Feeds as sites write them: a document's text from what the test is about."""

import json
from datetime import UTC, datetime
from html import escape

from ingest.feeds.parse import parse
from ingest.feeds.parsed import ParsedFeed

FEED_URL = "https://site.example/blog/feed.xml"
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:itunes="http://www.itunes.com/DTDs/PodCast-1.0.dtd" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)
SUBJECTS = "harbour council orchard railway glacier library foundry theatre reactor vineyard".split()


def prose(n: int = 0, sentences: int = 6) -> str:
    """A text of some hundred words, another one for each `n`."""
    subject = SUBJECTS[n % len(SUBJECTS)]
    return " ".join(
        f"In report {n} the {subject} commission settled question {k} after a long and careful hearing of residents."
        for k in range(sentences)
    )


def item(
    n: int = 0, *, link: str | None = None, guid: str | None = None, text: str | None = None, more: str = ""
) -> str:
    """An RSS item with a full text of its own; `guid` and `more` are markup."""
    link_markup = f"<link>{escape(link)}</link>" if link else ""
    text = escape(f"<p>{prose(n) if text is None else text}</p>")
    return f"<item><title>Title {n}</title>{link_markup}{guid or ''}<description>{text}</description>{more}</item>"


def rss(*items: str, channel: str = "", version: str = "2.0") -> str:
    return (
        f'<?xml version="1.0"?><rss version="{version}" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><title>News</title>'
        f"{channel}{''.join(items)}</channel></rss>"
    )


def rdf(*links: str) -> str:
    items = "".join(
        f'<item rdf:about="{link}"><title>Title {n}</title><link>{link}</link>'
        f"<description>{prose(n)}</description></item>"
        for n, link in enumerate(links)
    )
    return (
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/"><channel rdf:about="http://news.example/"><title>News</title>'
        f"<link>http://news.example/</link></channel>{items}</rdf:RDF>"
    )


def atom(*entries: str, version: str = "1.0", attributes: str = "") -> str:
    name = "http://www.w3.org/2005/Atom" if version == "1.0" else "http://purl.org/atom/ns#"
    declared = "" if version == "1.0" else f' version="{version}"'
    return (
        f'<?xml version="1.0"?><feed xmlns="{name}"{declared}{attributes}><title>News</title>{"".join(entries)}</feed>'
    )


def atom_entry(n: int = 0, links: str = "", *, more: str = "") -> str:
    """`links` and `more` are markup."""
    return (
        f"<entry><title>Title {n}</title><id>tag:news.example,2026:{n}</id>{links}"
        f'<content type="html">&lt;p&gt;{prose(n)}&lt;/p&gt;</content>{more}</entry>'
    )


def json_feed(*links: str, version: str = "1.1") -> str:
    items = [
        {"id": str(n), "url": link, "title": f"Title {n}", "content_text": prose(n)} for n, link in enumerate(links)
    ]
    return json.dumps({"version": f"https://jsonfeed.org/version/{version}", "title": "News", "items": items})


def page(n: int = 0, title: str | None = None, *, head: str = "", text: str | None = None) -> str:
    """An article's page; `head` is markup."""
    paragraphs = "".join(f"<p>{sentence}.</p>" for sentence in (text or prose(n, 12)).split(". "))
    title = title or f"Title {n}"
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>{head}</head>'
        f"<body><nav><a href='/'>Home</a></nav>"
        f"<main><article><h1>{title}</h1>{paragraphs}</article></main></body></html>"
    )


def bare_rss(items: str, channel: str = "") -> str:
    """An RSS document of this markup, with the namespaces that feeds use."""
    return f'<rss version="2.0" {NAMESPACES}><channel><title>T</title>{channel}{items}</channel></rss>'


def bare_atom(entries: str, attributes: str = "", feed: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>T</title>{feed}{entries}</feed>'


def read_feed(document: str | bytes, *, content_type: str | None = None, **options: int) -> ParsedFeed:
    """Parse the document as the feed at FEED_URL."""
    body = document.encode() if isinstance(document, str) else document
    return parse(body, url=FEED_URL, content_type=content_type, now=datetime(2026, 3, 1, tzinfo=UTC), **options)
