"""The pictures, videos and sounds of an article: which of the page's are its own, and what is said of each."""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ingest.articles.body import labels
from ingest.articles.body.blocks import SECTIONING_BIT, Blocks, MediaPlace
from ingest.articles.structure.context import Contexts
from ingest.articles.structure.medium import file_name, medium, names_of
from ingest.articles.tree import Element
from ingest.hosts import same_publisher
from ingest.text.markup import clean_line
from storage.records import ArticleFrom, Media

MAX_MEDIA = 200  # of one text; a page with more is a catalogue
MAX_PLACES = 5000  # of media on a page; the others are not read
MAX_CAPTION_CHARS = 1000
MAX_CAPTION_LINKED = 0.5  # of a caption's characters; more is a teaser of another article
MAX_CREDIT_CHARS = 200

_FIGURE = SECTIONING_BIT["figure"]
_FRAMES = frozenset(("html", "body"))
_PICTURE = frozenset("image images img photo picture figure bild foto gallery slideshow legend legende".split())
_AUTHOR = frozenset("author authors autor autoren autorin auteur autore byline avatar".split())
_CREDIT = frozenset("credit credits copyright photographer agency fotograf photocredit imagecredit".split())
_HOME = re.compile(r"https?://[^/?#]+/(?:[?#].*)?")
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:\?|$)", re.IGNORECASE)
_CREDIT_TEXT = re.compile(
    r"(?:\(|\[|\s|^)((?:(?:photo(?:graph)?|image|picture|illustration|credits?|copyright|crédits?(?: photo)?"
    r"|foto(?:grafía)?|bild|quelle|grafik|imagen|crédito|fonte|immagine|beeld)"
    r"\s?(?:(?:credits?|by|von|par|de|:)?\s?[:/]\s?|by\s)|©\s?)(?:[^.;|()\[\]]|\.(?=\w)|(?<=\b\w)\.){2,80})[)\].]?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A medium of the article. It stands before the block `before`.

    `number` and `offset` place it inside a block's text. `captions` are the blocks of its caption.
    """

    media: Media
    node: Element
    before: int
    number: int | None = None
    offset: int = 0
    captions: tuple[int, ...] = ()


def media_of(
    page: Blocks, kept: Collection[int], contexts: Contexts, source: ArticleFrom, declared: str | None = None
) -> list[Found]:
    """Return the media among or inside the blocks `kept`, each address once, in the order of the page.

    The picture that the page declares as its own is taken if it stands anywhere before the text's end.
    """
    if not page.media or not kept:
        return []
    scene = _Scene(page, kept, frames=_FRAMES if source == "page" else frozenset())
    found: dict[str, Found] = {}
    with_caption: dict[int, str] = {}
    last: Found | None = None
    for place, media, captions in scene.media(contexts, source, names_of(declared or "")):
        if media.url in found:
            continue
        inside = scene.is_inside(place)
        before, alt = place.number + (inside and place.offset > 0), media.alt
        if last and last.before == before and _is_same(last.media, media):
            found.pop(last.media.url, None)  # a small or blurred one, until the real one is loaded
            alt = media.alt or last.media.alt
        if captions:
            earlier = with_caption.get(captions[0])
            if earlier in found:  # of several pictures, the last has the caption
                found[earlier] = replace(found[earlier], captions=())
            with_caption[captions[0]] = media.url
        last = Found(
            replace(media, alt=alt), place.node, before, place.number if inside else None, place.offset, captions
        )
        found[media.url] = last
        if len(found) == MAX_MEDIA:
            break
    return [_described(page, one) for one in found.values()]


def _is_same(first: Media, second: Media) -> bool:
    """Return whether two addresses side by side are of one picture: one file name, and no two descriptions."""
    return file_name(second.url) in names_of(first.url) and len({first.alt, second.alt} - {None}) < 2  # noqa: PLR2004


class _Scene:
    """The blocks around the media of a page: which are kept, and which may be captions.

    What stands directly in one of the elements `frames` is not the article's.
    """

    def __init__(self, page: Blocks, kept: Collection[int], frames: Collection[str]) -> None:
        self.page, self.kept, self.frames = page, frozenset(kept), frames
        self.first, self.last = min(kept), max(kept)
        numbers = range(len(page.texts))
        captions = [n for n in numbers if n not in self.kept and self._may_be_caption(n)]
        self.may_be_captions = sorted((page.places[n], n) for n in captions)
        self.known: dict[int, tuple[tuple[int, ...], int]] = {}
        is_kept = np.zeros(len(page.texts), bool)
        is_kept[list(self.kept)] = True
        is_other = ~is_kept
        is_other[captions] = False
        self.kept_inside, self.others_inside = page.inside(is_kept), page.inside(is_other)

    def media(
        self, contexts: Contexts, source: ArticleFrom, declared: frozenset[str]
    ) -> Iterator[tuple[MediaPlace, Media, tuple[int, ...]]]:
        """Yield the article's media with their captions. `declared` names the picture that the page declares."""
        for place in self.page.media[:MAX_PLACES]:
            captions = self.captions(place)
            if captions is None and (not declared or place.number > self.last):
                continue
            media = medium(place.node, contexts, source)
            if media and media.kind == "picture" and not declared.isdisjoint(names_of(media.url)):
                declared = frozenset()  # other sizes of it are teasers of this very article
                captions = self._above(place.place)[0] if captions is None else captions
            elif media and captions == () and self._leads_away(place, contexts):
                continue
            if media and captions is not None:
                yield place, media, captions

    def _leads_away(self, place: MediaPlace, contexts: Contexts) -> bool:
        """Return whether a picture beside the text is a logo that links to a home page, or an advertisement above."""
        link = None if self.is_inside(place) else contexts.of(place.node).link
        if link is None or _PICTURE_FILE.search(link) or self.page.elements[place.place].sectioning & _FIGURE:
            return False
        return bool(_HOME.fullmatch(link)) or (place.number <= self.first and not same_publisher(link, contexts.url))

    def is_inside(self, place: MediaPlace) -> bool:
        """Return whether a medium stands in the text of a kept block."""
        number = place.number
        if number not in self.kept:
            return False
        return place.offset > 0 or self.page.is_in(place.place, self.page.places[number])

    def captions(self, place: MediaPlace) -> tuple[int, ...] | None:
        """Return the blocks of the caption of a medium. Return None if the medium is not the article's.

        The smallest element with the medium and a text decides: the text is kept, or a caption, or another text.
        """
        captions, at = self._above(place.place)
        if at < 0:
            return None
        if self.is_inside(place):
            return captions
        is_figure = bool(self.page.elements[place.place].sectioning & _FIGURE)
        if place.number > self.last:
            return captions if is_figure else None
        return captions if is_figure or captions or self.page.elements[at].tag not in self.frames else None

    def _above(self, place: int) -> tuple[tuple[int, ...], int]:
        """Return the captions around a place, and the smallest element there that has kept text, -1 if none is."""
        chain: list[int] = []
        while place not in self.known:
            if place < 0 or self.others_inside[place] or self.kept_inside[place]:
                is_kept = place >= 0 and self.kept_inside[place]
                self.known[place] = (), place if is_kept else -1
                break
            chain.append(place)
            place = self.page.elements[place].parent
        captions, found = self.known[place]
        for inner in reversed(chain):
            captions = self._captions_in(inner) or captions
            if not _AUTHOR.isdisjoint(self.page.elements[inner].tokens):
                captions, found = (), -1
            self.known[inner] = captions, found
        return captions, found

    def _captions_in(self, place: int) -> tuple[int, ...]:
        start = bisect_left(self.may_be_captions, (place, 0))
        end = bisect_left(self.may_be_captions, (self.page.elements[place].end, 0))
        return tuple(sorted(number for _, number in self.may_be_captions[start:end]))

    def _may_be_caption(self, number: int) -> bool:
        place = self.page.elements[self.page.places[number]]
        is_teaser = self.page.linked[number] > MAX_CAPTION_LINKED * self.page.chars[number]
        if is_teaser or self.page.chars[number] > MAX_CAPTION_CHARS:
            return False
        return bool(
            place.labels & labels.CAPTION or place.sectioning & _FIGURE or not _PICTURE.isdisjoint(place.tokens)
        )


def _described(page: Blocks, found: Found) -> Found:
    """Add the caption and the credit."""
    named: list[str] = []
    texts: list[str] = []
    for number in found.captions:
        is_credit = not _CREDIT.isdisjoint(page.elements[page.places[number]].tokens)
        (named if is_credit else texts).append(clean_line(page.texts[number]))
    caption = " ".join(texts)
    ending = None if named else _CREDIT_TEXT.search(caption)
    credit = ending[1].strip() if ending else " ".join(named)
    return replace(found, media=replace(found.media, caption=caption or None, credit=credit[:MAX_CREDIT_CHARS] or None))
