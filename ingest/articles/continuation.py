"""The pages of one article → one article."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from ingest.articles.content import Content
from ingest.articles.metadata.metadata import distinct
from ingest.text.words import fold, likeness, word_count
from storage.records import NewEntry

MIN_LIKENESS = 0.25  # of two titles; chapters share some words with the article's title, other articles fewer
MIN_NEW_SHARE = 0.2  # of a page's words; some sites repeat a page after the last one


def continuation(entry: NewEntry) -> NewEntry:
    """Return the entry for a later page: without the texts about the first page or the article."""
    return replace(entry, title=None, summary=None, content=None)


def continues(so_far: Content, page: Content) -> bool:
    """Tell whether `page`, extracted with a `continuation`, has a similar title and enough new text."""
    if so_far.title and page.title and likeness(fold(so_far.title), fold(page.title)) < MIN_LIKENESS:
        return False
    seen = _folded(so_far.body.split("\n"))
    new = "\n".join(line for line in page.body.split("\n") if fold(line) not in seen)
    return word_count(new) > MIN_NEW_SHARE * page.words


def join(pages: Sequence[Content]) -> Content:
    """Join the pages into one article: the metadata of the first page, the text of all.

    Lines that the site repeats on each page are kept once: those at the head (headline, standfirst, byline) in the
    first page, those at the tail (a portrait of the author) in the last. Other repeated lines are the author's.
    """
    return reduce(_join, pages)


def _join(so_far: Content, page: Content) -> Content:
    before, after = so_far.body.split("\n"), page.body.split("\n")
    seen = _folded(before)
    start = next((number for number, line in enumerate(after) if fold(line) not in seen), len(after))
    after = after[start:]
    common = _common_tail(before, after)
    end = len(after) - common
    while end and fold(after[end - 1]) in seen:
        end -= 1
    tail = after[len(after) - common :]
    body = "\n".join([*before[: len(before) - common], *after[:end], *tail])
    return replace(
        so_far,
        body=body,
        words=word_count(body),
        tags=distinct([*so_far.tags, *page.tags]),
        next_url=page.next_url,
        extractor="; ".join(dict.fromkeys([*so_far.extractor.split("; "), page.extractor])),
    )


def _common_tail(before: list[str], after: list[str]) -> int:
    pairs = zip(reversed(before), reversed(after), strict=False)
    return next(
        (number for number, (a, b) in enumerate(pairs) if not fold(a) or fold(a) != fold(b)),
        min(len(before), len(after)),
    )


def _folded(lines: Sequence[str]) -> set[str]:
    """Fold the lines; drop those without a word (a brace, a rule), which never count as repeated."""
    return {fold(line) for line in lines} - {""}
