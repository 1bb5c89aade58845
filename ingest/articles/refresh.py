"""Pages that lead on to another by `<meta http-equiv="refresh">`."""

import re

from ingest.articles.tree import Element
from ingest.hosts import MAX_URL_CHARS, read_url, without_credentials

MAX_WAIT_S = 30  # a page that waits longer renews itself, or shows another one next

_REFRESH = re.compile(r"([0-9]*)(?:\.[0-9]*)?(?:\s*+[;,]\s*+|\s++)(?:url\s*=\s*)?+(.+)", re.IGNORECASE | re.DOTALL)
_MAX_DIGITS = 9


def refresh_of(page: Element) -> tuple[int, str] | None:
    """Return the seconds that a page waits, and the address, as written, that it leads on to."""
    for meta in page.iter("meta"):
        if meta.get("http-equiv", "").strip().lower() == "refresh":
            found = _REFRESH.fullmatch(meta.get("content", "").strip()[: MAX_URL_CHARS + 100])
            if found and (target := _unquoted(found[2])):
                return int(found[1][:_MAX_DIGITS] or 0), target
    return None


def leads_on_to(page: Element, url: str) -> str | None:
    """Return the absolute address that the page at `url` leads on to within MAX_WAIT_S, None if it is its own."""
    found = refresh_of(page)
    if found is None or found[0] > MAX_WAIT_S:
        return None
    base = next((base.get("href", "") for base in page.iter("base") if base.get("href")), "")
    try:
        base_url = read_url(base, url)[0].geturl() if base else url
    except ValueError:
        base_url = url
    try:
        target = without_credentials(read_url(found[1], base_url)[0].geturl())
        return None if _place(target) == _place(url) else target
    except ValueError:
        return None


def _unquoted(text: str) -> str:
    quote = text[0] if text[0] in "\"'" else ""
    return (text[1:].partition(quote)[0] if quote else text).strip()


def _place(url: str) -> tuple[str, str, str, str]:
    split, authority = read_url(url)
    return split.scheme, authority.host, split.path or "/", split.query
