"""Recognises the bot checks of the known vendors in a response (pure). They are named in an entry's reason, and not
bypassed.

A header or a cookie of a vendor is on the pages behind a check too. It counts only with a status that refuses the
page. With another status the response must be the check itself.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MAX_BODY_BYTES = 64 * 1024  # of a check; a page behind one is mostly larger, and may load the vendor's scripts
MAX_WORDS = 150  # that a check shows
_REFUSING = frozenset({401, 403, 405, 406, 429})
_GOOD = frozenset({200, 203})
_UNSEEN = re.compile(r"<(script|style|noscript|svg)\b.*?(?:</\1\s*>|\Z)|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE)

Headers = Mapping[str, str]
Condition = Callable[[Headers], bool]


def _never(_: Headers) -> bool:
    return False


def _server(name: str) -> Condition:
    return lambda headers: headers.get("server", "").lower().startswith(name)


def _has(*names: str) -> Condition:
    return lambda headers: any(name.startswith(names) for name in headers)


def _cookie(*names: str) -> Condition:
    return lambda headers: any(name in headers.get("set-cookie", "").lower() for name in names)


def _says(name: str, *values: str) -> Condition:
    return lambda headers: headers.get(name, "").strip().lower().startswith(values)


def _either(*conditions: Condition) -> Condition:
    return lambda headers: any(condition(headers) for condition in conditions)


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Vendor:
    """How the checks of a vendor are known.

    `challenge`: the headers say that this response is a check. `mark`: they name the vendor. `page` is in the body of
    its checks alone, `trace` in pages behind one too.
    """

    name: str
    page: re.Pattern[str]
    challenge: Condition = _never
    mark: Condition = _never
    trace: re.Pattern[str] | None = None


_REFERENCE = r"reference\s*(?:&#32;|&#35;|#|\s){1,9}[0-9a-f]+(?:\.|&#46;)[0-9a-f]+"
_VENDORS = (
    _Vendor(
        "Cloudflare",
        challenge=_says("cf-mitigated", "challenge"),
        page=_any(
            r"_cf_chl_opt|cf-chl-|cf-browser-verification|cf-turnstile-wrapper",
            r"/cdn-cgi/challenge-platform/h/[^\"' ]*/orchestrate",
            r"checking your browser before accessing",
        ),
        trace=_any(
            r"attention required! \| cloudflare|/cdn-cgi/challenge-platform/|used cloudflare to restrict access",
            r"error (?:code: )?10(?:05|06|07|08|09|10|12|15|20)\b",
        ),
    ),
    _Vendor(
        "DataDome",
        challenge=_says("x-datadome", "block", "challenge", "captcha"),
        mark=_either(_has("x-datadome", "x-dd-b"), _server("datadome"), _cookie("datadome=")),
        page=_any(r"(?:geo|ct|c)\.captcha-delivery\.com"),
        trace=_any(r"captcha-delivery\.com|\bvar dd\s*=\s*\{"),
    ),
    _Vendor(
        "Akamai",
        mark=_cookie("_abck=", "ak_bmsc="),
        page=_any(
            r"sec-if-cpt|sec-cpt-if|/_sec/cp_challenge/",
            rf"<title>\s*access denied\s*</title>[\s\S]{{0,2000}}{_REFERENCE}",
        ),
        trace=_any(r"errors\.edgesuite\.net", _REFERENCE),
    ),
    _Vendor(
        "PerimeterX",
        mark=_has("x-px"),
        page=_any(r"id=.px-captcha|px-captcha-|window\._pxblockedurl|press (?:&amp;|&|and) hold\b"),
        trace=_any(r"_pxappid|_pxuuid|px-captcha|px-cloud\.net|perimeterx"),
    ),
    _Vendor(
        "Imperva",
        mark=_either(_has("x-iinfo"), _says("x-cdn", "imperva", "incapsula"), _cookie("incap_ses_", "visid_incap_")),
        page=_any(
            r"incapsula incident id|request unsuccessful\. incapsula",
            r"_incapsula_resource\?(?:cwudnsai|swudnsai|[^\"']*incident_id)",
        ),
        trace=_any(r"_incapsula_resource|pardon our interruption"),
    ),
    _Vendor(
        "AWS WAF",
        challenge=_says("x-amzn-waf-action", "challenge", "captcha"),
        page=_any(r"awswafintegration|awswafcaptcha|window\.gokuprops"),
        trace=_any(r"(?:token|captcha)\.awswaf\.com"),
    ),
    _Vendor("Kasada", mark=_has("x-kpsdk"), page=_any(r"window\.kpsdk\s*=|/ips\.js\?|kpsdk-")),
    _Vendor("Sucuri", page=_any(r"<title>\s*sucuri website firewall|sucuri_cloudproxy_js")),
)


# Each `page` has one of these. A page without them is not searched: this runs beside the network.
_TOKENS = (
    *b"cf_chl cf-chl cf-browser cf-turnstile challenge-platform captcha-delivery sec-if-cpt sec-cpt-if".split(),
    *b"cp_challenge px-captcha _pxblockedurl incapsula awswaf gokuprops kpsdk /ips.js sucuri".split(),
    *(b"checking your browser", b"access denied", b"and hold", b"&amp; hold", b"& hold"),
)


def bot_check(status: int, headers: Headers, body: bytes) -> str | None:
    """Return the vendor whose bot check a response is, None if it is not one. Names of headers are lower-case."""
    if vendor := next((vendor for vendor in _VENDORS if vendor.challenge(headers)), None):
        return vendor.name
    is_good, refuses = status in _GOOD, status in _REFUSING
    if is_good and (len(body) > MAX_BODY_BYTES or not _has_token(body.lower())):
        return None
    text = body[:MAX_BODY_BYTES].decode("utf-8", "replace")
    for vendor in _VENDORS:
        if vendor.page.search(text) and (not is_good or _is_bare(text)):
            return vendor.name
        if refuses and (vendor.mark(headers) or (vendor.trace and vendor.trace.search(text))):
            return vendor.name
    return None


def _has_token(body: bytes) -> bool:
    return any(token in body for token in _TOKENS)


def _is_bare(text: str) -> bool:
    """Return whether a page shows as little text as a bot check."""
    return len(_UNSEEN.sub(" ", text).split()) <= MAX_WORDS
