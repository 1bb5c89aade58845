"""The HTML of an entry's text, as it is kept: bounded, and safe for a database."""

import html
import re

from ingest.feeds.links import absolute
from ingest.hosts import same_publisher

MAX_MARKUP_CHARS = 1_000_000  # without embedded pictures; a longer text is kept without its structure

_TAG = re.compile(r"<[a-z!/]", re.IGNORECASE)
_ESCAPED_AGAIN = re.compile(r"&amp;(?=#?\w+;)")
_CREDENTIALS = re.compile(r"://[^/?#\s\"'<>]*@")
_EMBEDDED = re.compile(r"data:[\w/+.;=-]{0,100};base64,[\w+/=%\r\n-]*")
# An attribute's value may have angle brackets.
_WHOLE_TAG = re.compile(r"<[a-z](?:[^\"'<>]|\"[^\"]*\"|'[^']*')*+>", re.IGNORECASE)


def kept(markup: str | None, *, declared: str = "", link: str | None, home: str) -> str | None:
    """Return the markup as it is stored. Return None if there is no tag in it or if it is too long.

    Drop what a database cannot hold, and from its tags embedded files (`data:`) and the credentials of addresses. Name
    its base in a <base> element in front, unless that is the entry's link. `declared` is the xml:base, `home` the
    site's address.
    """
    if markup is None or not _TAG.search(markup):
        return None
    if ";base64," in markup or ("@" in markup and _CREDENTIALS.search(markup)):
        markup = _WHOLE_TAG.sub(_safe_tag, markup)
    if len(markup) > MAX_MARKUP_CHARS:
        return None
    markup = markup.replace("\0", "")  # which a database does not take; readers of feeds have no lone surrogates
    base = _base(declared, link, home)
    return markup if base == link else f'<base href="{html.escape(base)}">{markup}'


def _base(declared: str, link: str | None, home: str) -> str:
    """Return the address that relative links of an entry's markup start from.

    Without an xml:base it is the entry's link. A link to another publisher is a redirect or what the entry is about.
    """
    if declared and (base := absolute(declared, home)):
        return base
    is_own = link and (_host(link) == _host(home) or same_publisher(link, home))
    return link if link and is_own else home


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


def unescaped(markup: str) -> str:
    """Unescape the text of markup once more, as far as it was escaped twice."""
    return _ESCAPED_AGAIN.sub("&", markup)


def _safe_tag(tag: re.Match[str]) -> str:
    return _EMBEDDED.sub("data:,", _CREDENTIALS.sub("://", tag[0]))
