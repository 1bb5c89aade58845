"""Which of a page's names are its authors: those in metadata, those in bylines, or the site's own."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from ingest.articles.metadata import bylines
from ingest.articles.metadata.author_names import is_agency, names_in
from ingest.articles.metadata.lines import Line, is_in_aside
from ingest.articles.metadata.page import Page
from ingest.text.markup import clean_line
from ingest.text.words import fold

MAX_BYLINE_CHARS = 200
MAX_MARKED_BYLINES = 100  # a page with more is a list of articles or of comments
MAX_LINES_BELOW = 4  # after the headline: further down are the bylines of other articles
MAX_BYLINE_MARGIN_CHARS = 40  # for "By", a date, a reading time

_AUTHOR_METAS = (
    "author article:author parsely-author sailthru.author dc.creator dcterms.creator byl citation_author".split()
)
_BYLINE_HINTS = "//@*[contains(., 'uthor') or contains(., 'yline')]/.."  # a fifth of the cost of asking each element


def authors_of(page: Page) -> tuple[str, ...]:
    """Return authors from metadata, else from the byline, else the site's name or a user name.

    A byline in words wins over metadata whose names are not near the headline.
    """
    declared, own = _declared(page)
    if declared:
        if _are_in(declared, page.lines_after):
            return declared
        written = _first(bylines.written(page.lines_after[:MAX_LINES_BELOW]))
        wins = written and all(" " in name for name in written) and not _are_in(declared, page.lines_before)
        return written if wins else declared
    shown = _first(bylines.written(page.lines_after)) or _first(_byline_texts(page))
    desk = tuple(islice((name for name in own if _is_author_for_readers(name, page)), 1))
    return desk if desk and all(name.islower() for name in shown) else shown


def _declared(page: Page) -> tuple[tuple[str, ...], list[str]]:
    """Return the authors in the metadata. Return the names of the site and of its users apart from them."""
    own: list[str] = []
    for texts, desks in ((page.data.authors, page.data.desks), (page.meta(*_AUTHOR_METAS), ())):
        claims = [claim for claim in texts if "://" not in claim and claim.casefold() not in page.sections]
        own_claims = [claim for claim in claims if _is_own(claim, page.site)]
        names = names_in(claims, [*desks, *own_claims])
        own += [name for name in names if name in own_claims or (name not in claims and _is_own(name, page.site))]
        if others := tuple(name for name in names if name not in own):
            return (names if all(map(is_agency, others)) else others), own
    return (), own


def _first(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the authors in the first text that names any."""
    return next((names for text in texts if (names := names_in([text]))), ())


def _are_in(names: Iterable[str], lines: Iterable[Line]) -> bool:
    text = "\n".join(line.text for line in lines).casefold()
    return any(name.casefold() in text for name in names)


def _is_author_for_readers(name: str, page: Page) -> bool:
    """Tell whether the site's name is in a byline, is declared by a newspaper, or is the name of a person."""
    if _has_byline(page.lines_after, name) or _has_byline(page.lines_before, name):
        return True
    if page.data.is_news:
        return name in page.data.authors
    return " " in name and not name.islower() and name not in page.data.desks


def _has_byline(lines: Iterable[Line], name: str) -> bool:
    return any(len(line.text) <= len(name) + MAX_BYLINE_MARGIN_CHARS and name in line.text for line in lines)


def _is_own(name: str, site: Collection[str]) -> bool:
    """Tell whether the name is the site's, or a user name."""
    folded = fold(name)
    names = {folded.replace(" ", ""), folded.removeprefix("the ").replace(" ", "")}
    is_user = name.islower() and " " not in name and not is_agency(name)
    return is_user or not names.isdisjoint(site)


def _byline_texts(page: Page) -> Iterator[str]:
    yield from bylines.written(page.lines_before)
    yield from bylines.marked(page.lines_after)
    yield from bylines.marked(page.lines_before[::-1])
    yield from bylines.beside_date(page.lines_after, now=page.now)
    yield from _marked_anywhere(page)
    yield from bylines.only_written(page.tree, page.text)


def _marked_anywhere(page: Page) -> Iterator[str]:
    """Yield bylines marked by attributes, outside comments and sidebars; those with itemprop or rel first."""
    hinted = (node for node in page.tree.xpath(_BYLINE_HINTS) if bylines.marks_author(node))
    found = [node for node in islice(hinted, MAX_MARKED_BYLINES) if not is_in_aside(node, page.headline_element)]
    found.sort(key=lambda node: node.get("itemprop") is None and node.get("rel") is None)
    for node in found:
        name = next(iter(node.xpath(".//*[@itemprop='name'] | .//*[@rel='author']")), node)
        text = clean_line(name.get("content") or " ".join(name.itertext()))
        if 0 < len(text) <= MAX_BYLINE_CHARS:
            yield text
