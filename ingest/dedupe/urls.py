"""Addresses: the form that is stored, the key that is compared, and what a page claims its address to be.

`canonical_url` is what an article is stored and shown under, and fetches the same page. `url_key` is what
two addresses are compared by: it merges more, and is never fetched. Both merge only what servers are known
to answer alike: a missed pair costs a second row, a false one hides an article.
"""

import re
from urllib.parse import SplitResult, quote

from ingest.dedupe.sites import registrable, without_variant
from ingest.dedupe.tracking import is_tracking
from ingest.dedupe.trailing import without_junk
from ingest.hosts import read_url

# RFC 3986 §2: a triplet, or whatever may not stand unescaped in a path, a query or a fragment.
_ESCAPES = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/?-]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

_LANGUAGE = (
    "(?:ar|bg|bn|ca|cs|da|de|el|en|es|et|eu|fa|fi|fr|ga|gl|he|hi|hr|hu|id|is|it|ja|ko|lt|lv|ms|nb|nl|nn|no|pl|pt|ro|ru"
    "|sk|sl|sq|sr|sv|ta|th|tr|uk|ur|vi|zh)(?:[-_](?:[a-z]{2}|hans|hant|latn|cyrl))?"
)
_LANGUAGE_LABEL = re.compile(rf"({_LANGUAGE})\.[^.]+\.", re.IGNORECASE)
_LANGUAGE_FOLDER = re.compile(rf"/({_LANGUAGE})(?:/|$)", re.IGNORECASE)
_LANGUAGE_PARAMETER = re.compile(r"(?:^|&)(?:lang|language|locale|hl)=([^&]*)", re.IGNORECASE)
_HOME = re.compile(
    rf"/(?:{_LANGUAGE}(?:/|$))?(?:(?:index|default|home)\.(?:html?|php|aspx?|jsp|shtml))?", re.IGNORECASE
)
_PAGE_IN_PATH = re.compile(r"/(?:(?:page|seite|pagina)[/-]?(\d{1,6})|p?(\d{1,2}))/?$", re.IGNORECASE)
_PAGE_PARAMETER = re.compile(r"(?:^|&)(?:page|paged|pg|seite|pagina)=(\d{1,6})", re.IGNORECASE)
_AMP_PARAMETERS = frozenset({"amp", "amp=", "amp=1", "amp=true", "outputtype=amp", "output=amp"})
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sessionid)=[^/;]*", re.IGNORECASE)
_AMP_ENDING = re.compile(r"\.amp(?=\.html?$|$)")
_IN_SLUGS = re.compile(r"[0-9.-]")
# https://developers.google.com/amp/cache/overview: the publisher's address follows, `s/` for https.
_AMP_CACHE = re.compile(
    r"https?://(?:[^/]+\.cdn\.ampproject\.org/[a-z]|(?:www\.)?google\.[a-z.]+/amp)/(?:s/)?(?=[^/]+\.)"
)
_BLOGGER_PAGE = re.compile(r"/\d{4}/\d{2}/[^/]+\.html")  # its mobile variant is `?m=1`
# Where a site is made, not where it is read.
_BACKSTAGE = re.compile(r"(?:staging|stage|dev|test|preview|preprod|origin|cms|admin|localhost)[.-]")


def canonical_url(url: str, *, keep_fragment: bool = False) -> str | None:
    """The normal form that an article is stored under, or None when `url` is not http(s) with a host.

    RFC 3986 §6.2.2 and §6.2.3, host in punycode, no userinfo, no tracking parameters, no junk at the end
    (`trailing.without_junk`); the other parameters stay, in their order. A trailing slash stays or stays away:
    the server may know only one of the two.
    The fragment goes, unless it is a route (`#/…`, `#!…`) or `keep_fragment` says that it tells apart the
    entries of one page; text fragments (`#:~:text=`) and tracking ones (`#xtor=RSS-1`) always go.
    """
    parts = _normal(url, keep_fragment=keep_fragment)
    return parts.geturl() if parts else None


def url_key(url: str) -> str:
    """What `url` is compared by; two addresses with one key are one article. Not an address itself.

    The canonical URL, without what servers answer alike:
    - the scheme: a host with two different pages under http and https is unheard of;
    - `www.`, `m.`, `mobile.`, `amp.` in front of a domain: the same page for another screen;
    - `/amp`, `.amp.html`, `?amp=1`, `?outputType=amp`: likewise, `/amp` only after a segment with a figure,
      hyphen or dot, as slugs have (a shop's `/guitars/amp` is not its `/guitars`); Blogger's `?m=1`;
    - the AMP cache's host in front of the publisher's;
    - the last slash: sites redirect one form to the other;
    - the order of the parameters, but that of one name's.
    A fragment that is given counts: pass what `canonical_url` returned, which has dropped the idle ones.
    What is no web address is its own key.
    """
    parts = _normal(url, keep_fragment=True)
    if not parts:
        return url
    parts = _normal(_AMP_CACHE.sub("https://", parts.geturl()), keep_fragment=True) or parts
    host = parts.hostname or ""
    netloc = parts.netloc.replace(host, without_variant(host), 1)
    path = _without_amp(parts.path.rstrip("/"))
    query = "&".join(sorted(_choosing(parts), key=lambda pair: pair.partition("=")[0]))
    return SplitResult("", "", f"{netloc}{path}", query, parts.fragment).geturl()


