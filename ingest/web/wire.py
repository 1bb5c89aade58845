"""One request without redirects, by aiohttp. This module turns aiohttp's errors into the project's."""

import asyncio
import io
import itertools
import os
import ssl
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection
from multidict import CIMultiDictProxy
from yarl import URL

from ingest.errors import FetchError, Refused, TimedOut, Unreachable
from ingest.text.decoding import Body, Broken, TooLarge, codings
from ingest.text.markup import clean_line
from ingest.web.address import Address
from ingest.web.guard import ForbiddenAddress, Guard
from ingest.web.limits import SMALL_BYTES, Budget, Deadline, Share
from ingest.web.response import WebOptions

_CONNECT_TIMEOUT_S = 10.0
_MAX_HEADER_LINE_BYTES = 12 * 1024  # the longest are lists of preloads and of permitted frames
_MAX_HEADER_LINES = 100  # 1.2 MiB in all, for each of 192 connections
_MAX_HEADERS_BYTES = 256 * 1024  # of all lines, as in browsers: a response is kept longer than its connection
_MAX_ERROR_BODY_BYTES = 64 * 1024  # enough to recognise a wall or a reason
_ANSWER_TIMEOUT_S = 1.0  # for the body of an answer to a POST: some servers do not say where it ends
_KEEPALIVE_S = 2.0  # after the time of the host's next turn, a connection stays open
MAX_IDLE_HOSTS = 500  # with open connections that are not in use; all connections count as open files
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Of these headers only the first line counts; the lines of others are one list (RFC 9110 §5.3).
_SINGLE_HEADERS = frozenset(
    "age content-disposition content-length content-location content-range content-type date etag expires host"
    " last-modified location refresh retry-after server strict-transport-security x-content-type-options"
    " x-frame-options".split()
)
_UNCONNECTED = (aiohttp.ClientProxyConnectionError, aiohttp.ClientConnectorDNSError, aiohttp.ConnectionTimeoutError)


@dataclass(frozen=True, slots=True)
class WireResponse:
    """`location` is a redirect's target, raw bytes as surrogates. A redirect has no body, and alone has `cookies`
    ("name=value"). `share` is the body's share of the budget, and lives as long as the body.
    """

    status: int
    headers: Mapping[str, str]
    location: str | None
    cookies: Sequence[str]
    body: bytes
    share: Share | None = field(default=None, repr=False, compare=False)
    ip_address: str | None = None


class _Answer(aiohttp.ClientResponse):
    """A response that knows the address that it came from: its connection is given back as soon as it is read."""

    ip_address: str | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        peer = connection.transport and connection.transport.get_extra_info("peername")
        self.ip_address = peer[0] if peer else None
        return await super().start(connection)


class _Connector(aiohttp.TCPConnector):
    """Keeps the unused connections of MAX_IDLE_HOSTS at most: thousands of feeds are mostly of as many hosts."""

    def _release(self, key: ConnectionKey, protocol: ResponseHandler, *, should_close: bool = False) -> None:
        is_full = len(self._conns) >= MAX_IDLE_HOSTS
        super()._release(key, protocol, should_close=should_close or is_full)


class Dropped(Unreachable):
    """An open connection brought no response. The host may have closed it just when it was used again."""


