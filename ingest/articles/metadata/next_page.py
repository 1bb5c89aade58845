"""Finds the next page of an article that is split over several, and the first one.

rel=next is not enough: sites also set it on the next article and the next page of a list or of comments. The address
must be the page's own with the next number, or be in a <link rel=next> and differ in the query only.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from urllib.parse import urlsplit

from ingest.articles.tree import Element, text_of
from ingest.hosts import read_url

_PAGE_KEY = r"(?:page|pg|pagina|pagenum|page_no|seite|paged)"
# The page number in an address: in the query, as the last segment, or before the suffix.
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


def next_page(tree: Element, url: str, links: Iterable[Element] | None = None) -> str | None:
    """Return the address of the article's next page. `links` are the tree's <link> elements, if already collected."""
    stem, number = _split(url)
    name = stem.rpartition("/")[2].partition("?")[0].partition(".")[0]
    following = re.compile(rf"(?:[=/,_-]|page|seite){number + 1}(?!\d)")
    candidates = (link for link in links or tree.iter("link") if "next" in (link.get("rel") or ""))
    for link in chain(candidates, _anchors(tree, name, str(number + 1))):
        href = link.get("href") or ""
        relation = "next" in (link.get("rel") or "").lower().split()
        if not (relation or following.search(href)) or _COMMENTS.search(href):
            continue
        if not (address := _absolute(href.strip(), url)):
            continue
        is_next = _split(address) == (stem, number + 1) and (relation or _NEXT.fullmatch(text_of(link)))
        if is_next or (relation and link.tag == "link" and _differ_in_query(address, url)):
            return address
    return None


def first_page(url: str) -> str | None:
    """Return the address that an article's first page would have if `url` is that of a later one, else None.

    So are a list's pages and many others numbered: the article that is there must lead to `url`.
    """
    stem, number = _split(url)
    return stem if number > 1 else None


def _anchors(tree: Element, name: str, number: str) -> Iterator[Element]:
    """Yield the few links that have rel=next, or the page's name and the number."""
    for link in tree.iter("a"):
        href = link.get("href") or ""
        if (number in href and (href[0] == "?" or (name and name in href))) or "next" in (link.get("rel") or ""):
            yield link


def _absolute(href: str, base: str) -> str | None:
    """Return the absolute address of a link within the page's site. The front page has no next page of an article."""
    try:
        (split, _), (own, _) = read_url(href, base), read_url(base)
    except ValueError:
        return None
    return split.geturl() if split[:2] == own[:2] and len(own.path) > 1 else None


def _differ_in_query(address: str, url: str) -> bool:
    one, other = urlsplit(address), urlsplit(url)
    return one[:3] == other[:3] and one.query != other.query


def _split(url: str) -> tuple[str, int]:
    """Split an address into the address without its page number, and the number; 1 if it has none."""
    found = _NUMBER.search(url)
    if not found:
        return url.rstrip("/"), 1
    number = int(found["n1"] or found["n2"] or found["n3"])
    rest = url[: found.start()] + (found["suffix"] or "") + url[found.end() :]
    return rest.rstrip("/"), number
