"""How much of an article a page gives, and which of its lines are a wall's own words (pure).

What the page shows counts more than what it declares: a wall below a text cuts the text off, whatever the metadata
say. A page that declares its text as paid but gives it in full is metered. Nothing else makes a page less than free:
a page that advertises a subscription is free.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.articles.access.boxes import selling_box, without_last_box
from ingest.articles.access.declared import NOTHING_SAID, Declared, holds_text
from ingest.articles.access.offers import MAX_OFFER_LINE_WORDS, MAX_OFFER_WORDS, is_offer, meter_in
from ingest.articles.access.sentences import before_stop, is_label, stop_in
from ingest.articles.body import labels
from ingest.articles.body.blocks import SECTIONING, Blocks
from ingest.articles.tree import Element
from ingest.text.markup import clean_line
from ingest.text.words import word_count
from storage.content import Access

MIN_TEXT_WORDS = 20  # above a wall; fewer are the wall's headline
MIN_WALLED_WORDS = 40  # below a wall at the top; fewer are the wall's
MAX_STUB_WORDS = 150  # of a text that is cut off wherever on the page its wall is
MAX_TEASER_WORDS = 300  # of a text that a page with a paid part may show of it; longer ones were found to be all of it
MAX_TOP_LINES = 3  # of a text, in which a wall's sentence is a label and not the end
NEAR_BLOCKS = 6  # below the text, among which its wall is
NEAR_STUB_BLOCKS = 30
MAX_BLOCK_CHARS = 500
MAX_REASON_CHARS = 120
MAX_END_CHARS = 20
FULL_SHARE = 0.7  # of the words that the structured data give, which a text in full has

_FADE = re.compile(
    r"(?:^|\s)(?:[\w-]*[_-])?(?:fade|fade-?out|faded|fading|gradient|truncated?|cut-?off|blur(?:red)?)(?:-?(?:out"
    r"|overlay"
    r"|text|bottom|content|box|layer))?(?:$|\s)",
    re.IGNORECASE,
)
_WALL_NAME = re.compile(
    r"pay-?wall|reg-?wall|(?:^|[\s_-])(?:piano|tp-container|tp-modal|teaser-?fade|(?:paid|article|content|subscri\w+)"
    r"[_-]?(?:barrier|gate|wall))(?:$|[\s_-])",
    re.IGNORECASE,
)
_TEASERS = frozenset(("article", "li"))
_FRAMES = frozenset("html body main".split())
_NOT_OFFERS = labels.COMMENTS | labels.RELATED | labels.CONSENT
_NEWSLETTER = re.compile(
    r"newsletter|infolettre|boletín|nieuwsbrief|inbox|e-?mails?\b|rss\b|youtube|podcast", re.IGNORECASE
)
_NO_WALL_NAME = re.compile(
    r"(?:^|\s)(?:(?:is-|js-|u-)?hidden|hide|d-none|display-none|visually-hidden|invisible)(?:$|\s)|newsletter",
    re.IGNORECASE,
)
_END_OF_PAGE = (1 << SECTIONING.index("footer")) | (1 << SECTIONING.index("nav"))
_CUT = re.compile(r"(?:\.\.\.|…|\[…\]|\[\.\.\.\])\W*$")


Lines = Sequence[tuple[str, int | None]]
"""Lines of a text, each with the number of its block; None if no block has it."""


@dataclass(frozen=True, slots=True)
class Found:
    """The access of an article, and what showed it (None if it is free).

    `kept` are the article's lines without the wall's; a line in which a wall begins is cut there. `wall` are the texts
    of the lines that were cut or left out, as they were.
    """

    access: Access
    reason: str | None
    kept: list[tuple[str, int | None]]
    wall: list[str]


def access_of(tree: Element, page: Blocks, says: Declared, lines: Lines) -> Found:
    """Judge the access of an article from its page, the page's blocks, what it declares, and the article's lines."""
    given, at = [line for line, _ in lines], [number for _, number in lines]
    texts, stop = _without_wall(page, lines, _stops_between(page, given, at), says)
    if stop and not _is_shown(page, stop, at):
        stop = None
    if not stop and (box := selling_box(page, texts, at, lambda *place: _is_visible(page, *place))):
        texts, stop = box
    words = word_count("\n".join(texts))
    last = _last_block(at, texts)
    near = _below(page, last, NEAR_STUB_BLOCKS if words < MAX_STUB_WORDS else NEAR_BLOCKS)
    stop = stop or next(filter(None, (_stop_below(page, number) for number in near)), None)
    fades = words < MAX_TEASER_WORDS and _fades(page, last, near)
    if stop or fades or (says.is_paid and words < MAX_TEASER_WORDS):
        texts = without_last_box(page, texts, at)
        words = word_count("\n".join(texts))
    kept = [(text, number) for text, number in zip(texts, at, strict=True) if text]
    access, reason = _decided(tree, page, says, [text for text, _ in kept], words, stop, fades=fades)
    wall = [line for line, text in zip(given, texts, strict=True) if line != text]
    return Found(access, reason, kept, wall)


def without_wall(text: str) -> tuple[str, str | None]:
    """Return a feed's text without a wall at its end, and the reason why it is partial. A text of a wall only stays."""
    texts, stop = _without_wall(Blocks(), [(line, None) for line in text.split("\n")], {}, NOTHING_SAID)
    kept = "\n".join(filter(None, texts))
    return (kept, f"the feed says “{clean_line(stop)[:MAX_REASON_CHARS]}”") if stop and kept else (text, None)


