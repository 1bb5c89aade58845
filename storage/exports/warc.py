"""A WARC 1.1 file (ISO 28500:2017) of the pages that the archive keeps: a record a page, as the server sent it.

Bodies are kept without their codings. So the headers of codings get the prefix that Common Crawl gives them, and
`Content-Length` is the body's. A page that was reached from another address has a `metadata` record that names it
(`via`, as crawlers do). The same archive gives the same bytes: no record tells when it was exported.

A record is a few lines. A library would be a dependency of every installation, or an extra to be installed for them.
"""

import json
import re
import uuid
import zlib
from base64 import b32encode
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from hashlib import sha1
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import BinaryIO

from storage.exports.articles import Articles
from storage.pages import StoredPage
from storage.rows import Row

SPECIFICATION = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
FIELDS, ANSWER = "application/warc-fields", "application/http; msgtype=response"
CODINGS = frozenset({"content-encoding", "transfer-encoding", "content-length"})
EPOCH = "1970-01-01T00:00:00Z"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")

Field = tuple[str, str | None]


def write(articles: Articles, file: BinaryIO) -> None:
    archive_id = articles.archive.archive_id()
    file.writelines(_compressed(record) if articles.compressed else record for record in _records(articles, archive_id))


def _records(articles: Articles, archive_id: str) -> Iterator[bytes]:
    yield _warcinfo(articles, archive_id)
    for id_ in articles.ids:
        has_pages = False
        for row, page in _pages(articles, id_):
            has_pages = True
            yield from _page_records(archive_id, row, page)
        articles.count += has_pages
        articles.without_pages += not has_pages


def _pages(articles: Articles, article_id: int) -> Iterator[tuple[Row, StoredPage]]:
    """Yield the pages of all texts of an article, also of its copies, one in memory at a time."""
    archive = articles.archive
    seen = set()
    for id_ in archive.with_merged(article_id):
        for row in archive.pages_kept(id_, limit=-1):
            place = row["page_table"], row["owner_id"], row["part"]
            if place in seen:
                continue
            seen.add(place)
            try:
                page = archive.page_kept(*place)
            except ValueError as error:
                articles.damaged.append(f"{row['final_url']} (article {article_id}): {error}")
                continue
            if page:
                yield row, page


def _warcinfo(articles: Articles, archive_id: str) -> bytes:
    chosen = {name: value for name, value in asdict(articles.selection).items() if value}
    pages = f"the pages that the archive {articles.archive.path.stem} keeps of {len(articles.ids)} articles"
    selection = json.dumps(chosen, default=str, sort_keys=True)
    about = _fields(
        ("software", _software()),
        ("format", "WARC File Format 1.1"),
        ("conformsTo", SPECIFICATION),
        ("isPartOf", archive_id),
        ("description", f"{pages}; selection: {selection}" if chosen else pages),
    )
    updated = articles.archive.last_updated(articles.ids) or EPOCH
    return _record("warcinfo", _id(archive_id, about.decode(), updated), updated, FIELDS, [about])


def _software() -> str:
    try:
        return f"ingest/{version('ingest')}"
    except PackageNotFoundError:
        return "ingest"


def _page_records(archive_id: str, row: Row, page: StoredPage) -> Iterator[bytes]:
    """Yield the record of a page, and one that names the address that was asked for, if that is another."""
    place = f"{row['page_table']} {row['owner_id']} {row['part']}"
    id_, at = _id(archive_id, place, row["fetched_at"]), row["fetched_at"]
    target = ("WARC-Target-URI", page.final_url)
    yield _record(
        "response",
        id_,
        at,
        ANSWER,
        [_http_head(page), page.html],
        target,
        ("WARC-IP-Address", page.ip_address),
        ("WARC-Payload-Digest", _digest([page.html])),
    )
    if page.url != page.final_url:
        via = _fields(("via", page.url))
        refers = ("WARC-Refers-To", id_)
        yield _record("metadata", _id(archive_id, place, "via", row["fetched_at"]), at, FIELDS, [via], target, refers)


def _http_head(page: StoredPage) -> bytes:
    """Return status line and headers of an answer whose body has no coding."""
    length = str(len(page.html))
    headers = [
        (f"X-Crawler-{name.title()}" if name in CODINGS and value != length else name, value)
        for name, value in page.headers.items()
    ]
    if page.headers.get("content-length") != length:
        headers.append(("content-length", length))
    return f"HTTP/1.1 {page.status} {_phrase(page.status)}\r\n".encode() + _fields(*headers) + b"\r\n"


def _record(type_: str, id_: str, at: str, content_type: str, block: list[bytes], *fields: Field) -> bytes:
    """Return a record. `block` is in pieces; a field without a value is left out."""
    head = _fields(
        ("WARC-Type", type_),
        ("WARC-Record-ID", id_),
        ("WARC-Date", at),
        *fields,
        ("WARC-Block-Digest", _digest(block)),
        ("Content-Type", content_type),
        ("Content-Length", str(sum(map(len, block)))),
    )
    return b"".join([b"WARC/1.1\r\n", head, b"\r\n", *block, b"\r\n\r\n"])


def _fields(*fields: Field) -> bytes:
    """Return a line a field. No value can end its line."""
    lines = (f"{name}: {_CONTROL.sub(' ', value).strip()}\r\n" for name, value in fields if value is not None)
    return "".join(lines).encode(errors="replace")


def _id(*names: str) -> str:
    return f"<{uuid.uuid5(uuid.NAMESPACE_OID, ' '.join(names)).urn}>"


def _digest(block: Iterable[bytes]) -> str:
    digest = sha1(usedforsecurity=False)
    for piece in block:
        digest.update(piece)
    return f"sha1:{b32encode(digest.digest()).decode()}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _compressed(record: bytes) -> bytes:
    """Return the record as a gzip member of its own (WARC 1.1, annex D), without an instant."""
    compress = zlib.compressobj(wbits=31)
    return compress.compress(record) + compress.flush()
