"""Feed bytes → entries.

decode     text.charset.decode, then UTF-8
read       xmlfeed.read (RSS 0.9x to 2.0, RDF, Atom) or jsonfeed.read, of too many entries only the newest
tidy       parsed.tidy: repeated entries, the limit, shared links
"""

from datetime import datetime

from ingest.errors import PageFound, ParseError
from ingest.feeds import jsonfeed, xmlfeed
from ingest.feeds.discover import linked_feeds
from ingest.feeds.parsed import ParsedFeed, tidy
from ingest.feeds.split import NOTHING, Last
from ingest.text.charset import decode
from ingest.text.markup import root_element

_HTML_ROOTS = (b"html", b"head", b"body", b"meta", b"title")
_MAX_PROLOG_BYTES = 65536  # templates put long comments first
_MAX_PAGE_BYTES = 1 << 20  # of a page, which are searched for links to feeds: most of them are in its head


def parse(
    body: bytes, *, url: str, content_type: str | None, now: datetime, limit: int = 5000, last: Last = NOTHING
) -> ParsedFeed:
    """Parse the feed in `body`, which was fetched from `url`. Keep the newest `limit` entries.

    Entries that the `last` document had are not read, if that changes nothing of the others.

    Raises ParseError if the bytes are not a feed, saying what they are (PageFound for HTML), or if a feed's entries are
    all unreadable. A broken but readable feed is parsed, with a warning. A feed may have no entries.
    """
    body = decode(body, content_type).encode(errors="replace")  # patterns over bytes find nothing in UTF-16
    if not body.strip(b" \t\r\n\0"):
        raise ParseError(url, "the body is empty")
    if jsonfeed.is_json(body):
        feed = jsonfeed.read(body, url=url, now=now, limit=limit, last=last)
    elif is_html(body):
        page = body[:_MAX_PAGE_BYTES].decode(errors="replace")
        raise PageFound(url, "this is an HTML page, not a feed", linked_feeds(page, url, comments=False))
    else:
        feed = xmlfeed.read(body, url=url, now=now, limit=limit, last=last)
    feed = tidy(feed, url=url, limit=limit)
    if feed.entries_seen and not (feed.entries or feed.same):
        why = f": {feed.warning}" if feed.is_truncated else ""
        raise ParseError(url, f"no entry could be read, of {feed.entries_seen} that are in it{why}")
    return feed


def is_html(body: bytes) -> bool:
    """Return whether the root element is HTML's. Ignore Content-Type: feeds are often served as text/html.

    Ignore an HTML doctype before a feed's root element: some systems put it on all of their output.
    """
    doctype, root = root_element(body[:_MAX_PROLOG_BYTES].replace(b"\0", b""))
    return root in _HTML_ROOTS or (doctype == b"html" and root not in (b"rss", b"feed", b"rdf"))
