"""Answers that are cut, endless, slow, too large or not HTTP at all."""

import asyncio
import contextlib
import gzip
import itertools

import brotli
import pytest
import zstandard

from ingest.errors import Refused, TimedOut, Unreachable
from ingest.web.address import address_of
from ingest.web.limits import Deadline
from ingest.web.wire import WireResponse
from tests.builders_web import client
from tests.site import Answer

OK = b"HTTP/1.1 200 OK\r\n"
TEXT = b"<p>A paragraph of the article.</p>" * 1000
CHUNK_SIZES = (b"-5", b"0x5", b"5 5", b"3", b"f" * 20)
GZIPPED = gzip.compress(TEXT)[:-5]


def with_length(body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([OK.strip(), b"Content-Length: %d" % len(body), *headers, b"", b""]) + body


@pytest.mark.parametrize(
    "reply",
    [
        OK + b"Content-Length: 1000\r\n\r\nabc",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n50\r\nabcde",
        with_length(GZIPPED, b"Content-Encoding: gzip"),
        OK + b"Content-Encoding: gzip\r\n\r\n" + GZIPPED,
        with_length(brotli.compress(TEXT)[:-1], b"Content-Encoding: br"),
        with_length(zstandard.compress(TEXT)[:-1], b"Content-Encoding: zstd"),
        with_length(b"\x1f\x8bnot gzip at all", b"Content-Encoding: gzip"),
    ],
)
async def test_a_truncated_transfer_is_an_error(site, reply):
    site.raw("/a", reply)
    async with client() as web:
        with pytest.raises(Unreachable, match="the transfer broke off: ") as caught:
            await web.get(site.url("/a"), accept="*/*")
    assert caught.value.url == site.url("/a")


@pytest.mark.parametrize(
    "head", [OK, OK + b"Content-Length: 1000\r\n", OK + b"Transfer-Encoding: identity\r\n", b"HTTP/1.0 200 OK\r\n"]
)
async def test_a_body_that_ends_with_a_reset_is_cut(site, head):
    site.reset("/a", head + b"\r\n<p>Half of a par")
    async with client() as web:
        with pytest.raises(Unreachable, match="the transfer broke off: "):
            await web.get(site.url("/a"), accept="*/*")


async def test_a_body_may_end_with_its_connection(site):
    site.raw("/a", b"HTTP/1.0 200 OK\r\n\r\n<p>Text")
    async with client() as web:
        assert (await web.get(site.url("/a"), accept="*/*")).body == b"<p>Text"


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200",
        b"HTTP/9.9 abc\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabcde\r\n0\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\nabc",
        OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        OK + b"X: " + b"x" * 100_000 + b"\r\n\r\n",
        OK + b"".join(b"X-%d: y\r\n" % number for number in range(5000)) + b"\r\n",
        OK + b"".join(b"X-%d: %s\r\n" % (number, b"y" * 12_000) for number in range(30)) + b"\r\n",
        OK + b"X\x00: \x1b[31m\r\n\r\n",
        OK + b"X: a\x00b\r\n\r\n",
        OK + b"X: a\rY: b\r\n\r\n",
        OK + b"no colon\r\n\r\n",
        b"<html>HTTP/0.9",
        b"HTTP/1.1 99999 Much\r\n\r\n",
        OK + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        OK + b"Content-Length: 2\r\nConnection: close\r\n\r\nabcde",
        OK + b"Content-Length: 2\r\n\r\nabcde",
        *(OK + b"Transfer-Encoding: chunked\r\n\r\n%b\r\nabcde\r\n0\r\n\r\n" % size for size in CHUNK_SIZES),
    ],
)
async def test_an_answer_that_is_not_http_is_an_error(site, reply):
    site.raw("/a", reply)
    async with client() as web:
        with pytest.raises(Unreachable) as caught:
            await web.get(site.url("/a"), accept="*/*")
    assert caught.value.cause.isprintable()
    assert len(caught.value.cause) < 300


async def test_a_body_larger_than_the_cap_is_refused_before_it_is_read(site):
    site.hang("/a", OK + b"Content-Length: 2000000\r\n\r\n")
    async with client(max_bytes=1024 * 1024) as web:
        with pytest.raises(Refused, match=r"the body is larger than 1 MiB \(web.max_bytes\)"):
            await web.get(site.url("/a"), accept="*/*")


async def test_a_body_of_exactly_the_cap_is_read(site):
    site.page("/a", b"x" * 1000)
    async with client(max_bytes=1000) as web:
        assert len((await web.get(site.url("/a"), accept="*/*")).body) == 1000
    async with client(max_bytes=999) as web:
        with pytest.raises(Refused, match="larger than 999 bytes"):
            await web.get(site.url("/a"), accept="*/*")


async def test_an_endless_body_is_left_at_the_cap(site):
    site.stream("/a", lambda: itertools.chain([OK + b"\r\n"], itertools.repeat(b"x" * 65536)))
    async with client(max_bytes=1_000_000) as web:
        with pytest.raises(Refused, match="larger than 1000000 bytes"):
            await web.get(site.url("/a"), accept="*/*")


async def test_a_compression_bomb_is_refused(site):
    site.page("/a", gzip.compress(bytes(30_000_000)), headers={"Content-Encoding": "gzip"})
    async with client(max_bytes=1024 * 1024) as web:
        with pytest.raises(Refused, match="larger than"):
            await web.get(site.url("/a"), accept="*/*")


async def test_the_body_of_a_failure_is_cut_and_may_be_broken(site):
    site.page("/large", b"x" * 500_000, status=404)
    site.raw("/cut", b"HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\nabc")
    async with client(max_bytes=100_000) as web:
        answer = await web.get(site.url("/large"), accept="*/*")
        assert (answer.status, len(answer.body)) == (404, 64 * 1024)
        assert (await web.get(site.url("/cut"), accept="*/*")).status == 500


