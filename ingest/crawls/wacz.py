"""WACZ files: where the WARCs are in them (pure).

A WACZ is a zip with WARCs in `archive/`. They are not compressed again, so that a record can be found by its offset:
https://specs.webrecorder.net/wacz/1.1.1/.
"""

import hashlib
import os
import re
import struct
import zipfile
from collections.abc import Sequence
from typing import BinaryIO

from ingest.crawls.answers import CrawlError
from ingest.crawls.warc import Range

_WARC = re.compile(r"(?:.*/)?archive/[^/]+\.warc(?:\.gz|\.zst)?", re.DOTALL | re.IGNORECASE)
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, lengths of name and extra (APPNOTE 4.3.7)
_IS_ENCRYPTED = 1


def is_zip(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04")


def warcs_in(file: BinaryIO, path: str) -> list[zipfile.ZipInfo]:
    """Return the WARCs of a WACZ in the order of their names. Raises CrawlError."""
    try:
        with zipfile.ZipFile(file) as archive:
            found = [member for member in archive.infolist() if _WARC.fullmatch(member.filename)]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, EOFError, UnicodeError) as error:
        raise CrawlError(
            f"{path} is a cut or damaged zip: the directory at its end is missing; copy it again"
        ) from error
    if not found:
        raise CrawlError(f"{path} is a zip, but no WACZ: there are no WARC files in its folder archive/")
    return sorted(found, key=lambda member: (member.filename, member.header_offset))


def warc_ranges(file: BinaryIO, path: str) -> Sequence[Range]:
    """Return where the WARCs of a WACZ are, in the order of their names. Raises CrawlError."""
    return [_range(file, path, member) for member in warcs_in(file, path)]


def key(file: BinaryIO, path: str) -> str:
    """Return what recognises a WACZ: names, sizes and checksums of its WARCs. Raises CrawlError."""
    listed = [(member.filename, member.file_size, member.CRC) for member in warcs_in(file, path)]
    return hashlib.sha256(repr(listed).encode()).hexdigest()


def _range(file: BinaryIO, path: str, member: zipfile.ZipInfo) -> Range:
    if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & _IS_ENCRYPTED:
        how = "encrypted" if member.flag_bits & _IS_ENCRYPTED else "compressed"
        raise CrawlError(f"{path} has {member.filename} {how}; `unzip` it and read the folder")
    file.seek(member.header_offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or not is_zip(header):
        raise CrawlError(f"{path} is damaged: {member.filename} is not where its directory says; copy it again")
    _, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
    start = member.header_offset + _LOCAL_HEADER.size + name_bytes + extra_bytes
    return Range(start, min(start + member.compress_size, os.fstat(file.fileno()).st_size))
