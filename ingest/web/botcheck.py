"""Recognises the bot checks of the known vendors in a response (pure). They are named in an entry's reason, and not
got around.

A header or a cookie of a vendor is on the pages behind a check too. It counts only with a status that refuses the
page. With another status the response must be the check itself.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MAX_BODY_BYTES = 64 * 1024  # of a check; a page behind one is mostly larger, and may load the vendor's scripts
MAX_WORDS = 150  # that a check shows
_REFUSING = frozenset({202, 401, 403, 405, 406, 429, 503})
_UNSEEN = re.compile(r"<(script|style|noscript|svg)\b.*?(?:</\1\s*>|\Z)|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE)

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Vendor:
    """`challenge`: the headers say that this response is a check. `mark`: they name the vendor. `page` is in the body
    of its checks alone, `trace` also in pages behind one.
    """

    name: str
    challenge: Callable[[Headers], bool]
    mark: Callable[[Headers], bool]
    page: re.Pattern[str]
    trace: re.Pattern[str] | None = None


def _never(_: Headers) -> bool:
    return False


def _server(name: str) -> Callable[[Headers], bool]:
    return lambda headers: headers.get("server", "").lower().startswith(name)


def _has(*names: str) -> Callable[[Headers], bool]:
    return lambda headers: any(name.startswith(names) for name in headers)


def _cookie(*names: str) -> Callable[[Headers], bool]:
    return lambda headers: any(f"{name}=" in headers.get("set-cookie", "").lower() for name in names)


def _says(name: str, *values: str) -> Callable[[Headers], bool]:
    return lambda headers: headers.get(name, "").strip().lower().startswith(values)


def _either(*conditions: Callable[[Headers], bool]) -> Callable[[Headers], bool]:
    return lambda headers: any(condition(headers) for condition in conditions)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_VENDORS = (
    _Vendor(
        "Cloudflare",
        _says("cf-mitigated", "challenge"),
        _never,  # it serves a fifth of all sites, and their own errors
        _pattern(
            r"_cf_chl_opt|cf-chl-|/cdn-cgi/challenge-platform/h/[^\"' ]*/orchestrate|cf-browser-verification"
            r"|cf-turnstile-"
            r"wrapper|id=.cf-error-details[^>]*>.{0,2000}(?:you have been blocked|attention required)"
            r"|checking your browser"
            r" before accessing"
        ),
        _pattern(r"attention required! \| cloudflare|cloudflare ray id|/cdn-cgi/challenge-platform/|error"
            r" code: 10(?:05|09|10|15|20)"),
    ),
    _Vendor(
        "DataDome",
        _says("x-datadome", "block", "challenge", "captcha"),
        _either(_has("x-datadome", "x-dd-b"), _server("datadome"), _cookie("datadome")),
        _pattern(r"(?:geo|ct|c)\.captcha-delivery\.com|captcha-delivery\.com/(?:captcha|interstitial)"),
        _pattern(r"captcha-delivery\.com|\bvar dd\s*=\s*\{"),
    ),
    _Vendor(
        "Akamai",
        _says("akamai-grn-challenge", "1"),
        _never,  # it serves many sites; its own page of a refusal is recognised
        _pattern(r"sec-if-cpt-container|sec-cpt-if|/_sec/cp_challenge/|<title>\s*access"
            r" denied\s*</title>.{0,2000}reference\s*(?:&#32;|&#35;|#|\s){1,9}[0-9a-f&]+"),
        _pattern(r"errors\.edgesuite\.net|reference\s*(?:&#32;|&#35;|#|\s){1,9}[0-9a-f]+(?:\.|&#46;)[0-9a-f]+"),
    ),
    _Vendor(
        "PerimeterX",
        _says("x-px-blocked", "1", "true"),
        _has("x-px"),
        _pattern(r"id=.px-captcha|px-captcha-|window\._pxBlockedUrl|press (?:&amp;|&|and) hold\b"
            r"|/captcha/captcha\.js\?a=c[^\"' ]*px"),
        _pattern(r"_pxappid|_pxuuid|px-captcha|px-cloud\.net|perimeterx"),
    ),
    _Vendor(
        "Imperva",
        _never,
        _either(_has("x-iinfo"), _says("x-cdn", "imperva", "incapsula"), _cookie("incap_ses", "visid_incap")),
        _pattern(r"incapsula incident id|request unsuccessful\. incapsula|_incapsula_resource\?(?:cwudnsai"
            r"|swudnsai)|id=.main-iframe[^>]*>|src=.{0,3}/_incapsula_resource\?[^\"']*incident_id"),
        _pattern(r"_incapsula_resource|pardon our interruption"),
    ),
    _Vendor(
        "AWS WAF",
        _says("x-amzn-waf-action", "challenge", "captcha"),
        _never,
        _pattern(r"awswafintegration|awswafcaptcha|window\.gokuprops"),
        _pattern(r"token\.awswaf\.com|captcha\.awswaf\.com"),
    ),
    _Vendor(
        "Kasada",
        _never,
        _has("x-kpsdk", "kpsdk"),
        _pattern(r"window\.kpsdk\s*=|/ips\.js\?|kpsdk-"),
    ),
    _Vendor(
        "Sucuri",
        _never,
        _never,
        _pattern(r"sucuri website firewall - access denied|sucuri_cloudproxy_js|<title>sucuri website firewall"),
        _pattern(r"sucuri website firewall"),
    ),
)  # fmt: skip


def bot_check(status: int, headers: Headers, body: bytes) -> str | None:
    """Return the vendor whose bot check a response is, None if it is not one. Names of headers are lower-case."""
    refuses = status in _REFUSING
    if vendor := next((vendor for vendor in _VENDORS if vendor.challenge(headers)), None):
        return vendor.name
    if len(body) > MAX_BODY_BYTES and not refuses:
        return None
    text = body[:MAX_BODY_BYTES].decode("utf-8", "replace")
    for vendor in _VENDORS:
        if vendor.page.search(text) and (refuses or _is_bare(text)):
            return vendor.name
        if refuses and (vendor.mark(headers) or (vendor.trace and vendor.trace.search(text))):
            return vendor.name
    return None


def _is_bare(text: str) -> bool:
    """Return whether a page shows as little text as a bot check."""
    return len(_UNSEEN.sub(" ", text).split()) <= MAX_WORDS
