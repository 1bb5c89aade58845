"""Judges whether a page that nobody has announced is an article."""

from math import log1p

from ingest.articles.fullest import FoundText
from ingest.articles.metadata.fields import Metadata
from ingest.articles.page_kind.address import HOME, is_of_article, kind_of_address
from ingest.articles.page_kind.markup import classes_of, data_of, declared_of
from ingest.articles.page_kind.shape import Shape, shape_of
from ingest.articles.tree import Element

MAX_ODDS = 2.2  # of an article
# A text that no link interrupts, and that the model is sure of, is an article if nothing says otherwise.
MIN_TEASERS = 2
MIN_EXPECTED_F1 = 0.9


def other_kind(page: Element, text: FoundText, metadata: Metadata, url: str) -> str | None:
    """Return what a page is that is no article, None if it is one."""
    address = kind_of_address(url)
    named, is_named_article = classes_of(page)
    data, is_data_article = data_of(page)
    declared, articles = declared_of(metadata)
    odds = 3.0 * bool(address) + 4.0 * bool(named) + 4.0 * bool(data) + 3.0 * bool(declared)
    odds -= 2.0 * (not address and is_of_article(url)) + 4.0 * (is_named_article or is_data_article)
    odds -= 1.5 * articles
    chosen = {number for number in text.numbers or () if number is not None}
    if text.found is None or not chosen:
        shape, odds = None, odds - 3.0
    else:
        shape = shape_of(text.found, chosen, metadata, url)
        odds += odds_of(shape, text.expected)
        if (
            shape.teasers < MIN_TEASERS
            and text.expected > MIN_EXPECTED_F1
            and not (address or named or declared or data)
        ):
            return None
    if odds <= MAX_ODDS:
        return None
    if kind := data or named or declared:
        return f"the page is {kind}"
    if address:
        kind, part = address
        return f"the page is {kind}" if kind == HOME else f"the page is {kind}: its address has {part}"
    return f"the page is a list of {len(shape.targets)} articles" if shape else "the page is a list"


def odds_of(shape: Shape, expected: float) -> float:
    """Return the logarithm of the odds that a text of this shape is no article's."""
    total = sum(shape.sizes) or 1
    return (
        12.3
        + 1.2 * sum(shape.sizes[1:]) / total
        + 0.1 * log1p(shape.teasers)
        + 1.1 * log1p(shape.headed)
        - 1.0 * log1p(max(shape.sizes))
        - 1.0 * max(shape.sizes) / total
        - 0.9 * min(shape.title_words, 6)
        - 4.3 * expected
        + 0.6 * shape.cut / (shape.blocks or 1)
        + 0.4 * log1p(shape.dated)
    )
