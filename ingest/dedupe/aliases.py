"""What an article is known by besides its text: the keys of addresses and of guids."""

import re

from ingest.dedupe.sites import registrable
from ingest.dedupe.urls import canonical_url, site, url_key

_PREFIX = "guid:"  # no address has it: a host's name is followed by a port or a path
_UUID = re.compile(r"(?:urn:uuid:|\{)?([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\}?", re.IGNORECASE)  # RFC 9562 §4
_UNIQUE = re.compile(r"(?:tag:[^\s,]+,\d{4}|urn:[a-z0-9][a-z0-9-]+:)", re.IGNORECASE)  # RFC 4151 §2.1, RFC 8141 §2


def guid_key(guid: str, feed_url: str) -> str | None:
    """What a guid is compared by, None for an empty one.

    What is unique by its form (a web address, `tag:`, `urn:`, a UUID) means the same in every feed, a web address
    under http and https alike. Anything else is some site's own: `7` of one has nothing to do with `7` of another.
    """
    if not guid:
        return None
    if uuid := _UUID.fullmatch(guid):
        return f"{_PREFIX}{uuid[1].lower()}"
    if _UNIQUE.match(guid):
        return _PREFIX + guid
    if url := canonical_url(guid, keep_fragment=True):
        return _PREFIX + url_key(url)
    return f"{_PREFIX}{registrable(site(feed_url))} {guid}"


def alias_keys(canonical_url: str | None, guid: str, feed_url: str) -> list[str]:
    """By what the entry's article is found again: its address, its guid."""
    keys = (url_key(canonical_url) if canonical_url else None, guid_key(guid, feed_url))
    return [key for key in keys if key]


def under_other_scheme(url: str) -> str:
    """The address, or a guid that is one, as it was before its site went to https, or will be."""
    if url.startswith("http://"):
        return url.replace("http", "https", 1)
    return url.replace("https", "http", 1) if url.startswith("https://") else url
