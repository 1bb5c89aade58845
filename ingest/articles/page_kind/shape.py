"""The shape of the text that was found: one text below its headline, or the teasers of many articles."""

from dataclasses import dataclass, field

from ingest.articles.body.blocks import Blocks
from ingest.articles.metadata.fields import Metadata
from ingest.articles.page_kind.links import Links
from ingest.hosts import site
from ingest.text.words import length

MIN_HEADLINE_CHARS = 20  # of a link to an article
MIN_TITLE_CHARS = 12
MAX_TITLE_CHARS = 400
MIN_CARD_CHARS = 40  # of a text in a link with all of a teaser
BLOCKS_BEFORE = 6  # the text, among which its first teaser's headline is
BLOCKS_AFTER = 2
_HEADINGS = frozenset(("h1", "h2", "h3", "h4"))


@dataclass(slots=True)
class Shape:
    """Teasers are the pieces of a text each of which has its own link to another page of the site.

    `sizes` are the characters of the pieces; the first is the text before any such link. `headed` counts the links that
    are headings, `headed_chars` are those of the pieces below them. `title_chars` are those of the page's title if it
    stands above the text and is no link.
    """

    sizes: list[int] = field(default_factory=lambda: [0])
    headed: int = 0
    headed_chars: int = 0
    title_chars: int = 0

    @property
    def teasers(self) -> int:
        return len(self.sizes) - 1


def shape_of(found: Blocks, chosen: set[int], metadata: Metadata, url: str) -> Shape:
    """Read the shape of the text of the blocks `chosen`, of which there is at least one."""
    links = Links(found, url, metadata.canonical_url)
    shape = _Reader(links, chosen).read()
    shape.title_chars = _title_chars(links, max(chosen), metadata, site(url))
    return shape


def linked_articles(found: Blocks, metadata: Metadata, url: str) -> int:
    """Count the other pages of the site that the page links to by what may be their headlines."""
    links = Links(found, url, metadata.canonical_url)
    likely = (number for number, linked in enumerate(found.linked) if linked >= MIN_HEADLINE_CHARS)
    return len(set(map(links.either, likely)) - {None})


class _Reader:
    """`_seen` are the pages that are linked beside the text, `_current` is the last, and `_begins` says whether the
    text that comes next is another teaser.
    """

    def __init__(self, links: Links, chosen: set[int]) -> None:
        self._links, self._chosen, self._shape = links, chosen, Shape()
        first, last = min(chosen) - BLOCKS_BEFORE, max(chosen) + BLOCKS_AFTER
        self._beside = range(max(0, first), min(last + 1, len(links.found.texts)))
        self._seen: set[str] = set()
        self._current, self._begins, self._is_headed = "", False, False

    def read(self) -> Shape:
        for number in self._beside:
            if not self._links.is_link(number):
                if number in self._chosen:
                    self._read_text(number)
            else:
                self._read_link(number)
        return self._shape

    def _read_link(self, number: int) -> None:
        found = self._links.found
        target = self._links.either(number)
        if target and target not in self._seen:
            self._seen.add(target)
            self._current, self._begins = target, True
            self._is_headed = found.elements[found.places[number]].tag in _HEADINGS
            self._shape.headed += self._is_headed
        elif number in self._chosen and found.chars[number] > MIN_CARD_CHARS and target in {None, self._current}:
            self._add(found.chars[number])  # a card is a link with all that is in it

    def _read_text(self, number: int) -> None:
        found = self._links.found
        chars, linked = found.chars[number], found.linked[number]
        if not linked:
            self._add(chars)
            return
        first, last = self._links.first(number), self._links.last(number)
        if first and linked >= MIN_HEADLINE_CHARS and first not in self._seen:
            self._seen.add(first)
            self._begins = True
        self._add(chars - linked)
        if last:
            self._begins = last not in self._seen or last == self._current
            self._seen.add(last)

    def _add(self, chars: int) -> None:
        if self._begins:
            self._shape.sizes.append(0)
            self._begins = False
        self._shape.sizes[-1] += chars
        if self._is_headed:
            self._shape.headed_chars += chars


def _title_chars(links: Links, last: int, metadata: Metadata, own_site: str) -> int:
    """Return the length of the longest block above the end of the text that is in the page's title, no link and
    not the site's name.
    """
    found, longest = links.found, ""
    titles = "\n".join(title for title in (metadata.headline, *metadata.titles) if title).casefold()
    names = {(metadata.site_name or "").casefold(), own_site, own_site.partition(".")[0]}
    for number in range(last + 1):
        text = found.texts[number]
        if found.chars[number] < MIN_TITLE_CHARS or not len(longest) < len(text) <= MAX_TITLE_CHARS:
            continue
        line = text.casefold()
        is_title = line in titles and line not in names
        if is_title and not (links.is_link(number) and links.first(number)):
            longest = text
    return length(longest)
