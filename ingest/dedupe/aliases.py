"""Keys that find an article again: its URL and the guids of its entries."""

import re
from urllib.parse import urldefrag
from zlib import crc32

from ingest.dedupe.urls import canonical_url, is_home_page, url_key
from ingest.hosts import registrable_domain, site

_PREFIX = "guid:"  # no URL key begins with it: after a host comes a port or a path
_UUID = re.compile(r"(?:urn:uuid:|\{)?([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\}?", re.IGNORECASE)  # RFC 9562 §4
_UNIQUE = re.compile(r"(?:tag:[^\s,]+,\d{4}|urn:[a-z0-9][a-z0-9-]+:)", re.IGNORECASE)  # RFC 4151 §2.1, RFC 8141 §2


def guid_key(guid: str, feed_url: str) -> str | None:
    """Return the key that a guid is compared by, None for an empty guid.

    A guid that is unique by its form (a URL, `tag:`, `urn:`, a UUID) means the same in every feed; a URL means the
    same under http and https. Any other guid is unique within its publisher only: `7` of two sites is two entries.
    """
    if not guid:
        return None
    return _unique_key(guid) or f"{_PREFIX}{registrable_domain(site(feed_url))} {guid}"


def is_unique(guid: str) -> bool:
    """Return whether the guid names one article in the world by its form. A front page is no article's name."""
    return _unique_key(guid) is not None and not is_home_page(guid)


def _unique_key(guid: str) -> str | None:
    if uuid := _UUID.fullmatch(guid):
        return f"{_PREFIX}{uuid[1].lower()}"
    if _UNIQUE.match(guid):
        return _PREFIX + guid
    if url := canonical_url(guid, keep_fragment=True):
        return _PREFIX + url_key(url)
    return None


def alias_keys(canonical_url: str | None, guid: str, feed_url: str) -> list[str]:
    """Return the keys of an entry's URL and guid, which its article is found by."""
    keys = (url_key(canonical_url) if canonical_url else None, guid_key(guid, feed_url))
    return [key for key in keys if key]


def name_checksums(url: str | None, guid: str, feed_url: str) -> tuple[int, int]:
    """Return the checksums of an entry's guid and of its page, without the fragment. 0 stands for none.

    Two entries without a common checksum have no name in common, whatever links to their pages are shared.
    """
    page = canonical_url(urldefrag(url).url) if url else None
    keys = guid_key(guid, feed_url), url_key(page) if page else None
    guid_sum, page_sum = (crc32(key.encode(errors="replace")) if key else 0 for key in keys)
    return guid_sum, page_sum


def under_other_scheme(url: str) -> str:
    """Return an http URL (or a guid that is one) with https, an https URL with http, other text unchanged."""
    if url.startswith("http://"):
        return url.replace("http", "https", 1)
    return url.replace("https", "http", 1) if url.startswith("https://") else url
