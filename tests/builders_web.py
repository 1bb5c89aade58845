"""What tests of the web room build with."""

import socket
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from ingest.web.client import Client
from ingest.web.manners import NoHostMemory
from ingest.web.response import WebOptions
from storage.records import Host

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


class FakeClock:
    """Moves only by `sleep`, which does not wait. `now_s` are its seconds since it was made."""

    def __init__(self) -> None:
        self.start = NOON
        self.now_s = 0.0
        self.slept_s: list[float] = []

    def __call__(self) -> datetime:
        return self.start + timedelta(seconds=self.now_s)

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_s += seconds


class DictMemory:
    """A HostMemory that lives as long as the test; another client given the same one is the next run."""

    def __init__(self) -> None:
        self.hosts: dict[str, Host] = {}

    async def recall(self, host: str) -> Host:
        return self.hosts.get(host) or Host(host)

    async def blocked_until(self, host: str) -> datetime | None:
        return (await self.recall(host)).blocked_until

    async def remember(self, host: str, **changes: Any) -> None:
        self.hosts[host] = replace(await self.recall(host), **changes)


def options(**changes: object) -> WebOptions:
    """Options for loopback: allowed, unpaced, and quick to give up."""
    values = {"timeout_s": 10.0, "per_host_interval_s": 0.0, "allow_addresses": ("127.0.0.0/8",), **changes}
    return WebOptions("testreader/1.0 (+https://example.org)", **values)  # type: ignore[arg-type]


class FakeResolver(AbstractResolver):
    """Resolves a name to the (address, port) pairs that `find` returns."""

    def __init__(self, find: Callable[[str], Awaitable[Iterable[tuple[str, int]]]]) -> None:
        self._find = find

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_UNSPEC) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=its_port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address, its_port in await self._find(host)
        ]

    async def close(self) -> None:
        pass


def client(
    memory: DictMemory | None = None,
    clock: Callable[[], datetime] | None = None,
    resolver: AbstractResolver | None = None,
    **changes: object,
) -> Client:
    return Client(options(**changes), memory or NoHostMemory(), clock=clock or FakeClock(), resolver=resolver)
