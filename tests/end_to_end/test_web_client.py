"""One GET against a real server: validators, redirects, credentials, pace, Retry-After."""

import asyncio
import gzip
import zlib
from datetime import timedelta

import pytest

from ingest.errors import HostBusy, TimedOut, Unreachable
from ingest.web.client import Client
from ingest.web.response import NotModified, Response, Validators
from ingest.web.wire import Dropped
from tests.builders_web import NOON, DictMemory, FakeClock, FakeResolver, client, options
from tests.site import Answer


async def test_a_page_comes_with_its_status_headers_and_body(site):
    site.page("/a.html", "<p>Déjà vu", headers={"X-Thing": "1"})
    async with client() as web:
        answer = await web.get(site.url("/a.html#top"), accept="text/html")
    assert isinstance(answer, Response)
    assert (answer.status, answer.body.decode()) == (200, "<p>Déjà vu")
    assert (answer.url, answer.final_url) == (site.url("/a.html#top"), site.url("/a.html"))
    assert answer.permanent_url is None
    assert (answer.content_type, answer.headers["x-thing"]) == ("text/html; charset=utf-8", "1")


async def test_a_response_names_the_servers_address_also_on_a_connection_that_is_used_again(site):
    async with client() as web:
        answers = [await web.get(site.url(path), accept="*/*") for path in ("/a", "/b")]
    assert [answer.ip_address for answer in answers] == ["127.0.0.1"] * 2


async def test_lines_of_a_list_are_joined_and_of_others_the_first_counts(site):
    lines = [("X-Robots-Tag", "noindex"), ("X-Robots-Tag", "nofollow"), ("ETag", '"1"'), ("ETag", '"2"')]
    site.answer("/a", lambda _: Answer(200, {}, b"", extra=lines))
    async with client() as web:
        headers = (await web.get(site.url("/a"), accept="*/*")).headers
    assert (headers["x-robots-tag"], headers["etag"]) == ("noindex, nofollow", '"1"')


async def test_the_request_has_only_the_headers_it_needs(site):
    async with client() as web:
        await web.get(site.url("/a?b=c%2Fd"), accept="text/html")
    (request,) = site.requests
    assert (request.method, request.path) == ("GET", "/a?b=c%2Fd")
    assert request.headers == {
        "host": site.host,
        "user-agent": "testreader/1.0 (+https://example.org)",
        "accept": "text/html",
        "accept-encoding": "gzip, deflate, zstd, br",
    }


@pytest.mark.parametrize("status", [204, 304, 400, 403, 404, 410, 500, 503])
async def test_any_status_is_a_response(site, status):
    site.page("/a", "", status=status)
    async with client() as web:
        answer = await web.get(site.url("/a"), accept="*/*")
    assert isinstance(answer, Response)
    assert answer.status == status


async def test_a_compressed_body_arrives_decoded(site):
    site.page("/a", gzip.compress(b"<p>Hello"), headers={"Content-Encoding": "gzip"})
    async with client() as web:
        assert (await web.get(site.url("/a"), accept="*/*")).body == b"<p>Hello"


async def test_codings_may_be_nested_and_in_two_header_lines(site):
    codings = [("Content-Encoding", "deflate"), ("Content-Encoding", "gzip")]
    site.answer("/a", lambda _: Answer(200, {}, gzip.compress(zlib.compress(b"<p>Hello")), extra=codings))
    async with client() as web:
        assert (await web.get(site.url("/a"), accept="*/*")).body == b"<p>Hello"


async def test_connections_are_kept_for_the_next_turn(site):
    site.page("/a", gzip.compress(b"a"), headers={"Content-Encoding": "gzip"})
    site.redirect("/b", "/a")
    async with client() as web:
        for path in ("/a", "/b", "/c", "/a"):
            await web.get(site.url(path), accept="*/*")
    assert site.connections == 1


async def test_connections_to_more_hosts_than_the_limit_are_closed_after_their_request(site, monkeypatch):
    monkeypatch.setattr("ingest.web.wire.MAX_IDLE_HOSTS", 0)
    site.page("/a", "a")
    async with client() as web:
        for _ in range(2):
            await web.get(site.url("/a"), accept="*/*")
    assert site.connections == 2


# validators