def _decided(
    tree: Element, page: Blocks, says: Declared, kept: Sequence[str], words: int, stop: str | None, *, fades: bool
) -> tuple[Access, str | None]:
    is_held = holds_text(tree, says.selectors, kept) if says.is_paid and says.selectors else None
    is_whole = words >= MAX_TEASER_WORDS and (is_held or says.is_free or _has_all_words(says, words))
    if stop and not is_whole:
        return "partial", f"the page says “{clean_line(stop)[:MAX_REASON_CHARS]}”"
    if fades:
        return "partial", "the text fades out above an offer"
    if says.is_paid:
        source = says.reason
        if says.words and words < FULL_SHARE * says.words and words < MAX_TEASER_WORDS:
            return "partial", f"{source}, and the text has {words} words of {says.words}"
        if is_held is False and words < MAX_TEASER_WORDS:
            return "partial", f"{source}, and nothing is in {clean_line(', '.join(says.selectors))[:MAX_REASON_CHARS]}"
        if words < MAX_TEASER_WORDS and breaks_off("\n".join(kept)):
            return "partial", f"{source}, and the text breaks off"
        if words < MAX_STUB_WORDS and not is_held and says.tier != "metered" and not _has_all_words(says, words):
            return "partial", f"{source}, and the text has only {words} words"
        return "metered", source
    if meter := next(filter(None, map(meter_in, page.texts)), None):
        return "metered", f"the page says “{clean_line(meter)[:MAX_REASON_CHARS]}”"
    return "free", None


def breaks_off(text: str) -> bool:
    """Return whether a text ends in the middle of a sentence, with dots."""
    return bool(_CUT.search(text.rstrip()[-MAX_END_CHARS:]))


def _has_all_words(says: Declared, words: int) -> bool:
    return bool(says.words) and words >= FULL_SHARE * (says.words or 0)


def _without_wall(page: Blocks, given: Lines, between: dict[int, str], says: Declared) -> tuple[list[str], str | None]:
    """Return the lines without a wall's at their end or top, and the sentence that showed the wall.

    `between` has the walls' sentences above lines that the text is without. The lines of a wall in the middle stay: a
    long text on both sides of it is an article about walls.
    """
    lines = [line for line, _ in given]
    counts = [word_count(line) for line in lines]
    below = sum(counts)
    for number, line in enumerate(lines):
        below -= counts[number]
        if number in between:
            return [*lines[:number], *[""] * (len(lines) - number)], between[number]
        is_near_end = below <= 2 * MAX_OFFER_WORDS
        stop = stop_in(line) if is_near_end or number < MAX_TOP_LINES else None
        if not stop or _goes_on(page, given, number):
            continue
        start = before_stop(line)
        above = sum(counts[:number]) + word_count(start)
        is_end = below <= MAX_OFFER_WORDS or (is_near_end and any(map(stop_in, lines[-MAX_TOP_LINES:])))
        if above >= MIN_TEXT_WORDS and is_end and not (says.is_free and above >= MAX_TEASER_WORDS):
            kept = [*lines[:number], start]
            while kept and _is_offer_line(kept[-1]):
                kept.pop()
            return [*kept, *[""] * (len(lines) - len(kept))], stop
        if above < MIN_TEXT_WORDS and number < MAX_TOP_LINES:
            kept = _without_top(lines, counts, number)
            below_top = [(line, block) for line, (_, block) in zip(kept, given, strict=True)]
            return _without_wall(page, below_top, {}, says)[0] if any(kept) else kept, stop
    return ["" if meter_in(line) else line for line in lines], None


def _without_top(lines: Sequence[str], counts: Sequence[int], number: int) -> list[str]:
    """Return the lines without the wall that begins at a line near the top."""
    last = number
    for at in range(number + 1, len(lines)):
        prose = [n for n in range(last + 1, at) if counts[n] > MAX_OFFER_LINE_WORDS and not is_offer(lines[n])]
        if sum(counts[number + 1 : at]) > MAX_OFFER_WORDS or sum(counts[n] for n in prose) >= MIN_WALLED_WORDS:
            break
        if stop_in(lines[at]) or (is_offer(lines[at]) and counts[at] < MIN_WALLED_WORDS):
            last = at
    kept = [*lines[:number], *[""] * (last + 1 - number), *lines[last + 1 :]]
    return kept if sum(map(word_count, kept)) >= MIN_WALLED_WORDS else [""] * len(lines)


