"""A body as it comes off the wire → decoded bytes, never more than the cap (pure).

aiohttp's own decoders do not notice a gzip, br or zstd stream that is cut, and leave nested codings alone.
"""

import zlib
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, Protocol

import zstandard

_GZIP_MAGIC = b"\x1f\x8b"
_UNDECLARED = 2  # gzip streams, one in the other: a compressed file, which its server compresses again
_CODINGS_MAX = 5  # as curl has it: each may blow the last one's output up to the cap again
_GZIP_MEMBERS_MAX = 1000  # each copies the rest of its chunk: more are an attack
_ZSTD_WINDOW_MAX_BYTES = 8 * 1024 * 1024  # RFC 9659
_ZSTD_SLICE_BYTES = 256  # zstandard has no limit for its output; four bytes give 128 KiB, a slice 8 MiB


class TooLarge(Exception):
    pass


class Broken(Exception):
    """The stream is cut or damaged; `str()` says which."""


class Coding(Protocol):
    def feed(self, data: bytes, limit: int) -> bytes:
        """The next decoded bytes; at `limit` or more of them it may stop, and the rest is lost."""

    def ended(self) -> bool: ...


class Body:
    """Takes a body chunk by chunk, until there would be more than `max_bytes` of it.

    Codings are undone in the reverse of the order they were applied in (RFC 9110 §8.4); unknown names are
    passed over: they are mistakes such as "utf-8". Gzip is undone without being declared too.
    Raises Broken for more codings than anybody needs.
    """

    def __init__(self, content_encoding: str, max_bytes: int, *, undeclared: int = _UNDECLARED) -> None:
        names = [name.strip() for name in content_encoding.lower().split(",")] if content_encoding else []
        self._names = [name for name in reversed(names) if name in codings()]
        if len(self._names) > _CODINGS_MAX:
            raise Broken(f"it has {len(self._names)} codings, one in the other")
        self._undeclared = undeclared
        self._max_bytes = max_bytes
        self.clear()

    def clear(self) -> None:
        """Begin again."""
        self._codings = [(name, codings()[name]()) for name in self._names]
        self._room = self._max_bytes
        self._parts: list[bytes] = []

    def feed(self, chunk: bytes) -> None:
        """Raises TooLarge or Broken; what came before stays in `so_far`."""
        for name, coding in self._codings:
            try:
                chunk = coding.feed(chunk, self._room + 1)
            except Exception as error:
                raise Broken(f"the {name} stream is damaged") from error
        self._parts.append(chunk[: self._room])
        self._room -= len(chunk)
        if self._room < 0:
            raise TooLarge

    @property
    def size_bytes(self) -> int:
        return self._max_bytes - max(self._room, 0)

    def so_far(self) -> bytes:
        return b"".join(self._parts)

    def whole(self) -> bytes:
        """Raises Broken for a stream that has not ended, TooLarge. No chunk at all is an empty body."""
        for name, coding in self._codings if self._parts else ():
            if not coding.ended():
                raise Broken(f"the {name} stream is cut")
        body = self.so_far()
        if not self._undeclared or not body.startswith(_GZIP_MAGIC):
            return body
        unpacked = Body("gzip", self._max_bytes, undeclared=self._undeclared - 1)
        unpacked.feed(body)
        return unpacked.whole()


@cache
def codings() -> dict[str, Callable[[], Coding]]:
    """What can be decoded, by its name in Content-Encoding, the preferred first."""
    known: dict[str, Callable[[], Coding]] = {"gzip": _Gzip, "x-gzip": _Gzip, "deflate": _Deflate, "zstd": _Zstd}
    try:
        brotli = import_module("brotli")
    except ImportError:  # not on every platform
        return known
    return known | {"br": lambda: _Brotli(brotli.Decompressor())}


class _Gzip:
    """Several members are one body; what follows them is ignored, and a body that is plain after all is taken so."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(zlib.MAX_WBITS + 16)
        self._members = 0
        self._plain = False

    def feed(self, data: bytes, limit: int) -> bytes:
        if not self._members and data:
            self._members = 1
            self._plain = not data.startswith(_GZIP_MAGIC[:1])  # no text begins with it
        if self._plain:
            return data
        decoded = b""
        while data and len(decoded) < limit:
            if self._stream.eof:
                if not data.startswith(_GZIP_MAGIC[:1]):
                    break
                self._members += 1
                if self._members > _GZIP_MEMBERS_MAX:
                    raise ValueError(self._members)
                self._stream = zlib.decompressobj(zlib.MAX_WBITS + 16)
            decoded += self._stream.decompress(data, limit - len(decoded))
            data = self._stream.unused_data
        return decoded

    def ended(self) -> bool:
        return self._plain or self._stream.eof


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
    """Several frames are one body (RFC 8878 §3.1)."""

    def __init__(self) -> None:
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_MAX_BYTES)
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
        decoded: bytes = self._stream.process(data, output_buffer_limit=limit)
        return decoded

    def ended(self) -> bool:
        finished: bool = self._stream.is_finished()
        return finished
