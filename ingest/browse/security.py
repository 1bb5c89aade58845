"""What no page may do, whatever an archive holds: run, load from elsewhere, or be read by another site's page.

Only this machine's own browser is answered. A page of the web whose name leads to 127.0.0.1 (DNS rebinding) sends its
own name as Host. A page that names this server in a picture or a frame is told from a link by Sec-Fetch-Site.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

METHODS = ("GET", "HEAD")
LOOPBACK = re.compile(rb"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?", re.IGNORECASE)  # ssh may forward any port
POLICY = (
    b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-dns-prefetch-control", b"off"),  # Chromium looks up the hosts of links
]


class Guard:
    """ASGI: refuses what no browser of this machine asks for, and adds the headers to answers that do not set them."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = [(name.lower(), value) for name, value in message["headers"] if name.lower() != b"set-cookie"]
                there = {name for name, _ in sent}
                message = {**message, "headers": [*sent, *((n, v) for n, v in HEADERS if n not in there)]}
            await send(message)

        is_query = bool(scope["query_string"]) and scope["path"].startswith("/archive")
        refusal = refused(scope["method"], scope["headers"], is_query=is_query)
        if refusal is None:
            await _while_awaited(self._app(scope, receive, guarded), receive)
            return
        status, sentence = refusal
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        headers += [(b"allow", ", ".join(METHODS).encode())] if status == 405 else []  # noqa: PLR2004 (it needs the header)
        await guarded({"type": "http.response.start", "status": status, "headers": headers})
        await guarded({"type": "http.response.body", "body": f"{sentence}\n".encode()})


async def _while_awaited(answer: Awaitable[None], receive: Receive) -> None:
    """Run the answer, and end it when its reader has gone: a table of millions of rows takes minutes as CSV."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    answering, going = asyncio.ensure_future(answer), asyncio.ensure_future(gone())
    try:
        await asyncio.wait((answering, going), return_when=asyncio.FIRST_COMPLETED)
    finally:
        going.cancel()
        if not answering.done():
            answering.cancel()
    with suppress(asyncio.CancelledError):
        await answering


def refused(method: str, headers: Headers, *, is_query: bool = False) -> tuple[int, str] | None:
    """Return the status and the sentence with which a request is refused, None if it is answered.

    `is_query`: it may bring SQL, which may keep the server busy; a page of another site has no link to that.
    """
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1 or not LOOPBACK.fullmatch(hosts[0]):
        return 421, "This server answers on loopback only: open http://127.0.0.1 with the port that it names."
    if method not in METHODS:
        return 405, "The archive is only read here: this server answers GET and HEAD."
    sent = dict(headers)
    if sent.get(b"sec-fetch-site") == b"cross-site" and (is_query or sent.get(b"sec-fetch-mode") != b"navigate"):
        return 403, "A page of another site has asked for this; type its address, or paste it."
    return None
