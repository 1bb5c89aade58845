"""The pages of one article → one text."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from ingest.articles.metadata.metadata import each_once
from ingest.text.words import fold, likeness, word_count
from storage.content import Content
from storage.records import NewEntry

LIKE_TITLES = 0.25  # of words in common, below which a page is another article: chapters share some with the whole
NEW_SHARE = 0.2  # of a page's words, below which it is one that is there already, shown again past the last


def continuation(entry: NewEntry) -> NewEntry:
    """`entry` for a page after the first: without the texts that speak of the beginning or of the whole."""
    return replace(entry, title=None, summary=None, content=None)


def continues(so_far: Content, part: Content) -> bool:
    """Whether `part` (extracted with a `continuation`) is the same article under a like title, further on."""
    if so_far.title and part.title and likeness(fold(so_far.title), fold(part.title)) < LIKE_TITLES:
        return False
    seen = _folded(so_far.body.split("\n"))
    new = "\n".join(line for line in part.body.split("\n") if fold(line) not in seen)
    return word_count(new) > NEW_SHARE * part.words


def join(parts: Sequence[Content]) -> Content:
    """One article: what the first page says of it, the text of all.

    What sites repeat on each page stands once: at the head (headline, standfirst, byline) where it stood first,
    at the tail (the author's portrait) where it stands last. Lines that return in the middle are the author's.
    """
    return reduce(_join, parts)


def _join(so_far: Content, part: Content) -> Content:
    before, after = so_far.body.split("\n"), part.body.split("\n")
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
        tags=each_once([*so_far.tags, *part.tags]),
        next_url=part.next_url,
        extractor="; ".join(dict.fromkeys([*so_far.extractor.split("; "), part.extractor])),
    )


def _common_tail(before: list[str], after: list[str]) -> int:
    """How many last lines are the same."""
    pairs = zip(reversed(before), reversed(after), strict=False)
    return next(
        (number for number, (a, b) in enumerate(pairs) if not fold(a) or fold(a) != fold(b)),
        min(len(before), len(after)),
    )


def _folded(lines: Sequence[str]) -> set[str]:
    """Of lines without a word (a brace, a rule) each is its own."""
    return {fold(line) for line in lines} - {""}
