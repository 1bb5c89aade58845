"""How a command reaches a running daemon: HTTP on a Unix socket, whose path is in the archive's lock.

POST /now {"feeds": [URL, …] | null}   → the tally of the run, when the run has ended
POST /reload                           → 204, when the configuration is loaded; the same as SIGHUP
POST /rules                            → counts of the filtered entries that today's rules were applied to
POST /reload?emptied                   → likewise; the last feed was taken off the list on purpose
POST /hooks {"do": "resend" | "drop" | "rewind" | "forget", "hook": NAME, "ids": [ID, …] | null, "seq": N}
                                       → {"deliveries": N}: how many are pending again, or deleted
POST /backfill/begin {"crawl": {"path", "kind", "size_bytes", "key"}, "again": BOOL}
                                       → where this crawl stands (`storage.crawls.CrawlState`)
POST /backfill/record STEP             → how many pages have which outcome, when they are recorded; a step is what
                                       `ingest.backfill.wire` makes, of up to 128 MiB
POST /backfill/end {"crawl_id": N, "error": TEXT | null}
POST /flight                           → what is in flight, for `ingest status --watch`:
                                       {"polls": N, "feeds": [NAME, …], "pages": N, "addresses": [URL, …],
                                       "waits": N, "hosts": [{"host", "until", "why", "requests"}, …]}; of each list the
                                       first 50. `why`: pace, robots.txt, Retry-After, no answer

The daemon answers a request that it refuses with 409 and a sentence, and with 503 an error that ends it. A request
stays open while other settings are loaded. A request that is open when the daemon ends gets no answer.
"""

import http.client
import json
import os
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ingest.errors import IngestError
from storage.lock import holder_of

if TYPE_CHECKING:
    from ingest.backfill.record import Recorder

DAEMON_TIMEOUT_S = 15.0  # a start takes a second beside a log of 256 MB; an end takes less than ten
ANSWER_TIMEOUT_S = 2.0
MAX_REQUEST_BYTES = 128 * 1024 * 1024  # a step of a crawl: most have 2 MiB, one of huge pages has more
MAX_SOCKET_PATH_BYTES = 100  # 104 on macOS, 108 on Linux, with its end mark

Answer = dict[str, Any]


class DaemonEnded(IngestError):
    """The daemon ended, or changed to another archive, before it answered."""


def daemon_of(archive: Path) -> dict[str, str] | None:
    """Return the lock's record of the daemon that is writing to the archive, or None if no daemon is.

    Waits up to DAEMON_TIMEOUT_S for a daemon that is starting, ending or killed. A killed daemon's lock may be held a
    moment longer, by the daemon itself or by a process that it was starting.
    """
    deadline = time.monotonic() + DAEMON_TIMEOUT_S
    while (holder := holder_of(archive)) and holder["command"] == "daemon":
        if "control" in holder and _answers(holder["control"]):
            return holder
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return None


def _answers(path: str) -> bool:
    """Return whether a daemon answers at the socket: the socket of a killed daemon may stay for a moment."""
    with socket.socket(socket.AF_UNIX) as end:
        end.settimeout(ANSWER_TIMEOUT_S)
        try:
            end.connect(path)
            end.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
            return end.recv(1) != b""
        except OSError:
            return False


async def ask_daemon(daemon: dict[str, str], request: str, body: Answer | bytes | None = None) -> Answer:
    """Send a request with a value, or the bytes of its JSON. Return the answer, however long it takes.

    Raise DaemonEnded if the daemon ends before.
    """
    import aiohttp

    connector = aiohttp.UnixConnector(daemon["control"])
    name = f"the daemon (process {daemon['pid']})"
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout()) as session,
            session.post(f"http://daemon/{request}", data=_bytes_of(body)) as response,
        ):
            if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise DaemonEnded(f"{name} ended: {await response.text()}")
            if not response.ok:
                raise IngestError(f"{name} refused: {await response.text()}")
            return await response.json() if response.content_type == "application/json" else {}
    except (aiohttp.ClientError, OSError) as error:
        raise DaemonEnded(f"{name} ended before it answered ({error}); read its log") from error


