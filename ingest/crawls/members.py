"""The records of a WARC file as bytes, from their offsets on: uncompressed, gzip members, zstd frames (pure).

A compressed record has members or frames of its own, so that reading can begin at it. A zstd file may begin with a
dictionary: https://iipc.github.io/warc-specifications/specifications/warc-zstd/.
"""

import re
import zlib
from typing import BinaryIO, Protocol

import zstandard
from zstandard import ZstdCompressionDict

MAX_HEAD_BYTES = 1024 * 1024  # a record's header; the longest have a `data:` URL as their address
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_WARC = b"WARC/"
_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")  # RFC 8878 §3.1.2
_DICTIONARY = b"\x5d\x2a\x4d\x18"
_MAX_DICTIONARY_BYTES = 8 * 1024 * 1024  # what the specification asks of readers
_MAX_WINDOW_BYTES = 32 * 1024 * 1024  # four times what it asks
_CHUNK_BYTES = 64 * 1024
_DECODED_BYTES = 64 * 1024
_ZSTD_SLICE_BYTES = 256  # zstandard cannot limit its output: a slice of hostile bytes gives 8 MiB
_NEWLINES_BYTES = 4096
_BLANK_LINE = re.compile(rb"\n\r?\n")


class Cut(Exception):
    """The file ends in a record."""


class Damaged(Exception):
    """The bytes are no record; `str()` says why."""


class OneStream(Damaged):
    """Records share a gzip member or zstd frame: none but the first can be found by its offset."""


class Source:
    """The bytes of an open file from `offset` to `end`, read in order."""

    def __init__(self, file: BinaryIO, offset: int, end: int) -> None:
        self._file = file
        self._buffer = b""
        self._read_to = offset
        self._end = end
        file.seek(offset)

    @property
    def offset(self) -> int:
        return self._read_to - len(self._buffer)

    def take(self) -> bytes:
        """Return the next bytes, a chunk at most; b"" at the end."""
        data, self._buffer = self._buffer, b""
        return data or self._chunk()

    def unread(self, data: bytes) -> None:
        self._buffer = data + self._buffer if self._buffer else data

    def peek(self, size: int) -> bytes:
        while len(self._buffer) < size and (chunk := self._chunk()):
            self._buffer += chunk
        return self._buffer[:size]

    def skip(self, size: int) -> None:
        """Raises Cut if the source has fewer bytes."""
        if self.offset + size > self._end:
            raise Cut
        if size <= len(self._buffer):
            self._buffer = self._buffer[size:]
            return
        self._read_to += size - len(self._buffer)
        self._buffer = b""
        self._file.seek(self._read_to)

    def _chunk(self) -> bytes:
        data = self._file.read(max(min(_CHUNK_BYTES, self._end - self._read_to), 0))
        self._read_to += len(data)
        return data


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _ZstdDecoder:
    """A frame's decoder with the interface of zlib's."""

    def __init__(self, dictionary: ZstdCompressionDict | None) -> None:
        decompressor = zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=_MAX_WINDOW_BYTES)
        self._stream = decompressor.decompressobj()
        self.unused_data = b""
        self.unconsumed_tail = b""

    @property
    def eof(self) -> bool:
        return self._stream.eof

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        decoded: list[bytes] = []
        size = start = 0
        while start < len(data) and size < max_length and not self.eof:
            decoded.append(self._stream.decompress(data[start : start + _ZSTD_SLICE_BYTES]))
            size += len(decoded[-1])
            start += _ZSTD_SLICE_BYTES
        if self.eof:
            self.unused_data = self._stream.unused_data + data[start:]
        else:
            self.unconsumed_tail = data[start:]
        return b"".join(decoded)


def read_dictionary(file: BinaryIO, offset: int, end: int) -> ZstdCompressionDict | None:
    """Return the dictionary of a zstd file that begins at `offset`, None if it has none. Raises Damaged or Cut."""
    source = Source(file, offset, end)
    head = source.peek(8)
    if not head.startswith(_DICTIONARY):
        return None
    size = int.from_bytes(head[4:], "little")
    if size > _MAX_DICTIONARY_BYTES:
        raise Damaged(f"its dictionary is larger than {_MAX_DICTIONARY_BYTES // 1024**2} MiB")
    data = source.peek(8 + size)[8:]
    if len(data) < size:
        raise Cut
    try:
        if data.startswith(_ZSTD):
            with zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES).stream_reader(data) as reader:
                data = reader.read(_MAX_DICTIONARY_BYTES)
        dictionary = ZstdCompressionDict(data, dict_type=zstandard.DICT_TYPE_FULLDICT)
        zstandard.ZstdDecompressor(dict_data=dictionary)  # fails if it is damaged
    except zstandard.ZstdError as error:
        raise Damaged("its dictionary is damaged") from error
    return dictionary


def is_zstd(head: bytes) -> bool:
    return head.startswith(_ZSTD) or bool(_SKIPPABLE.match(head))


