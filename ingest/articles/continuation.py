"""The pages of one article → one article."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import takewhile

from ingest.articles.metadata.fields import distinct
from ingest.text.words import fold, likeness, word_count
from storage.content import Access, Container, Content, Line, texts_of
from storage.records import NewEntry

MIN_LIKENESS = 0.25  # of two titles; chapters share some words with the article's title, other articles fewer
MIN_NEW_SHARE = 0.2  # of a page's words; some sites repeat a page after the last one

_OPENNESS: tuple[Access, ...] = ("free", "metered", "partial")


def continuation(entry: NewEntry) -> NewEntry:
    """Return the entry without the texts that are about the first page or the article, for a later page."""
    return replace(entry, title=None, summary=None, content=None, markup=None)


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
    first page, a repeated end (a portrait of the author) in the last. Other repeated lines are the author's. A picture
    is kept once.
    """
    before, after = texts_of(so_far.lines), texts_of(page.lines)
    seen = _folded(before)
    start = next((number for number, line in enumerate(after) if fold(line) not in seen), len(after))
    pairs = zip(reversed(before), reversed(after[start:]), strict=False)
    common = sum(1 for _ in takewhile(lambda pair: fold(pair[0]) == fold(pair[1]) != "", pairs))
    end = len(after) - common
    while end > start and fold(after[end - 1]) in seen:
        end -= 1
    kept = {*range(start, end), *range(len(after) - common, len(after))}
    first = _kept(so_far.lines, set(range(len(before) - common)), set())
    lines = (*first, *_kept(_apart(page.lines, first), kept, {media.url for line in first for media in line.media}))
    body = "\n".join(texts_of(lines))
    least = max((so_far, page), key=lambda content: _OPENNESS.index(content.access or "free"))
    return replace(
        so_far,
        body=body,
        lines=lines,
        words=word_count(body),
        tags=distinct([*so_far.tags, *page.tags]),
        next_url=page.next_url,
        access=least.access,
        access_reason=least.access_reason,
        extractor="; ".join(dict.fromkeys([*so_far.extractor.split("; "), page.extractor])),
    )


def _kept(lines: Sequence[Line], numbers: AbstractSet[int], shown: AbstractSet[str]) -> tuple[Line, ...]:
    """Return the lines whose texts have these numbers, and the pictures beside them that are not `shown` already."""
    found: list[Line] = []
    number, with_caption = 0, False
    for line in lines:
        if line.text:
            found += [line] if number in numbers else []
            number += 1
            continue
        if not line.is_caption:
            is_beside = number in numbers or number - 1 in numbers
            with_caption = is_beside and shown.isdisjoint(media.url for media in line.media)
        found += [line] if with_caption else []
    return tuple(found)


def _apart(lines: Sequence[Line], first: Sequence[Line]) -> list[Line]:
    """Number the containers of a page's lines so that none is one of the lines before it."""
    above = max((abs(container.number) for line in first for container in line.within), default=0)
    return [replace(line, within=tuple(_raised(container, above) for container in line.within)) for line in lines]


def _raised(container: Container, above: int) -> Container:
    number = container.number
    return replace(container, number=number + above if number > 0 else number - above)


def _folded(lines: Iterable[str]) -> set[str]:
    """Fold the lines. Drop lines without a word (a brace, a rule): they never count as repeated."""
    return {fold(line) for line in lines} - {""}
