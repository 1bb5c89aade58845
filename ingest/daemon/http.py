"""What the daemon's two HTTP servers share: the control socket, and /health and /metrics."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from ingest.errors import IngestError
from storage.errors import ArchiveError


@asynccontextmanager
async def running(*routes: web.RouteDef, max_bytes: int = 1024 * 1024) -> AsyncIterator[web.AppRunner]:
    """Yield a server, to be bound to an address. It is closed at the end. `max_bytes` limits a request's body."""
    app = web.Application(middlewares=[_answer_errors], client_max_size=max_bytes)
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        yield runner
    finally:
        await runner.cleanup()


@web.middleware
async def _answer_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer with 409 and a sentence if the daemon refuses the request, with 503 if the archive fails."""
    try:
        return await handler(request)
    except IngestError as error:
        return web.Response(status=409, text=str(error))
    except ArchiveError as error:
        return web.Response(status=503, text=str(error))
