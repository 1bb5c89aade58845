"""Hooks with a url: signed POSTs to real receivers on loopback, and what becomes of each answer."""

import asyncio
import json
import ssl
from base64 import b64decode
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from ingest.configuration.config import Config
from ingest.configuration.hooks import HookSecrets, HookSettings
from ingest.configuration.settings import Settings
from ingest.deliveries.transport import Sent, open_transport
from ingest.deliveries.webhook import WebhookTransport, message_of, options_of, signed
from ingest.web.post import Poster
from tests.builders_web import FakeResolver
from tests.site import CERTIFICATE

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
EVENTS = [
    {"id": f"a-{n}-1", "type": "article", "timestamp": f"2026-03-01T12:00:0{n}Z", "data": {"seq": n, "title": "Été"}}
    for n in (1, 2, 3)
]
ONE = EVENTS[:1]


@asynccontextmanager
async def receiver(answer=None, *, tls=False):
    """Yield a server that keeps its requests, with their bodies, in a list, and the list."""
    asked = []

    async def on_post(request):
        asked.append((request, await request.read()))
        return await answer(request) if answer else web.Response(status=204)

    app = web.Application(client_max_size=0)
    app.router.add_route("*", "/{path:.*}", on_post)
    runner = web.AppRunner(app)
    await runner.setup()
    context = None
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATE)
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{site._server.sockets[0].getsockname()[1]}", asked  # noqa: SLF001
    finally:
        await runner.cleanup()


def answering(status, **options):
    async def answer(_):
        return web.Response(status=status, **options)

    return answer


async def send(url, events=ONE, *, secrets=(SECRET,), web=None, now=None, **options):
    options = {"allow_addresses": ("127.0.0.0/8",), "timeout_s": 5.0} | options
    hook = HookSettings(name="index", url=url, secret="${S}", **options)
    config = Config(Settings(web=web or {}), hook_secrets={"index": HookSecrets(tuple(secrets))})
    async with open_transport(hook, config, None, lambda: now or datetime.now(UTC)) as transport:
        return await transport.send(events)


