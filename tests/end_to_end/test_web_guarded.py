"""Where a GET may connect to: refused addresses, proxies, certificates, hosts that are not there."""

import pytest

from ingest.errors import Refused, Unreachable
from tests.builders_web import client
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


async def test_a_name_that_leads_to_several_addresses_is_refused_when_all_are(site, monkeypatch):
    async with client(allow_addresses=()) as web:
        addresses = [
            {"hostname": "x", "host": host, "port": site.port, "family": family, "proto": 0, "flags": 0}
            for host, family in (("127.0.0.1", 2), ("::1", 10), ("10.0.0.1", 2))
        ]
        monkeypatch.setattr(web._wire._session.connector, "_resolve_host", lambda *_, **__: _soon(addresses))
        with pytest.raises(Refused, match="address; add it to"):
            await web.get("http://news.example/", accept="*/*")
    assert site.requests == []


async def test_a_name_that_leads_elsewhere_the_second_time_is_refused_then(site, sites, monkeypatch):
    other = sites("127.0.0.2")
    leads_to = iter([site, other])

    async def resolve(*_, **__):
        to = next(leads_to)
        return [{"hostname": "x", "host": to.address, "port": to.port, "family": 2, "proto": 0, "flags": 0}]

    site.raw("/", b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    async with client(allow_addresses=("127.0.0.1/32",)) as web:
        monkeypatch.setattr(web._wire._session.connector, "_resolve_host", resolve)
        assert (await web.get("http://news.example/", accept="*/*")).status == 204
        with pytest.raises(Refused, match=r"127\.0\.0\.2 is a loopback address"):
            await web.get("http://news.example/", accept="*/*")
    assert other.requests == []


async def _soon(value):
    return value


async def test_a_redirect_to_a_refused_address_is_refused(site):
    for location in ("http://127.0.0.2:1/", "http://2130706434:1/", "file:///etc/passwd", "javascript:x"):
        site.redirect("/a", location)
        async with client(allow_addresses=("127.0.0.1/32",)) as web:
            with pytest.raises(Refused, match="redirect") as caught:
                await web.get(site.url("/a"), accept="*/*")
        assert caught.value.url == site.url("/a")


async def test_a_proxy_is_used_for_every_request_and_names_are_left_to_it(site):
    site.page("http://news.example/a", "through the proxy")
    async with client(proxy=site.url("/"), allow_addresses=()) as web:
        assert (await web.get("http://news.example/a", accept="*/*")).body == b"through the proxy"
        with pytest.raises(Refused):
            await web.get("http://10.0.0.1/", accept="*/*")


async def test_https_needs_a_certificate_that_somebody_trusted_has_signed():
    with Site(tls=True) as site:
        site.page("/a", "private")
        async with client() as web:
            with pytest.raises(Unreachable, match=f"the certificate of {site.host} is not valid: .*self"):
                await web.get(site.url("/a"), accept="*/*")
        async with client(ca_file=str(CERTIFICATE)) as web:
            assert (await web.get(site.url("/a"), accept="*/*")).body == b"private"


async def test_a_client_that_was_never_used_closes_without_a_word():
    async with client():
        pass


async def test_a_host_that_is_not_there_is_unreachable(site):
    async with client() as web:
        with pytest.raises(Unreachable, match=r"no connection to 127\.0\.0\.9:1: "):
            await web.get("http://127.0.0.9:1/", accept="*/*")
        with pytest.raises(Unreachable, match=r"the name nowhere\.invalid cannot be resolved"):
            await web.get("http://nowhere.invalid/", accept="*/*")
