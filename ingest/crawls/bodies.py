"""The body of an answer, read again at its place by any process that has the file (pure)."""

import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from zstandard import ZstdCompressionDict

from ingest.crawls.answers import BadBody, CrawlError, Place, Unreadable, too_large
from ingest.crawls.members import Cut, Damaged, Member, Source, is_zstd, open_member, read_dictionary
from ingest.crawls.records import Head, read_head, read_http_head
from ingest.crawls.wacz import is_zip, warc_ranges
from ingest.text.decoding import Body, Broken, TooLarge

_CHUNK_HEAD = rb"([0-9a-fA-F]{1,16})[ \t]*(?:;[^\n]{0,4096})?\r?\n"  # RFC 9112 §7.1
_FIRST = re.compile(_CHUNK_HEAD)
_NEXT = re.compile(rb"\r?\n" + _CHUNK_HEAD)
_MAX_CHUNK_HEAD_BYTES = 4200
_LENGTH = re.compile(r"[0-9]{1,18}")
_BEGIN_BYTES = 4096
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?a-zA-Z]")


class _AlreadyDecoded(Exception):
    """The crawler stored the body decoded, and left the header that names its coding."""


def read_record(place: Place, max_bytes: int) -> bytes:
    """Return the body of a record's answer, its chunks and its Content-Encoding undone.

    Raises Unreadable if the record is not there. Raises BadBody if the body is cut, damaged or larger than `max_bytes`.
    """
    try:
        with Path(place.path).open("rb") as file:
            member, head = _open(file, place)
            try:
                return _body(member, head, max_bytes)
            except _AlreadyDecoded:
                member, head = _open(file, place)
                return _body(member, head, max_bytes, decode=False)
            except (Cut, Damaged) as error:
                raise BadBody("the crawl is damaged where the body is") from error
            except TooLarge:
                raise too_large(max_bytes) from None
            except Broken as error:
                raise BadBody(f"the body in the crawl cannot be decoded: {error}") from error
    except OSError as error:
        raise Unreadable(f"{place.path} cannot be read here: {error.strerror or error}") from error


def _open(file: BinaryIO, place: Place) -> tuple[Member, Head]:
    """Go to a record. Raises Unreadable if another one is there."""
    member, head = None, None
    try:
        dictionary = _dictionary_of(file, place) if is_zstd(os.pread(file.fileno(), 4, place.offset)) else None
        member = open_member(Source(file, place.offset, os.fstat(file.fileno()).st_size), dictionary)
        head = read_head(member) if member and not member.is_empty() else None
    except (Cut, Damaged, CrawlError):
        pass  # said below
    if not member or not head or head.id != place.id:
        raise Unreadable(f"{place.path} has another record at byte {place.offset:,} here")
    return member, head


def _dictionary_of(file: BinaryIO, place: Place) -> ZstdCompressionDict | None:
    info = os.fstat(file.fileno())
    start = 0
    if is_zip(os.pread(file.fileno(), 4, 0)):
        ranges = warc_ranges(file, place.path)
        start = next((start for start, end in ranges if start <= place.offset < end), place.offset)
    return _read_dictionary(place.path, start, info.st_ino, info.st_mtime_ns)


@lru_cache(maxsize=4)
def _read_dictionary(path: str, start: int, _inode: int, _mtime_ns: int) -> ZstdCompressionDict | None:
    with Path(path).open("rb") as file:
        return read_dictionary(file, start, os.fstat(file.fileno()).st_size)


def _body(member: Member, head: Head, max_bytes: int, *, decode: bool = True) -> bytes:
    """Read the rest of a record. Raises Cut, Damaged, Broken, TooLarge, BadBody or _AlreadyDecoded."""
    http = read_http_head(member, head.length) if head.type == "response" else (200, {})
    if not http:
        raise BadBody("the record in the crawl is not an HTTP answer")
    headers = http[1]
    body = Body(headers.get("content-encoding", "") if decode else "", max_bytes)
    size_bytes = head.length - member.block_bytes
    pieces = _pieces(member, size_bytes)
    begin = b""
    while len(begin) < _BEGIN_BYTES and (piece := next(pieces, b"")):
        begin += piece
    chunks = _Chunks() if "chunked" in headers.get("transfer-encoding", "").lower() and _FIRST.match(begin) else None
    try:
        begin = chunks.feed(begin) if chunks else begin
        body.feed(begin)
        for piece in pieces:
            body.feed(chunks.feed(piece) if chunks else piece)
        _check_end(chunks, size_bytes, headers)
        return body.finish()
    except Broken:
        if decode and "content-encoding" in headers and _MARKUP.match(begin):
            raise _AlreadyDecoded from None
        if "warc-truncated" in head.fields:
            return body.decoded()
        raise


def _pieces(member: Member, size_bytes: int) -> Iterator[bytes]:
    while size_bytes:
        piece = member.take(size_bytes)
        size_bytes -= len(piece)
        yield piece


def _check_end(chunks: "_Chunks | None", size_bytes: int, headers: Mapping[str, str]) -> None:
    """Raise Broken if a body was cut: it has no last chunk, or is shorter than Content-Length.

    The length of a body that was encoded says nothing: a crawler may have decoded it and renamed the header that says
    so (`x-crawler-content-encoding`).
    """
    if chunks and not chunks.ended:
        raise Broken("its last chunk is missing")
    length = headers.get("content-length", "")
    if not size_bytes or not _LENGTH.fullmatch(length) or any(name.endswith("-encoding") for name in headers):
        return
    if size_bytes < int(length):
        raise Broken(f"the crawl has {size_bytes:,} of its {int(length):,} bytes")


class _Chunks:
    """Undoes the chunks of a body."""

    def __init__(self) -> None:
        self.ended = False
        self._left = 0
        self._head = _FIRST
        self._buffer = b""

    def feed(self, data: bytes) -> bytes:
        """Return the next bytes of the body. Raises Broken."""
        data = self._buffer + data
        at = 0
        content: list[bytes] = []
        while at < len(data) and not self.ended:
            if self._left:
                content.append(data[at : at + self._left])
                at += len(content[-1])
                self._left -= len(content[-1])
            elif found := self._head.match(data, at):
                at = found.end()
                self._left = int(found[1], 16)
                self.ended = not self._left
                self._head = _NEXT
            elif len(data) - at > _MAX_CHUNK_HEAD_BYTES:
                raise Broken("its chunks are damaged")
            else:
                break
        self._buffer = data[at:]
        return b"".join(content)