async def test_a_host_that_never_answers_times_out(site):
    site.hang("/a")
    async with client(timeout_s=0.1) as web:
        with pytest.raises(TimedOut, match=r"not all there within 0.1 s \(web.timeout_s\)"):
            await web.get(site.url("/a"), accept="*/*")


@pytest.mark.parametrize("head", [OK + b"Content-Length: 10\r\n\r\n", OK, b"H", b"HTTP/1.1 100 Continue\r\n\r\n"])
async def test_a_host_that_stops_in_the_middle_times_out(site, head):
    site.hang("/a", head)
    async with client(timeout_s=0.1) as web:
        with pytest.raises(TimedOut):
            await web.get(site.url("/a"), accept="*/*")


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (OK, b"X: y\r\n"),
        (OK, b"x"),
        (OK + b"X: ", b"y"),
        (OK + b"X: y\r\n", b" y\r\n"),
        (b"HTTP/1.1 200 ", b"x"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    ],
)
async def test_endless_headers_and_trailers_end_long_before_the_deadline(site, head, piece):
    site.stream("/a", lambda: itertools.chain([head], itertools.repeat(piece * 1000)))
    async with client() as web:
        with pytest.raises(Unreachable):
            await web.get(site.url("/a"), accept="*/*")


@pytest.mark.parametrize(
    ("head", "drip"),
    [
        (OK + b"\r\n", b"x"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1", b";name=value"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"y"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", b"x"),
    ],
)
async def test_an_endless_drip_ends_at_the_deadline(site, head, drip):
    site.stream("/a", lambda: itertools.chain([head], itertools.repeat(drip)))
    async with client(timeout_s=0.3, max_bytes=50_000_000) as web:
        with contextlib.suppress(TimedOut, Unreachable):
            assert (await web.get(site.url("/a"), accept="*/*")).status == 404


async def test_bytes_after_content_length_are_not_the_next_response(site):
    site.stream("/a", lambda: itertools.chain([with_length(b"abc") + with_length(b"smuggled")]))
    site.page("/b", "mine")
    async with client() as web:
        assert (await web.get(site.url("/a"), accept="*/*")).body == b"abc"
        assert (await web.get(site.url("/b"), accept="*/*")).body == b"mine"


async def test_endless_cookies_are_not_sent(site):
    flood = [("Set-Cookie", f"c{number}={'x' * 500}") for number in range(80)]
    site.answer("/a", lambda _: Answer(302, {"Location": "/b"}, extra=flood))
    site.page("/b", "in")
    async with client() as web:
        assert (await web.get(site.url("/a"), accept="*/*")).body == b"in"
    assert len(site.requests[-1].headers["cookie"]) < 10_000


async def test_one_deadline_is_for_all_redirects():
    budgets_s = []

    class SlowWire:
        async def get(self, address, headers, *, deadline, cut_bytes):
            budgets_s.append(deadline.left_s)
            deadline.left_s -= 4
            return WireResponse(302, {}, f"/{len(budgets_s)}", (), b"") if budgets_s[-1] > 0 else _late(address)

    web = client(timeout_s=10.0)
    web.wire = SlowWire()
    with pytest.raises(TimedOut, match=r"redirected to http://news\.example/3"):
        await web.get("http://news.example/", accept="*/*")
    assert budgets_s == [10.0, 6.0, 2.0, -2.0]


def _late(address):
    raise TimedOut(address.url, "late")


async def test_no_request_is_made_when_no_time_is_left(site):
    async with client() as web:
        with pytest.raises(TimedOut):
            await web.wire.get(address_of(site.url("/a")), {}, deadline=Deadline(-1), cut_bytes=None)
    assert site.requests == []


async def test_bodies_in_memory_stay_within_their_budget_and_all_arrive(site):
    budget_bytes, size = 1024 * 1024, 1_000_000
    head = OK + b"Content-Length: %d\r\n\r\n" % size
    seen = []

    async def ask(web, number):
        answer = await web.get(site.url(f"/{number}"), accept="*/*")
        seen.append(web.budget.used_bytes)
        return len(answer.body)

    for number in range(24):
        site.stream(f"/{number}", lambda: itertools.chain([head], itertools.repeat(b"x" * 10_000, size // 10_000)))
    async with client(bodies_bytes=budget_bytes, per_host_concurrency=24) as web:
        assert await asyncio.gather(*(ask(web, number) for number in range(24))) == [size] * 24
    assert max(seen) <= 3 * budget_bytes + size + 2 * 131072  # of chunks


CODINGS = {
    "as it is": (b"", bytes),
    "gzip": (b"Content-Encoding: gzip\r\n", gzip.compress),
    "a file": (b"", gzip.compress),
}


@pytest.mark.parametrize("coding", CODINGS)
async def test_large_bodies_wait_for_each_other_beyond_the_deadline_and_small_ones_do_not(site, coding):
    header, packed = CODINGS[coding]
    large = b"A paragraph." * 100_000
    site.raw("/large", OK + header + b"\r\n" + packed(large))
    site.page("/small", b"x" * 200_000)
    async with client(bodies_bytes=1_000_000, timeout_s=0.5, per_host_concurrency=8) as web:
        held = [await web.get(site.url("/large"), accept="*/*")]
        waiting = asyncio.create_task(web.get(site.url("/large"), accept="*/*"))
        small = [await web.get(site.url("/small"), accept="*/*") for _ in range(3)]
        assert {len(answer.body) for answer in small} == {200_000}
        await asyncio.sleep(0.7)
        assert not waiting.done()
        held.clear()
        answer = await waiting
        assert answer.body == large
        assert answer.ms < 500
