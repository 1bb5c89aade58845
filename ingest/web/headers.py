"""Header values → instants and durations; the product token of a User-Agent (pure)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise

MAX_RETRY_AFTER_S = 7 * 86400  # a host that says "in a year" is asked again next week; nothing else limits it
_MAX_DELTA_S = 2**31  # RFC 9111 §1.2.2: a larger number is read as this
_COMMENT = re.compile(r"\(([^()]*)\)")
# Products of browsers, and of clients that pretend to be one.
_BROWSERS = frozenset(
    "applewebkit chrome chromium crios edg edga edge edgios firefox fxios gecko khtml like mobile mozilla msie opera"
    " opr presto safari samsungbrowser seamonkey trident version vivaldi webkit".split()
)
# Names of response headers that may give away a visitor: cookies (RFC 6265, RFC 2965); challenges, and what follows on
# them, which have nonces and tokens (RFC 9110 §11.6 and §11.7, RFC 4559 §4.1, RFC 8053); what sites call so themselves.
_SECRET = re.compile(
    r"cookie|authenticat|authori[sz]ation|(?:^|[-_]|o)auth(?:$|[-_])|^proxy-|token|session|secret|csrf|xsrf|api-?key"
    r"|password|credential"
)
_DIRECTIVE = re.compile(r'([\w-]+)(?:\s*=\s*"?([^",]*)"?)?')


def retry_after_at(value: str, now: datetime) -> datetime | None:
    """Return the instant of a Retry-After (RFC 9110 §10.2.3), at most a week away; None if it names no future one."""
    if not value:
        return None
    seconds = _seconds(value)
    if seconds is None:
        at = _date(value)
        seconds = (at - now).total_seconds() if at else 0
    return now + timedelta(seconds=min(seconds, MAX_RETRY_AFTER_S)) if seconds > 0 else None


def freshness_s(headers: Mapping[str, str], now: datetime) -> int:
    """Return how long a response stays fresh in a private cache (RFC 9111 §4.2.1), 0 if it does not say."""
    directives: dict[str, str] = {}
    for name, value in _DIRECTIVE.findall(headers.get("cache-control", "").lower()):
        directives.setdefault(name, value)
    if "no-cache" in directives or "no-store" in directives:
        return 0
    if "max-age" in directives:
        lifetime_s = _seconds(directives["max-age"]) or 0
    else:
        expires_at = _date(headers["expires"]) if "expires" in headers else None
        lifetime_s = (expires_at - (_date(headers.get("date", "")) or now)).total_seconds() if expires_at else 0
    age_s = _seconds(headers.get("age", "")) or 0
    return int(max(lifetime_s - age_s, 0))


def product_token(user_agent: str) -> str:
    """Return the name to read robots.txt for (RFC 9309 §2.2.1), "" if the User-Agent names only browsers.

    It is the first product. If that is a browser's, it is one in a comment, as in
    "Mozilla/5.0 (compatible; mybot/1.0; +https://example.org)", or a later product.
    """
    first = re.split(r"[/(]", user_agent, maxsplit=1)[0].strip()
    if first and first.lower() not in _BROWSERS:
        return first
    segments = [word.strip() for comment in _COMMENT.findall(user_agent) for word in comment.split(";")]
    compatible = [after for before, after in pairwise(segments) if before.lower() == "compatible"]
    versioned = [word for word in (*segments, *_COMMENT.sub(" ", user_agent).split()) if "/" in word]
    names = (re.split(r"[/ ]", word, maxsplit=1)[0] for word in (*compatible, *versioned) if "://" not in word)
    return next((name for name in names if name and name.lower() not in _BROWSERS), "")


def without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    """Return a response's headers (names in lower case) without cookies and credentials."""
    return {name: value for name, value in headers.items() if not _SECRET.search(name)}


def _seconds(value: str) -> float | None:
    value = value.strip()
    return min(float(value), _MAX_DELTA_S) if value.isascii() and value.isdigit() else None


def _date(value: str) -> datetime | None:
    """Read an HTTP date (RFC 9110 §5.6.7) in any of its three forms. A date without a zone is UTC."""
    try:
        at = parsedate_to_datetime(value.strip())
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
