"""Finds a page's authors in its metadata and bylines.

Bylines are found by their words, by their markup, or by a date beside them.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice

from lxml import etree

from ingest.articles.metadata.author_names import is_agency, names_in
from ingest.articles.metadata.dates import shown_dates, without_dates
from ingest.articles.metadata.lines import Line, is_in_aside
from ingest.articles.metadata.page import Page
from ingest.articles.tree import Element
from ingest.text.markup import clean_line
from ingest.text.words import fold

MAX_BYLINE_CHARS = 200
MAX_MARKED_BYLINES = 100  # a page with more is a list of articles or of comments
MAX_LINES_BELOW = 4  # after the headline: further down are the bylines of other articles
MAX_BYLINE_MARGIN_CHARS = 40  # for "By", a date, a reading time
MAX_LINE_CHARS = 160  # a longer line is running text
MAX_BYLINE_WORDS = 12  # a longer line with a full stop is a sentence
MAX_BYLINE_TEXTS = 8  # text nodes read of an element that begins with a byline
MAX_DATED_LINE_CHARS = 100  # of a line with a date and a name

_AUTHOR_METAS = (
    "author article:author parsely-author sailthru.author dc.creator dcterms.creator byl citation_author".split()
)
_BYLINE_HINTS = "//@*[contains(., 'uthor') or contains(., 'yline')]/.."  # a fifth of the cost of asking each element
_WORK = r"(?:written|posted|words|story|article|text|report(?:ed)?|published|authored|created|contributed|submitted)"
_WRITTEN = re.compile(
    # At the start of a line, or after a date or a separator ("May 3, 2017 By ...").
    rf"(?:^\W*|[·•⋅|]\s*|\s[–—-]\s|\d{{4}}\W*|\b{_WORK}\s*)(?:{_WORK}\s*)?"
    r"(?:\bby\b|(?-i:(?:\b|(?<=[a-z]))By(?=[A-Z])))[\s:]*(?P<by>.*)"
    r"|^(?:(?:geschrieben |ein \w+ )?von|(?:publié |rédigé |écrit |propos recueillis )?par"
    r"|(?:escrito |publicado )?por|(?:scritto |pubblicato |a cura )?di|(?:geschreven )?door|skriven av|af|av)\b"
    r"[\s:]*(?P<von>.*)"
    r"|^(?:the )?(?:authors?|auteur(?:e|s)*|autore?n?|autor(?:as?|es|in)|författare|forfatter|автор|penulis|yazar)"
    r"\s*:\s*(?P<author>.*)"
    r"|(?:著者|筆者|作者|撰文|執筆|記者|文)\s*[：:／/]\s*(?P<cjk>[^\s|｜／/（(]{2,40})"  # noqa: RUF001
    r"|^記者(?P<reporter>\w{2,4})[／/]",  # noqa: RUF001
    re.IGNORECASE,
)
_OTHER_WORK = re.compile(
    r"(?:review|edit|check|photo|image|picture|illustrat|sponsor|present|power|recommend|curat|narrat|translat|approv"
    r"|verif|updat|produc|design|own)\w*\s*$",
    re.IGNORECASE,
)
_AUTHOR_ADDRESS = re.compile(
    r"/(?:authors?|contributors?|people|profiles?|team|staff|by|bio|writers?|journalists?|auteurs?|autore?n?|autor(?:es)?"
    r"|redaktion|experts?)/[^/?#]|/@[^/]+/?$|[?&]author=",
    re.IGNORECASE,
)
_AUTHOR_NAME = re.compile(
    r"(?:^|[\s_-])(?:byline|by-line|authors?|auteur|autor|author[-_]?name|post-author|entry-author|writer)(?:$|[\s_-])"
    r"|author(?:s?[-_]?name|__name)",
    re.IGNORECASE,
)
# An element that is about the author, but does not name one.
_ABOUT_AUTHOR = re.compile(
    r"(?:author|byline)[\w-]*(?:bio|desc|title|role|job|social|image|avatar|photo|date|categor|link)|caption",
    re.IGNORECASE,
)
_MARK = re.compile(r"\s*[·•⋅|]\s*|\s[–—-]\s")
_PLACE = re.compile(r"\s(?:in|on)\s.*")
_PERSON = re.compile(
    r"[^\W\d_a-z][\w'’.-]*(?: (?:de|van|von|der|den|da|di|al|bin|la|le|del))*(?: [^\W\d_a-z][\w'’.-]*){1,3}"
)
_STATEMENT = re.compile(r"\W*(?:written|posted)", re.IGNORECASE)
_STATEMENTS = ("ritten by", "ritten By", "osted by")
_STATING = etree.XPath(
    f"descendant::text()[{' or '.join(f'contains(., {word!r})' for word in _STATEMENTS)}]"
    "/parent::*[not(self::script or self::style)]"
)


def authors_of(page: Page) -> tuple[str, ...]:
    """Return authors from metadata, else from the byline, else the site's name or a user name.

    A byline in words wins over metadata whose names are not near the headline.
    """
    declared, own = _declared(page)
    if declared:
        if _are_in(declared, page.lines_after):
            return declared
        written = _first(_written(page.lines_after[:MAX_LINES_BELOW]))
        wins = written and all(" " in name for name in written) and not _are_in(declared, page.lines_before)
        return written if wins else declared
    shown = _first(_written(page.lines_after)) or _first(_byline_texts(page))
    desk = tuple(islice((name for name in own if _is_author_for_readers(name, page)), 1))
    return desk if desk and all(name.islower() for name in shown) else shown


def _declared(page: Page) -> tuple[tuple[str, ...], list[str]]:
    """Return the authors in the metadata, and the names there that are the site's or a user name."""
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
    """Return the authors in the first text with a name."""
    return next((names for text in texts if (names := names_in([text]))), ())


