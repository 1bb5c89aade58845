"""Crawl files byte by byte: records as each writer writes them, and the files that they are packed into."""

import gzip
import random
import struct
import uuid
import zipfile
import zlib
from functools import cache
from pathlib import Path

import zstandard

from ingest.crawls.answers import Answer, CrawlError
from ingest.crawls.reading import Crawl, open_crawl, read_body

ADDRESS = "https://paper.example/a"
HTML = "text/html; charset=utf-8"
MAX_BYTES = 1_000_000


def record(kind: str, url: str, block: bytes, *, version: str = "1.1", length: int | None = None, **fields) -> bytes:
    """Return a record. A field of None is left out."""
    written = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<{record_id(url or kind)}>",
        "WARC-Date": "2019-05-17T08:30:00Z",
        "WARC-Target-URI": url or None,
        "Content-Type": "application/http; msgtype=response" if kind == "response" else "text/plain",
        "Content-Length": str(len(block) if length is None else length),
    } | {name.replace("_", "-"): value for name, value in fields.items()}
    lines = [f"WARC/{version}", *(f"{name}: {value}" for name, value in written.items() if value is not None)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def record_id(url: str) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, url)}"


def http(body: bytes, *headers: str, line: str = "HTTP/1.1 200 OK", content_type: str = HTML) -> bytes:
    return "\r\n".join([line, f"Content-Type: {content_type}", *headers, "", ""]).encode() + body


def response(url: str, body: bytes = b"", *headers: str, **fields) -> bytes:
    return record("response", url, http(body or page(url), *headers), **fields)


def page(url: str) -> bytes:
    chance = random.Random(url)
    words = " ".join(f"{chance.getrandbits(24):x}" for _ in range(200))
    return f"<!doctype html><title>{url}</title><p>{words}".encode()


def urls(count: int) -> list[str]:
    return [f"https://paper.example/{number}" for number in range(count)]


def pages(count: int) -> list[bytes]:
    """Return the records of a small crawl, with a request for each answer."""
    first = record("warcinfo", "", b"software: a crawler\r\n")
    pairs = ([record("request", url, b"GET / HTTP/1.1\r\n\r\n"), response(url)] for url in urls(count))
    return [first, *(each for pair in pairs for each in pair)]


def plain(records: list[bytes]) -> bytes:
    return b"".join(records)


def gzipped(records: list[bytes]) -> bytes:
    return b"".join(gzip.compress(each, mtime=0) for each in records)


def zstd(records: list[bytes]) -> bytes:
    packer = zstandard.ZstdCompressor(write_checksum=True)
    return b"".join(map(packer.compress, records))


@cache
def dictionary() -> zstandard.ZstdCompressionDict:
    samples = [response(url) for url in urls(300)]
    return zstandard.train_dictionary(8192, samples)


def zstd_with_dictionary(records: list[bytes], *, is_packed: bool = True) -> bytes:
    packer = zstandard.ZstdCompressor(dict_data=dictionary(), write_checksum=True)
    data = dictionary().as_bytes()
    data = zstandard.compress(data) if is_packed else data
    return struct.pack("<II", 0x184D2A5D, len(data)) + data + b"".join(map(packer.compress, records))


def in_frames_of_100_bytes(records: list[bytes]) -> bytes:
    """Each record in many frames, with a skippable one between records."""
    pieces = (each[start : start + 100] for each in records for start in range(0, len(each), 100))
    return struct.pack("<II4s", 0x184D2A50, 4, b"skip").join(map(zstandard.compress, pieces))


PACKERS = {
    "plain": plain,
    "gzip": gzipped,
    "zstd": zstd,
    "zstd with a dictionary": zstd_with_dictionary,
    "zstd with a dictionary as it is": lambda records: zstd_with_dictionary(records, is_packed=False),
    "zstd in many frames": in_frames_of_100_bytes,
}


def wacz(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("datapackage.json", "{}")
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def opened(path: Path, data: bytes) -> Crawl:
    path.write_bytes(data)
    return open_crawl(str(path))


def only(folder: Path, *records: bytes) -> Answer:
    """Return the only answer of a crawl of these records."""
    (answer,) = opened(folder / "a.warc", plain(list(records))).answers()
    return answer


def read(crawl: Crawl, after: str = "") -> tuple[list[Answer], CrawlError | None]:
    """Return the answers, and the damage that ends them."""
    answers: list[Answer] = []
    try:
        answers.extend(crawl.answers(after))
    except CrawlError as error:
        return answers, error
    return answers, None


def bodies(answers: list[Answer]) -> list[bytes]:
    return [read_body(answer.place, MAX_BYTES) for answer in answers]


def chunked(body: bytes, size: int = 300) -> bytes:
    chunks = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(b"%x;a=b\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()
