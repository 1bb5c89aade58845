"""A receiver of webhooks on loopback, in a thread, whose answers a test scripts."""

import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

Answer = tuple[int, dict[str, str]]
TAKEN: Answer = 204, {}
DOWN: Answer = 503, {"Retry-After": "1"}
REFUSED: Answer = 400, {}
GONE: Answer = 410, {}


@dataclass
class Receiver:
    """Answers each path as its script says, and then takes everything. `hold` makes it wait before it answers."""

    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    scripts: "dict[str, deque[Answer]]" = field(default_factory=lambda: defaultdict(deque))
    held: set[str] = field(default_factory=set)
    _release: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._answer))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._release.set()
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def script(self, path: str, *answers: Answer) -> None:
        self.scripts[path].extend(answers)

    def hold(self, path: str) -> None:
        self.held.add(path)

    def release(self) -> None:
        self.held.clear()
        self._release.set()

    def events(self, path: str) -> list[dict[str, Any]]:
        """Return what the path has got, in the order of the requests."""
        return [event for got, event in self.got if got == path]

    def seqs(self, path: str) -> list[int]:
        return [event["data"]["seq"] for event in self.events(path)]

    def _answer(self, path: str, body: bytes) -> Answer:
        event = json.loads(body)
        self.got += [(path, each) for each in (event["data"] if event["type"] == "batch" else [event])]
        if path in self.held:
            self._release.wait(30)
        return self.scripts[path].popleft() if self.scripts[path] else TAKEN


def _handler(answer: Callable[[str, bytes], Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers = answer(self.path, body)
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Handler
