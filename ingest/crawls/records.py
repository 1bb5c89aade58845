"""The headers of WARC records, and of the HTTP answers in them (pure).

WARC 1.1: https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/. Versions 0.17, 0.18 and 1.0
differ in what is not read here, and in the `<>` around addresses that some writers put.
"""

import hashlib
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ingest.crawls.members import MAX_HEAD_BYTES, Damaged, Member
from ingest.hosts import MAX_URL_CHARS, is_web_address, without_credentials

_VERSION = re.compile(rb"WARC/[01]\.[0-9]{1,3}[ \t]*\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/[0-9](?:\.[0-9])?[ \t]+([1-9][0-9]{2})(?![0-9])")
_FOLD = re.compile(rb"\r?\n[ \t]+")  # RFC 9112 §5.2
_DATE = re.compile(
    r"(?P<year>\d{4})(?:-?(?P<month>\d\d)(?:-?(?P<day>\d\d)"
    r"(?:[T ]?(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:\.\d{1,12})?)?Z?)?)?)?",
    re.ASCII,
)
FIRST_YEAR = 1990  # of the Web: an earlier date is a clock that was never set
_MAX_ID_CHARS = 200
_INTERIM = frozenset({100, *range(102, 200)})  # the final answer follows (RFC 9110 §15.2)


@dataclass(frozen=True, slots=True)
class Head:
    """A record's header. `length` is of its block, `id` is made of the header if it has none."""

    type: str
    id: str
    length: int
    fields: Mapping[str, str]


def read_head(member: Member) -> Head:
    """Read a record's header. Raises Cut or Damaged."""
    raw = member.head(MAX_HEAD_BYTES)
    if not (version := _VERSION.match(raw)):
        raise Damaged("its first line is not that of a WARC record")
    if not raw.endswith((b"\n\n", b"\n\r\n")):
        raise Damaged(f"its header is longer than {MAX_HEAD_BYTES // 1024**2} MiB")
    member.block_bytes = 0
    fields = read_fields(raw, version.end())
    length = fields.get("content-length", "")
    if not (length.isascii() and length.isdigit() and len(length) < 20):  # noqa: PLR2004 (2**64 has 20)
        raise Damaged("its length cannot be read")
    record_id = fields.get("warc-record-id", "").strip("<> ")
    if not record_id or len(record_id) > _MAX_ID_CHARS:
        record_id = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    return Head(fields.get("warc-type", "").lower(), record_id, int(length), fields)


def read_http_head(member: Member, length: int) -> tuple[int, dict[str, str]] | None:
    """Read the status and the headers of an answer that is a block of so many bytes.

    Return None if the block is not an HTTP answer. Raises Cut or Damaged.
    """
    while True:
        raw = member.head(min(length - member.block_bytes, MAX_HEAD_BYTES))
        line = _STATUS_LINE.match(raw)
        if not line or (member.block_bytes < length and not raw.endswith((b"\n\n", b"\n\r\n"))):
            return None
        status = int(line[1])
        if status not in _INTERIM:
            return status, read_fields(raw, raw.find(b"\n") + 1 or len(raw))


def web_url(uri: str) -> str:
    """Return the address that was asked for, as HTTP sends it; "" if it is not http(s)."""
    url = uri.strip("<> \t").partition("#")[0].replace(" ", "%20")
    if url[:4].lower() != "http" or len(url) > MAX_URL_CHARS:
        return ""
    url = without_credentials(url)
    return url if is_web_address(url) else ""


def instant(date: str) -> datetime | None:
    """Return the instant of a WARC-Date, None if it has none or an impossible one. What it leaves out is the first."""
    found = _DATE.fullmatch(date.strip())
    if not found:
        return None
    numbers = {name: int(number) for name, number in found.groupdict().items() if number}
    try:
        at = datetime(**({"month": 1, "day": 1} | numbers), tzinfo=UTC)
    except ValueError:
        return None
    return at if at.year >= FIRST_YEAR else None


def ip_address(text: str | None) -> str | None:
    try:
        return str(ipaddress.ip_address(text)) if text else None
    except ValueError:
        return None


def read_fields(raw: bytes, start: int = 0) -> dict[str, str]:
    """Return the fields of a header by their lower-case names. Lines that are no fields are left out."""
    fields: dict[str, list[str]] = {}
    for line in _FOLD.sub(b" ", raw[start:]).split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon and (key := _text(name).lower()):
            fields.setdefault(key, []).append(_text(value))
    return {name: ", ".join(values) for name, values in fields.items()}


def _text(raw: bytes) -> str:
    try:
        text = raw.strip().decode()
    except UnicodeDecodeError:
        text = raw.strip().decode("latin-1")
    return text if text.isprintable() else "".join(filter(str.isprintable, text.replace("\t", " ")))
