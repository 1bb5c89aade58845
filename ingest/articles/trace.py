"""Says of each block of a page whether it is in the article's text, and if not, why.

The steps of the extraction keep what they have decided (`fullest.Steps`). Nothing is decided here again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ingest.articles.body import walk
from ingest.articles.body.align import align
from ingest.articles.body.blocks import Blocks
from ingest.articles.body.selection import Choice
from ingest.articles.cutting import Applied, Dropped
from ingest.articles.fullest import DATA_EXTRACTOR, FEED_EXTRACTOR, FoundText, Steps
from ingest.articles.traced import TracedBlock, TracedLine, grouped

OF_FEED = "the feed's text was taken instead"
OF_DATA = "the text of the page's structured data was taken instead"
OF_SCRIPTS = "the text in the page's scripts was taken instead"
OF_TRAFILATURA = "not in trafilatura's text, which was taken"
BOILERPLATE = "boilerplate: the site has it in several articles"
TWICE = "the page has this text twice"
WALL = "the text of a wall"


def trace(text: FoundText, lines: Sequence[str], stays: Sequence[bool]) -> list[TracedBlock]:
    """Return the blocks of a page in their order. Those that are kept have the lines of the article.

    `lines` are those of the found text, `stays` whether each is no boilerplate of its site.
    """
    kept = [(line, None if is_kept else BOILERPLATE) for line, is_kept in zip(lines, stays, strict=True)]
    if text.extractor == FEED_EXTRACTOR:
        of_feed = [TracedLine(line, -number, reason) for number, (line, reason) in enumerate(kept, start=1)]
        return [*grouped(of_feed), *_instead(text.replaced, OF_FEED)]
    if text.extractor == DATA_EXTRACTOR and text.found is not None:
        numbers = align(lines, text.found.texts)
        items = [TracedLine(line, number, reason) for (line, reason), number in zip(kept, numbers, strict=True)]
        return _traced(text.replaced or text, items, OF_DATA)
    before = _instead(text.replaced, OF_SCRIPTS)
    return [*before, *_traced(text, _with_lines(text, kept), "")]


def _instead(text: FoundText | None, reason: str) -> list[TracedBlock]:
    """Return the blocks of a page whose text was replaced."""
    if text is None:
        return []
    items = [item._replace(reason=item.reason or reason) for item in _selected(text)]
    return [*_instead(text.replaced, reason), *_traced(text, items, reason)]


def _selected(text: FoundText) -> list[TracedLine]:
    """Return the lines that were chosen, with the reasons of those that were cut off afterwards."""
    steps = text.steps
    if steps is None:
        return []
    below_headline, below_byline = steps.opening
    pairs = zip(steps.selection.lines[:below_byline], steps.selection.numbers, strict=False)
    items = []
    for at, (line, number) in enumerate(pairs, start=1):
        is_above = "above the headline" if at < below_headline else "the headline"
        items.append(TracedLine(line, number, is_above if at <= below_headline else "the byline"))
    return [*items, *_without_wall(steps)]


def _without_wall(steps: Steps) -> Iterator[TracedLine]:
    """Yield the lines below the headline. A line in which a wall begins is two."""
    left = iter([*steps.kept, ("", None)])
    kept, at = next(left)
    for line, number in steps.below:
        if kept and at == number and line.startswith(kept):
            yield TracedLine(kept, number, None)
            if rest := line[len(kept) :].strip():
                yield TracedLine(rest, number, WALL)
            kept, at = next(left)
        else:
            yield TracedLine(line, number, WALL)


def _with_lines(text: FoundText, kept: Iterable[tuple[str, str | None]]) -> Iterator[TracedLine]:
    """Yield the chosen lines as the article has them, or with the verdict if the text is no article."""
    lines = iter(kept)
    for item in _selected(text):
        if item.reason:
            yield item
        elif text.verdict == "article":
            line, reason = next(lines, (item.text, None))
            yield TracedLine(line, item.number, reason)
        else:
            yield item._replace(reason=f"the text is no article: {text.reason}")


def _traced(text: FoundText, chosen: Iterable[TracedLine], instead: str) -> list[TracedBlock]:
    """Return the chosen lines in their order, and each other block of the page before the next one that it precedes.

    `instead` is why a block is left out that the page's own text has.
    """
    page, steps = text.found, text.steps
    if page is None or steps is None:
        return grouped(chosen)
    chosen = list(chosen)
    own = {number: instead for number in steps.selection.numbers if number is not None} if instead else {}
    having = {item.number for item in chosen}
    others = (n for n in range(len(page.texts)) if n not in having)
    waiting = [TracedLine(page.texts[n], n, own.get(n) or _why(n, page, steps)) for n in others][::-1]
    items: list[TracedLine] = []
    for item in chosen:
        while item.number is not None and waiting and (waiting[-1].number or 0) < item.number:
            items.append(waiting.pop())
        items.append(item)
    items += waiting[::-1]
    return grouped(_with_dropped(items, page, steps.applied))


def _why(number: int, page: Blocks, steps: Steps) -> str:
    """Return why a block was not chosen."""
    choice, by = steps.selection.choice, steps.selection.by
    if choice and choice.ruled_out[number]:
        return choice.ruled_out[number]
    if choice and number in choice.repeated:
        return TWICE
    score = _score(number, page, choice) if choice and len(choice.chances) else ""
    if by == "trafilatura":
        return f"{OF_TRAFILATURA}{score and f'; {score}'}"
    is_likely = choice and number < choice.start and choice.chances[number] >= choice.least
    return "above the headline" if is_likely else score


def _score(number: int, page: Blocks, choice: Choice) -> str:
    hidden = ", and it is hidden" if page.elements[page.places[number]].hidden else ""
    chance = f"the model finds it {choice.chances[number]:.1%} likely to be the article's{hidden}"
    return f"{chance}, the least of what it takes is {choice.least:.1%}"


def _with_dropped(items: Sequence[TracedLine], page: Blocks, applied: Applied) -> Iterator[TracedLine]:
    """Yield the blocks that the site's selectors cut out in their places among the others."""
    waiting = sorted(applied.dropped, key=lambda dropped: dropped.number, reverse=True)
    last = 0.0
    for item in items:
        if item.number is not None:
            last = max(last, _place(page, item.number, applied.spans)) if waiting else last
        while waiting and waiting[-1].number < last:
            yield from _cut_out(waiting.pop())
        yield item
    for dropped in waiting[::-1]:
        yield from _cut_out(dropped)


def _cut_out(dropped: Dropped) -> Iterator[TracedLine]:
    for text in walk.blocks(dropped.element).texts:
        yield TracedLine(text, None, f"cut out by the site's drop = “{dropped.selector}”")


def _place(page: Blocks, number: int, spans: Mapping[object, tuple[int, int]]) -> float:
    """Return where a block begins, in numbers of `Applied.spans`."""
    for piece, source in zip(page.pieces[number], page.sources[number], strict=True):
        if source and not piece.isspace() and source[1] in spans:
            first, last = spans[source[1]]
            return first if source[0] == "start" else last + 0.5
    return 0.0