def test_the_signature_is_that_of_the_specification():
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}', [SECRET], at)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    elsewhere = at.astimezone(datetime.fromisoformat("2021-01-01T00:00:00+05:30").tzinfo)
    assert signed("msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}', [SECRET], elsewhere) == headers


async def test_a_receiver_verifies_the_message_with_the_library():
    async with receiver() as (url, asked):
        assert await send(f"{url}/in?x=1") == Sent(taken=True, status=204)
        assert await send(url, EVENTS, batch_size=3) == Sent(taken=True, status=204)
    (one, body), (_, batch) = asked
    assert Webhook(SECRET).verify(body, dict(one.headers)) == ONE[0]
    assert (one.method, one.path_qs, one.headers["webhook-id"]) == ("POST", "/in?x=1", "a-1-1")
    assert one.content_type == "application/json"
    assert one.headers["User-Agent"] == Settings().web.user_agent
    assert Webhook(SECRET).verify(batch, dict(asked[1][0].headers)) == {
        "type": "batch",
        "timestamp": "2026-03-01T12:00:03Z",
        "data": EVENTS,
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(body, dict(one.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"1", b"2", 1), dict(one.headers))


async def test_during_a_change_of_the_secret_a_receiver_with_either_verifies():
    async with receiver() as (url, asked):
        await send(url, secrets=(OTHER, SECRET))
    for secret in (SECRET, OTHER):
        assert Webhook(secret).verify(asked[0][1], dict(asked[0][0].headers)) == ONE[0]


def test_the_id_of_a_message_stands_for_its_events():
    ids = [message_of(events, batch=True)[0] for events in (ONE, EVENTS[:2], EVENTS, EVENTS[::2])]
    assert len(set(ids)) == 4
    assert ids[2].startswith("a-1-1_a-3-1_")
    assert message_of(EVENTS, batch=True) == message_of([dict(event) for event in EVENTS], batch=False)
    assert not [each for each in ids if "." in each or len(each) > 255]
    assert json.loads(message_of([{"id": "a", "half": "\ud800"}], batch=False)[1]) == {"id": "a", "half": "?"}


@pytest.mark.parametrize(
    ("status", "what"),
    [(200, "taken"), (202, "taken"), (410, "stopped")]
    + [(status, "again") for status in (304, 407, 408, 425, 429, 500, 502, 503, 599)]
    + [(status, "refused") for status in (400, 401, 403, 404, 409, 413, 422, 451)],
)
async def test_the_status_says_what_becomes_of_a_delivery(status, what):
    async with receiver(answering(status)) as (url, _):
        sent = await send(url)
    assert sent.status == status
    assert (sent.taken, sent.refused, sent.stopped) == (what == "taken", what == "refused", what == "stopped")
    assert sent.error == (None if what == "taken" else f"HTTP {status}")


@pytest.mark.parametrize("status", [429, 503, 500])
async def test_retry_after_is_followed(status):
    now = datetime.now(UTC)
    async with receiver(answering(status, headers={"Retry-After": "120"})) as (url, _):
        sent = await send(url, now=now)
    assert sent.not_before == now + timedelta(seconds=120)


async def test_the_answer_is_reported_in_one_short_line():
    said = {"no such\n\x1b[31mindex": "no such [31mindex", "x" * 5_000_000: f"{'x' * 199}…", "": None}
    for text, shown in said.items():
        async with receiver(answering(422, text=text)) as (url, _):
            assert (await send(url)).error == ("HTTP 422" if shown is None else f"HTTP 422: {shown}")
    async with receiver(answering(500, text="<p>Trouble", content_type="text/html")) as (url, _):
        assert (await send(url)).error == "HTTP 500"


async def test_a_redirect_is_not_followed():
    async with receiver() as (target, asked):
        for status in (301, 302, 303, 307, 308):
            async with receiver(answering(status, headers={"Location": f"{target}/key?token=1"})) as (url, _):
                sent = await send(url)
            told = (
                f"HTTP {status}, a redirect to {target}: it is not followed; write the address that it leads to as url"
            )
            assert sent == Sent(taken=False, status=status, error=told)
        assert asked == []


async def test_nothing_of_the_address_but_the_host_is_reported():
    async def echo(request):
        return web.Response(status=403, text=f"{request.path_qs} {request.headers['Authorization']} pa/ss pa%2Fss")

    async with receiver(echo) as (url, asked):
        told = url.replace("://", "://us%20er:pa%2Fss@") + "/services/T0K3N?key=s3cret"
        sent = await send(told)
        assert b64decode(asked[0][0].headers["Authorization"].removeprefix("Basic ")) == b"us er:pa/ss"
    assert sent.error == "HTTP 403: … Basic … … …"
    sent = await send(told)
    assert sent.error == f"no connection to {url.partition('://')[2]}: connection refused"


async def test_addresses_are_refused_unless_the_hook_allows_them():
    async with receiver() as (url, asked):
        told = "127.0.0.1 is a loopback address; add it to allow_addresses of the hook index to permit it"
        named = url.replace("127.0.0.1", "localhost")
        for address in (url, named):
            allowed_elsewhere = {"allow_addresses": ("127.0.0.0/8",)}
            sent = await send(address, allow_addresses=(), web=allowed_elsewhere)
            assert (sent.taken, sent.refused, sent.error.replace("::1", "127.0.0.1")) == (False, False, told)
        assert asked == []
        assert (await send(named)).taken


async def test_a_name_is_checked_where_it_leads_to_at_each_connection(sites):
    site = sites("127.0.0.2")

    async def find(_):
        return [("127.0.0.2", site.port)]

    hook = HookSettings(name="index", url="http://receiver.example/", secret="${S}", allow_addresses=("127.0.0.1/32",))
    async with Poster(hook.url, options_of(hook, Settings().web), FakeResolver(find)) as poster:
        transport = WebhookTransport(hook, HookSecrets((SECRET,)), lambda: datetime.now(UTC), poster)
        sent = await transport.send(ONE)
    assert (sent.refused, "127.0.0.2 is a loopback address" in sent.error, site.requests) == (False, True, [])


async def test_a_receiver_that_hangs_is_given_up_at_the_time_limit(site):
    site.hang("/head")
    sent = await send(site.url("/head"), timeout_s=0.2)
    assert sent == Sent(False, error="not all there within 0.2 s (timeout_s of the hook index)")


async def test_an_answer_without_an_end_counts_by_its_status(site, monkeypatch):
    monkeypatch.setattr("ingest.web.wire._ANSWER_TIMEOUT_S", 0.05)
    site.hang("/", b"HTTP/1.1 400 Oh\r\nContent-Type: text/plain\r\n\r\nno")
    assert await send(site.url("/"), timeout_s=2.0) == Sent(False, refused=True, status=400, error="HTTP 400: no")


async def test_a_message_is_taken_when_the_status_says_so(site):
    site.hang("/hangs", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
    site.raw("/cut", b"HTTP/1.1 202 OK\r\nContent-Length: 9\r\n\r\nabc")
    for path, status in (("/hangs", 200), ("/cut", 202)):
        assert await send(site.url(path), timeout_s=2.0) == Sent(True, status=status)


async def test_a_connection_that_breaks_is_tried_again(site):
    site.raw("/", b"")
    site.reset("/reset", b"HTT")
    site.raw("/noise", b"\x00\x01 no HTTP\r\n\r\n")
    for path in ("/", "/reset", "/noise"):
        sent = await send(site.url(path))
        assert (sent.taken, sent.refused, sent.status) == (False, False, None)
        assert sent.error


async def test_an_answer_that_comes_before_all_of_the_message_counts():
    """A server that does not take so much answers 413 and closes."""

    async def serve(reader, writer):
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            while await reader.read(65536):
                pass
        finally:
            writer.transport.abort()
            closed.set()

    closed = asyncio.Event()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        sent = await send(url, [ONE[0] | {"data": "x" * 20_000_000}])
        await closed.wait()
    assert sent == Sent(taken=False, refused=True, status=413, error="HTTP 413")


async def test_a_kept_connection_that_the_receiver_has_closed_is_opened_again():
    asked = []

    async def serve(reader, writer):
        asked.append(writer)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))
        writer.write(b"HTTP/1.1 204 OK\r\n\r\n")
        await reader.read(1)  # closes when the next message comes
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        hook = HookSettings(name="index", url=url, secret="${S}", allow_addresses=("127.0.0.0/8",))
        config = Config(Settings(), hook_secrets={"index": HookSecrets((SECRET,))})
        async with open_transport(hook, config, None, lambda: datetime.now(UTC)) as transport:
            for _ in range(3):
                assert (await transport.send(ONE)).taken
    assert len(asked) == 3


async def test_the_authorities_of_the_settings_hold():
    async with receiver(tls=True) as (url, _):
        sent = await send(url)
        assert (sent.refused, "the certificate of" in sent.error) == (False, True)
        assert (await send(url, web={"ca_file": str(CERTIFICATE)})).taken


async def test_the_proxy_of_the_settings_holds():
    async with receiver() as (proxy, asked):
        assert (await send("http://receiver.example/in", web={"proxy": proxy}, allow_addresses=())).taken
        assert str(asked[0][0].url) == "http://receiver.example/in"
        sent = await send("http://10.0.0.1/in", web={"proxy": proxy}, allow_addresses=())
        assert (sent.taken, "10.0.0.1 is a private address" in sent.error) == (False, True)
