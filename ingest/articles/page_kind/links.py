"""The links of a page to other pages of its site."""

from collections.abc import Iterable
from urllib.parse import urljoin

from ingest.articles.body.blocks import Blocks, Source
from ingest.articles.tree import Element
from ingest.hosts import same_publisher

MIN_LINKED = 0.7  # of a block's characters, if the block is a link
MAX_LEVELS = 6  # from a text up to the link that holds it


class Links:
    """Where the blocks of a page lead to. Links to the page itself, to other sites and to the front page do not count.

    Addresses are compared without scheme, "www." and fragment.
    """

    def __init__(self, found: Blocks, url: str, canonical_url: str | None) -> None:
        self.found, self._url, self._origin = found, url, "/".join(url.split("/", 3)[:3])
        self._own = {_bare(own) for own in (url, canonical_url) if own}
        self._is_own_site: dict[str, bool] = {}
        self._targets: dict[str, str | None] = {}

    def is_link(self, number: int) -> bool:
        return self.found.linked[number] >= MIN_LINKED * self.found.chars[number]

    def either(self, number: int) -> str | None:
        """Return the page that a block leads to: a headline may have a date before or after it."""
        return self.first(number) or self.last(number)

    def first(self, number: int) -> str | None:
        """Return the page that the beginning of a block leads to."""
        return self._of(zip(self.found.pieces[number], self.found.sources[number], strict=True))

    def last(self, number: int) -> str | None:
        """Return the page that the end of a block leads to: "Read more"."""
        return self._of(zip(reversed(self.found.pieces[number]), reversed(self.found.sources[number]), strict=True))

    def _of(self, pieces: Iterable[tuple[str, Source | None]]) -> str | None:
        source = next((source for piece, source in pieces if source and not piece.isspace()), None)
        link = _around(source) if source else None
        if link is None:
            return None
        href = (link.get("href") or "").strip()
        if href not in self._targets:
            self._targets[href] = self._target(href)
        return self._targets[href]

    def _target(self, href: str) -> str | None:
        if not href or href.startswith(("#", "javascript:", "mailto:", "tel:")):
            return None
        if href.startswith("/") and not href.startswith("//"):
            address = self._origin + href  # most are so; four times faster than `urljoin`
        elif href.startswith(("http://", "https://")):
            address = href
        else:
            try:
                address = urljoin(self._url, href)
            except ValueError:
                return None
        bare = _bare(address)
        host = bare.partition("/")[0]
        if host not in self._is_own_site:
            self._is_own_site[host] = same_publisher(address, self._url)
        return bare if self._is_own_site[host] and "/" in bare and bare not in self._own else None


def _around(source: Source) -> Element | None:
    """Return the link that holds a text."""
    event, node = source
    if event == "end":
        node = node.getparent()
    for _ in range(MAX_LEVELS):
        if node is None or node.tag == "a":
            return node
        node = node.getparent()
    return None


def _bare(address: str) -> str:
    return address.partition("#")[0].partition("//")[2].rstrip("/").removeprefix("www.")
