"""URLs: the form that is stored, the key that is compared, and the canonical URL that a page claims.

`canonical_url` is the URL that an article is stored and shown under; it fetches the same page. `url_key` compares two
URLs; it merges more and is never fetched. Both merge only URLs that servers are known to answer alike: a missed pair
costs a second row, a false pair hides an article.
"""

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote

from ingest.dedupe.url_junk import is_tracking, without_junk
from ingest.hosts import read_url, same_publisher, without_variant

# RFC 3986 §2: an escape, or a character that must be escaped in a path, a query or a fragment.
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
_SLUG_CHARACTER = re.compile(r"[0-9.-]")
# https://developers.google.com/amp/cache/overview: the publisher's URL follows, `s/` for https.
_AMP_CACHE = re.compile(
    r"https?://(?:[^/]+\.cdn\.ampproject\.org/[a-z]|(?:www\.)?google\.[a-z.]+/amp)/(?:s/)?(?=[^/]+\.)"
)
_BLOGGER_PAGE = re.compile(r"/\d{4}/\d{2}/[^/]+\.html")  # its mobile variant is `?m=1`
# Hosts where a site is built, not read.
_STAGING_HOST = re.compile(r"(?:staging|stage|dev|test|preview|preprod|origin|cms|admin|localhost)[.-]")
MAX_REMEMBERED = 512  # results: an article asks some twenty times for those of its addresses


def canonical_url(url: str, *, keep_fragment: bool = False) -> str | None:
    """Return the normal form that an article is stored under, None if `url` is not http(s) with a host.

    Normalise by RFC 3986 §6.2.2 and §6.2.3, write the host in punycode, drop userinfo, tracking parameters and junk
    at the end. Keep the other parameters in their order. Keep a trailing slash, or its absence: the server may know
    only one form.
    Drop the fragment, unless it is a route (`#/…`, `#!…`) or `keep_fragment` says that the entries of one page differ
    in it. Always drop text fragments (`#:~:text=`) and tracking fragments (`#xtor=RSS-1`).
    """
    split = _normal(url, keep_fragment=keep_fragment)
    return split.geturl() if split else None


@lru_cache(MAX_REMEMBERED)
def url_key(url: str) -> str:
    """Return the key that `url` is compared by: two URLs with one key are one article. A key is not a URL.

    It is the canonical URL without differences that servers ignore:
    - the scheme: a host with two different pages under http and https is unheard of;
    - `www.`, `m.`, `mobile.`, `amp.` in front of a domain: the same page for another screen;
    - `/amp`, `.amp.html`, `?amp=1`, `?outputType=amp`: likewise, `/amp` only after a segment with a figure,
      hyphen or dot, as slugs have (a shop's `/guitars/amp` is not its `/guitars`); Blogger's `?m=1`;
    - the AMP cache's host in front of the publisher's;
    - the last slash: sites redirect one form to the other;
    - the order of parameters with different names.
    A fragment counts: pass the result of `canonical_url`, which drops the fragments that do not.
    Text that is not an http(s) URL is its own key.
    """
    split = _normal(url, keep_fragment=True)
    if not split:
        return url
    split = _normal(_AMP_CACHE.sub("https://", split.geturl()), keep_fragment=True) or split
    host = split.hostname or ""
    netloc = split.netloc.replace(host, without_variant(host), 1)
    path = _without_amp(split.path.rstrip("/"))
    query = "&".join(sorted(_page_parameters(split), key=lambda pair: pair.partition("=")[0]))
    return SplitResult("", "", f"{netloc}{path}", query, split.fragment).geturl()


def is_home_page(url: str) -> bool:
    """Return whether `url` is a site's front page, or the front page of one of its languages."""
    split = _normal(url)
    if not split or split.query or split.fragment.strip("/!"):
        return False
    return _HOME.fullmatch(split.path) is not None


