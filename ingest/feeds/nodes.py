"""feedparser, repaired: the bytes of RSS, RDF and Atom → nodes. This is the one module that knows the library."""

import io
import re
import sys
import unicodedata
from collections.abc import Callable
from typing import Any, TypeAlias

import feedparser

from ingest.errors import ParseError, is_out_of_memory
from ingest.text.markup import clean_line

MAX_CAUSE_CHARS = 200  # of a library's message

Node = dict[str, Any]
_Reader: TypeAlias = Any  # feedparser's _FeedParserMixin

TEXTS = " texts"  # no attribute has a space in its name
"""The key of a media node's texts ("title", "description", "credit"): its own, then its group's, then its entry's."""
SKIPPED = {"hour": " skipped hours", "day": " skipped days"}
"""The keys of a feed's lists of what its skipHours and skipDays name."""

_CHARACTER = re.compile(rb"&#(?:x([0-9a-f]+)|([0-9]+));", re.IGNORECASE)

feedparser.api.PREFERRED_XML_PARSERS = []  # one that is no longer made, which is searched for at each document
_Mixin = feedparser.mixin._FeedParserMixin  # noqa: SLF001 (feedparser has no option for this)
# Else an xml:base is put before ids, and every entry is new when the base changes.
_Mixin.can_be_relative_uri.discard("id")


def _leave_element(reader: _Reader, tag: str, leave: Callable[[_Reader, str], None] = _Mixin.unknown_endtag) -> None:
    """Drop an xml:base at the end of its element. feedparser keeps it for later links if the document has no base."""
    leave(reader, tag)
    if reader.basestack:
        reader.baseuri = reader.basestack[-1]


_Mixin.unknown_endtag = _leave_element


def _open_texts(reader: _Reader) -> list[dict[str, str]]:
    """Return the titles, captions and credits of the entry, and of each element of Media RSS that is open in it."""
    found: list[dict[str, str]] = reader._get_context().setdefault("media_texts", [{}])  # noqa: SLF001
    return found


def _begin_group(reader: _Reader, _: Node) -> None:
    _open_texts(reader).append({})


def _begin_content(reader: _Reader, attributes: Node) -> None:
    texts = _open_texts(reader)
    attributes[TEXTS] = ({}, texts[-1], texts[0])
    texts.append(attributes[TEXTS][0])
    _begin_media_content(reader, attributes)


def _begin_thumbnail(reader: _Reader, attributes: Node) -> None:
    texts = _open_texts(reader)
    attributes[TEXTS] = (texts[-1], texts[0])
    _begin_media_thumbnail(reader, attributes)


def _end(reader: _Reader) -> None:
    texts = _open_texts(reader)
    if len(texts) > 1:
        texts.pop()


def _noting(name: str) -> Callable[[_Reader], None]:
    """Return the end of a text of Media RSS that is noted for its picture too: feedparser forgets where it stood."""
    end = getattr(_Mixin, f"_end_media_{name}")

    def noted(reader: _Reader) -> None:
        pieces = reader.elementstack[-1][2] if reader.elementstack else ()
        if text := "".join(piece.decode() if isinstance(piece, bytes) else piece for piece in pieces).strip():
            _open_texts(reader)[-1].setdefault(name, text)
        end(reader)

    return noted


def _noting_skipped(name: str) -> Callable[[_Reader], None]:
    """Return the end of an `hour` of skipHours, or `day` of skipDays: feedparser keeps only the last one."""

    def noted(reader: _Reader) -> None:
        text = reader.pop(name)
        if text and reader.elementstack and reader.elementstack[-1][0] == f"skip{name}s":
            reader._get_context().setdefault(SKIPPED[name], []).append(text)  # noqa: SLF001

    return noted


_begin_media_content, _begin_media_thumbnail = _Mixin._start_media_content, _Mixin._start_media_thumbnail  # noqa: SLF001
for _name, _function in {
    "start_media_group": _begin_group,
    "end_media_group": _end,
    "start_media_content": _begin_content,
    "end_media_content": _end,
    "start_media_thumbnail": _begin_thumbnail,
    **{f"end_media_{name}": _noting(name) for name in ("title", "description", "credit")},
    **{f"end_{name}": _noting_skipped(name) for name in SKIPPED},
}.items():
    setattr(_Mixin, f"_{_name}", _function)


def read_document(body: bytes, url: str) -> Node:
    """Parse by feedparser; if that fails, once more without impossible characters."""
    try:
        return _feedparsed(body)
    except Exception as error:  # feedparser raises all sorts
        if is_out_of_memory(error):
            raise
    try:
        return _feedparsed(_CHARACTER.sub(_possible_character, body))
    except Exception as error:
        if is_out_of_memory(error):
            raise
        cause = clean_line(f"{type(error).__name__}: {error}")[:MAX_CAUSE_CHARS]
        raise ParseError(url, f"feedparser could not read it ({cause})") from error


def _feedparsed(body: bytes) -> Node:
    # No content-location: guids are to stay as written. Cleaning and resolving here takes 50 times as long.
    # The charset of the header outranks the document's declaration.
    headers = {"content-type": "application/xml; charset=utf-8"}
    document: Node = feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    if is_out_of_memory(document.get("bozo_exception") or Exception()):
        raise MemoryError
    return document


def _possible_character(reference: re.Match[bytes]) -> bytes:
    """Replace half a surrogate pair or a number beyond Unicode, which stop feedparser's lenient parser."""
    number = int(reference[1], 16) if reference[1] else int(reference[2][:9])
    possible = number <= sys.maxunicode and unicodedata.category(chr(number)) != "Cs"
    return reference[0] if possible else "\ufffd".encode()


def xml_faults(document: Node) -> list[str]:
    """Return the faults of the XML. Wrongly declared encodings and content types are frequent and harmless."""
    error = document.get("bozo_exception")
    if error is None or isinstance(
        error, feedparser.CharacterEncodingOverride | feedparser.CharacterEncodingUnknown | feedparser.NonXMLContentType
    ):
        return []
    reason = clean_line(getattr(error, "getMessage", lambda: str(error))())[:MAX_CAUSE_CHARS]
    line = getattr(error, "getLineNumber", lambda: None)()
    return [f"its XML is broken ({reason}{f', line {line}' if line else ''}) and entries may be missing"]


def text_of(node: object, key: str) -> str:
    """Return a string of the document. Bypass feedparser's own look-up, which answers `updated` with `published`."""
    value = dict.get(node, key) if isinstance(node, dict) else None
    return value.strip() if isinstance(value, str) else ""


def children(node: Node, key: str) -> list[Node]:
    found = dict.get(node, key) if isinstance(node, dict) else None
    return [value for value in found if isinstance(value, dict)] if isinstance(found, list) else []


def number(raw: str) -> int:
    """Return a whole number, 0 for anything else."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= len("99999999") else 0
