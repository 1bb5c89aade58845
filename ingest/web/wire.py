"""One request on the wire, by aiohttp, whose errors become ours here."""

import asyncio
import itertools
import os
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from ingest.errors import FetchError, Refused, TimedOut, Unreachable
from ingest.text.markup import clean_line
from ingest.web.address import Address
from ingest.web.budget import SMALL_BYTES, Budget, Share
from ingest.web.deadline import Deadline
from ingest.web.decoding import Body, Broken, TooLarge, codings
from ingest.web.guard import ForbiddenAddress, Guard
from ingest.web.response import WebOptions

_CONNECT_TIMEOUT_S = 10.0
_HEADER_MAX_BYTES = 12 * 1024  # a line; the longest are lists of preloads and of who may be embedded
_HEADER_LINES_MAX = 100  # together 1.2 MiB, of each of 192 connections
_HEADERS_MAX_BYTES = 256 * 1024  # together, as browsers have it: an answer is kept longer than its connection
_ERROR_BODY_MAX_BYTES = 64 * 1024  # enough for a wall or a reason to be recognised
_IDLE_S = 2.0  # a connection is kept for the host's next turn and so much longer
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LISTS = frozenset({"cache-control", "link", "vary"})  # may come in several lines; of others the first counts


@dataclass(frozen=True, slots=True)
class Answer:
    """`location` is where a redirect leads, its raw bytes as surrogates; it alone comes with `cookies` ("name=value")
    and without a body. `share` is the body's, of the budget: it goes where the body goes.
    """

    status: int
    headers: Mapping[str, str]
    location: str | None
    cookies: Sequence[str]
    body: bytes
    share: Share | None = field(default=None, repr=False, compare=False)


class Dropped(Unreachable):
    """No answer on a connection that was there: the host may have given it up at the moment it was used again."""


class Wire:
    """The connections. Those of one host are kept for its next turn."""

    def __init__(self, options: WebOptions, guard: Guard, budget: Budget) -> None:
        self._options = options
        self._guard = guard
        self._budget = budget

    async def __aenter__(self) -> Self:
        options = self._options
        connector = aiohttp.TCPConnector(
            limit=0,  # the client counts, before the deadline begins
            keepalive_timeout=options.per_host_interval_s + _IDLE_S,
            socket_factory=None if options.proxy else self._guard.socket_factory,
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
            max_line_size=_HEADER_MAX_BYTES,
            max_field_size=_HEADER_MAX_BYTES,
            max_headers=_HEADER_LINES_MAX,
            proxy=options.proxy or None,
        )
        self._session._retry_connection = False  # noqa: SLF001 (else it asks again outside the host's turn)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def ask(
        self, address: Address, headers: Mapping[str, str], *, deadline: Deadline, cut_bytes: int | None
    ) -> Answer:
        """One GET without redirects. With `cut_bytes` a larger body is cut there, else refused at `max_bytes`.

        Raises Unreachable (Dropped where it may be asked again at once), TimedOut or Refused.
        """
        try:
            async with deadline.running():
                return await self._ask(address, headers, deadline, cut_bytes)
        except FetchError:
            raise
        except Exception as error:  # whatever the wire brings, the caller sees one of three
            raise self._ours(address, error) from error

    async def _ask(
        self, address: Address, headers: Mapping[str, str], deadline: Deadline, cut_bytes: int | None
    ) -> Answer:
        url = URL(address.url, encoded=True)
        if address.credentials:
            headers = {**headers, "Authorization": address.authorization}
        async with self._session.get(url, headers=headers, allow_redirects=False) as answer:
            location = (answer.headers.get("Location") or None) if answer.status in _REDIRECTS else None
            if sum(map(len, itertools.chain.from_iterable(answer.raw_headers))) > _HEADERS_MAX_BYTES:
                raise Unreachable(address.url, f"its headers are larger than {_HEADERS_MAX_BYTES // 1024} KiB")
            headers = _plain(answer.headers)
            if location is None:
                with self._budget.transfer() as share:
                    body = await self._body(answer, cut_bytes, share, deadline)
                return Answer(answer.status, headers, None, [], body, share)
            cookies = [line.partition(";")[0] for line in answer.headers.getall("Set-Cookie", ())]
            return Answer(answer.status, headers, location, cookies, b"")

    async def _body(
        self, answer: aiohttp.ClientResponse, cut_bytes: int | None, share: Share, deadline: Deadline
    ) -> bytes:
        failed = answer.status >= HTTPStatus.BAD_REQUEST
        if failed:
            cut_bytes = _ERROR_BODY_MAX_BYTES
        max_bytes = self._options.max_bytes if cut_bytes is None else cut_bytes
        if cut_bytes is None and (answer.content_length or 0) > max_bytes:
            raise TooLarge
        if min(answer.content_length or 0, max_bytes) >= SMALL_BYTES:
            share.enlarge()
        body = Body(", ".join(answer.headers.getall("Content-Encoding", ())), max_bytes)
        try:
            await _read(answer, body, share, deadline)
            return await _decoded(body, share, deadline)
        except TooLarge:
            if cut_bytes is None:
                raise
        except (Broken, aiohttp.ClientError):
            if not failed:
                raise
        return body.so_far()

    def _ours(self, address: Address, error: Exception) -> FetchError:
        """The error of ours that says what `error` means."""
        url, host, options = address.url, address.host, self._options
        match error:
            case TooLarge():
                return Refused(url, f"the body is larger than {_size(options.max_bytes)} (web.max_bytes)")
            case aiohttp.ConnectionTimeoutError():
                return TimedOut(url, f"no connection to {host} within {min(_CONNECT_TIMEOUT_S, options.timeout_s):g} s")
            case TimeoutError():
                return TimedOut(url, f"not all there within {options.timeout_s:g} s (web.timeout_s)")
            case aiohttp.InvalidURL():
                return Refused(url, "the URL is not valid")
            case aiohttp.ClientConnectorError(os_error=ForbiddenAddress(cause=cause)):
                return Refused(url, cause)
            case aiohttp.ClientConnectorError():
                return Unreachable(url, _trouble(host, error))
            case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError():
                return Dropped(url, _trouble(host, error))
        return Unreachable(url, _trouble(host, error))


