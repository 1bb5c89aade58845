"""The pictures, videos and sounds that a feed names beside an entry's text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import unquote

from ingest.feeds.links import absolute
from ingest.text.markup import clean_line, from_markup, from_title
from storage.records import Media

MAX_MEDIA = 50  # an entry; WordPress names each formula of a text as a picture
MAX_CAPTION_CHARS = 1000
MAX_MARKUP_CHARS = 20 * MAX_CAPTION_CHARS
MIN_LENGTH_BYTES = 100  # less is a placeholder, or a duration

Kind = Literal["picture", "video", "audio"]

_KINDS: dict[str, Kind] = {"image": "picture", "video": "video", "audio": "audio"}
_TYPES: dict[str, Kind] = {
    "application/ogg": "audio",
    "application/mp4": "video",
    "application/dash+xml": "video",
    "application/x-mpegurl": "video",
    "application/vnd.apple.mpegurl": "video",
    "application/x-shockwave-flash": "video",  # how YouTube declares its videos
}
_NO_MEDIA = ("text", "document", "executable")
_EXTENSIONS: dict[str, Kind] = {
    **dict.fromkeys("jpg jpeg jpe jfif png gif webp avif svg heic bmp tif tiff".split(), "picture"),
    **dict.fromkeys("mp4 m4v mov webm ogv mkv avi wmv mpg mpeg m3u8 mpd".split(), "video"),
    **dict.fromkeys("mp3 m4a m4b aac ogg oga opus wav flac wma".split(), "audio"),
}
_MEDIA_TYPE = re.compile(r"[a-z]+/[\w.+-]{1,80}")
_EXTENSION = re.compile(r"\.(\w{2,4})$")
_END_OF_PATH = re.compile(r"[?#]")
FACES = "gravatar.com/avatar"  # WordPress names its author's face
_BETWEEN_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Named:
    """A picture, video or sound as its feed writes it. `medium` is the "image" of Media RSS, `length` a size in bytes.

    `caption` may be HTML.
    """

    address: str
    type: str = ""
    medium: str = ""
    length: str = ""
    width: str = ""
    height: str = ""
    alt: str = ""
    caption: str = ""
    credit: str = ""


def read_media(named: Iterable[Named], base: str, *, title: str | None, summary: str | None) -> tuple[Media, ...]:
    """Return what is named, each address once. Drop documents, faces and tracking pixels.

    A text that is the entry's own title or summary does not describe a picture, and neither does the name of its file.
    """
    found: dict[str, Media] = {}
    for one in named:
        url = absolute(one.address, base)
        if not url or FACES in url or "1" in (one.width, one.height):
            continue
        kind = kind_of(one.medium, one.type, url)
        if kind is None:
            continue
        alt = from_title(one.alt) if one.alt else ""
        caption = _shortened(from_markup(one.caption[:MAX_MARKUP_CHARS])) if one.caption else ""
        media = Media(
            kind,
            url,
            "feed",
            type=_media_type(one.type),
            length_bytes=_length_bytes(one.length),
            alt=None if not alt or alt == title or _is_file_name(alt, url) else alt,
            caption=None if caption in ("", alt) or _begins_with(summary or "", caption) else caption,
            credit=(from_title(one.credit) or None) if one.credit else None,
        )
        found[url] = _joined(found[url], media) if url in found else media
        if len(found) == MAX_MEDIA:
            break
    return tuple(found.values())


def kind_of(medium: str, media_type: str, address: str) -> Kind | None:
    """Return the kind by the medium, else the media type, else the file's extension. Return None for other files."""
    for declared in (medium.strip().lower(), media_type.partition(";")[0].strip().lower()):
        name = declared.partition("/")[0]
        if kind := _KINDS.get(name) or _TYPES.get(declared):
            return kind
        if name in _NO_MEDIA:
            return None
    extension = _EXTENSION.search(_path(address))
    return _EXTENSIONS.get(extension[1].lower()) if extension else None


def _is_file_name(alt: str, url: str) -> bool:
    """Return whether a title is the file's name, as cameras and programs give it: "IMG_3626"."""
    stem = unquote(_path(url)).rpartition("/")[2].rpartition(".")[0]
    same = _BETWEEN_WORDS.sub("", alt.casefold()) == _BETWEEN_WORDS.sub("", stem.casefold())
    return same and any(character.isdigit() or character == "_" for character in alt)


def _begins_with(summary: str, caption: str) -> bool:
    return clean_line(summary).startswith(caption.removesuffix(" …"))


def _joined(first: Media, second: Media) -> Media:
    """Return what two mentions of one address say."""
    return replace(
        first,
        type=first.type or second.type,
        length_bytes=first.length_bytes or second.length_bytes,
        alt=first.alt or second.alt,
        caption=first.caption or second.caption,
        credit=first.credit or second.credit,
    )


def _path(url: str) -> str:
    return _END_OF_PATH.split(url, maxsplit=1)[0]


def _shortened(text: str) -> str:
    text = clean_line(text)
    return text if len(text) <= MAX_CAPTION_CHARS else f"{text[:MAX_CAPTION_CHARS].rstrip()} …"


def _media_type(declared: str) -> str | None:
    name = declared.partition(";")[0].strip().lower()
    return name if _MEDIA_TYPE.fullmatch(name) else None


def _length_bytes(declared: str) -> int | None:
    """Return a size. Feeds write 0, -1, "" and "1,234" too."""
    is_number = declared.isascii() and declared.isdigit() and len(declared) <= len("999999999999")
    return int(declared) if is_number and int(declared) >= MIN_LENGTH_BYTES else None
