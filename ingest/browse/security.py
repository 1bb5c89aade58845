"""What no page may do, whatever an archive holds: run, load from elsewhere, or be read by another site's page.

Hosts other than loopback's are refused: a page of the web whose name leads to 127.0.0.1 (DNS rebinding) sends its own.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = (b"127.0.0.1", b"localhost", b"[::1]")
# Datasette's own pages have attributes `style`, which a policy cannot name one by one.
POLICY = (
    b"default-src 'none'; style-src 'self' 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


class Guard:
    """ASGI: refuses other hosts, and adds the headers to answers that do not set them."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = dict(scope["headers"]).get(b"host", b"")
        if host.rpartition(b":")[0] not in LOOPBACK and host not in LOOPBACK:
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 421, "headers": headers})
            await send({"type": "http.response.body", "body": b"This server answers on loopback only.\n"})
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *((n, v) for n, v in HEADERS if n not in there)]
            await send(message)

        await self._app(scope, receive, guarded)