def _goes_on(page: Blocks, lines: Lines, number: int) -> bool:
    """Return whether the text goes on below a line, in paragraphs beside it that offer nothing."""
    if number == 0 or _parent(page, lines[number][1]) != _parent(page, lines[number - 1][1]):
        return False
    below = [
        word_count(line)
        for line, block in lines[number + 1 :]
        if _parent(page, block) == _parent(page, lines[number][1]) and not is_offer(line) and not stop_in(line)
    ]
    return sum(count for count in below if count > MAX_OFFER_LINE_WORDS) >= MIN_WALLED_WORDS


def _parent(page: Blocks, block: int | None) -> int | None:
    return None if block is None else page.elements[page.places[block]].parent


def _is_offer_line(line: str) -> bool:
    return not line or (word_count(line) <= MAX_OFFER_LINE_WORDS and is_offer(line))


def _last_block(at: Sequence[int | None], kept: Sequence[str]) -> int | None:
    """Return the block of the last line that is long enough to be the text's, else of the last line."""
    found = [(number, line) for number, line in zip(at, kept, strict=True) if line and number is not None]
    last = found[-1][0] if found else None
    return next((number for number, line in reversed(found) if word_count(line) > MAX_OFFER_LINE_WORDS), last)


def _stops_between(page: Blocks, lines: Sequence[str], at: Sequence[int | None]) -> dict[int, str]:
    """Return the walls' sentences in blocks right above offers that end the text, by the number of the offer's line."""
    found = {}
    for number in range(len(lines) - 1, 0, -1):
        if not _is_offer_line(lines[number]):
            break
        above, here = at[number - 1], at[number]
        if above is not None and here is not None and 1 < here - above <= NEAR_BLOCKS:
            for block in range(above + 1, here):
                if _is_visible(page, block, page.places[above]) and (stop := stop_in(page.texts[block])):
                    found[number] = stop
    return found


def _is_shown(page: Blocks, stop: str, at: Sequence[int | None]) -> bool:
    """Return whether a browser shows a wall's sentence in one of the blocks that have it."""
    text_place = next((page.places[number] for number in at if number is not None), -1)
    has_it = [number for number, text in enumerate(page.texts) if stop in text.replace("’", "'")]
    return not has_it or any(_is_visible(page, number, text_place) for number in has_it)


def _stop_below(page: Blocks, number: int) -> str | None:
    """Return the wall's sentence in a block below the text. A label that stands twice is that of teasers."""
    stop = stop_in(page.texts[number])
    return None if stop and is_label(stop) and page.texts.count(page.texts[number]) > 1 else stop


def _below(page: Blocks, last: int | None, most: int) -> list[int]:
    """Return the visible blocks below the text that may be its wall's."""
    if last is None:
        return []
    below = range(last + 1, min(last + 1 + most, len(page.texts)))
    return [at for at in below if len(page.texts[at]) <= MAX_BLOCK_CHARS and _is_visible(page, at, page.places[last])]


def _is_visible(page: Blocks, number: int, text_place: int) -> bool:
    """Return whether a block is shown, and not in an element for comments, another article or a newsletter.

    An element that holds the text at `text_place` too is not judged by its name.
    """
    place = page.places[number]
    if page.elements[place].hidden or page.elements[place].labels & _NOT_OFFERS:
        return False
    while place > 0 and not page.is_in(text_place, place):
        if page.elements[place].tag in _TEASERS or _NO_WALL_NAME.search(page.elements[place].template[1]):
            return False
        place = page.elements[place].parent
    return True


def _fades(page: Blocks, last: int | None, near: Sequence[int]) -> bool:
    """Return whether an element at the text's end, above an offer, has a name for fading the text out."""
    offers = [at for at in near if at - (last or 0) <= NEAR_BLOCKS and _is_offer(page, at)]
    if last is None or not offers:
        return False
    text_at, offer_at = page.places[last], page.places[offers[-1]]
    for number, element in enumerate(page.elements[: offer_at + 1]):
        if number <= text_at >= element.end or element.tag in _FRAMES:
            continue  # it ends above the text's last block
        name = element.template[1]
        if _WALL_NAME.search(name) or (_FADE.search(name) and not page.is_in(offer_at, number)):
            return True
    return False


def _is_offer(page: Blocks, number: int) -> bool:
    text, place = page.texts[number], page.elements[page.places[number]]
    return not place.sectioning & _END_OF_PAGE and is_offer(text) and not _NEWSLETTER.search(text)
