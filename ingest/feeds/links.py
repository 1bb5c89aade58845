"""The links of feeds: repaired to absolute http(s) URLs, and the link that leads to an entry's page."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlunsplit

from ingest.hosts import MAX_URL_CHARS, read_url

_REPAIRS = (
    (re.compile(r"[\t\r\n]+ *"), ""),  # a line break inside, with the indentation after it
    (re.compile(r"&(?:(?:amp|#0*38|#x0*26);)+(?:amp;)*", re.IGNORECASE), "&"),  # escaped once or twice too often
    (re.compile(r"^feed:(?://)?(?=https?:)", re.IGNORECASE), ""),
    (re.compile(r"^feed:(?=//)", re.IGNORECASE), "http:"),
    (re.compile(r"^https?:/+(?=https?:/)", re.IGNORECASE), ""),
)
# A host without its scheme needs a path after it: `index.html` is a relative link.
_BARE_HOST = re.compile(
    r"^(?:www\.|(?:[\w-]+\.)+(?!(?:html?|php\d?|aspx?|jsp|cgi|xml|md)/)[a-z]{2,}(?::\d+)?/)", re.IGNORECASE
)
# Some feeds name the machine that their site was built on.
_LOCAL = re.compile(r"^https?://(?:[^/?#@]*@)?(?:localhost|127(?:\.\d+){3})(?::\d+)?(?=[/?#]|$)", re.IGNORECASE)
_SAFE_IN_PATH = "/%:@!$&'()*+,;=~[]|"
_SAFE_IN_QUERY = _SAFE_IN_PATH + "?{}"
_PAGE_TYPES = ("text/html", "application/xhtml+xml", "")


def absolute(raw: str | None, base: str, *, credentials: bool = False) -> str | None:
    """Repair a link and resolve it against `base`. Return None if it is not an http(s) URL.

    Repair white space, ampersands escaped too often, a missing or doubled scheme, `feed:`, characters that a URL
    cannot hold, and the host's case and script (RFC 3986 §6.2.2.1, RFC 5891). Drop credentials unless `credentials`.
    """
    link = (raw or "").strip()
    for flaw, repaired in _REPAIRS:
        link = flaw.sub(repaired, link)
    if not link or len(link) > MAX_URL_CHARS:
        return None
    if _BARE_HOST.match(link):
        link = f"//{link}"
    try:
        if base and _LOCAL.match(link) and not _LOCAL.match(base):
            link = _LOCAL.sub("", link) or "/"
        split, authority = read_url(link, base)
        path, query = quote(split.path, _SAFE_IN_PATH), quote(split.query, _SAFE_IN_QUERY)
        fragment = quote(split.fragment, _SAFE_IN_QUERY + "#")
    except ValueError:
        return None
    user = f"{authority.credentials}@" if credentials and authority.credentials else ""
    return urlunsplit((split.scheme, f"{user}{authority.host}", path, query, fragment))


def page_link(links: Sequence[Mapping[str, str]], language: str | None) -> Mapping[str, str] | None:
    """Return the link of a feed or entry to its page, None if there is none.

    Prefer HTML to other formats, then `language` or an unstated language to a translation, then the first link
    (RFC 4287 §4.2.7.2).
    """
    alternates = [link for link in links if link.get("rel", "alternate") == "alternate" and link.get("href")]

    def rank(link: Mapping[str, str]) -> tuple[bool, bool]:
        declared = link.get("hreflang", "").partition("-")[0].lower()
        is_translation = bool(declared) and declared != (language or "").partition("-")[0].lower()
        return link.get("type", "").partition(";")[0].strip().lower() not in _PAGE_TYPES, is_translation

    return min(alternates, key=rank, default=None)
