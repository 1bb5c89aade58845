"""Where the feeds of a site are: links on its page, and the usual paths."""

import re
from typing import TYPE_CHECKING

from ingest.feeds.links import absolute

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_LINKED_FEEDS = 20
MAX_USUAL_PATHS = 14  # they are requested from one host, one after the other
_USUAL_PATHS = (
    "/feed /rss.xml /feed.xml /atom.xml /index.xml /rss /?format=feed&type=rss /feeds/posts/default /?feed=rss2"
    " /?format=rss /feed.php /feed.json /index.rdf /blog/feed".split()
)
# By the program that the page names in <meta name="generator">.
_PATHS_OF = {
    "blogger": ("/feeds/posts/default",),
    "discourse": ("/latest.rss",),
    "dokuwiki": ("/feed.php",),
    "drupal": ("/rss.xml",),
    "eleventy": ("/feed/feed.xml", "/feed.xml"),
    "ghost": ("/rss/",),
    "hexo": ("/atom.xml",),
    "hugo": ("/index.xml",),
    "jekyll": ("/feed.xml", "/atom.xml"),
    "joomla": ("/?format=feed&type=rss", "/?format=feed&type=atom"),
    "plone": ("/RSS",),
    "spip": ("/spip.php?page=backend",),
    "squarespace": ("/?format=rss", "/blog?format=rss", "/news?format=rss"),
    "typo3": ("/?type=9818", "/feed.rss", "/rss.xml"),
    "wix": ("/blog-feed.xml",),
    "wordpress": ("/feed/", "/?feed=rss2"),
}

_FEED_TYPE = re.compile(
    r"(?:application|text)/(?:(?:rss|atom|rdf)(?:\+xml)?|feed\+json|x\.atom\+xml)\s*(?:;|$)", re.IGNORECASE
)
_LOOSE_TYPE = re.compile(r"(?:application/json|(?:application|text)/xml)\s*(?:;|$)", re.IGNORECASE)
_FEED_URL = re.compile(
    r"//feeds?\.|//rss\.|[/.](?:rss|atom|feed|rdf)/?(?:[?#]|$)|(?:rss|atom|feed|feeds|index)\.(?:xml|rdf|json)(?:[?#]|$)"
    r"|[?&](?:feed|format|alt|type|output|action)=(?:rss|atom|feed|rdf)|/feeds/posts/default|\.rss2?(?:[?#]|$)"
    r"|/feed\.php(?:[?#]|$)|[?&]page=backend(?:[&#]|$)|[?&]type=9818(?:[&#]|$)",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"comment|kommentar", re.IGNORECASE)


def linked_feeds(html: str, base_url: str, *, comments: bool = True) -> tuple[str, ...]:
    """Return the feeds that a page links, likeliest first: its <link>s, then its anchors.

    Feeds of comments are last, or left out if not `comments`.
    """
    page = _parsed(html)
    if page is None:
        return ()
    base = absolute(page.xpath("string(//base/@href)"), base_url) or base_url
    links = [
        link
        for link in page.iter("link")
        if {"alternate", "feed"} & set(link.get("rel", "").lower().split()) and _is_feed(link)
    ]
    anchors = [
        anchor
        for anchor in page.iter("a")
        if _FEED_URL.search(anchor.get("href", "")) or _FEED_TYPE.match(anchor.get("type", "").strip())
    ]
    found = sorted(links + anchors, key=_is_for_comments)
    urls = (absolute(element.get("href"), base) for element in found if comments or not _is_for_comments(element))
    return tuple(dict.fromkeys(filter(None, urls)))[:MAX_LINKED_FEEDS]


def usual_paths(html: str) -> tuple[str, ...]:
    """Return the paths where feeds usually are, likeliest first, for a page that links no feed."""
    page = _parsed(html)
    program = "" if page is None else " ".join(page.xpath("//meta[@name='generator' or @name='Generator']/@content"))
    own = (path for name, paths in _PATHS_OF.items() if name in program.lower() for path in paths)
    return tuple(dict.fromkeys((*own, *_USUAL_PATHS)))[:MAX_USUAL_PATHS]


def _parsed(html: str) -> "_Element | None":
    from lxml import etree  # not needed at start-up
    from lxml import html as lxml_html

    try:
        parser = lxml_html.HTMLParser(encoding="utf-8")
        return lxml_html.document_fromstring(html.encode(errors="replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def _is_feed(link: "_Element") -> bool:
    kind, href = link.get("type", "").strip(), link.get("href", "")
    if not kind:
        return bool(_FEED_URL.search(href))
    if _LOOSE_TYPE.match(kind):  # WordPress links its JSON API with it
        return "feed" in href.lower() or bool(_FEED_URL.search(href))
    return bool(_FEED_TYPE.match(kind))


def _is_for_comments(element: "_Element") -> bool:
    return bool(_COMMENTS.search(f"{element.get('href', '')} {element.get('title', '')}"))
