"""Bodies of answers, read again at their places in a WARC."""

import gzip
import tracemalloc
import zlib

import brotli
import pytest
import zstandard

from ingest.crawls.answers import BadBody, Unreadable
from ingest.crawls.reading import read_body
from tests import crawl_files as make
from tests.crawl_files import ADDRESS, MAX_BYTES, only, opened, response, urls


def body_of(tmp_path, body, *headers, **fields):
    return read_body(only(tmp_path, response(ADDRESS, body, *headers, **fields)).place, MAX_BYTES)


CODINGS = {
    "gzip": gzip.compress,
    "br": lambda body: brotli.compress(body, quality=2),
    "zstd": zstandard.compress,
    "deflate": zlib.compress,
    "gzip, br": lambda body: brotli.compress(gzip.compress(body, mtime=0), quality=2),
}


@pytest.mark.parametrize("coding", CODINGS)
def test_codings_and_chunks_are_undone(tmp_path, coding):
    text = make.page("a") * 40
    headers = (f"Content-Encoding: {coding}", "Transfer-Encoding: chunked")
    assert body_of(tmp_path, make.chunked(CODINGS[coding](text)), *headers) == text


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_that_its_crawler_decoded_is_left_as_it_is(tmp_path, coding):
    """As browser-based crawlers store it, with the headers that the server sent."""
    headers = (f"Content-Encoding: {coding}", "Transfer-Encoding: chunked", "Content-Length: 99999")
    assert body_of(tmp_path, make.page("a"), *headers) == make.page("a")


def test_the_headers_that_common_crawl_renames_mean_nothing(tmp_path):
    headers = ("X-Crawler-Content-Encoding: br", "X-Crawler-Transfer-Encoding: chunked", "Content-Length: 99999")
    assert body_of(tmp_path, make.page("a"), *headers) == make.page("a")


@pytest.mark.parametrize(
    ("body", "header", "cause"),
    [
        (b"text", "Content-Length: 5", "has 4 of its 5 bytes"),
        (make.chunked(b"text" * 99)[:-7], "Transfer-Encoding: chunked", "last chunk is missing"),
        (b"4\r\ntextmore" + b"-" * 5000, "Transfer-Encoding: chunked", "chunks are damaged"),
        (gzip.compress(b"text" * 99, mtime=0)[:-9], "Content-Encoding: gzip", "gzip stream is cut"),
        (zstandard.compress(b"a" * MAX_BYTES + b"a"), "Content-Encoding: zstd", r"larger than 0\.954 MiB"),
        (b"a" * (MAX_BYTES + 1), "X: y", r"larger than 0\.954 MiB"),
    ],
)
def test_a_body_that_cannot_be_used_says_why(tmp_path, body, header, cause):
    with pytest.raises(BadBody, match=cause):
        body_of(tmp_path, body, header)


def test_of_a_truncated_body_there_is_what_there_is(tmp_path):
    begun = gzip.compress(make.page("a"), mtime=0)[:-9]
    assert body_of(tmp_path, begun, "Content-Encoding: gzip", WARC_Truncated="length")[:15] == b"<!doctype html>"


def test_a_bomb_takes_no_more_memory_than_a_body_may(tmp_path):
    bomb = gzip.compress(b"\0" * 20_000_000, mtime=0)
    crawl = opened(tmp_path / "a.warc.gz", make.gzipped([response(ADDRESS, bomb, "Content-Encoding: gzip")]))
    tracemalloc.start()
    try:
        (answer,) = crawl.answers()
        with pytest.raises(BadBody, match="larger"):
            read_body(answer.place, MAX_BYTES)
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_BYTES
    finally:
        tracemalloc.stop()


def test_a_place_that_is_not_here_is_unreadable(tmp_path):
    crawl = opened(tmp_path / "a.warc.gz", make.gzipped(make.pages(2)))
    first, second = crawl.answers()
    (tmp_path / "a.warc.gz").write_bytes(make.gzipped([make.pages(1)[0], response(urls(2)[1]), *make.pages(3)]))
    with pytest.raises(Unreadable, match="another record at byte"):
        read_body(second.place, MAX_BYTES)
    (tmp_path / "a.warc.gz").unlink()
    with pytest.raises(Unreadable, match="No such file"):
        read_body(first.place, MAX_BYTES)