def _are_in(names: Iterable[str], lines: Iterable[Line]) -> bool:
    text = "\n".join(line.text for line in lines).casefold()
    return any(name.casefold() in text for name in names)


def _is_author_for_readers(name: str, page: Page) -> bool:
    """Return whether the site's name is in a byline, is declared by a newspaper, or is the name of a person."""
    lines = (line.text for line in chain(page.lines_after, page.lines_before) if name in line.text)
    if any(len(text) <= len(name) + MAX_BYLINE_MARGIN_CHARS for text in lines):
        return True
    if page.data.is_news:
        return name in page.data.authors
    return " " in name and not name.islower() and name not in page.data.desks


def _is_own(name: str, site: Collection[str]) -> bool:
    """Return whether the name is the site's, or a user name."""
    folded = fold(name)
    names = {folded.replace(" ", ""), folded.removeprefix("the ").replace(" ", "")}
    is_user = name.islower() and " " not in name and not is_agency(name)
    return is_user or not names.isdisjoint(site)


def _byline_texts(page: Page) -> Iterator[str]:
    yield from _written(page.lines_before)
    yield from _marked(page.lines_after)
    yield from _marked(page.lines_before[::-1])
    yield from _beside_date(page.lines_after, now=page.now)
    yield from _marked_anywhere(page)
    yield from _only_written(page.tree, page.text)


def _marked_anywhere(page: Page) -> Iterator[str]:
    """Yield bylines marked by attributes, outside comments and sidebars. Those with itemprop or rel come first."""
    hinted = (node for node in page.tree.xpath(_BYLINE_HINTS) if _marks_author(node))
    found = [node for node in islice(hinted, MAX_MARKED_BYLINES) if not is_in_aside(node, page.headline_element)]
    found.sort(key=lambda node: node.get("itemprop") is None and node.get("rel") is None)
    for node in found:
        name = next(iter(node.xpath(".//*[@itemprop='name'] | .//*[@rel='author']")), node)
        text = clean_line(name.get("content") or " ".join(name.itertext()))
        if 0 < len(text) <= MAX_BYLINE_CHARS:
            yield text


