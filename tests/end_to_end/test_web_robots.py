"""robots.txt, asked of a real server before pages are."""

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from ingest.errors import HostBusy, Refused, Unreachable
from ingest.web.client import Client
from storage.records import Host
from tests.builders_web import NOON, DictMemory, FakeClock, client, options

RULES = "User-agent: *\nDisallow: /everybody\n\nUser-agent: TestReader\nDisallow: /private\nAllow: /private/open\n"


async def page(web, site, path):
    return await web.get(site.url(path), accept="text/html", robots=True)


async def test_a_disallowed_page_is_refused_and_never_asked_for(site):
    site.page("/robots.txt", RULES)
    async with client() as web:
        with pytest.raises(Refused, match=f"robots.txt of {site.host} disallows it") as caught:
            await page(web, site, "/private/a")
        assert (await page(web, site, "/private/open/a")).status == 404
        assert (await page(web, site, "/everybody")).status == 404
    assert caught.value.url == site.url("/private/a")
    assert [request.path for request in site.requests] == ["/robots.txt", "/private/open/a", "/everybody"]


async def test_rules_for_a_product_named_in_a_comment_are_obeyed(site):
    site.page("/robots.txt", RULES.replace("*", "Mozilla"))
    dressed = replace(options(), user_agent="Mozilla/5.0 (compatible; testreader/1.0; +https://example.org)")
    async with Client(dressed, DictMemory(), clock=FakeClock()) as web:
        with pytest.raises(Refused, match="disallows it"):
            await page(web, site, "/private/a")
        assert (await page(web, site, "/everybody")).status == 404


async def test_robots_txt_is_not_asked_for_feeds(site):
    site.page("/robots.txt", "User-agent: *\nDisallow: /")
    async with client() as web:
        assert (await web.get(site.url("/feed"), accept="*/*")).status == 404
    assert site.requests_of("/robots.txt") == []


async def test_robots_may_be_switched_off(site):
    site.page("/robots.txt", "User-agent: *\nDisallow: /")
    async with client(robots=False) as web:
        assert (await page(web, site, "/a")).status == 404
    assert site.requests_of("/robots.txt") == []


async def test_the_host_that_a_page_redirects_to_is_asked_too(site, sites):
    other = sites("127.0.0.2")
    other.page("/robots.txt", "User-agent: *\nDisallow: /b")
    site.redirect("/a", other.url("/b"))
    async with client() as web:
        with pytest.raises(Refused, match=f"redirected to {other.url('/b')}: robots.txt of {other.host} disallows it"):
            await page(web, site, "/a")
    assert other.requests_of("/b") == []


async def test_many_pages_at_once_request_robots_txt_once(site):
    site.page("/robots.txt", RULES)
    async with client() as web:
        await asyncio.gather(*(page(web, site, f"/{number}") for number in range(10)))
    assert len(site.requests_of("/robots.txt")) == 1


async def test_robots_txt_is_requested_once_a_day_also_across_runs(site):
    clock, memory = FakeClock(), DictMemory()
    site.page("/robots.txt", RULES)
    for hours, asked in ((0, 1), (23, 1), (25, 2), (26, 2)):
        clock.now_s = hours * 3600
        async with client(memory, clock) as web:
            for _ in range(2):
                with pytest.raises(Refused):
                    await page(web, site, "/private")
        assert len(site.requests_of("/robots.txt")) == asked
    assert memory.hosts[site.host] == Host(site.host, RULES, 200, NOON + timedelta(hours=25))


@pytest.mark.parametrize("status", [204, 304, 400, 401, 403, 404, 410])
async def test_a_host_without_robots_txt_allows_everything(site, status):
    site.page("/robots.txt", "User-agent: *\nDisallow: /", status=status)
    async with client() as web:
        assert (await page(web, site, "/a")).status == 404


@pytest.mark.parametrize(("status", "trouble"), [(500, "500"), (503, "503"), (None, "no answer")])
async def test_while_robots_txt_cannot_be_read_no_page_is_fetched(site, status, trouble):
    clock = FakeClock()
    if status:
        site.page("/robots.txt", "", status=status)
    else:
        site.raw("/robots.txt", b"")
    async with client(clock=clock) as web:
        for _ in range(3):
            with pytest.raises(Unreachable) as caught:
                await page(web, site, "/a")
        assert caught.value.cause == f"robots.txt cannot be read ({trouble}), so the page is not asked for"
        asked = len(site.requests)
        site.page("/robots.txt", "")
        clock.now_s = 601
        assert (await page(web, site, "/a")).status == 404
    assert asked <= 2  # a connection that closes without a word is tried twice
    assert len(site.requests_of("/a")) == 1


async def test_an_old_copy_serves_while_a_new_one_cannot_be_read(site):
    clock, memory = FakeClock(), DictMemory()
    memory.hosts[site.host] = Host(site.host, RULES, 200, NOON - timedelta(days=3))
    site.page("/robots.txt", "", status=500)
    async with client(memory, clock) as web:
        with pytest.raises(Refused):
            await page(web, site, "/private")
        assert (await page(web, site, "/a")).status == 404
    assert memory.hosts[site.host] == Host(site.host, RULES, 500, NOON)


async def test_a_retry_after_for_robots_txt_blocks_the_host(site):
    site.page("/robots.txt", "", status=503, headers={"Retry-After": "90"})
    async with client() as web:
        with pytest.raises(HostBusy) as caught:
            await page(web, site, "/a")
    assert caught.value.until == NOON + timedelta(seconds=90)
    assert [request.path for request in site.requests] == ["/robots.txt"]


