"""The pages of one article → one article."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import takewhile

from ingest.articles.metadata.fields import distinct
from ingest.text.words import fold, likeness, word_count
from storage.content import Access, Content
from storage.records import NewEntry

MIN_LIKENESS = 0.25  # of two titles; chapters share some words with the article's title, other articles fewer
MIN_NEW_SHARE = 0.2  # of a page's words; some sites repeat a page after the last one

_OPENNESS: tuple[Access, ...] = ("free", "metered", "partial")


def continuation(entry: NewEntry) -> NewEntry:
    """Return the entry without the texts that are about the first page or the article, for a later page."""
    return replace(entry, title=None, summary=None, content=None)


def continues(so_far: Content, page: Content) -> bool:
    """Return whether `page`, extracted with a `continuation`, has a similar title and enough new text."""
    if so_far.title and page.title and likeness(fold(so_far.title), fold(page.title)) < MIN_LIKENESS:
        return False
    seen = _folded(so_far.body.split("\n"))
    new = "\n".join(line for line in page.body.split("\n") if fold(line) not in seen)
    return word_count(new) > MIN_NEW_SHARE * page.words


def join(so_far: Content, page: Content) -> Content:
    """Append the text of the next page to the article. The metadata stay those of the first page.

    The access is that of the page that gives least of its text.

    Lines that the site repeats on each page are kept once. A repeated head (headline, standfirst, byline) stays in the
    first page, a repeated end (a portrait of the author) in the last. Other repeated lines are the author's.
    """
    before, after = so_far.body.split("\n"), page.body.split("\n")
    seen = _folded(before)
    start = next((number for number, line in enumerate(after) if fold(line) not in seen), len(after))
    after = after[start:]
    pairs = zip(reversed(before), reversed(after), strict=False)
    common = sum(1 for _ in takewhile(lambda pair: fold(pair[0]) == fold(pair[1]) != "", pairs))
    end = len(after) - common
    ending = after[end:]
    while end and fold(after[end - 1]) in seen:
        end -= 1
    least = max((so_far, page), key=lambda content: _OPENNESS.index(content.access or "free"))
    body = "\n".join([*before[: len(before) - common], *after[:end], *ending])
    return replace(
        so_far,
        body=body,
        words=word_count(body),
        tags=distinct([*so_far.tags, *page.tags]),
        next_url=page.next_url,
        access=least.access,
        access_reason=least.access_reason,
        extractor="; ".join(dict.fromkeys([*so_far.extractor.split("; "), page.extractor])),
    )


def _folded(lines: Iterable[str]) -> set[str]:
    """Fold the lines. Drop lines without a word (a brace, a rule): they never count as repeated."""
    return {fold(line) for line in lines} - {""}
