"""Redirects against a real server: what they may lead to, cookies, credentials."""

from base64 import b64encode

import pytest

from ingest.errors import Unreachable
from tests.builders_web import FakeResolver, client
from tests.site import Answer


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_followed_and_a_permanent_one_is_reported(site, status):
    site.redirect("/old", "/new", status=status)
    site.page("/new", "here")
    async with client() as web:
        answer = await web.get(site.url("/old"), accept="*/*")
    assert (answer.body, answer.final_url) == (b"here", site.url("/new"))
    assert answer.permanent_url == (site.url("/new") if status in (301, 308) else None)


async def test_a_temporary_redirect_ends_the_permanent_part(site):
    site.redirect("/1", "/2", status=301)
    site.redirect("/2", "/3", status=308)
    site.redirect("/3", "/4", status=302)
    site.redirect("/4", "/5", status=301)
    site.page("/5", "here")
    async with client() as web:
        answer = await web.get(site.url("/1"), accept="*/*")
    assert (answer.permanent_url, answer.final_url) == (site.url("/3"), site.url("/5"))


async def test_a_location_with_raw_bytes_and_spaces_is_followed(site):
    site.raw("/old", b"HTTP/1.1 302 Found\r\nLocation: /caf\xe9 au lait\r\nContent-Length: 0\r\n\r\n")
    site.page("/caf%E9%20au%20lait", "here")
    async with client() as web:
        assert (await web.get(site.url("/old"), accept="*/*")).body == b"here"


async def test_a_redirect_without_a_location_is_the_response(site):
    site.page("/old", "choose", status=302)
    async with client() as web:
        answer = await web.get(site.url("/old"), accept="*/*")
    assert (answer.status, answer.body) == (302, b"choose")


async def test_a_redirect_that_wants_its_cookie_back_gets_it_on_its_own_host_only(site, sites):
    other = sites("127.0.0.2")
    cookies = [("Set-Cookie", "seen=1; Path=/"), ("Set-Cookie", "b=2; HttpOnly")]

    def gate(request):
        if request.headers.get("cookie") == "seen=1; b=2":
            return Answer(302, {"Location": other.url("/end")})
        return Answer(302, {"Location": "/gate"}, extra=cookies)

    site.answer("/gate", gate)
    other.page("/end", "in")
    async with client() as web:
        assert (await web.get(site.url("/gate"), accept="*/*")).body == b"in"
        assert "cookie" not in other.requests[0].headers
        site.page("/gate", "again")
        await web.get(site.url("/gate"), accept="*/*")
    assert "cookie" not in site.requests[-1].headers


async def test_cookies_go_to_no_other_name_port_or_parent_domain(site, sites):
    other = sites("127.0.0.2")
    hosts = ["news.example.org", "example.org", "www.news.example.org", "evil.example.org", "other.org"]
    names = dict.fromkeys(hosts, other) | {"news.example.org": site}
    cookies = [
        ("Set-Cookie", f"n{n}=1; Domain={domain}") for n, domain in enumerate(["example.org", ".org", "other.org"])
    ]
    chain = [*(f"http://{host}/{n}" for n, host in enumerate(hosts)), f"http://news.example.org:{site.port}/5"]

    async def find(host):
        return [(names[host].address, names[host].port)]

    for n, location in enumerate([*chain[1:], "http://news.example.org/6"]):
        for server in (site, other):
            server.answer(f"/{n}", lambda _, location=location: Answer(302, {"Location": location}, extra=cookies))
    async with client(resolver=FakeResolver(find)) as web:
        assert (await web.get(chain[0], accept="*/*")).status == 404
    assert not any("cookie" in request.headers for request in other.requests)
    assert [request.headers.get("cookie") for request in site.requests] == [None, None, "n0=1; n1=1; n2=1"]


@pytest.mark.parametrize("address", ["127.0.0.2", "127.0.0.1"])
async def test_credentials_are_sent_to_their_own_host_and_port_only(site, sites, address):
    other = sites(address)
    site.redirect("/a", "/b")
    site.redirect("/b", other.url("/c"))
    other.page("/c", "")
    asked = site.url("/a").replace("://", "://user:s%20cret@")
    async with client() as web:
        answer = await web.get(asked, accept="*/*")
    basic = "Basic " + b64encode(b"user:s cret").decode()
    assert [request.headers.get("authorization") for request in site.requests] == [basic, basic]
    assert "authorization" not in other.requests[0].headers
    assert answer.final_url == other.url("/c")


async def test_more_than_ten_redirects_are_too_many(site):
    for number in range(12):
        site.redirect(f"/{number}", f"/{number + 1}")
    site.page("/12", "here")
    async with client() as web:
        assert (await web.get(site.url("/2"), accept="*/*")).body == b"here"
        with pytest.raises(Unreachable, match="more than 10 redirects"):
            await web.get(site.url("/1"), accept="*/*")