def _bytes_of(body: Answer | bytes | None) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def in_flight(holder: dict[str, str] | None) -> Answer | None:
    """Return what the daemon of the lock's record has in flight. Return None if there is no daemon that answers."""
    if not holder or "control" not in holder:
        return None
    with socket.socket(socket.AF_UNIX) as end:
        end.settimeout(ANSWER_TIMEOUT_S)
        connection = http.client.HTTPConnection("daemon")
        connection.sock = end
        try:
            end.connect(holder["control"])
            connection.request("POST", "/flight")
            answer = connection.getresponse()
            found = json.loads(answer.read())
        except (OSError, ValueError, http.client.HTTPException):
            return None
    return found if answer.status == HTTPStatus.OK and isinstance(found, dict) else None


def socket_path(archive: Path) -> Path:
    """Return the path of the archive's control socket. It may be longer than MAX_SOCKET_PATH_BYTES."""
    return Path(f"{os.path.abspath(archive)}-control")  # noqa: PTH100 (links stay as they are)


class Asked(Protocol):
    """What the daemon does when it is asked."""

    async def now(self, urls: list[str] | None) -> Answer: ...
    async def reload(self, *, empty_allowed: bool = False) -> None: ...
    async def apply_rules(self) -> Answer: ...
    async def change_hook(self, **asked: Any) -> Answer: ...  # noqa: ANN401 (the arguments of `deliveries.requests`)
    def in_flight(self) -> Answer: ...
    def recorder(self) -> "Recorder": ...


@asynccontextmanager
async def listening(archive: Path, daemon: Asked) -> AsyncIterator[Path]:
    """Answer requests with what `daemon` does. Yield the socket's path."""
    from aiohttp import web

    from ingest.backfill import wire
    from ingest.crawls.reading import Crawl
    from ingest.daemon import http as server

    async def on_now(request: web.Request) -> web.Response:
        return web.json_response(await daemon.now((await request.json() or {}).get("feeds")))

    async def on_reload(request: web.Request) -> web.Response:
        await daemon.reload(empty_allowed="emptied" in request.query)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def on_rules(_: web.Request) -> web.Response:
        return web.json_response(await daemon.apply_rules())

    async def on_hooks(request: web.Request) -> web.Response:
        return web.json_response(await daemon.change_hook(**await request.json()))

    async def on_begin(request: web.Request) -> web.Response:
        found = await request.json()
        state = await daemon.recorder().begin(Crawl(**found["crawl"]), again=found["again"])
        return web.json_response(wire.state_to_json(state))

    async def on_record(request: web.Request) -> web.Response:
        return web.json_response(await daemon.recorder().record(wire.from_json(await request.read())))

    async def on_end(request: web.Request) -> web.Response:
        await daemon.recorder().end(**await request.json())
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def on_flight(_: web.Request) -> web.Response:
        return web.json_response(daemon.in_flight())

    with ExitStack() as stack:
        path = socket_path(archive)
        if len(bytes(path)) > MAX_SOCKET_PATH_BYTES:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ingest-"))) / "control"
        stack.callback(path.unlink, missing_ok=True)
        path.unlink(missing_ok=True)  # a killed daemon's: this process holds the archive's lock
        routes = {
            "/now": on_now,
            "/reload": on_reload,
            "/rules": on_rules,
            "/hooks": on_hooks,
            "/backfill/begin": on_begin,
            "/backfill/record": on_record,
            "/backfill/end": on_end,
            "/flight": on_flight,
        }
        posts = (web.post(route, answer) for route, answer in routes.items())
        async with server.running(*posts, max_bytes=MAX_REQUEST_BYTES) as runner:
            await web.UnixSite(runner, path).start()
            path.chmod(0o600)
            yield path
