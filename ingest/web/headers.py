"""Header values → instants, durations, and the name of who asks (pure)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise

RETRY_AFTER_MAX_S = 7 * 86400  # a host that says "in a year" is asked again next week; no other place bounds it
_DELTA_MAX_S = 2**31  # RFC 9111 §1.2.2: what is larger is read as this
_COMMENT = re.compile(r"\(([^()]*)\)")
# What browsers send, and others so that they are taken for browsers.
_BROWSERS = frozenset(
    "applewebkit chrome chromium crios edg edga edge edgios firefox fxios gecko khtml like mobile mozilla msie opera"
    " opr presto safari samsungbrowser seamonkey trident version vivaldi webkit".split()
)
_DIRECTIVE = re.compile(r'([\w-]+)(?:\s*=\s*"?([^",]*)"?)?')


def retry_after_at(value: str, now: datetime) -> datetime | None:
    """The instant that a Retry-After (RFC 9110 §10.2.3) names, at most a week away; None if it names none to come."""
    seconds = _seconds(value)
    if seconds is None:
        at = _date(value)
        seconds = (at - now).total_seconds() if at else 0
    return now + timedelta(seconds=min(seconds, RETRY_AFTER_MAX_S)) if seconds > 0 else None


def freshness_s(headers: Mapping[str, str], now: datetime) -> int:
    """How long the answer says it stays fresh for a private cache (RFC 9111 §4.2.1), 0 when it does not say."""
    directives: dict[str, str] = {}
    for name, value in _DIRECTIVE.findall(headers.get("cache-control", "").lower()):
        directives.setdefault(name, value)
    if "no-cache" in directives or "no-store" in directives:
        return 0
    if "max-age" in directives:
        lifetime_s = _seconds(directives["max-age"]) or 0
    else:
        expires_at = _date(headers.get("expires", ""))
        date_at = _date(headers.get("date", "")) or now
        lifetime_s = (expires_at - date_at).total_seconds() if expires_at else 0
    age_s = _seconds(headers.get("age", "")) or 0
    return int(max(lifetime_s - age_s, 0))


def product_token(user_agent: str) -> str:
    """Return the name that robots.txt is asked for (RFC 9309 §2.2.1), "" if only browsers are named.

    It is the first product, unless that is a browser's: then one of a comment, as in
    "Mozilla/5.0 (compatible; mybot/1.0; +https://example.org)", or a later product.
    """
    first = re.split(r"[/(]", user_agent, maxsplit=1)[0].strip()
    if first and first.lower() not in _BROWSERS:
        return first
    segments = [word.strip() for comment in _COMMENT.findall(user_agent) for word in comment.split(";")]
    beside = [after for before, after in pairwise(segments) if before.lower() == "compatible"]
    versioned = [word for word in (*segments, *_COMMENT.sub(" ", user_agent).split()) if "/" in word]
    names = (re.split(r"[/ ]", word, maxsplit=1)[0] for word in (*beside, *versioned) if "://" not in word)
    return next((name for name in names if name and name.lower() not in _BROWSERS), "")


def _seconds(value: str) -> float | None:
    value = value.strip()
    return min(float(value), _DELTA_MAX_S) if value.isascii() and value.isdigit() else None


def _date(value: str) -> datetime | None:
    """An HTTP date (RFC 9110 §5.6.7) in any of its three forms; without a zone it is UTC."""
    try:
        at = parsedate_to_datetime(value.strip())
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