def open_member(source: Source, dictionary: ZstdCompressionDict | None) -> "Member | None":
    """Open the next record. Return None at the end of the source. Raises Cut or Damaged."""
    _skip_between(source)
    head = source.peek(8)
    if not head:
        return None
    if head.startswith(_WARC):
        return Member(source)
    if head.startswith((_GZIP, _ZSTD)):
        return _Compressed(source, dictionary)
    raise Cut if _is_cut(head) else Damaged("no record begins there")


class Member:
    """An uncompressed record. Each method raises Cut or Damaged. `block_bytes` counts what was read since it was 0."""

    def __init__(self, source: Source) -> None:
        self.offset = source.offset
        self.block_bytes = 0
        self._source = source
        self._buffer = b""

    def is_empty(self) -> bool:
        """Return whether only empty lines follow in the file. Drop them before a record."""
        return False

    def head(self, limit: int) -> bytes:
        """Return the lines up to the first empty one, with it, at most `limit` bytes."""
        searched = 0
        while not (found := _BLANK_LINE.search(self._buffer, searched, limit)) and len(self._buffer) < limit:
            searched = max(len(self._buffer) - 2, 0)
            self._buffer += self._more()
        return self._drop(found.end() if found else limit)

    def take(self, size: int) -> bytes:
        """Return the next bytes, as many as are at hand, at most `size`."""
        self._buffer = self._buffer or self._more()
        return self._drop(size)

    def skip(self, size: int) -> None:
        if size > len(self._buffer):
            self._source.skip(size - len(self._buffer))
        self._buffer = self._buffer[size:]

    def finish(self) -> bool:
        """Go to the next record. Return False if this one's length is wrong. Raises Damaged if that hides the next."""
        self._source.unread(self._buffer)
        is_ended = self._source.peek(4) == b"\r\n\r\n"
        _skip_newlines(self._source)
        head = self._source.peek(8)
        if not (is_ended or not head or head.startswith((_WARC, _GZIP)) or is_zstd(head) or _is_cut(head)):
            raise Damaged("its length is wrong")
        return True

    def _drop(self, size: int) -> bytes:
        dropped, self._buffer = self._buffer[:size], self._buffer[size:]
        self.block_bytes += len(dropped)
        return dropped

    def _more(self) -> bytes:
        data = self._source.take()
        if not data:
            raise Cut
        return data


class _Compressed(Member):
    """A record in one gzip member or zstd frame, or in several of its own."""

    def __init__(self, source: Source, dictionary: ZstdCompressionDict | None) -> None:
        super().__init__(source)
        self._dictionary = dictionary
        self._next()

    def is_empty(self) -> bool:
        while not self._buffer:
            decoded = self._decoded()
            if not decoded and not self._next():
                return True
            self._buffer = decoded.lstrip(b"\r\n")
        return False

    def skip(self, size: int) -> None:
        while size:
            size -= len(self.take(size))

    def finish(self) -> bool:
        rest = self._buffer.lstrip(b"\r\n")
        while decoded := self._decoded():
            rest = (rest + decoded)[: len(_WARC)] if rest else decoded.lstrip(b"\r\n")
        if rest.startswith(_WARC):
            raise OneStream
        return not rest

    def _more(self) -> bytes:
        while not (decoded := self._decoded()):
            if not self._next():
                raise Cut
        return decoded

    def _next(self) -> bool:
        """Begin the next member or frame. Return False at the end of the source."""
        _skip_between(self._source)
        head = self._source.peek(8)
        if head.startswith(_GZIP):
            self._decoder: _Decoder = zlib.decompressobj(zlib.MAX_WBITS + 16)
        elif head.startswith(_ZSTD):
            self._decoder = _ZstdDecoder(self._dictionary)
        elif not head:
            return False
        else:
            raise Cut if _is_cut(head) else Damaged("its length is wrong")
        self._pending = b""
        return True

    def _decoded(self) -> bytes:
        """Return the next decoded bytes, b"" at the end of the member or frame."""
        while not self._decoder.eof:
            data = self._pending or self._source.take()
            try:
                decoded = self._decoder.decompress(data, _DECODED_BYTES)
            except (zlib.error, zstandard.ZstdError) as error:
                raise Damaged("its compressed bytes are damaged") from error
            self._pending = self._decoder.unconsumed_tail
            if self._decoder.eof:
                self._source.unread(self._decoder.unused_data)
            if decoded:
                return decoded
            if not data and not self._decoder.eof:
                raise Cut
        return b""


def _skip_between(source: Source) -> None:
    """Skip what may stand between records: empty lines, and frames that are no data."""
    _skip_newlines(source)
    while _SKIPPABLE.match(head := source.peek(8)) and len(head) == 8:  # noqa: PLR2004 (magic and length)
        source.skip(8 + int.from_bytes(head[4:], "little"))
        _skip_newlines(source)


def _skip_newlines(source: Source) -> None:
    while head := source.peek(_NEWLINES_BYTES):
        newlines = len(head) - len(head.lstrip(b"\r\n"))
        source.skip(newlines)
        if newlines < _NEWLINES_BYTES:
            break


def _is_cut(head: bytes) -> bool:
    """Return whether the last few bytes of a file are the beginning of a record."""
    return any(magic.startswith(head) for magic in (_WARC, _GZIP, _ZSTD, _DICTIONARY)) or bool(_SKIPPABLE.match(head))