def _without_amp(path: str) -> str:
    before = path.removesuffix("/amp")
    if before != path and _IN_SLUGS.search(before.rpartition("/")[2]):
        return before
    return _AMP_ENDING.sub("", path)


def site(url: str) -> str:
    """The host without `www.` and port, "" for what is no web address."""
    return _host(url).removeprefix("www.")


def host_key(url: str) -> str:
    """`host` or `host:port`, whose turn a GET of `url` needs; "" for what is no web address."""
    parts = _normal(url)
    return parts.netloc if parts else ""


def is_home_page(url: str) -> bool:
    """Whether `url` is a site's front page, or that of one of its languages."""
    parts = _normal(url)
    if not parts or parts.query or parts.fragment.strip("/!"):
        return False
    return _HOME.fullmatch(parts.path) is not None


def same_site(a: str, b: str) -> bool:
    """Whether both hosts have one registrable domain: one publisher, as far as names tell."""
    host = _host(a)
    return bool(host) and registrable(host) == registrable(_host(b))


def trusted_canonical(page_url: str, claimed: str | None) -> str | None:
    """`claimed` (rel=canonical, og:url) in its normal form when it may be believed as the page's address.

    Templates lie: they name the home page, another site (syndication), a staging host, the first of several
    pages, the article's translation, or the script without the parameter that chooses the article. When in
    doubt the claim is dropped, which costs nothing but the page keeping the address it came from. A host that
    answered over https is not left for http, as old templates want it.
    """
    page, claim = _normal(page_url), _normal(claimed or "")
    if not page or not claim or not same_site(page.geturl(), claim.geturl()):
        return None
    if is_home_page(claim.geturl()) and not is_home_page(page.geturl()):
        return None
    if _BACKSTAGE.match(claim.netloc) and not _BACKSTAGE.match(page.netloc):
        return None
    if _languages(page) != _languages(claim) or _page_number(page) != _page_number(claim):
        return None
    if page.path == claim.path and any(map(_identifies, set(_choosing(page)) - set(_choosing(claim)))):
        return None
    if page.scheme == "https" and claim.netloc == page.netloc:
        claim = claim._replace(scheme="https")
    return claim.geturl()


def _normal(url: str, *, keep_fragment: bool = False) -> SplitResult | None:
    try:
        parts, authority = read_url(url)
    except ValueError:
        return None
    path = without_junk(_SESSION_IN_PATH.sub("", _without_dots(_escaped(parts.path)))) or "/"
    query = _without_idle(_escaped(parts.query))
    fragment = without_junk(_escaped(parts.fragment).partition(":~:")[0])
    if not fragment.startswith(("/", "!")):
        fragment = _without_idle(fragment) if keep_fragment else ""
    return SplitResult(parts.scheme, authority.netloc, path, query, fragment)


def _escaped(part: str) -> str:
    return _ESCAPES.sub(_escape, part)


def _escape(match: re.Match[str]) -> str:
    found = match.group()
    if len(found) == 1:
        return quote(found, safe="", errors="surrogatepass")
    character = chr(int(found[1:], 16))
    return character if character in _UNRESERVED else found.upper()


def _without_dots(path: str) -> str:
    """RFC 3986 §5.2.4 for an absolute or empty path."""
    kept: list[str] = []
    segments = path.split("/")[1:] or [""]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _without_idle(query: str) -> str:
    """Without tracking and junk, each of which may hide behind the other."""
    while (shorter := _without_tracking(without_junk(query))) != query:
        query = shorter
    return query


def _without_tracking(query: str) -> str:
    """Also mends `&amp;`, which is always one escape too many."""
    kept: list[str] = []
    for written in query.split("&"):
        pair = written
        while pair.startswith("amp;"):
            pair = pair.removeprefix("amp;")
        name, _, value = pair.partition("=")
        if pair and not is_tracking(name, value):
            kept.append(pair)
    return "&".join(kept)


def _host(url: str) -> str:
    parts = _normal(url)
    return (parts.hostname or "") if parts else ""


def _languages(parts: SplitResult) -> tuple[str, ...]:
    """What the host, the path and the query say of the language, "" where they say nothing."""
    found = (
        _LANGUAGE_LABEL.match((parts.hostname or "").removeprefix("www.")),
        _LANGUAGE_FOLDER.match(parts.path),
        _LANGUAGE_PARAMETER.search(parts.query),
    )
    return tuple(match.group(1).lower().replace("_", "-") if match else "" for match in found)


def _page_number(parts: SplitResult) -> int:
    match = _PAGE_PARAMETER.search(parts.query) or _PAGE_IN_PATH.search(parts.path)
    return int(match.group(match.lastindex or 0)) if match else 1


def _choosing(parts: SplitResult) -> list[str]:
    """The parameters that may choose the page, and not only its variant for another screen."""
    pairs = [pair for pair in parts.query.split("&") if pair and pair.lower() not in _AMP_PARAMETERS]
    if "m=1" in pairs and _BLOGGER_PAGE.fullmatch(parts.path):
        pairs.remove("m=1")
    return pairs


def _identifies(pair: str) -> bool:
    name, _, value = pair.partition("=")
    return name.lower().endswith("id") or value.isdigit()