def trusted_canonical(page_url: str, claimed: str | None) -> str | None:
    """Return `claimed` (rel=canonical, og:url) in its normal form if it can be believed as the page's URL.

    Templates lie: they name the home page, another site (syndication), a staging host, the first of several pages,
    the article's translation, or the script without the parameter that chooses the article. A doubtful claim is
    dropped: the page then keeps the URL that it was fetched from. A host that answered over https is not left for
    http, which old templates claim.
    """
    page, claim = _normal(page_url), _normal(claimed or "")
    if not page or not claim or not same_publisher(page.geturl(), claim.geturl()):
        return None
    if is_home_page(claim.geturl()) and not is_home_page(page.geturl()):
        return None
    if _STAGING_HOST.match(claim.netloc) and not _STAGING_HOST.match(page.netloc):
        return None
    if _languages(page) != _languages(claim) or _page_number(page) != _page_number(claim):
        return None
    if page.path == claim.path and any(map(_is_identifier, set(_page_parameters(page)) - set(_page_parameters(claim)))):
        return None
    if page.scheme == "https" and claim.netloc == page.netloc:
        claim = claim._replace(scheme="https")
    return claim.geturl()


@lru_cache(MAX_REMEMBERED)
def _normal(url: str, *, keep_fragment: bool = False) -> SplitResult | None:
    try:
        split, authority = read_url(url)
    except ValueError:
        return None
    path = without_junk(_SESSION_IN_PATH.sub("", _without_dots(_escaped(split.path)))) or "/"
    query = _clean_query(_escaped(split.query))
    fragment = without_junk(_escaped(split.fragment).partition(":~:")[0])
    if not fragment.startswith(("/", "!")):
        fragment = _clean_query(fragment) if keep_fragment else ""
    return SplitResult(split.scheme, authority.host, path, query, fragment)


def _escaped(text: str) -> str:
    return _ESCAPES.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    found = match.group()
    if len(found) == 1:
        return quote(found, safe="", errors="surrogatepass")
    character = chr(int(found[1:], 16))
    return character if character in _UNRESERVED else found.upper()


def _without_dots(path: str) -> str:
    """Remove dot segments (RFC 3986 §5.2.4) from an absolute or empty path."""
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


def _clean_query(query: str) -> str:
    """Drop tracking parameters and junk, each of which may hide behind the other."""
    while (shorter := _without_tracking(without_junk(query))) != query:
        query = shorter
    return query


def _without_tracking(query: str) -> str:
    """Drop tracking parameters. Mend `&amp;`, which is always one escape too many."""
    kept: list[str] = []
    for written in query.split("&"):
        pair = written
        while pair.startswith("amp;"):
            pair = pair.removeprefix("amp;")
        name, _, value = pair.partition("=")
        if pair and not is_tracking(name, value):
            kept.append(pair)
    return "&".join(kept)


def _without_amp(path: str) -> str:
    before = path.removesuffix("/amp")
    if before != path and _SLUG_CHARACTER.search(before.rpartition("/")[2]):
        return before
    return _AMP_ENDING.sub("", path)


def _languages(split: SplitResult) -> tuple[str, ...]:
    """Return the languages that host, path and query name, "" for each that names no language."""
    found = (
        _LANGUAGE_LABEL.match((split.hostname or "").removeprefix("www.")),
        _LANGUAGE_FOLDER.match(split.path),
        _LANGUAGE_PARAMETER.search(split.query),
    )
    return tuple(match.group(1).lower().replace("_", "-") if match else "" for match in found)


def _page_number(split: SplitResult) -> int:
    match = _PAGE_PARAMETER.search(split.query) or _PAGE_IN_PATH.search(split.path)
    return int(match.group(match.lastindex or 0)) if match else 1


def _page_parameters(split: SplitResult) -> list[str]:
    """Return the parameters that may choose the page, not only its variant for another screen."""
    pairs = [pair for pair in split.query.split("&") if pair and pair.lower() not in _AMP_PARAMETERS]
    if "m=1" in pairs and _BLOGGER_PAGE.fullmatch(split.path):
        pairs.remove("m=1")
    return pairs


def _is_identifier(pair: str) -> bool:
    name, _, value = pair.partition("=")
    return name.lower().endswith("id") or value.isdigit()