def _written(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the texts after "By", "Von", "作者 :" and the like, the first line first."""
    is_open = False  # after a line that is only the word
    for line in lines:
        short = len(line.text) <= MAX_LINE_CHARS
        if is_open and line.nodes and all("tag" in (node.get("rel") or "") for node in line.nodes):
            continue  # the article's topics
        if is_open and short:
            yield line.text
        found = _WRITTEN.search(line.text) if short else None
        before = line.text[: found.start()] if found else ""
        is_open = False
        if found and not _OTHER_WORK.search(before) and not (before and _is_prose(line.text)):
            who = _MARK.split(next((text for text in found.groups() if text), ""))[0]
            is_open = not who
            if who and not who[0].islower():
                yield who


def _marked(lines: Sequence[Line]) -> Iterator[str]:
    """Yield texts that the lines' markup declares an author: links to a profile, class names, properties."""
    for line in lines:
        for node in line.nodes if len(line.text) <= MAX_LINE_CHARS else ():
            if any(_marks_author(one) for one in (node, node.getparent()) if one is not None):
                text = " ".join(" ".join(node.itertext()).split())
                yield text if len(text) <= len(line.text) else line.text


def _only_written(tree: Element, text: str) -> Iterator[str]:
    """Yield the byline in words if the tree has only one. Several belong to several articles.

    `text` is the text of the tree.
    """
    if not any(word in text for word in _STATEMENTS):  # cheap, and spares most pages the search for elements
        return
    holders = (one for node in _STATING(tree) for one in (node, node.getparent()) if one is not None)
    lines = (" ".join("".join(islice(holder.itertext(), MAX_BYLINE_TEXTS)).split()) for holder in holders)
    lines = (line for line in lines if len(line) <= MAX_LINE_CHARS and _STATEMENT.match(line))
    found = {text for line in lines for text in islice(_written([Line(line, ())]), 1)}
    if len(found) == 1:
        yield found.pop()


def _beside_date(lines: Sequence[Line], *, now: datetime) -> Iterator[str]:
    """Yield names of people alone in the line of the first date or next to it, unless they are labels."""
    short = (n for n, line in enumerate(lines) if len(line.text) <= MAX_DATED_LINE_CHARS)
    at = next((n for n in short if next(shown_dates(lines[n].text, now=now), None)), None)
    for line in () if at is None else lines[max(0, at - 2) : at + 2]:
        if len(line.text) <= MAX_DATED_LINE_CHARS:
            links = [" ".join(node.itertext()) for node in line.nodes if _links_to_other(node)]
            each = [" ".join((node.text or "").split()) for node in line.nodes]
            if len(each) > 1 and " ".join(each) == line.text and all(map(_PERSON.fullmatch, each)):
                yield ", ".join(each)
            for name in _MARK.split(_PLACE.sub("", without_dates(line.text, " | "))):
                is_label = any(name in link for link in links) or sum(other.text == name for other in lines) > 1
                if _PERSON.fullmatch(name) and not is_label:
                    yield name


def _marks_author(node: Element) -> bool:
    """Return whether the element's attributes say that it names an author."""
    if "author" in (node.get("rel") or "") or "author" in (node.get("itemprop") or ""):
        return True
    if node.tag == "a" and _AUTHOR_ADDRESS.search(node.get("href") or ""):
        return True
    names = f"{node.get('class') or ''} {node.get('id') or ''}"
    return bool(_AUTHOR_NAME.search(names)) and not _ABOUT_AUTHOR.search(names)


def _links_to_other(node: Element) -> bool:
    """Return whether the element is, or fills, a link to a page that is not an author's."""
    parent = node.getparent()
    link = parent if parent is not None and parent.tag == "a" and len(parent) == 1 else node
    return link.tag == "a" and not _marks_author(link)


def _is_prose(text: str) -> bool:
    return text[-1] in ".!?" and len(text.split()) > MAX_BYLINE_WORDS