async def _read(answer: aiohttp.ClientResponse, body: Body, share: Share, deadline: Deadline) -> None:
    """Read the body. One that turns out large while there is no room is decoded again once there is."""
    end = _end_of_connection(answer)
    received: list[bytes] = []
    while chunk := await answer.content.readany():
        await _room(share, deadline)
        body.feed(chunk)  # decoded, it may be as large as the cap
        if not share.is_large:
            received.append(chunk)
            if body.size_bytes >= SMALL_BYTES:
                share.resize(sum(map(len, received)))
                share.enlarge()
                if not share.has_room():
                    body.clear()
                    await _room(share, deadline)
                    body.feed(b"".join(received))
                received.clear()
        share.resize(body.size_bytes)
    if end and end.done() and end.exception():
        raise Broken("the connection was reset")


async def _decoded(body: Body, share: Share, deadline: Deadline) -> bytes:
    """The same for a body that is a compressed file."""
    decoded = body.whole()
    if len(decoded) >= SMALL_BYTES and not share.is_large:
        share.enlarge()
        if not share.has_room():
            del decoded
            await _room(share, deadline)
            decoded = body.whole()
    share.resize(len(decoded))
    return decoded


async def _room(share: Share, deadline: Deadline) -> None:
    if not share.has_room():
        await deadline.stand_still(share.room())


def _end_of_connection(answer: aiohttp.ClientResponse) -> "asyncio.Future[None] | None":
    """What tells, for a body that ends with its connection, whether that was closed or broke: aiohttp takes both
    for the body's end. None for other bodies.
    """
    delimited = "Content-Length" in answer.headers or "chunked" in answer.headers.get("Transfer-Encoding", "").lower()
    protocol = answer.connection.protocol if answer.connection else None
    return None if delimited or protocol is None else protocol.closed


def _trouble(host: str, error: Exception) -> str:
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


def _plain(headers: CIMultiDictProxy[str]) -> dict[str, str]:
    plain: dict[str, str] = {}
    for name, value in headers.items():
        key = name.lower()
        # Bytes that are not UTF-8 arrive as lone surrogates, which nothing can store.
        text = value if value.isascii() else value.encode(errors="replace").decode()
        if key not in plain:
            plain[key] = text
        elif key in _LISTS:
            plain[key] += f", {text}"
    return plain


def _size(size_bytes: int) -> str:
    mib, rest = divmod(size_bytes, 1024 * 1024)
    return f"{size_bytes} bytes" if rest else f"{mib} MiB"


def _sentence(error: object) -> str:
    """The first line of somebody else's message, without what could upset a terminal."""
    if isinstance(error, OSError) and error.strerror:
        error = error.strerror
    return clean_line(str(error).strip().partition("\n")[0])[:200].rstrip(" .:")