@dataclass
class Wire:
    """The connections, each kept for its host's next turn."""

    options: WebOptions
    guard: Guard
    budget: Budget
    resolver: AbstractResolver | None = None

    async def __aenter__(self) -> Self:
        options = self.options
        connector = _Connector(
            limit=0,  # the client counts, before the deadline begins
            keepalive_timeout=options.per_host_interval_s + _KEEPALIVE_S,
            resolver=self.resolver,
            socket_factory=None if options.proxy else self.guard.socket_factory,
            ssl=_authorities(options.ca_file) if options.ca_file else True,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers={
                "User-Agent": options.user_agent,
                "Accept-Encoding": ", ".join(name for name in codings() if name != "x-gzip"),
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(sock_connect=min(_CONNECT_TIMEOUT_S, options.timeout_s)),
            auto_decompress=False,
            max_line_size=_MAX_HEADER_LINE_BYTES,
            max_field_size=_MAX_HEADER_LINE_BYTES,
            max_headers=_MAX_HEADER_LINES,
            response_class=_Answer,
            proxy=options.proxy or None,
        )
        self._session._retry_connection = False  # noqa: SLF001 (else it retries outside the host's turn)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(
        self, address: Address, headers: Mapping[str, str], *, deadline: Deadline, cut_bytes: int | None
    ) -> WireResponse:
        """Send one GET. Cut a body at `cut_bytes`. Without `cut_bytes`, refuse a body larger than `max_bytes`.

        Raises Unreachable (Dropped if it may be sent again at once), TimedOut or Refused.
        """
        return await self._within(deadline, address, self._send("GET", address, headers, None, deadline, cut_bytes))

    async def post(
        self, address: Address, headers: Mapping[str, str], body: bytes, *, deadline: Deadline, cut_bytes: int
    ) -> WireResponse:
        """Send one POST, and cut the response's body at `cut_bytes`; that of a 2xx is not read. Raises as `get`."""
        return await self._within(deadline, address, self._send("POST", address, headers, body, deadline, cut_bytes))

    async def _within(
        self, deadline: Deadline, address: Address, sending: Coroutine[None, None, WireResponse]
    ) -> WireResponse:
        try:
            async with deadline.running():
                return await sending
        except FetchError:
            raise
        except Exception as error:  # aiohttp raises all sorts
            raise self._fetch_error(address, error) from error

    async def _send(
        self,
        method: str,
        address: Address,
        headers: Mapping[str, str],
        data: bytes | None,
        deadline: Deadline,
        cut_bytes: int | None,
    ) -> WireResponse:
        url = URL(address.url, encoded=True)
        sent = None if data is None else io.BytesIO(data)  # aiohttp sends it in pieces
        request = self._session.request(method, url, headers=headers, data=sent, allow_redirects=False)
        async with request as response:
            location = (response.headers.get("Location") or None) if response.status in _REDIRECTS else None
            if sum(map(len, itertools.chain.from_iterable(response.raw_headers))) > _MAX_HEADERS_BYTES:
                raise Unreachable(address.url, f"its headers are larger than {_MAX_HEADERS_BYTES // 1024} KiB")
            headers = _lower_case(response.headers)
            if method == "POST" and response.status < HTTPStatus.MULTIPLE_CHOICES:
                return WireResponse(response.status, headers, None, [], b"")
            if response.status == HTTPStatus.NOT_MODIFIED:  # it has no body
                return WireResponse(response.status, headers, None, [], b"")
            if location is None:
                with self.budget.transfer() as share:
                    body = await self._body(response, cut_bytes, share, deadline)
                ip_address = response.ip_address if isinstance(response, _Answer) and not self.options.proxy else None
                return WireResponse(response.status, headers, None, [], body, share, ip_address)
            cookies = [line.partition(";")[0] for line in response.headers.getall("Set-Cookie", ())]
            return WireResponse(response.status, headers, location, cookies, b"")

    async def _body(
        self, response: aiohttp.ClientResponse, cut_bytes: int | None, share: Share, deadline: Deadline
    ) -> bytes:
        failed = response.status >= HTTPStatus.BAD_REQUEST
        if failed:
            cut_bytes = min(cut_bytes or _MAX_ERROR_BODY_BYTES, _MAX_ERROR_BODY_BYTES)
        max_bytes = self.options.max_bytes if cut_bytes is None else cut_bytes
        if cut_bytes is None and (response.content_length or 0) > max_bytes:
            raise TooLarge
        if min(response.content_length or 0, max_bytes) >= SMALL_BYTES:
            share.enlarge()
        body = Body(", ".join(response.headers.getall("Content-Encoding", ())), max_bytes)
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT_S if response.method == "POST" else None):
                await _read(response, body, share, deadline)
            return await _finish(body, share, deadline)
        except TooLarge:
            if cut_bytes is None:
                raise
        except (Broken, aiohttp.ClientError, TimeoutError):
            if not failed:
                raise
        return body.decoded()

    def _fetch_error(self, address: Address, error: Exception) -> FetchError:
        url, host, options = address.url, address.host, self.options
        if options.proxy and isinstance(error, _UNCONNECTED):
            host = f"{URL(options.proxy).host} (web.proxy)"
        match error:
            case TooLarge():
                return Refused(url, f"the body is larger than {_size(options.max_bytes)} (web.max_bytes)")
            case aiohttp.ConnectionTimeoutError():
                return TimedOut(url, f"no connection to {host} within {min(_CONNECT_TIMEOUT_S, options.timeout_s):g} s")
            case TimeoutError():
                return TimedOut(
                    url, f"not all there within {options.timeout_s:g} s ({options.setting.format('timeout_s')})"
                )
            case aiohttp.InvalidURL():
                return Refused(url, "the URL is not valid")
            case aiohttp.ClientConnectorError(os_error=ForbiddenAddress(cause=cause)):
                return Refused(url, cause)
            case aiohttp.ClientConnectorError():
                return Unreachable(url, _cause(host, error))
            case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError():
                return Dropped(url, _cause(host, error))
        return Unreachable(url, _cause(host, error))


