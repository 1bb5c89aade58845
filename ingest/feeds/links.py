"""A link as a feed writes it → an absolute http(s) URL, and which of several links is the entry's page."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlunsplit

from ingest.hosts import read_url

_MENDS = (
    (re.compile(r"[\t\r\n]+ *"), ""),  # a line break inside, with the indentation after it
    (re.compile(r"&(?:(?:amp|#0*38|#x0*26);)+(?:amp;)*", re.IGNORECASE), "&"),  # escaped once too often, or twice
    (re.compile(r"^feed:(?://)?(?=https?:)", re.IGNORECASE), ""),
    (re.compile(r"^feed:(?=//)", re.IGNORECASE), "http:"),
    (re.compile(r"^https?:/+(?=https?:/)", re.IGNORECASE), ""),
)
# A host without its scheme needs a path after it: `index.html` is a relative link.
_BARE_HOST = re.compile(
    r"^(?:www\.|(?:[\w-]+\.)+(?!(?:html?|php\d?|aspx?|jsp|cgi|xml|md)/)[a-z]{2,}(?::\d+)?/)", re.IGNORECASE
)
# The site was built on its author's machine, and the feed says so.
_LOCAL = re.compile(r"^https?://(?:[^/?#@]*@)?(?:localhost|127(?:\.\d+){3})(?::\d+)?(?=[/?#]|$)", re.IGNORECASE)
_PATH = "/%:@!$&'()*+,;=~[]|"
_QUERY = _PATH + "?{}"
LONGEST_URL = 8192  # characters; servers take no more (RFC 9110 §4.1 asks for 8000)
_PAGES = ("text/html", "application/xhtml+xml", "")


def absolute(raw: str | None, base: str, *, credentials: bool = False) -> str | None:
    """`raw` made right and resolved against `base`; None if that is no http(s) URL.

    Mended are white space, ampersands escaped once too often, a missing or doubled scheme, `feed:`, letters
    that a URL cannot hold, and the host's case and script (RFC 3986 §6.2.2.1, RFC 5891). Credentials go, unless
    `credentials`.
    """
    link = (raw or "").strip()
    for flaw, mended in _MENDS:
        link = flaw.sub(mended, link)
    if not link or len(link) > LONGEST_URL:
        return None
    if _BARE_HOST.match(link):
        link = f"//{link}"
    try:
        if base and _LOCAL.match(link) and not _LOCAL.match(base):
            link = _LOCAL.sub("", link) or "/"
        parts, authority = read_url(link, base)
        path, query, fragment = (
            quote(parts.path, _PATH),
            quote(parts.query, _QUERY),
            quote(parts.fragment, _QUERY + "#"),
        )
    except ValueError:
        return None
    user = f"{authority.credentials}@" if credentials and authority.credentials else ""
    return urlunsplit((parts.scheme, f"{user}{authority.netloc}", path, query, fragment))


def page_link(links: Sequence[Mapping[str, str]], language: str | None) -> Mapping[str, str] | None:
    """Of a feed's or an entry's links, the one to its page.

    A page rather than another format, and in `language`, or in none stated, rather than a translation; the
    first such (RFC 4287 §4.2.7.2).
    """
    alternates = [link for link in links if link.get("rel", "alternate") == "alternate" and link.get("href")]

    def rank(link: Mapping[str, str]) -> tuple[bool, bool]:
        said = link.get("hreflang", "").partition("-")[0].lower()
        translated = bool(said) and said != (language or "").partition("-")[0].lower()
        return link.get("type", "").partition(";")[0].strip().lower() not in _PAGES, translated

    return min(alternates, key=rank, default=None)
