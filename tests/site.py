r"""A scripted news site on loopback: a real HTTP server in a thread, whose every answer a test decides.

    with Site() as site:
        site.page("/a.html", "<p>Hello")
        site.redirect("/old", "/a.html", status=301)
        site.raw("/cut", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
        ... site.url("/a.html"), site.requests_of("/a.html")

Paths hold the query, and are matched as they arrive. What is not scripted is answered 404.
"""

import asyncio
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Literal, Self

from tests.builders_feeds import rss

CERTIFICATE = Path(__file__).with_name("loopback.pem")


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is the request target; header names are lower-case; `at` is `time.monotonic()`."""

    method: str
    path: str
    headers: Mapping[str, str]
    at: float


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` may replace Content-Length and Content-Type; `extra` come besides, and may repeat a name."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | bytes = b""
    extra: Sequence[tuple[str, str]] = ()

    def bytes(self) -> bytes:
        body = self.body.encode() if isinstance(self.body, str) else self.body
        if self.status in (204, 304):  # RFC 9110 §6.4.1: these have none
            body = b""
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body)), **self.headers}
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}"]
        lines += [f"{name}: {value}" for name, value in (*headers.items(), *self.extra)]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True, slots=True)
class _Reply:
    """Chunks of bytes until the client has enough, and then what becomes of the connection."""

    chunks: Iterable[bytes]
    then: Literal["keep", "close", "stall", "reset"]


class Site:
    """With `tls` it speaks HTTPS, under the certificate of `CERTIFICATE` (127.0.0.1 and localhost)."""

    def __init__(self, address: str = "127.0.0.1", port: int = 0, *, tls: bool = False) -> None:
        self.address = address
        self._tls = tls
        self.port = port
        self.requests: list[Request] = []
        self.connections = 0  # ever made
        self._scripts: dict[str, Callable[[Request], _Reply]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"site {address}", daemon=True)

    # the script

    def page(
        self,
        path: str,
        body: str | bytes,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        content_type: str = "text/html; charset=utf-8",
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> None:
        """With `etag` or `last_modified` (sent verbatim) a request that has them too is answered 304."""
        validators = {name: value for name, value in (("ETag", etag), ("Last-Modified", last_modified)) if value}
        answer = Answer(status, {"Content-Type": content_type, **validators, **(headers or {})}, body)

        def script(request: Request) -> Answer:
            if etag and "if-none-match" in request.headers:  # RFC 9110 §13.2.2: it alone counts when it is there
                same = request.headers["if-none-match"] == etag
            else:
                same = bool(last_modified) and request.headers.get("if-modified-since") == last_modified
            return Answer(304, validators) if same else answer

        self.answer(path, script)

    def feed(self, document: str, **headers: str) -> None:
        """Serve the document at /feed.xml; `_` in a header's name is `-`."""
        self.page("/feed.xml", document, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def announce(self, *items: str, channel: str = "") -> None:
        """Serve an RSS feed of these items at /feed.xml."""
        self.feed(rss(*items, channel=channel))

    def redirect(
        self, path: str, location: str, *, status: int = 302, headers: Mapping[str, str] | None = None
    ) -> None:
        answer = Answer(status, {"Location": location, **(headers or {})})
        self.answer(path, lambda _: answer)

    def answer(self, path: str, script: Callable[[Request], Answer]) -> None:
        """`script` runs in the site's thread, once a request."""
        self._scripts[path] = lambda request: _Reply([script(request).bytes()], "keep")

    def raw(self, path: str, reply: bytes) -> None:
        """These bytes and the end of the connection."""
        self._scripts[path] = lambda _: _Reply([reply], "close")

    def reset(self, path: str, head: bytes) -> None:
        """These bytes, and when they have arrived the connection is broken."""
        self._scripts[path] = lambda _: _Reply([head], "reset")

    def stream(self, path: str, chunks: Callable[[], Iterable[bytes]]) -> None:
        """Bytes without end, if they have none: the client must be the one to stop."""
        self._scripts[path] = lambda _: _Reply(chunks(), "close")

    def hang(self, path: str, head: bytes = b"") -> None:
        """These bytes, and then nothing more."""
        self._scripts[path] = lambda _: _Reply([head], "stall")

    # what tests ask

    @property
    def host(self) -> str:
        return f"{self.address}:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}{path}"

    def requests_of(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    # the server

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self) -> None:
        context = None
        if self._tls:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(CERTIFICATE)
        self._server = await asyncio.start_server(self._serve, self.address, self.port, limit=1024 * 1024, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)  # from accepted to served takes some turns; closing in between loses the socket
        self._server.close()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._exchange(reader, writer):
                pass
            writer.close()
            await writer.wait_closed()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client, or the test, has seen enough
        finally:
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether the connection may carry another."""
        request = _read(await reader.readuntil(b"\r\n\r\n"))
        self.requests.append(request)
        reply = self._scripts.get(request.path, _not_here)(request)
        for chunk in reply.chunks:
            writer.write(chunk)
            await writer.drain()
        if reply.then == "reset":
            await asyncio.sleep(0.02)  # else the bytes would go with it
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if reply.then == "stall":
            await reader.read()  # until the client gives up
        return reply.then == "keep"


def _read(head: bytes) -> Request:
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Request(method, path, headers, time.monotonic())


def _not_here(_: Request) -> _Reply:
    return _Reply([Answer(404, {}, "There is nothing here.").bytes()], "keep")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Odd"
