"""Content-Encoding: the chunks of a body → decoded bytes, never more than a limit (pure).

aiohttp's own decoders do not notice a truncated gzip, br or zstd stream, and do not undo nested codings.
"""

import zlib
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, Protocol

import zstandard

_GZIP_MAGIC = b"\x1f\x8b"
_MAX_UNDECLARED = 2  # gzip streams, one in the other: a compressed file, which its server compresses again
_MAX_CODINGS = 5  # as in curl: each may expand the last one's output up to the limit again
_MAX_GZIP_MEMBERS = 1000  # each copies the rest of its chunk: more are an attack
_MAX_ZSTD_WINDOW_BYTES = 8 * 1024 * 1024  # RFC 9659
_ZSTD_SLICE_BYTES = 256  # zstandard cannot limit its output; four bytes give up to 128 KiB, a slice 8 MiB


class TooLarge(Exception):
    pass


class Broken(Exception):
    """The stream is truncated or damaged; `str()` says which."""


class Coding(Protocol):
    def feed(self, data: bytes, limit: int) -> bytes:
        """Return the next decoded bytes. It may stop at `limit` or more bytes, and lose the rest."""

    def ended(self) -> bool: ...


class Body:
    """Decodes a body chunk by chunk, up to `max_bytes`.

    Codings are undone in reverse order (RFC 9110 §8.4). Unknown names are ignored: they are mistakes such as "utf-8".
    Gzip is undone also if it is not declared. Raises Broken for too many codings.
    """

    def __init__(self, content_encoding: str, max_bytes: int, *, undeclared: int = _MAX_UNDECLARED) -> None:
        names = [name.strip() for name in content_encoding.lower().split(",")] if content_encoding else []
        self._names = [name for name in reversed(names) if name in codings()]
        if len(self._names) > _MAX_CODINGS:
            raise Broken(f"it has {len(self._names)} codings, one in the other")
        self._undeclared = undeclared
        self._max_bytes = max_bytes
        self.clear()

    def clear(self) -> None:
        """Start again with an empty body."""
        self._codings = [(name, codings()[name]()) for name in self._names]
        self._room = self._max_bytes
        self._chunks: list[bytes] = []

    def feed(self, chunk: bytes) -> None:
        """Decode a chunk. Raises TooLarge or Broken; the bytes before the fault stay in `decoded`."""
        for name, coding in self._codings:
            try:
                chunk = coding.feed(chunk, self._room + 1)
            except Exception as error:
                raise Broken(f"the {name} stream is damaged") from error
        self._chunks.append(chunk[: self._room])
        self._room -= len(chunk)
        if self._room < 0:
            raise TooLarge

    @property
    def size_bytes(self) -> int:
        return self._max_bytes - max(self._room, 0)

    def decoded(self) -> bytes:
        """Return the bytes decoded until now."""
        return b"".join(self._chunks)

    def finish(self) -> bytes:
        """Return the decoded body, empty if nothing was fed. Raises Broken for a truncated stream, or TooLarge."""
        for name, coding in self._codings if self._chunks else ():
            if not coding.ended():
                raise Broken(f"the {name} stream is cut")
        body = self.decoded()
        if not self._undeclared or not body.startswith(_GZIP_MAGIC):
            return body
        unpacked = Body("gzip", self._max_bytes, undeclared=self._undeclared - 1)
        unpacked.feed(body)
        return unpacked.finish()


@cache
def codings() -> dict[str, Callable[[], Coding]]:
    """Return the known codings by their names in Content-Encoding, the preferred first."""
    known: dict[str, Callable[[], Coding]] = {"gzip": _Gzip, "x-gzip": _Gzip, "deflate": _Deflate, "zstd": _Zstd}
    try:
        brotli = import_module("brotli")
    except ImportError:  # not on every platform
        return known
    return known | {"br": lambda: _Brotli(brotli.Decompressor())}


class _Gzip:
    """Joins several members, ignores bytes after them, and returns a body unchanged that is not gzip."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(zlib.MAX_WBITS + 16)
        self._members = 0
        self._is_identity = False

    def feed(self, data: bytes, limit: int) -> bytes:
        if not self._members and data:
            self._members = 1
            self._is_identity = not data.startswith(_GZIP_MAGIC[:1])  # no text begins with it
        if self._is_identity:
            return data
        decoded = b""
        while data and len(decoded) < limit:
            if self._stream.eof:
                if not data.startswith(_GZIP_MAGIC[:1]):
                    break
                self._members += 1
                if self._members > _MAX_GZIP_MEMBERS:
                    raise ValueError(self._members)
                self._stream = zlib.decompressobj(zlib.MAX_WBITS + 16)
            decoded += self._stream.decompress(data, limit - len(decoded))
            data = self._stream.unused_data
        return decoded

    def ended(self) -> bool:
        return self._is_identity or self._stream.eof


class _Deflate:
    """With the zlib header that RFC 9110 §8.4.1.2 asks for, or without."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj()
        self._begun = False

    def feed(self, data: bytes, limit: int) -> bytes:
        if data and not self._begun:
            self._begun = True
            if data[0] & 0x0F != zlib.DEFLATED:  # RFC 1950 §2.2
                self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        return self._stream.decompress(data, limit)

    def ended(self) -> bool:
        return self._stream.eof


class _Zstd:
    """Joins several frames (RFC 8878 §3.1)."""

    def __init__(self) -> None:
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_ZSTD_WINDOW_BYTES)
        self._stream = self._decompressor.decompressobj()

    def feed(self, data: bytes, limit: int) -> bytes:
        decoded: list[bytes] = []
        size = 0
        for start in range(0, len(data), _ZSTD_SLICE_BYTES):
            piece = data[start : start + _ZSTD_SLICE_BYTES]
            while piece and size < limit:
                if self._stream.eof:
                    self._stream = self._decompressor.decompressobj()
                decoded.append(self._stream.decompress(piece))
                size += len(decoded[-1])
                piece = self._stream.unused_data if self._stream.eof else b""
        return b"".join(decoded)

    def ended(self) -> bool:
        return self._stream.eof


class _Brotli:
    def __init__(self, stream: Any) -> None:  # noqa: ANN401 (brotli has no types)
        self._stream = stream

    def feed(self, data: bytes, limit: int) -> bytes:
        return bytes(self._stream.process(data, output_buffer_limit=limit))

    def ended(self) -> bool:
        return bool(self._stream.is_finished())
