"""The pictures, videos and sounds of an article: which of the page's are its own, and what is said of each."""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import numpy as np

from ingest.articles.body import labels
from ingest.articles.body.blocks import SECTIONING_BIT, Blocks, MediaPlace
from ingest.articles.structure.context import Contexts
from ingest.articles.tree import Element
from ingest.text.markup import clean_line
from storage.records import Media, MediaKind

MAX_MEDIA = 200  # of one text; a page with more is a catalogue
MAX_PLACES = 5000  # of media on a page; the others are not read
MAX_SET_CHARS = 20_000  # of a picture's addresses in several widths
MIN_SIDE_PX = 40  # of a picture; smaller ones are icons, counters and spacers
MAX_CAPTION_CHARS = 1000
MAX_CAPTION_LINKED = 0.5  # of a caption's characters; more is a teaser of another article
MAX_CREDIT_CHARS = 200

_LAZY = (
    "data-src data-original data-lazy-src data-lazy data-original-src data-url data-hi-res-src data-full-src".split()
)
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
# An address and its descriptors (HTML, "Parsing a srcset attribute"). Some pages have no space between candidates.
_CANDIDATE = re.compile(r"([^\s,]\S*+)(?<!,)([^,]*+)|([^\s,]\S*+)")
_BETWEEN_CANDIDATES = re.compile(r",(?=https?:|/)")
_WIDTH = re.compile(r"\s*(?:(\d{1,6}(?:\.\d{1,6})?)[xw](?:\s+\d+h)?\s*)?", re.ASCII)
_SPACER = re.compile(
    r"(?:^|/)(?:[\w-]*(?:spacer|placeholder|transparent|1x1)[\w-]*|blank|pixel|loading|grey|clear|trans)\.\w+$",
    re.IGNORECASE,
)
_ICON = re.compile(r"\b(?:emoji|smiley|smilies|avatar|gravatar|icon|logo|share|social)\b", re.IGNORECASE)
_FIGURE = SECTIONING_BIT["figure"]
_FRAMES = frozenset(("html", "body"))
_PICTURE = frozenset("image images img photo picture figure bild foto gallery slideshow legend legende".split())
_CREDIT = frozenset("credit credits copyright photographer agency fotograf photocredit imagecredit".split())
_CREDIT_TEXT = re.compile(
    r"(?:\(|\[|\s|^)((?:(?:photo(?:graph)?|image|picture|illustration|credits?|copyright|crédits?(?: photo)?"
    r"|foto(?:grafía)?|bild|quelle|grafik|imagen|crédito|fonte|immagine|beeld)"
    r"\s?(?:credits?|by|von|par|de|:)?\s?[:/]\s?|©\s?)[^.;|()\[\]]{2,80})[)\].]?$",
    re.IGNORECASE,
)
_VIDEO_HOSTS = re.compile(
    r"(?:^|\.)(?:youtube(?:-nocookie)?\.com|youtu\.be|vimeo\.com|dailymotion\.com|jwplatform\.com|jwplayer\.com"
    r"|brightcove\.net|kaltura\.com|twitch\.tv|streamable\.com|wistia\.(?:com|net)|rutube\.ru|ted\.com|ooyala\.com)$"
)
_AUDIO_HOSTS = re.compile(
    r"(?:^|\.)(?:soundcloud\.com|open\.spotify\.com|podcasts\.apple\.com|acast\.com|simplecast\.com|megaphone\.fm"
    r"|buzzsprout\.com|podigee\.io|podbean\.com|libsyn\.com|art19\.com|omny\.fm|audioboom\.com)$"
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


def media_of(page: Blocks, kept: Collection[int], contexts: Contexts) -> list[Found]:
    """Return the media among or inside the blocks `kept`, each address once, in the order of the page."""
    if not page.media or not kept:
        return []
    scene = _Scene(page, kept)
    found: dict[str, Found] = {}
    with_caption: dict[int, str] = {}
    for place in page.media[:MAX_PLACES]:
        captions = scene.captions(place)
        if captions is None or (media := _medium(place.node, contexts)) is None or media.url in found:
            continue
        if captions:
            if earlier := with_caption.get(captions[0]):  # of several pictures, the last has the caption
                found[earlier] = replace(found[earlier], captions=())
            with_caption[captions[0]] = media.url
        inside = scene.is_inside(place)
        number = place.number if inside else None
        before = place.number + (inside and place.offset > 0)
        found[media.url] = Found(media, place.node, before, number, place.offset, captions)
        if len(found) == MAX_MEDIA:
            break
    return [_described(page, one) for one in found.values()]


class _Scene:
    """The blocks around the media of a page: which are kept, and which may be captions."""

    def __init__(self, page: Blocks, kept: Collection[int]) -> None:
        self.page, self.kept, self.last = page, frozenset(kept), max(kept)
        numbers = range(len(page.texts))
        captions = [n for n in numbers if n not in self.kept and self._may_be_caption(n)]
        self.may_be_captions = sorted((page.places[n], n) for n in captions)
        self.known: dict[int, tuple[tuple[int, ...], int]] = {}
        is_kept = np.zeros(len(page.texts), bool)
        is_kept[list(self.kept)] = True
        is_other = ~is_kept
        is_other[captions] = False
        self.kept_inside, self.others_inside = page.inside(is_kept), page.inside(is_other)

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
        return captions if is_figure or captions or self.page.elements[at].tag not in _FRAMES else None

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


def _medium(node: Element, contexts: Contexts) -> Media | None:
    if node.tag == "img":
        return _picture(node, contexts)
    source = next(node.iter("source"), None)
    address = node.get("src") or node.get("data-src") or (None if source is None else source.get("src"))
    url = _web(address, contexts)
    if url is None:
        return None
    kind = type_of_player(url) if node.tag == "iframe" else node.tag
    if kind is None:
        return None
    declared = node.get("type") or (None if source is None else source.get("type"))
    title = node.get("title") or node.get("aria-label")
    return Media(kind, url, "page", clean_line(declared or "") or None, alt=clean_line(title or "") or None)


def _picture(node: Element, contexts: Contexts) -> Media | None:
    names = f"{node.get('class') or ''} {node.get('id') or ''}"
    if _ICON.search(names) or any(_is_small(node.get(side)) for side in ("width", "height")):
        return None
    url = next((url for address in _addresses(node) if (url := _web(address, contexts))), None)
    alt = clean_line(node.get("alt") or "")[:MAX_CAPTION_CHARS]
    return Media("picture", url, "page", alt=alt or None) if url else None


def _addresses(node: Element) -> Iterator[str]:
    """Yield the addresses of a picture, the widest of its sets first, then what a script would put there."""
    picture = next(node.iterancestors("picture"), None)
    sources = () if picture is None or next(picture.iter("img")) is not node else picture.iter("source")
    sets = " , ".join(text for one in (node, *sources) for name in _SETS if (text := one.get(name)))
    yield from _widest(sets[:MAX_SET_CHARS])
    yield from filter(None, map(node.get, (*_LAZY, "src")))


def _widest(srcset: str) -> Iterator[str]:
    """Yield the address of the widest candidate, if there is any."""
    candidates: list[tuple[float, str]] = []
    for described, descriptors, bare in _CANDIDATE.findall(srcset):
        if width := _WIDTH.fullmatch(descriptors):
            *others, last = _BETWEEN_CANDIDATES.split((described or bare).rstrip(","))
            candidates += [*((1.0, other) for other in others), (float(width[1] or 1), last)]
    if candidates:
        yield max(candidates, key=lambda candidate: candidate[0])[1]


def _web(address: str | None, contexts: Contexts) -> str | None:
    if not address or address.lstrip().lower().startswith("data:"):
        return None
    url = contexts.absolute(address)
    if url is None or not url.startswith(("http://", "https://")) or _SPACER.search(urlsplit(url).path):
        return None
    return url


def type_of_player(url: str) -> MediaKind | None:
    """Return what the player at an address of a known host plays."""
    host = urlsplit(url).hostname or ""
    if _VIDEO_HOSTS.search(host):
        return "video"
    return "audio" if _AUDIO_HOSTS.search(host) else None


def _is_small(side: str | None) -> bool:
    number = (side or "").strip().removesuffix("px")
    return number.isascii() and number.isdigit() and int(number[:6]) < MIN_SIDE_PX
