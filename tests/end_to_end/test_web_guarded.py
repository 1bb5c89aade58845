"""Where a GET may connect to: refused addresses, proxies, certificates, hosts that are not there."""

import asyncio

import pytest

from ingest.errors import Refused, Unreachable
from tests.builders_web import FakeResolver, client
from tests.site import CERTIFICATE, Site


async def test_loopback_is_refused_unless_it_is_allowed(site):
    async with client(allow_addresses=()) as web:
        with pytest.raises(
            Refused, match=r"127\.0\.0\.1 is a loopback address; add it to web\.allow_addresses to permit it"
        ):
            await web.get(site.url("/"), accept="*/*")
    assert site.requests == []


async def test_a_name_that_leads_to_a_refused_address_is_refused_when_connecting(site):
    async with client(allow_addresses=()) as web:
        with pytest.raises(Refused, match="is a loopback address"):
            await web.get(f"http://localhost:{site.port}/", accept="*/*")
    assert site.requests == []


async def test_a_name_that_leads_to_several_addresses_is_refused_when_all_are(site):
    async def find(_):
        return [(address, site.port) for address in ("127.0.0.1", "::1", "10.0.0.1")]

    async with client(resolver=FakeResolver(find), allow_addresses=()) as web:
        with pytest.raises(Refused, match="address; add it to"):
            await web.get("http://news.example/", accept="*/*")
    assert site.requests == []


async def test_a_name_that_leads_to_a_refused_address_the_second_time_is_refused_then(site, sites):
    other = sites("127.0.0.2")
    leads_to = iter([site, other])

    async def find(_):
        to = next(leads_to)
        return [(to.address, to.port)]

    site.raw("/", b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    async with client(resolver=FakeResolver(find), allow_addresses=("127.0.0.1/32",)) as web:
        assert (await web.get("http://news.example/", accept="*/*")).status == 204
        with pytest.raises(Refused, match=r"127\.0\.0\.2 is a loopback address"):
            await web.get("http://news.example:8080/", accept="*/*")  # resolved again: the cache is by host and port
    assert other.requests == []


@pytest.mark.parametrize("order", [1, -1])
async def test_only_the_allowed_addresses_of_a_host_are_connected_to(site, sites, order):
    other = sites("127.0.0.2")

    async def find(_):
        return [(to.address, to.port) for to in (site, other)[::order]]

    async with client(resolver=FakeResolver(find), allow_addresses=("127.0.0.1/32",)) as web:
        assert (await web.get("http://news.example/", accept="*/*")).status == 404
    assert (site.connections, other.connections) == (1, 0)


@pytest.mark.parametrize(
    "host", ["127.0.0.1.", "127.0.0.01", "127.0.0.1%00", "%31%32%37.0.0.1", "localhost.", "a.localhost"]
)
async def test_a_host_that_a_resolver_may_take_for_a_refused_address_is_never_asked(site, host):
    async with client(allow_addresses=()) as web:
        with pytest.raises((Refused, Unreachable)):
            await web.get(f"http://{host}:{site.port}/", accept="*/*")
    assert site.connections == 0


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2:{port}/",
        "//127.0.0.2:{port}/",
        "http://2130706434:{port}/",
        "http://0x7f.2:{port}/",
        "http://[::ffff:127.0.0.2]:{port}/",
        "http://good.example@127.0.0.2:{port}/",
        "http://good.example\\@127.0.0.2:{port}/",
        "http://127.0.0.2.:{port}/",
        "ftp://127.0.0.2:{port}/",
        "file:///etc/passwd",
        "data:text/html,x",
        "JavaScript:alert(1)",
        "gopher://127.0.0.2:{port}/",
        "http://[::1",
        "http://127.0.0.2:99999/",
        "/" + "x" * 8192,
    ],
)
async def test_a_redirect_to_where_nothing_may_be_fetched_is_refused(site, sites, location):
    other = sites("127.0.0.2")
    site.redirect("/a", location.format(port=other.port))
    async with client(allow_addresses=("127.0.0.1/32",)) as web:
        with pytest.raises(Refused, match="redirect") as caught:
            await web.get(site.url("/a"), accept="*/*")
    assert caught.value.url == site.url("/a")
    assert caught.value.cause.isprintable()
    assert (len(site.requests), other.connections) == (1, 0)


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("\\\\127.0.0.2\\x", "/%5C%5C127.0.0.2%5Cx"),
        ("/\\127.0.0.2/x", "/%5C127.0.0.2/x"),
        ("/x\t\x01y", "/x%01y"),
        ("?q#f", "/a?q"),
        ("///127.0.0.2/x", "/127.0.0.2/x"),
    ],
)
async def test_a_location_that_only_resembles_another_host_stays_on_its_own(site, location, path):
    site.redirect("/a", location)
    async with client(allow_addresses=("127.0.0.1/32",)) as web:
        assert (await web.get(site.url("/a"), accept="*/*")).status == 404
    assert [request.path for request in site.requests] == ["/a", path]


