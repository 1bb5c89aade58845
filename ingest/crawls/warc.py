"""WARC files → answers, each with its place (pure)."""

import hashlib
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

from zstandard import ZstdCompressionDict

from ingest.crawls.answers import Answer, CrawlError, Place, Reading
from ingest.crawls.members import Cut, Damaged, Member, OneStream, Source, open_member, read_dictionary
from ingest.crawls.records import Head, instant, ip_address, read_head, read_http_head, web_url

_POSITION = re.compile(r"(\d{1,19})-([0-9a-f]{8})", re.ASCII)
_ANSWERS = frozenset({"response", "resource"})
_WARC = b"WARC/"
_ARC = b"filedesc://"
_KEY_BYTES = 64 * 1024
_CHECKED_BYTES = 1024  # before a position: another file has other bytes there


class Range(NamedTuple):
    """Where a WARC is in its file: all of it, or a member of a WACZ."""

    start: int
    end: int


def warc_range(file: BinaryIO, path: str) -> Sequence[Range]:  # noqa: ARG001 (the interface of `wacz.warc_ranges`)
    """Return the range of a file that is one WARC, as long as it is now."""
    return [Range(0, os.fstat(file.fileno()).st_size)]


def key(file: BinaryIO, path: str) -> str:
    """Return what recognises a WARC that may still grow: a digest from its first record to its first answer.

    Raises CrawlError if the file is not a WARC. A zstd dictionary is left out: all files of a crawl may have the same.
    """
    size_bytes = os.fstat(file.fileno()).st_size
    try:
        dictionary = read_dictionary(file, 0, size_bytes)
        source = Source(file, 0, size_bytes)
        member = open_member(source, dictionary)
        begin = b"" if not member or member.is_empty() else member.take(len(_ARC))
    except (Cut, Damaged):
        member = None
        begin = os.pread(file.fileno(), len(_ARC), 0)
    if begin == _ARC:
        raise CrawlError(f"{path} is an ARC file, the form before WARC; convert it (`warcio recompress`)")
    if not member or not begin.startswith(_WARC):
        raise CrawlError(f"{path} is not a crawl: it does not begin with a record of a WARC file")
    end = _end_of_first_answer(file, member.offset, size_bytes, dictionary)
    first = os.pread(file.fileno(), end - member.offset, member.offset)
    return hashlib.sha256(first.rstrip(b"\r\n")).hexdigest()


def _end_of_first_answer(file: BinaryIO, start: int, size_bytes: int, dictionary: ZstdCompressionDict | None) -> int:
    """Return where the first answer ends, or the last complete record before it, or the first 64 KiB."""
    limit = min(start + _KEY_BYTES, size_bytes)
    source = Source(file, start, limit)
    end = start
    try:
        while (member := open_member(source, dictionary)) and not member.is_empty():
            head = read_head(member)
            member.skip(head.length)
            member.finish()
            end = source.offset
            if head.type in _ANSWERS:
                return end
    except (Cut, Damaged):
        if limit < size_bytes or end == start:
            return limit
    return end


def answers(
    path: str, ranges_of: Callable[[BinaryIO, str], Sequence[Range]], after: str, reading: Reading
) -> Iterator[Answer]:
    """Yield the answers after a position. Yield all if the file is not the one that the position is from.

    Raises CrawlError at damage.
    """
    try:
        with Path(path).open("rb") as file:
            ranges = ranges_of(file, path)
            offset = _offset(file, after)
            reading.position = "" if offset is None else after
            for number, warc in enumerate(ranges):
                if offset is not None and not warc.start <= offset <= warc.end:
                    continue
                reading.read_bytes = sum(end - start for start, end in ranges[:number])
                yield from _answers(path, file, warc, offset or warc.start, reading)
                offset = None
            reading.read_bytes = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise CrawlError(f"{path} cannot be read: {error.strerror or error}", reading.position) from error


def is_at_end(path: str, ranges_of: Callable[[BinaryIO, str], Sequence[Range]], position: str) -> bool:
    """Return whether a position is in this file, and the end of what there is to read. Raises CrawlError."""
    try:
        with Path(path).open("rb") as file:
            return _offset(file, position) == ranges_of(file, path)[-1].end
    except OSError as error:
        raise CrawlError(f"{path} cannot be read: {error.strerror or error}", position) from error


def _answers(path: str, file: BinaryIO, warc: Range, offset: int, reading: Reading) -> Iterator[Answer]:
    at = offset
    done_bytes = reading.read_bytes - warc.start
    try:
        dictionary = read_dictionary(file, warc.start, warc.end)
        source = Source(file, offset, warc.end)
        while (member := open_member(source, dictionary)) and not member.is_empty():
            at = member.offset
            head = read_head(member)
            answer = _answer(path, member, head, reading.skipped)
            member.skip(head.length - member.block_bytes)
            is_sound = member.finish()
            at = source.offset
            reading.position = _position(file, at)
            reading.read_bytes = done_bytes + at
            if not is_sound:
                reading.skipped["of a wrong length"] += 1
            elif answer:
                yield replace(answer, position=reading.position)
    except Cut:
        cause = f"{path} is cut in the record at byte {at:,}; everything before it was read"
    except OneStream:
        cause = (
            f"{path} has several records in one compressed stream at byte {at:,}, so they cannot be found again;"
            " unpack it with `gunzip` or `unzstd` and read the unpacked file"
        )
    except Damaged as error:
        cause = f"{path} is damaged at byte {at:,} ({error}); everything before it was read"
    else:
        reading.position = _position(file, source.offset)  # behind empty members too
        return
    raise CrawlError(cause, reading.position)


def _answer(path: str, member: Member, head: Head, skipped: Counter[str]) -> Answer | None:
    """Read a record as far as its HTTP header. Return None, and count why, if it is not an answer."""
    fields = head.fields
    if head.type not in _ANSWERS:
        if head.type in {"revisit", "continuation"}:
            skipped[head.type] += 1
        return None
    if "warc-segment-number" in fields:
        skipped["continuation"] += 1
        return None
    if not (url := web_url(fields.get("warc-target-uri", ""))):
        skipped["not of the web"] += 1
        return None
    status, headers = 200, {"content-type": fields.get("content-type", "")}
    if head.type == "response":
        if not (http := read_http_head(member, head.length)):
            skipped["not HTTP"] += 1
            return None
        status, headers = http
    return Answer(
        id=head.id,
        url=url,
        fetched_at=instant(fields.get("warc-date", "")),
        status=status,
        headers=headers,
        place=Place(path, member.offset, head.id, head.length - member.block_bytes),
        position="",
        ip_address=ip_address(fields.get("warc-ip-address")),
        truncated=fields.get("warc-truncated", ""),
    )


def _position(file: BinaryIO, offset: int) -> str:
    return f"{offset}-{_check(file, offset):08x}"


def _offset(file: BinaryIO, position: str) -> int | None:
    found = _POSITION.fullmatch(position)
    if not found or _check(file, int(found[1])) != int(found[2], 16):
        return None
    return int(found[1])


def _check(file: BinaryIO, offset: int) -> int:
    start = max(offset - _CHECKED_BYTES, 0)
    before = os.pread(file.fileno(), offset - start, start)
    return zlib.crc32(before) if len(before) == offset - start else -1
