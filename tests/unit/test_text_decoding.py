import gzip
import tracemalloc
import zlib
from functools import partial

import brotli
import pytest
import zstandard

from ingest.text.decoding import Body, Broken, TooLarge, codings

TEXT = b"".join(b"<p>Paragraph %d of the article.</p>" % number for number in range(500))


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": partial(brotli.compress, quality=3),
    "zstd": zstandard.compress,
}


def decoded(encoding: str, data: bytes, *, max_bytes: int = 1_000_000, chunk_bytes: int = 1000) -> bytes:
    body = Body(encoding, max_bytes)
    for start in range(0, len(data), chunk_bytes):
        body.feed(data[start : start + chunk_bytes])
    return body.finish()


def test_every_offered_coding_is_tested():
    assert set(codings()) == set(PACKERS)


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_body_may_come_in_chunks_of_any_size(encoding):
    for chunk_bytes in (1, 10**6):
        assert decoded(encoding, PACKERS[encoding](TEXT), chunk_bytes=chunk_bytes) == TEXT


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_truncated_stream_is_broken(encoding):
    packed = PACKERS[encoding](TEXT)
    for cut in (1, len(packed) // 2, len(packed) - 1):
        with pytest.raises(Broken, match=f"the {encoding} stream is cut"):
            decoded(encoding, packed[:cut])


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_damaged_stream_is_broken(encoding):
    packed = bytearray(PACKERS[encoding](TEXT))
    packed[2:10] = b"\xff" * 8
    with pytest.raises(Broken):
        decoded(encoding, bytes(packed))


@pytest.mark.parametrize("encoding", ["", *PACKERS])
def test_a_body_over_the_limit_is_too_large(encoding):
    packed = PACKERS.get(encoding, bytes)(TEXT)
    assert decoded(encoding, packed, max_bytes=len(TEXT)) == TEXT
    body = Body(encoding, len(TEXT) - 1)
    with pytest.raises(TooLarge):
        body.feed(packed)
    assert body.decoded() == TEXT[:-1]


@pytest.mark.parametrize("encoding", [*PACKERS, "gzip, gzip", "deflate, br, deflate"])
def test_a_compression_bomb_takes_no_memory_beyond_the_limit(encoding):
    bomb = bytes(60_000_000)
    for name in encoding.split(", "):
        bomb = PACKERS[name](bomb)
    tracemalloc.start()
    with pytest.raises(TooLarge):
        decoded(encoding, bomb, max_bytes=100_000, chunk_bytes=65536)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 20_000_000


def test_deflate_without_its_header_is_read_too():
    assert decoded("deflate", raw_deflate(TEXT)) == TEXT


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_several_members_are_one_body(encoding):
    members = PACKERS[encoding](b"one ") + PACKERS[encoding](b"two")
    for chunk_bytes in (1, 10**6):
        assert decoded(encoding, members, chunk_bytes=chunk_bytes) == b"one two"


def test_too_many_gzip_members_are_refused():
    with pytest.raises(Broken):
        decoded("gzip", gzip.compress(b"") * 5000)


def test_junk_after_a_gzip_stream_is_ignored():
    assert decoded("gzip", gzip.compress(TEXT) + b"\0\0\0junk") == TEXT


def test_a_body_that_is_wrongly_labelled_gzip_is_unchanged():
    assert decoded("gzip", TEXT) == TEXT


def test_nested_codings_are_undone_in_reverse():
    assert decoded("deflate, gzip", gzip.compress(zlib.compress(TEXT))) == TEXT


@pytest.mark.parametrize("encoding", ["", "identity", "utf-8", "none, "])
def test_unknown_codings_are_ignored(encoding):
    assert decoded(encoding, TEXT) == TEXT


@pytest.mark.parametrize("encoding", PACKERS)
def test_no_chunks_are_an_empty_body(encoding):
    assert decoded(encoding, b"") == b""


@pytest.mark.parametrize("encoding", ["gzip, " * 6, "identity, gzip, br, deflate, gzip, gzip, gzip"])
def test_too_many_codings_are_refused(encoding):
    with pytest.raises(Broken, match="codings"):
        Body(encoding, 1000)
    Body("gzip, " * 5, 1000)


@pytest.mark.parametrize("encoding", ["", "gzip", "br"])
def test_undeclared_gzip_is_undone(encoding):
    packed = PACKERS.get(encoding, bytes)(gzip.compress(gzip.compress(TEXT)))
    for chunk_bytes in (1, 10**6):
        assert decoded(encoding, packed, chunk_bytes=chunk_bytes) == TEXT
    assert decoded(encoding, PACKERS.get(encoding, bytes)(b"")) == b""


@pytest.mark.parametrize(("end", "fault"), [(b"", "cut"), (bytes(8), "damaged")])
def test_undeclared_gzip_that_is_truncated_or_damaged_is_broken(end, fault):
    with pytest.raises(Broken, match=f"the gzip stream is {fault}"):
        decoded("", gzip.compress(TEXT)[:-8] + end)


def test_an_undeclared_compression_bomb_takes_no_memory_beyond_the_limit():
    with pytest.raises(TooLarge):
        decoded("", gzip.compress(gzip.compress(bytes(10**7))), max_bytes=10**5)
