"""MHTML (RFC 2557): the page in a file that a browser saved with its images (pure)."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ingest.crawls.records import read_fields
from ingest.text.decoding import Broken, TooLarge

_MAX_HEADER_BYTES = 256 * 1024
_LINE_BYTES = 64 * 1024
_MAX_PARTS = 10_000
_ENCODED_PER_BYTE = 4  # quoted-printable writes three bytes for one, and breaks lines
_PAGE_TYPE = re.compile(r"\s*(?:text/html|application/xhtml\+xml)\b", re.IGNORECASE)
_MULTIPART = re.compile(r"\s*multipart/", re.IGNORECASE)
_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mhtml:
    """The headers of a file and of the page in it, by their lower-case names."""

    headers: dict[str, str]
    page: dict[str, str]

    @property
    def url(self) -> str:
        return self.headers.get("snapshot-content-location") or self.page.get("content-location") or ""


def read_mhtml(file: BinaryIO) -> Mhtml:
    """Read as far as the page's headers; `file` is then where the page begins. Raises Broken if there is no page."""
    return _find(file)[0]


def read_page(file: BinaryIO, max_bytes: int) -> bytes:
    """Return the page, its transfer encoding undone. Raises Broken, or TooLarge."""
    mhtml, boundary = _find(file)
    encoded: list[bytes] = []
    room = max_bytes * _ENCODED_PER_BYTE
    for line in _lines(file):
        if boundary and line.startswith(boundary):
            break
        encoded.append(line)
        room -= len(line)
        if room < 0:
            raise TooLarge
    else:
        if boundary:
            raise Broken("the file is cut")
    page = _decoded(b"".join(encoded), mhtml.page.get("content-transfer-encoding", "").strip().lower())
    if len(page) > max_bytes:
        raise TooLarge
    return page


def _find(file: BinaryIO) -> tuple[Mhtml, bytes]:
    """Go to the first part that is a page. Return the line that ends it, b"" if the file does."""
    headers = part = _header(file)
    boundary = b""
    for _ in range(_MAX_PARTS):
        content_type = part.get("content-type", "")
        if _PAGE_TYPE.match(content_type):
            return Mhtml(headers, part), boundary
        if _MULTIPART.match(content_type) and (found := _BOUNDARY.search(content_type)):
            boundary = b"--" + (found[1] or found[2]).encode()
        if not boundary or not any(line.startswith(boundary) for line in _lines(file)):
            break
        part = _header(file)
    raise Broken("there is no page in it")


def _header(file: BinaryIO) -> dict[str, str]:
    lines: list[bytes] = []
    size_bytes = 0
    for line in _lines(file):
        if not line.strip(b"\r\n"):
            break
        lines.append(line)
        size_bytes += len(line)
        if size_bytes > _MAX_HEADER_BYTES:
            raise Broken("its header is too long")
    return read_fields(b"".join(lines))


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(_LINE_BYTES):
        yield line


def _decoded(body: bytes, encoding: str) -> bytes:
    try:
        if encoding == "quoted-printable":
            return binascii.a2b_qp(body)
        if encoding == "base64":
            return binascii.a2b_base64(body)
    except binascii.Error as error:
        raise Broken("its base64 is damaged") from error
    return body