async def test_a_refresh_header_leads_nowhere(site):
    site.page("/a", "stay", headers={"Refresh": "0; url=/b"})
    async with client() as web:
        assert (await web.get(site.url("/a"), accept="*/*")).body == b"stay"
    assert len(site.requests) == 1


async def test_the_environments_proxies_and_netrc_are_ignored(site, sites, tmp_path, monkeypatch):
    proxy = sites("127.0.0.2")
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url())
    (tmp_path / ".netrc").write_text("default login user password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    async with client() as web:
        assert (await web.get(site.url("/a"), accept="*/*")).status == 404
    assert proxy.connections == 0
    assert "authorization" not in site.requests[0].headers


async def test_a_proxy_is_used_for_every_request_and_names_are_left_to_it(site):
    site.page("http://news.example/a", "through the proxy")
    async with client(proxy=site.url("/"), allow_addresses=()) as web:
        answer = await web.get("http://news.example/a", accept="*/*")
        assert (answer.body, answer.ip_address) == (b"through the proxy", None)
        with pytest.raises(Refused):
            await web.get("http://10.0.0.1/", accept="*/*")


async def test_a_proxy_that_cannot_be_reached_is_named_and_not_the_host():
    with Site("127.0.0.2") as closed:
        proxy = closed.url("/").replace("//", "//user:secret@")
    for address in ("http://news.example/a", "https://news.example/a"):
        async with client(proxy=proxy, allow_addresses=()) as web:
            with pytest.raises(Unreachable) as raised:
                await web.get(address, accept="*/*")
        assert str(raised.value) == f"{address}: no connection to 127.0.0.2 (web.proxy): connection refused"


async def test_https_needs_a_certificate_that_somebody_trusted_has_signed():
    with Site(tls=True) as site:
        site.page("/a", "private")
        async with client() as web:
            with pytest.raises(Unreachable, match=f"the certificate of {site.host} is not valid: .*self"):
                await web.get(site.url("/a"), accept="*/*")
        async with client(ca_file=str(CERTIFICATE)) as web:
            assert (await web.get(site.url("/a"), accept="*/*")).body == b"private"
    with Site("127.0.0.2", tls=True) as other:
        async with client(ca_file=str(CERTIFICATE)) as web:
            with pytest.raises(Unreachable, match=f"the certificate of {other.host} is not valid: .*mismatch"):
                await web.get(other.url("/a"), accept="*/*")
    assert other.requests == []


async def test_a_host_that_speaks_no_tls_is_unreachable_for_that_reason():
    async def answer_plainly(reader, writer):
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer_plainly, "127.0.0.1", 0) as server, client() as web:
        host = "{}:{}".format(*server.sockets[0].getsockname())
        with pytest.raises(Unreachable, match=f"no TLS with {host}: .*(version|record)"):
            await web.get(f"https://{host}/", accept="*/*")


async def test_a_client_that_was_never_used_closes_without_a_word():
    async with client():
        pass


async def test_a_host_that_is_not_there_is_unreachable(site):
    async with client() as web:
        with pytest.raises(Unreachable, match=r"no connection to 127\.0\.0\.9:1: "):
            await web.get("http://127.0.0.9:1/", accept="*/*")
        with pytest.raises(Unreachable, match=r"the name nowhere\.invalid cannot be resolved"):
            await web.get("http://nowhere.invalid/", accept="*/*")
