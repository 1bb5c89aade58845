"""Calls for the workers of a cluster, and a proxy that takes its scheduler away."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from urllib.parse import urlsplit


def wait(number: int, seconds: float = 0.005) -> int:
    time.sleep(seconds)
    return number


def end() -> None:
    os._exit(3)


def fill(size_bytes: int) -> int:
    return len(bytearray(size_bytes))


class Proxy:
    """A scheduler's address that can be taken away from its clients, and comes back."""

    def __init__(self, scheduler: str) -> None:
        self._scheduler = urlsplit(scheduler)
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self._port = 0

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self._port}"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def take_away(self) -> None:
        assert self._server
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        await asyncio.sleep(0)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, onward = await asyncio.open_connection(self._scheduler.hostname, self._scheduler.port)
        self._writers += writer, onward
        await asyncio.gather(_copy(reader, onward), _copy(there, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer), suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def proxy_to(scheduler: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(scheduler)
    await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.take_away()
