"""Which of a page's claims name its authors: those for machines, bylines, or the site itself."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from ingest.articles.metadata import authors, bylines
from ingest.articles.metadata.asides import stands_elsewhere
from ingest.articles.metadata.lines import Line
from ingest.articles.metadata.page import Page
from ingest.text.markup import clean_line
from ingest.text.words import fold

MAX_BYLINE_CHARS = 200
MAX_BYLINES = 100  # looked at: a page with more is a list of articles or of comments
BYLINE_LINES = 4  # after the headline: further down stand the bylines of other articles
MAX_BYLINE_MARGIN_CHARS = 40  # for "By", a date, a time of reading

_AUTHOR_METAS = (
    "author article:author parsely-author sailthru.author dc.creator dcterms.creator byl citation_author".split()
)
_BYLINE_HINTS = "//@*[contains(., 'uthor') or contains(., 'yline')]/.."  # a fifth of the cost of asking each element


def authors_of(page: Page) -> tuple[str, ...]:
    """Authors from metadata, else from the byline, else the site's name or a user name.

    A byline in words outweighs metadata that name nobody who stands beside the headline.
    """
    named, own = _named_to_machines(page)
    if named:
        if _stands_in(named, page.after):
            return named
        stated = _first(bylines.said(page.after[:BYLINE_LINES]))
        outweighs = stated and all(" " in name for name in stated) and not _stands_in(named, page.before)
        return stated if outweighs else named
    shown = _first(bylines.said(page.after)) or _first(_byline_texts(page))
    desk = tuple(islice((name for name in own if _speaks(name, page)), 1))
    return desk if desk and all(name.islower() for name in shown) else shown


def _named_to_machines(page: Page) -> tuple[tuple[str, ...], list[str]]:
    """Return the authors that metadata name, and apart from them the names of the site and of its users."""
    own: list[str] = []
    for said, desks in ((page.data.authors, page.data.desks), (page.said(*_AUTHOR_METAS), ())):
        claims = [claim for claim in said if "://" not in claim and claim.casefold() not in page.sections]
        own_claims = [claim for claim in claims if _is_own(claim, page.site)]
        named = authors.names(claims, [*desks, *own_claims])
        own += [name for name in named if name in own_claims or (name not in claims and _is_own(name, page.site))]
        if others := tuple(name for name in named if name not in own):
            return (named if all(map(authors.is_agency, others)) else others), own
    return (), own


def _first(texts: Iterable[str]) -> tuple[str, ...]:
    """The authors that the first of the texts names which names any."""
    return next((who for text in texts if (who := authors.names([text]))), ())


def _stands_in(names: Iterable[str], lines: Iterable[Line]) -> bool:
    text = "\n".join(line.text for line in lines).casefold()
    return any(name.casefold() in text for name in names)


def _speaks(name: str, page: Page) -> bool:
    """Whether the site is named as the author for readers, or as a newspaper's desk, or is a person's."""
    longest = len(name) + MAX_BYLINE_MARGIN_CHARS
    if any(len(line.text) <= longest and name in line.text for lines in page.beside() for line in lines):
        return True
    if page.data.is_news:
        return name in page.data.authors
    return " " in name and not name.islower() and name not in page.data.desks


def _is_own(name: str, site: Collection[str]) -> bool:
    """Whether the name is the site's, or the one that somebody logs in with."""
    folded = fold(name)
    names = {folded.replace(" ", ""), folded.removeprefix("the ").replace(" ", "")}
    is_user = name.islower() and " " not in name and not authors.is_agency(name)
    return is_user or not names.isdisjoint(site)


def _byline_texts(page: Page) -> Iterator[str]:
    yield from bylines.said(page.before)
    yield from bylines.marked(page.after)
    yield from bylines.marked(page.before[::-1])
    yield from bylines.beside_date(page.after, now=page.now)
    yield from _marked_anywhere(page)
    yield from bylines.said_anywhere(page.tree, page.text)


def _marked_anywhere(page: Page) -> Iterator[str]:
    """Bylines outside comments and sidebars, those that machines are meant to read first."""
    hinted = (node for node in page.tree.xpath(_BYLINE_HINTS) if bylines.is_author(node))
    here = [node for node in islice(hinted, MAX_BYLINES) if not stands_elsewhere(node, page.place)]
    here.sort(key=lambda node: node.get("itemprop") is None and node.get("rel") is None)
    for node in here:
        named = next(iter(node.xpath(".//*[@itemprop='name'] | .//*[@rel='author']")), node)
        text = clean_line(named.get("content") or " ".join(named.itertext()))
        if 0 < len(text) <= MAX_BYLINE_CHARS:
            yield text
