"""The table `header_sets`: the headers that a host sends with every page are stored once.

A page's row has its own headers; those of its set are added with the SQL function `json_patch`: a header that is null
in the row is one of the set that the page lacks. A set is what two pages of a host, one after the other, have in common
to the letter, so that nothing in it tells of one page.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import urlsplit

from storage.rows import Rows

# They tell of the page itself, and whoever asks the table for them finds them in the page's row.
OWN = frozenset({"content-type", "content-language", "date", "etag", "last-modified"})
MIN_SHARED_BYTES = 200  # of JSON; a smaller set would save less than it costs to look it up
LATEST_SETS = 4  # of a host: some have servers of several kinds
MAX_HOSTS = 500  # of which the last headers are in memory, some 3 KB each

FULL_HEADERS = """json_patch(
  coalesce((SELECT s.headers FROM header_sets s WHERE s.id = p.header_set_id), '{}'), p.headers)"""
"""All headers of the page `p`, as JSON."""


class HeaderUpdates(Rows):
    @cached_property
    def _last_headers(self) -> dict[str, tuple[str, dict[str, str]]]:
        """The address and headers of the last page of each host."""
        return {}

    def pack_headers(self, url: str, headers: dict[str, str]) -> tuple[Mapping[str, str | None], int | None]:
        """Return what a page's row says of its headers, and the id of the set that has the others."""
        host = urlsplit(url).netloc
        latest = "SELECT id, headers FROM header_sets WHERE host = ? ORDER BY id DESC LIMIT ?"
        best: dict[str, str] = {}
        set_id, saved = None, 0
        for id_, text in self._rows(latest, [host, LATEST_SETS]):
            shared = json.loads(text)
            if (saves := _saved(shared, headers)) > saved:
                best, set_id, saved = shared, id_, saves
        common = self._common(host, url, headers)
        if _size(common) > saved * 1.5 + MIN_SHARED_BYTES:  # a set a deployment, and not one a coincidence
            best = common
            set_id = self._insert("header_sets", {"host": host, "headers": json.dumps(common)})
        if set_id is None:
            return headers, None
        own: dict[str, str | None] = {name: None for name in best if name not in headers}
        return own | {name: value for name, value in headers.items() if best.get(name) != value}, set_id

    def _common(self, host: str, url: str, headers: dict[str, str]) -> dict[str, str]:
        """Return what the page has in common with the last page of its host, nothing if that is the same page."""
        last_url, last = self._last_headers.pop(host, (url, {}))
        self._last_headers[host] = url, headers
        while len(self._last_headers) > MAX_HOSTS:
            del self._last_headers[next(iter(self._last_headers))]
        if last_url == url:
            return {}
        return {name: value for name, value in headers.items() if name not in OWN and last.get(name) == value}


def _saved(shared: Mapping[str, str], headers: Mapping[str, str]) -> int:
    """Return by how many bytes a row is smaller with this set."""
    lacking = sum(len(name) + len('"": null, ') for name in shared if name not in headers)
    return _size({name: value for name, value in shared.items() if headers.get(name) == value}) - lacking


def _size(headers: Mapping[str, str]) -> int:
    return sum(len(name) + len(value) + len('"": "", ') for name, value in headers.items())
