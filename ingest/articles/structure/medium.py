"""An element of a page → the picture, video or sound that it shows."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from ingest.articles.structure.context import Contexts
from ingest.articles.tree import Element
from ingest.text.markup import clean_line
from storage.records import ArticleFrom, Media, MediaKind

MAX_ALT_CHARS = 1000
MAX_SET_CHARS = 20_000  # of a picture's addresses in several widths
MIN_SIDE_PX = 40  # of a picture; smaller ones are icons, counters and spacers
MIN_NAME_CHARS = 8  # of a picture's file that can be told by it

_LAZY = (
    "data-src data-original data-lazy-src data-lazy data-original-src data-url data-hi-res-src data-full-src".split()
)
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
# An address and its descriptors (HTML, "Parsing a srcset attribute"). Some pages have no space between candidates.
_CANDIDATE = re.compile(r"([^\s,]\S*+)(?<!,)([^,]*+)|([^\s,]\S*+)")
_BETWEEN_CANDIDATES = re.compile(r",(?=https?:|/)")
_WIDTH = re.compile(r"\s*(?:(\d{1,6}(?:\.\d{1,6})?)[xw](?:\s+\d+h)?\s*)?", re.ASCII)
_SPACER = re.compile(
    r"(?:^|/)(?:[\w-]*(?:spacer|placeholder|transparent|1x1)[\w-]*|blank|pixel|loading|grey|clear|trans|leer|empty|dummy)\.\w+$",
    re.IGNORECASE,
)
_LONG_WORD = re.compile(r"(?=[a-zA-Z]*\d)[a-zA-Z\d]{7,}", re.ASCII)
_NO_NAME = re.compile(r"(?:19|20)\d{6}|[a-zA-Z]?\d+x\d+")
_ICON_FILE = re.compile(
    r"/(?:icons?|banners?|social-icons|emojis?|smil(?:ey|ie)s)/"
    r"|/(?:logo|share|icon|avatar|sprite|arrow|facebook|twitter|werbung|anzeige|advert(?:isement)?|publicidad)(?:[_-][\w-]*)?\.\w+$",
    re.IGNORECASE,
)
_ICON = re.compile(r"\b(?:emoji|smiley|smilies|avatar|gravatar|icon|logo|share|social)\b", re.IGNORECASE)
_FILE_NAME = re.compile(r"^\S+\.(?:jpe?g|png|gif|webp|avif|svg)$", re.IGNORECASE)
_VIDEO_HOSTS = re.compile(
    r"(?:^|\.)(?:youtube(?:-nocookie)?\.com|youtu\.be|vimeo\.com|dailymotion\.com|jwplatform\.com|jwplayer\.com"
    r"|brightcove\.net|kaltura\.com|twitch\.tv|streamable\.com|wistia\.(?:com|net)|rutube\.ru|ted\.com|ooyala\.com)$"
)
_AUDIO_HOSTS = re.compile(
    r"(?:^|\.)(?:soundcloud\.com|open\.spotify\.com|podcasts\.apple\.com|acast\.com|simplecast\.com|megaphone\.fm"
    r"|buzzsprout\.com|podigee\.io|podbean\.com|libsyn\.com|art19\.com|omny\.fm|audioboom\.com)$"
)


def medium(node: Element, contexts: Contexts, source: ArticleFrom) -> Media | None:
    """Return what an element shows. Return None for icons, spacers and players of unknown hosts."""
    if node.tag == "img":
        return _picture(node, contexts, source)
    file = next(node.iter("source"), None)
    address = node.get("src") or node.get("data-src") or (None if file is None else file.get("src"))
    url = _web(address, contexts)
    if url is None:
        return None
    kind = _type_of_player(url) if node.tag == "iframe" else node.tag
    if kind is None:
        return None
    declared = node.get("type") or (None if file is None else file.get("type"))
    title = node.get("title") or node.get("aria-label")
    return Media(kind, url, source, clean_line(declared or "") or None, alt=clean_line(title or "") or None)


def _picture(node: Element, contexts: Contexts, source: ArticleFrom) -> Media | None:
    names = f"{node.get('class') or ''} {node.get('id') or ''}"
    if _ICON.search(names) or any(_is_small(node.get(side)) for side in ("width", "height")):
        return None
    url = next((url for address in _addresses(node) if (url := _web(address, contexts))), "")
    if _ICON_FILE.search(url):
        return None
    alt = _FILE_NAME.sub("", clean_line(node.get("alt") or "")[:MAX_ALT_CHARS])
    return Media("picture", url, source, alt=alt or None) if url else None


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


def _type_of_player(url: str) -> MediaKind | None:
    """Return what the player at an address of a known host plays."""
    host = urlsplit(url).hostname or ""
    if _VIDEO_HOSTS.search(host):
        return "video"
    return "audio" if _AUDIO_HOSTS.search(host) else None


def _is_small(side: str | None) -> bool:
    number = (side or "").strip().removesuffix("px")
    return number.isascii() and number.isdigit() and int(number[:6]) < MIN_SIDE_PX


def names_of(address: str) -> frozenset[str]:
    """Return what is in all addresses of a picture, whatever its size: the file's name, and long words with a digit.

    Sizes, dates and what stands further left in the address are those of other pictures too.
    """
    name = unquote(address).partition("?")[0].rpartition("/")[2]
    words = {word for word in _LONG_WORD.findall(name) if not _NO_NAME.fullmatch(word)}
    stem = file_name(address)
    return frozenset(words | {stem} if stem else words)


def file_name(address: str) -> str | None:
    """Return the name of the file without its extension. Return None if it is short: a counter, or "image1"."""
    name = unquote(address).partition("?")[0].rpartition("/")[2].partition(".")[0]
    return name if len(name) >= MIN_NAME_CHARS else None
