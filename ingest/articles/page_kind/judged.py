"""Judges whether a page that nobody has announced is an article."""

from dataclasses import dataclass
from math import log1p

from ingest.articles.fullest import FoundText
from ingest.articles.metadata.fields import Metadata
from ingest.articles.page_kind.address import HOME, LIST, SERVICE, is_of_article, kind_of_address
from ingest.articles.page_kind.markup import classes_of, data_of, declared_of, is_missing
from ingest.articles.page_kind.shape import Shape, linked_articles, shape_of
from ingest.articles.tree import Element

A_LIST = f"the page is {LIST}"
MAX_ODDS = 2.2  # of an article
UNKNOWN_SHAPE = -3.0  # the odds of a text that the structured data or the scripts give as the article's
# A text that no link interrupts, and that the model is sure of, is an article if nothing says otherwise.
MIN_TEASERS = 2
MIN_EXPECTED_F1 = 0.9
FULL_TITLE_CHARS = 36
MIN_ARTICLE_SIGNS = 3.0  # of an article at an address like /about
MIN_HEADED = 3  # teasers below headings that are links


@dataclass(frozen=True, slots=True)
class Signs:
    """What a page says of itself: the kind of list or None, by its address, classes, data and declared types.

    `part` is the part of the address that names the kind. `articles` counts the ways in which the page says that it is
    an article, each with its weight.
    """

    address: str | None = None
    part: str = ""
    named: str | None = None
    data: str | None = None
    declared: str | None = None
    missing: bool = False
    articles: float = 0.0

    @property
    def kind(self) -> str | None:
        return self.data or self.named or self.declared or self.address

    @property
    def odds(self) -> float:
        by_address = {None: 0.0, HOME: 2.0}.get(self.address, 3.5)
        return by_address + 3.0 * bool(self.named) + 4.0 * bool(self.data) + 2.5 * bool(self.declared) - self.articles


def other_kind(page: Element, text: FoundText, metadata: Metadata, url: str) -> str | None:
    """Return what a page is that is no article, None if it is one."""
    chosen = {number for number in text.numbers or () if number is not None}
    shape = shape_of(text.found, chosen, metadata, url) if text.found is not None and chosen else None
    reason = reason_of(signs_of(page, metadata, url), shape, text.expected)
    if reason == A_LIST and shape and text.found is not None:
        articles = max(shape.teasers, linked_articles(text.found, metadata, url))
        return f"{A_LIST} of {articles} articles" if articles > 1 else A_LIST
    return reason


def signs_of(page: Element, metadata: Metadata, url: str) -> Signs:
    """Read what a page says of itself. The weights were set by hand, so that no sign alone outweighs a clear text."""
    address, part = kind_of_address(url) or (None, "")
    named, is_named_article = classes_of(page)
    data, is_data_article = data_of(page)
    declared, articles = declared_of(metadata)
    weight = 3.0 * (is_named_article or is_data_article) + 1.5 * articles
    weight += 1.5 * (not address and is_of_article(url))
    weight += 1.0 * (metadata.published_from in {"meta", "json-ld"})
    return Signs(address, part, named, data, declared, is_missing(page, metadata), weight)


def reason_of(signs: Signs, shape: Shape | None, expected: float) -> str | None:
    """Return why a page is no article. `expected` is the F1 that the model expects of its text, low for lists."""
    if signs.missing:
        return "the page says that there is no such page"
    if signs.address == SERVICE and signs.articles < MIN_ARTICLE_SIGNS:
        return f"the page is {SERVICE}: its address is {signs.part}"
    kind = signs.kind
    if shape and not kind and shape.teasers < MIN_TEASERS and expected > MIN_EXPECTED_F1:
        return None
    if (odds_of(shape, expected) if shape else UNKNOWN_SHAPE) + signs.odds <= MAX_ODDS:
        return None
    if kind and kind == signs.address and kind not in {HOME, LIST}:
        return f"the page is {kind}: its address has {signs.part}"
    return f"the page is {kind or LIST}"


def odds_of(shape: Shape, expected: float) -> float:
    """Return the logarithm of the odds that a text of this shape is no article's.

    The weights are those of a logistic regression, rounded (`scripts/quality/page_kind.py`).
    """
    total, longest = sum(shape.sizes) or 1, max(shape.sizes)
    is_headed = min(shape.headed, shape.teasers) >= MIN_HEADED
    return (
        17.2
        + 1.0 * log1p(shape.teasers)
        + 3.5 * is_headed * min(1, shape.headed_chars / total)
        - 1.15 * log1p(longest)
        - 1.0 * longest / total
        - 6.7 * min(shape.title_chars, FULL_TITLE_CHARS) / FULL_TITLE_CHARS
        - 9.3 * expected
    )
