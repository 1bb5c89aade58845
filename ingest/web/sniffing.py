"""The real type of a body, by its first bytes. Content-Type is ignored."""

import re

from ingest.text.charset import wide_charset
from ingest.text.markup import root_element

HEAD_BYTES = 4096
MAX_CONTROLS_SHARE = 0.02  # of a head; random bytes have a tenth, pages with a stray NUL a thousandth

_SIGNATURES = (
    (re.compile(rb"\x89PNG\r|GIF8[79]a|\xff\xd8\xff|RIFF.{4}WEBP|.{4}ftyp(?:avif|heic|mif1)", re.DOTALL), "an image"),
    (re.compile(rb"%PDF-"), "a PDF document"),
    (re.compile(rb".{4}ftyp|\x1a\x45\xdf\xa3|RIFF.{4}AVI |\0\0\x01\xba|FLV\x01", re.DOTALL), "a video"),
    (re.compile(rb"ID3|OggS|fLaC|RIFF.{4}WAVE|\xff[\xfb\xf3\xf2]", re.DOTALL), "a sound file"),
    (re.compile(rb"PK\x03\x04|\x1f\x8b|7z\xbc\xaf|Rar!|BZh\d|\xfd7zXZ|\x28\xb5\x2f\xfd"), "an archive of files"),
    (re.compile(rb"\x7fELF|MZ[\x90\0]|\xca\xfe\xba\xbe|\0asm", re.DOTALL), "a program"),
    (re.compile(rb"wOF[F2]|OTTO\0|\0\x01\0\0\0"), "a font"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{\s*\"|\[\s*[\[{\"])"), "JSON"),
)  # fmt: skip
_ROOTS = {b"svg": "an image", b"urlset": "a sitemap", b"sitemapindex": "a sitemap", b"opml": "a list of feeds"}
_ROOTS |= dict.fromkeys((b"rss", b"feed", b"rdf"), "a feed")
_CONTROLS = bytes({*range(32), 127} - {*b"\t\n\v\f\r\x1b"})  # ISO-2022 has the escape character


def non_page_type(body: bytes) -> str | None:
    """Return the type of a body that is not a page ("a PDF document", "a feed"), None if it may be a page."""
    head = body[:HEAD_BYTES]
    for signature, kind in _SIGNATURES:
        if signature.match(head):
            return kind
    if root := _ROOTS.get(root_element(head)[1]):
        return root
    if wide_charset(head):
        return None
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return "no text" if controls > MAX_CONTROLS_SHARE * len(head) + 1 else None
