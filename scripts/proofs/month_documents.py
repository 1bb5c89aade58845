"""The documents of `month_of_feeds.py`'s sources: RSS, Atom and JSON Feed."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}
HTML = (
    b'<!doctype html><html><head><title>The paper</title><link rel="alternate" type="application/rss+xml" '
    b'href="/new"></head><body><p>Read us here from today.</p></body></html>'
)

Shown = tuple[str, str, float | None]  # address, title, date in seconds since START


def instant(at_s: float) -> datetime:
    return START + timedelta(seconds=at_s)


def document(form: str, title: str, channel: str, entries: Sequence[Shown]) -> bytes:
    """Return a feed of these entries. `channel` is markup, for RSS."""
    if form == "json":
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": title}
        return json.dumps(feed | {"items": [_json_item(*entry) for entry in entries]}).encode()
    if form == "atom":
        items = "".join(map(_atom_entry, entries))
        return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{title}</title>{items}</feed>'.encode()
    items = "".join(map(_rss_item, entries))
    return f'<rss version="2.0"><channel><title>{title}</title>{channel}{items}</channel></rss>'.encode()


def guid(address: str) -> str:
    return address.removeprefix("https://").replace("/", ":")


def _json_item(address: str, title: str, date_s: float | None) -> dict[str, str]:
    item = {"id": guid(address), "url": address, "title": title, "content_text": f"The text of {title}."}
    return item if date_s is None else item | {"date_published": instant(date_s).isoformat()}


def _atom_entry(entry: Shown) -> str:
    address, title, date_s = entry
    date = "" if date_s is None else f"<published>{instant(date_s).isoformat()}</published>"
    return (
        f'<entry><title>{title}</title><id>{guid(address)}</id><link href="{address}"/>{date}'
        f"<summary>The text of {title}.</summary></entry>"
    )


def _rss_item(entry: Shown) -> str:
    address, title, date_s = entry
    date = "" if date_s is None else f"<pubDate>{format_datetime(instant(date_s))}</pubDate>"
    return (
        f"<item><title>{title}</title><link>{address}</link><guid>{guid(address)}</guid>{date}"
        f"<description>The text of {title}.</description></item>"
    )