async def _read(response: aiohttp.ClientResponse, body: Body, share: Share, deadline: Deadline) -> None:
    """Read the body. If it turns out large while there is no room, wait for room and decode it again."""
    end = _end_of_connection(response)
    received: list[bytes] = []
    while chunk := await response.content.readany():
        await _wait_for_room(share, deadline)
        body.feed(chunk)  # decoded, it may be as large as the limit
        if not share.is_large:
            received.append(chunk)
            if body.size_bytes >= SMALL_BYTES:
                share.resize(sum(map(len, received)))
                share.enlarge()
                if not share.budget.has_room(share):
                    body.clear()
                    await _wait_for_room(share, deadline)
                    body.feed(b"".join(received))
                received.clear()
        share.resize(body.size_bytes)
    if end and end.done() and end.exception():
        raise Broken("the connection was reset")


async def _finish(body: Body, share: Share, deadline: Deadline) -> bytes:
    """Return the decoded body. If an undeclared gzip stream turns out large while there is no room, unpack it again."""
    decoded = body.finish()
    if len(decoded) >= SMALL_BYTES and not share.is_large:
        share.enlarge()
        if not share.budget.has_room(share):
            del decoded
            await _wait_for_room(share, deadline)
            decoded = body.finish()
    share.resize(len(decoded))
    return decoded


async def _wait_for_room(share: Share, deadline: Deadline) -> None:
    if not share.budget.has_room(share):
        await deadline.paused(share.budget.room(share))


def _end_of_connection(response: aiohttp.ClientResponse) -> "asyncio.Future[None] | None":
    """Return the future of the connection's end, for a body that ends with it, else None.

    Its exception says that the connection broke, which aiohttp takes for the body's end.
    """
    headers = response.headers
    delimited = "Content-Length" in headers or "chunked" in headers.get("Transfer-Encoding", "").lower()
    protocol = response.connection.protocol if response.connection else None
    return None if delimited or protocol is None else protocol.closed


def _cause(host: str, error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"the name {host} cannot be resolved"
        case aiohttp.ClientConnectorCertificateError():
            return f"the certificate of {host} is not valid: {_sentence(error.certificate_error)}"
        case aiohttp.ClientConnectorSSLError(os_error=ssl.SSLError() as failure):
            return f"no TLS with {host}: {(failure.reason or _sentence(failure)).replace('_', ' ').lower()}"
        case aiohttp.ClientHttpProxyError():
            return f"the proxy answered {error.status}"
        case aiohttp.ClientConnectorError():
            reason = os.strerror(error.os_error.errno) if error.os_error.errno else _sentence(error.os_error)
            return f"no connection to {host}: {reason.lower()}"
        case aiohttp.ServerDisconnectedError():
            return f"{host} closed the connection without an answer"
        case aiohttp.ClientResponseError():
            return f"the answer is not HTTP: {_sentence(error.message)}"
        case Broken():
            return f"the transfer broke off: {error}"
        case aiohttp.ClientPayloadError():
            return f"the transfer broke off: {_sentence(getattr(error.__cause__, 'message', error))}"
    return f"the connection failed: {_sentence(error) or type(error).__name__}"


def _authorities(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(ca_file)
    return context


def _lower_case(headers: CIMultiDictProxy[str]) -> dict[str, str]:
    """Return the headers by their names in lower case."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        key = name.lower()
        # Bytes that are not UTF-8 arrive as lone surrogates, which no database takes.
        text = value if value.isascii() else value.encode(errors="replace").decode()
        if key not in found:
            found[key] = text
        elif key not in _SINGLE_HEADERS:
            found[key] += f", {text}"
    return found


def _size(size_bytes: int) -> str:
    mib, rest = divmod(size_bytes, 1024 * 1024)
    return f"{size_bytes} bytes" if rest else f"{mib} MiB"


def _sentence(error: object) -> str:
    """Return the first line of a library's message, without characters that could upset a terminal."""
    if isinstance(error, OSError) and error.strerror:
        error = error.strerror
    return clean_line(str(error).strip().partition("\n")[0])[:200].rstrip(" .:")
