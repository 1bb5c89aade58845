"""Where an article goes on: the next of its numbered pages.

Only an address that is the page's own with the next number is believed, or one that a <link rel=next> gives and that
differs from the page's in the query alone: rel=next is also put on the next article, page of a list or of comments.
"""

import re
from collections.abc import Iterable
from typing import Any, TypeAlias
from urllib.parse import urljoin, urlsplit

Element: TypeAlias = Any  # of lxml, which ships no types

_PAGE_KEY = r"(?:page|pg|pagina|pagenum|page_no|seite|paged)"
# The number of a page in an address: in the query, as the last segment, before the suffix.
_NUMBER = re.compile(
    rf"(?P<query>[?&]{_PAGE_KEY}=)(?P<n1>\d{{1,2}})(?=$|&)"
    r"|(?<!/\d\d)(?<!/\d{4})(?P<segment>/(?:(?:page|seite|pagina)[/-]?)?)(?P<n2>\d{1,2})/?(?=$|[?#])"
    r"|(?P<suffixed>[,_-](?:p|page|seite)?-?)(?P<n3>\d{1,2})(?P<suffix>\.\w{3,5})(?=$|[?#])",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"comment|cpage|kommentar|#", re.IGNORECASE)
_NEXT = re.compile(
    r"\W*(?:next(?: page)?|page suivante|suivante?|weiter|nächste(?: seite)?|siguiente|successiv[ao]|avanti|volgende"
    r"|continue(?: reading)?|次へ|次のページ(?:へ)?|下一[页頁]|下[页頁]|다음|\d{1,2}|(?:page|seite) \d{1,2})?\W*",
    re.IGNORECASE,
)


def next_page(links: Iterable[Element], url: str) -> str | None:
    """The address of the article's next page, out of the page's <link> and <a> elements in document order."""
    try:
        own = urlsplit(url)
    except ValueError:
        return None
    stem, number = _split(url)
    name = stem.rstrip("/").rpartition("/")[2].partition("?")[0].partition(".")[0]
    for link in links:
        href = (link.get("href") or "").strip()
        relation = "next" in (link.get("rel") or "").lower().split()
        if not href or not (relation or name in href or href[0] == "?") or _COMMENTS.search(href):
            continue
        try:
            address: str = urljoin(url, href)
            parts = urlsplit(address)
        except ValueError:
            continue
        if parts.scheme not in ("http", "https") or parts.netloc != own.netloc:
            continue
        if relation and link.tag == "link" and parts[:3] == own[:3] and parts.query != own.query:
            return address
        said = relation or _NEXT.fullmatch(" ".join("".join(link.itertext()).split()))
        if said and len(own.path) > 1 and _split(address) == (stem, number + 1):
            return address
    return None


def _split(url: str) -> tuple[str, int]:
    """The address without the number of its page, and the number: 1 where none is."""
    found = _NUMBER.search(url)
    if not found:
        return url.rstrip("/"), 1
    number = int(found["n1"] or found["n2"] or found["n3"])
    rest = url[: found.start()] + (found["suffix"] or "") + url[found.end() :]
    return rest.rstrip("/"), number