async def test_five_redirects_are_followed_and_six_mean_no_rules(site):
    for number in range(6):
        site.redirect(f"/{number}", f"/{number + 1}")
    site.page("/6", "User-agent: *\nDisallow: /")
    site.redirect("/robots.txt", "/2")
    async with client() as web:
        with pytest.raises(Refused, match="disallows it"):
            await page(web, site, "/a")
    site.redirect("/robots.txt", "/1")
    async with client() as web:
        assert (await page(web, site, "/a")).status == 404


async def test_robots_txt_is_read_up_to_500_kib(site):
    filler = "# nothing\n" * 51_200
    site.page("/robots.txt", "User-agent: *\nDisallow: /first\n" + filler + "Disallow: /last\n")
    async with client(max_bytes=1000) as web:
        with pytest.raises(Refused, match="disallows"):
            await page(web, site, "/first")
        assert (await page(web, site, "/last")).status == 404


async def test_the_first_page_does_not_wait_and_the_next_waits_for_the_crawl_delay(site):
    clock = FakeClock()
    site.page("/robots.txt", "User-agent: *\nCrawl-delay: 20\n")
    async with Client(options(), DictMemory(), clock=clock, sleep=clock.sleep) as web:
        await page(web, site, "/a")
        assert clock.slept_s == []
        await page(web, site, "/b")
    assert [round(slept_s) for slept_s in clock.slept_s] == [20]


async def test_robots_txt_waits_for_its_turn_among_the_hosts_pages_and_feeds(site):
    clock = FakeClock()
    async with Client(options(per_host_interval_s=100), DictMemory(), clock=clock, sleep=clock.sleep) as web:
        await web.get(site.url("/feed"), accept="*/*")
        await page(web, site, "/a")
    assert [request.path for request in site.requests] == ["/feed", "/robots.txt", "/a"]
    assert [round(slept_s) for slept_s in clock.slept_s] == [100, 200]  # of a clock that does not move


@pytest.mark.parametrize(
    ("delay", "waits_s"),
    [("600", 30), ("1e9", 30), ("7", 7), ("nan", 0), ("inf", 0), ("-5", 0), ("0", 0), ("soon", 0), ("9" * 400, 0)],
)
async def test_a_crawl_delay_is_at_most_half_a_minute_and_nonsense_is_ignored(site, delay, waits_s):
    clock = FakeClock()
    site.page("/robots.txt", f"User-agent: *\nCrawl-delay: {delay}\n")
    async with Client(options(), DictMemory(), clock=clock, sleep=clock.sleep) as web:
        await page(web, site, "/a")
        await page(web, site, "/b")
    assert [round(slept_s) for slept_s in clock.slept_s] == [waits_s] * (waits_s > 0)


async def test_robots_txt_redirects_to_another_host_unless_that_host_is_blocked(site, sites):
    clock, memory, other = FakeClock(), DictMemory(), sites("127.0.0.2")
    site.redirect("/robots.txt", other.url("/rules"))
    other.page("/rules", "User-agent: *\nDisallow: /private")
    async with client(memory, clock) as web:
        with pytest.raises(Refused, match=f"robots.txt of {site.host} disallows it"):
            await page(web, site, "/private")
        assert (await page(web, site, "/a")).status == 404
        other.page("/busy", "", status=429, headers={"Retry-After": "200000"})
        await web.get(other.url("/busy"), accept="*/*")
        clock.now_s = 90000
        assert (await page(web, site, "/a")).status == 404  # by the old copy
    assert [request.path for request in other.requests] == ["/rules", "/busy"]


async def test_an_endless_robots_txt_does_not_delay_other_hosts(site, sites):
    other = sites("127.0.0.2")
    other.hang("/robots.txt", b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *")
    async with client() as web:
        waiting = asyncio.create_task(page(web, other, "/a"))
        assert (await page(web, site, "/a")).status == 404
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with client(timeout_s=0.05) as web:
        with pytest.raises(Unreachable, match="cannot be read"):
            await page(web, other, "/a")
    assert other.requests_of("/a") == []


async def test_an_endless_robots_txt_is_read_up_to_the_limit_and_a_truncated_one_is_not(site, sites):
    other = sites("127.0.0.2")
    head = b"HTTP/1.1 200 OK\r\n"
    rules = b"User-agent: *\nDisallow: /private\n"
    site.stream("/robots.txt", lambda: itertools.chain([head + b"\r\n", rules], itertools.repeat(b"# more\n" * 1000)))
    other.raw("/robots.txt", head + b"Content-Length: 1000\r\n\r\n" + rules)
    async with client() as web:
        with pytest.raises(Refused, match="disallows it"):
            await page(web, site, "/private")
        assert (await page(web, site, "/a")).status == 404
        with pytest.raises(Unreachable, match="cannot be read"):
            await page(web, other, "/a")
    assert other.requests_of("/a") == []


async def test_the_url_of_robots_txt_is_guarded(site):
    site.redirect("/robots.txt", "http://10.0.0.1/robots.txt")
    async with client() as web:
        with pytest.raises(Refused, match=r"10\.0\.0\.1 is a private address"):
            await page(web, site, "/a")


async def test_a_byte_order_mark_and_bytes_that_are_not_text_are_ignored(site):
    site.page("/robots.txt", b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /a\r\n\xff\xfe\x00junk\nDisallow: /b")
    async with client() as web:
        for path in ("/a", "/b"):
            with pytest.raises(Refused, match="disallows"):
                await page(web, site, path)