async def test_validators_are_sent_verbatim_and_a_304_says_so(site):
    etag, modified = 'W/"a b"', "Wed, 1 May 2024 10:00:00 +0000"
    site.page("/feed", "<rss/>", etag=etag, last_modified=modified, headers={"Cache-Control": "max-age=60"})
    async with client() as web:
        validators = Validators(etag, modified, site.url("/feed"))
        answer = await web.get(site.url("/feed"), accept="*/*", validators=validators)
    assert isinstance(answer, NotModified)
    assert answer.final_url == site.url("/feed")
    headers = site.requests[0].headers
    assert (headers["if-none-match"], headers["if-modified-since"]) == (etag, modified)


async def test_one_validator_is_enough(site):
    site.page("/feed", "<rss/>", last_modified="yesterday")
    async with client() as web:
        validators = Validators(None, "yesterday", site.url("/feed"))
        assert isinstance(await web.get(site.url("/feed"), accept="*/*", validators=validators), NotModified)
    assert "if-none-match" not in site.requests[0].headers


async def test_validators_go_only_to_the_address_they_came_from(site):
    site.redirect("/old", "/feed")
    site.page("/feed", "<rss/>", etag='"1"')
    async with client() as web:
        validators = Validators('"1"', None, site.url("/feed"))
        assert isinstance(await web.get(site.url("/old"), accept="*/*", validators=validators), NotModified)
    assert ["if-none-match" in request.headers for request in site.requests] == [False, True]


async def test_a_304_without_validators_is_a_response(site):
    site.page("/feed", "", status=304)
    async with client() as web:
        for validators in (
            None,
            Validators('"1"', None, site.url("/other")),
            Validators(None, None, site.url("/feed")),
        ):
            answer = await web.get(site.url("/feed"), accept="*/*", validators=validators)
            assert isinstance(answer, Response)
            assert (answer.status, answer.body) == (304, b"")


async def test_a_304_may_have_a_content_length(site):
    site.answer("/feed", lambda _: Answer(304, {"ETag": '"1"', "Content-Length": "5000"}))
    async with client() as web:
        validators = Validators('"1"', None, site.url("/feed"))
        for _ in range(2):
            assert isinstance(await web.get(site.url("/feed"), accept="*/*", validators=validators), NotModified)


# manners


async def test_every_redirect_waits_for_the_turn_of_its_host(site, sites):
    clock, other = FakeClock(), sites("127.0.0.2")
    site.redirect("/a", other.url("/b"))
    other.redirect("/b", other.url("/c"))
    other.page("/c", "")
    async with Client(options(per_host_interval_s=100), DictMemory(), clock=clock, sleep=clock.sleep) as web:
        await web.get(site.url("/a"), accept="*/*")
    assert [round(slept_s) for slept_s in clock.slept_s] == [100]


async def test_after_a_dropped_connection_the_request_is_sent_once_more_at_the_next_turn(site):
    clock, drops = FakeClock(), iter([True, False, True, True])

    site.stream("/a", lambda: [b"" if next(drops) else Answer(200, {"Connection": "close"}, "here").bytes()])
    async with Client(options(per_host_interval_s=100), DictMemory(), clock=clock, sleep=clock.sleep) as web:
        assert (await web.get(site.url("/a"), accept="*/*")).body == b"here"
        assert [round(slept_s) for slept_s in clock.slept_s] == [100]
        with pytest.raises(Unreachable, match="closed the connection without an answer"):
            await web.get(site.url("/a"), accept="*/*")
    assert len(clock.slept_s) == len(site.requests) - 1 == 3


async def test_the_time_of_a_dropped_connection_counts_against_the_deadline():
    budgets_s = []

    class DroppingWire:
        async def get(self, address, headers, *, deadline, cut_bytes):
            budgets_s.append(deadline.left_s)
            async with deadline.running():
                raise Dropped(address.url, "dropped")

    web = client(timeout_s=10.0)
    web.wire = DroppingWire()
    with pytest.raises(Unreachable):
        await web.get("http://news.example/", accept="*/*")
    first_s, second_s = budgets_s
    assert second_s < first_s == 10.0


