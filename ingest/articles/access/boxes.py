"""The box below a text that sells the rest of it: an element beside the text, with an offer in it (pure)."""

from collections.abc import Callable, Sequence

from ingest.articles.access.offers import MAX_OFFER_LINE_WORDS, MAX_OFFER_WORDS, is_offer, sale_in
from ingest.articles.access.sentences import stop_in
from ingest.articles.body.blocks import Blocks
from ingest.text.words import word_count

MIN_TEXT_WORDS = 20  # above a box
MAX_STUB_WORDS = 150  # above a box; a longer text beside an offer is complete
MAX_WALL_WORDS = 60  # of a page with nothing but a box
MAX_DISTANCE = 6  # blocks from the text's end to its box
_PARAGRAPHS = frozenset("p li blockquote h1 h2 h3 h4 h5 h6".split())

Numbers = Sequence[int | None]


def selling_box(
    page: Blocks, texts: Sequence[str], at: Numbers, is_visible: Callable[[int, int], bool]
) -> tuple[list[str], str] | None:
    """Return a short text without the lines of a box that sells it, and the box's sentence. Return None without one.

    `is_visible` tells of a block and of the place of the text whether the block can be a wall's.
    """
    lines = [(number, line) for number, line in zip(at, texts, strict=True) if line and number is not None]
    first = next((number for number, line in lines if word_count(line) > MAX_OFFER_LINE_WORDS), None)
    if first is None or (words := sum(map(word_count, texts))) >= MAX_STUB_WORDS + MAX_OFFER_WORDS:
        return None
    is_tiny = words < MAX_WALL_WORDS and is_offer(" ".join(texts))
    if is_tiny and (sale := next(filter(None, (sale_in(line) for _, line in lines[:2])), None)):
        return [""] * len(texts), sale
    text_at, end = page.places[first], lines[-1][0] + 1 + MAX_DISTANCE
    for number in range(first + 1, min(end, len(page.texts))):
        sale = sale_in(page.texts[number])
        box = _box(page, page.places[number], [text_at]) if sale else None
        if not sale or box is None or not is_visible(number, text_at):
            continue
        inside = _blocks_in(page, box)
        said = " ".join(page.texts[n] for n in inside)
        kept = ["" if n in inside else line for line, n in zip(texts, at, strict=True)]
        goes_on = any(n > inside[-1] and word_count(line) > MAX_OFFER_LINE_WORDS for n, line in lines)
        is_stub = MIN_TEXT_WORDS <= sum(map(word_count, kept)) < MAX_STUB_WORDS
        if is_stub and is_offer(said) and word_count(said) <= MAX_OFFER_WORDS and not goes_on:
            return kept, sale
    return None


def without_last_box(page: Blocks, texts: Sequence[str], at: Numbers) -> list[str]:
    """Return the lines without short last ones that stand in an offer's box: "Read the article with Gazette+"."""
    ends = [number for number, line in enumerate(texts) if line]
    last = at[ends[-1]] if ends else None
    is_long = [word_count(line) > MAX_OFFER_LINE_WORDS for line in texts]
    long = [number for number, is_text in zip(at, is_long, strict=True) if is_text and number is not None]
    is_below = last is not None and long and last > max(long)
    box = _box(page, page.places[last], [page.places[n] for n in long]) if is_below and last is not None else None
    if box is None:
        return list(texts)
    inside = _blocks_in(page, box)
    sells = any(stop_in(page.texts[n]) or sale_in(page.texts[n]) for n in inside)
    if not sells and not (len(inside) > 1 and any(is_offer(page.texts[n]) for n in inside)):
        return list(texts)
    return ["" if number in inside else line for line, number in zip(texts, at, strict=True)]


def _box(page: Blocks, place: int, texts: Sequence[int]) -> int | None:
    """Return the largest element around a place that has none of the text's places, None if it is a paragraph."""
    box, outer = -1, place
    while outer > 0 and not any(page.is_in(text, outer) for text in texts):
        box, outer = outer, page.elements[outer].parent
    return box if box > 0 and page.elements[box].tag not in _PARAGRAPHS else None


def _blocks_in(page: Blocks, box: int) -> list[int]:
    return [number for number, place in enumerate(page.places) if page.is_in(place, box)]
