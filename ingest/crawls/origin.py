"""Where and when a page was saved, by what the program that saved it wrote into it (pure)."""

import html
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import quote

from ingest.crawls.records import instant, web_url
from ingest.hosts import has_known_suffix, host_key, same_publisher

_NOTE_CHARS = 16 * 1024  # programs write their notes before the page's own markup
_NOTES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # SingleFile
        r"<!--\s*Page saved with SingleFile\s+url:\s*(?P<url>\S+)(?:\s+saved date:\s*(?P<date>[^\n]{0,100}))?",
        # "Save page as" of Chrome, Edge and Internet Explorer
        r"<!--\s*saved from url=\(\d{4}\)(?P<url>\S+)\s*-->",
        # HTTrack
        r"<!--\s*Mirrored from (?P<bare>\S+) by HTTrack[^,>]{0,100}, (?P<date>[^>]{0,100}?)\s*-->",
        # WebScrapBook
        r'data-scrapbook-source="(?P<url>[^"]+)"(?:[^<>]{0,1000}?data-scrapbook-create="(?P<stamp>\d{14})\d*")?',
    )
)
_TAG = re.compile(r"<(link|meta|base)\b([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w:-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_WAYBACK = re.compile(r"https?://web\.archive\.org/web/(\d{4,14})[a-z_]*/(.+)", re.IGNORECASE | re.DOTALL)
_SCRIPT_DATE = re.compile(r"\w{3} (\w{3}) (\d\d) (\d{4}) (\d\d:\d\d:\d\d) GMT([+-]\d{4})")  # of JavaScript
_URL_CHARS = "/?%:@!$&'()*+,;=~"
_QUERY_SUFFIX = re.compile(r"(\?[^/]*)\.html?$")  # wget adds it to names with a query


def origin(page: str, path: str, folder: str) -> tuple[str, datetime | None]:
    """Return a saved page's address, "" if it is unknown, and the instant of saving, None if it is unknown.

    The program that saved it is believed first. Then comes the path in a mirror (`host/path`), unless the page names an
    address of that publisher itself. `path` is relative to the folder, whose name may be the host.
    """
    found = _noted(page[:_NOTE_CHARS])
    if found:
        return found
    claims = _claims(page)
    saved_at = next((at for _, at in claims if at), None)
    mirrored = _mirrored(path, folder)
    own = [url for url, _ in claims if not mirrored or same_publisher(url, mirrored)]
    return (own[0] if own else mirrored), saved_at


def mail_date(text: str) -> datetime | None:
    """Return the instant of a date as in mail, or as JavaScript writes it; None if it is neither."""
    if found := _SCRIPT_DATE.match(text.strip()):
        text = f"{found[2]} {found[1]} {found[3]} {found[4]} {found[5]}"
    try:
        at = parsedate_to_datetime(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _noted(page: str) -> tuple[str, datetime | None] | None:
    for note in _NOTES:
        if found := note.search(page):
            groups = found.groupdict()
            written = groups.get("url") or f"http://{groups.get('bare')}"
            saved_at = mail_date(groups.get("date") or "") or instant(groups.get("stamp") or "")
            url, archived_at = _unwrapped(written)
            if url:
                return url, archived_at or saved_at
    return None


def _claims(page: str) -> list[tuple[str, datetime | None]]:
    """Return the addresses that a page gives for itself, the best first."""
    found: dict[int, str] = {}
    for tag, written in _TAG.findall(page):
        attributes = {name.lower(): "".join(values) for name, *values in _ATTRIBUTE.findall(written)}
        name = attributes.get("name", attributes.get("property", "")).lower()
        match tag.lower():
            case "meta" if name == "savepage-url":  # Save Page WE
                found.setdefault(0, attributes.get("content", ""))
            case "link" if "canonical" in attributes.get("rel", "").lower().split():
                found.setdefault(1, attributes.get("href", ""))
            case "meta" if name == "og:url":
                found.setdefault(2, attributes.get("content", ""))
            case "base" if not attributes.get("href", "/").endswith("/"):  # else it is only the folder
                found.setdefault(3, attributes.get("href", ""))
    claims = (_unwrapped(found[rank]) for rank in sorted(found))
    return [claim for claim in claims if claim[0]]


def _unwrapped(url: str) -> tuple[str, datetime | None]:
    """Return an address of the Wayback Machine as the address and the instant that it archived."""
    url = html.unescape(url).strip()
    if found := _WAYBACK.match(url):
        inner = found[2] if "://" in found[2][:8] else f"http://{found[2]}"
        return web_url(inner), instant(found[1])
    return web_url(url), None


def mirrored_host(path: str, folder: str) -> str:
    """Return the host that a file was mirrored from (`host/path`, or `path` in a folder named so), "" if none is."""
    return next((name for name in (*path.split("/")[:-1], folder) if _is_host(name)), "")


def _mirrored(path: str, folder: str) -> str:
    """Return the address of a file in a mirror, "" if no folder is named like a host."""
    host = mirrored_host(path, folder)
    if not host:
        return ""
    rest = f"/{path}".partition(f"/{host}/")[2] or path
    rest = _QUERY_SUFFIX.sub(r"\1", rest.removesuffix(".gz"))
    name = rest.rpartition("/")[2]
    if name in {"index.html", "index.htm"}:
        rest = rest.removesuffix(name)
    scheme = "http" if ":" in host else "https"
    return web_url(f"{scheme}://{host}/{quote(rest, safe=_URL_CHARS)}")


@lru_cache(maxsize=1024)
def _is_host(name: str) -> bool:
    return "." in name and host_key(f"http://{name}") == name.lower() and has_known_suffix(name)