async def test_waiting_for_a_turn_does_not_count_against_the_deadline(site):
    clock = FakeClock()
    site.redirect("/a", "/b")
    site.page("/b", "in time")
    async with Client(
        options(per_host_interval_s=100, timeout_s=5), DictMemory(), clock=clock, sleep=clock.sleep
    ) as web:
        assert (await web.get(site.url("/a"), accept="*/*")).body == b"in time"


@pytest.mark.parametrize(
    ("status", "value", "wait_s"), [(429, "99", 99), (503, "99", 99), (429, None, 60), (429, "-1", 60)]
)
async def test_a_host_that_sends_retry_after_gets_no_request_until_then(site, status, value, wait_s):
    clock, memory = FakeClock(), DictMemory()
    site.page("/a", "", status=status, headers={"Retry-After": value} if value else {})
    async with client(memory, clock) as web:
        assert (await web.get(site.url("/a"), accept="*/*")).status == status
        with pytest.raises(HostBusy) as caught:
            await web.get(site.url("/b"), accept="*/*")
    assert caught.value.until == NOON + timedelta(seconds=wait_s)
    assert memory.hosts[site.host].blocked_until == caught.value.until
    async with client(memory, clock) as next_run:
        with pytest.raises(HostBusy):
            await next_run.get(site.url("/b"), accept="*/*")
        clock.now_s = wait_s
        assert (await next_run.get(site.url("/b"), accept="*/*")).status == 404
    assert len(site.requests) == 2


async def test_503_without_retry_after_blocks_nothing(site):
    site.page("/a", "", status=503)
    async with client() as web:
        await web.get(site.url("/a"), accept="*/*")
        assert (await web.get(site.url("/b"), accept="*/*")).status == 404


async def test_of_a_redirect_chain_the_host_that_sent_429_is_blocked(site, sites):
    other = sites("127.0.0.2")
    site.redirect("/a", other.url("/b"))
    other.page("/b", "", status=429)
    async with client() as web:
        await web.get(site.url("/a"), accept="*/*")
        assert (await web.get(site.url("/c"), accept="*/*")).status == 404
        with pytest.raises(HostBusy, match="redirected to"):
            await web.get(site.url("/a"), accept="*/*")


async def test_a_slow_host_does_not_delay_the_others_beyond_its_slots(site, sites):
    slow = sites("127.0.0.2")
    slow.hang("/a")
    slow.hang("/robots.txt")
    site.page("/a", "")
    async with client(concurrency=3, per_host_concurrency=2) as web:
        hanging = [asyncio.create_task(web.get(slow.url("/a"), accept="*/*", robots=n % 2 == 0)) for n in range(10)]
        await asyncio.gather(*(web.get(site.url("/a"), accept="*/*") for _ in range(5)))
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
    assert len(slow.requests) <= 2


async def test_names_that_are_never_resolved_do_not_keep_the_slots(site, monkeypatch):
    monkeypatch.setattr("ingest.web.manners.SLOT_TIMEOUT_S", 0.02)
    asked = []

    async def find(host):
        asked.append(host)
        await asyncio.Event().wait()

    async with client(resolver=FakeResolver(find), concurrency=2) as web:
        hanging = [asyncio.create_task(web.get(f"http://n{n}.example/", accept="*/*")) for n in range(4)]
        await asyncio.sleep(0)
        assert (await web.get(site.url("/a"), accept="*/*")).status == 404
        assert not any(task.done() for task in hanging)
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
    assert len(asked) == 4
    async with client(resolver=FakeResolver(find), timeout_s=0.05) as web:
        with pytest.raises(TimedOut):
            await web.get("http://n5.example/", accept="*/*")


async def test_hosts_that_never_answer_do_not_keep_the_slots(site, sites, monkeypatch):
    monkeypatch.setattr("ingest.web.manners.SLOT_TIMEOUT_S", 0.05)
    dead = [sites(f"127.0.0.{n}") for n in range(2, 6)]
    for host in dead:
        host.hang("/a")
    async with client(concurrency=2) as web:
        hanging = [asyncio.create_task(web.get(host.url("/a"), accept="*/*")) for host in dead]
        await asyncio.sleep(0)
        await asyncio.wait_for(web.get(site.url("/a"), accept="*/*"), 5)
        assert not any(task.done() for task in hanging)
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
